import FirmwareProtocol
import HardwareIO
import Learner
import Robotics
import Supervisor

/// What an experiment tells whoever watches it; every event comes on the thread that runs it, except
/// `learning`, which may come from another.
public enum RunEvent: Sendable {
  /// The robot was greeted and checked.
  case connected(RobotHello, port: String)
  /// A trial is about to begin: first the reset, then the trial itself.
  case trialBegins(number: Int, of: Int, origin: Trial.Origin)
  /// Samples of the running trial were stored.
  case stored(samples: [Sample], horizonSeconds: Double)
  /// A trial is over and stored.
  case trialEnded(TrialReport)
  /// The model and the policy are being learnt.
  case learning(LearningProgress)
  /// A policy was learnt and stored.
  case learnt(LearntEpisode, afterTrial: Int)
  /// Something worth knowing that stops nothing.
  case warning(String)
}

/// What there is to say of one trial.
public struct TrialReport: Sendable {
  /// The trial, with its samples.
  public var trial: Trial
  /// The mean reward a step, from 0 to 1.
  public var meanReward: Double
  /// How long every condition of success held, in the whole trial, in seconds.
  public var secondsWithin: Double
  /// Whether the task is solved.
  public var isSolved: Bool
  /// The root mean square error of the model's one-step prediction of this trial, made before the
  /// model had seen it, one entry a state dimension in its unit; nil without a model.
  public var modelError: [Double]?
  /// The mean reward that the model predicted for the policy; nil for a random trial.
  public var predictedReward: Double?
  /// How long the reset took, in seconds of the robot's clock; nil for a trial read from a store.
  public var resetSeconds: Double?
  /// How well the loop kept its time; nil for a trial read from a store without it.
  public var timing: TimingReport?
  /// How close each joint came to each of its limits; nil for a trial read from a store.
  public var jointMargins: [JointMargins]?
  /// How close the robot as a whole came to its limits; nil for a trial read from a store.
  public var robotMargins: RobotMargins?
  /// What the envelope clamped, rule by rule; nil for a trial read from a store.
  public var clamps: [ClampSummary]?

  /// How close each kind of limit came, over all joints; nil for a trial read from a store.
  public var margins: SafetyMargins? { jointMargins.map { SafetyMargins($0) } }
}

/// How an experiment ended.
public struct RunResult: Sendable {
  /// How it came out.
  public enum Ending: Sendable, Equatable {
    /// The task is solved.
    case solved
    /// The trials are used up.
    case notSolved
    /// A given policy or excitation ran its trials; nothing was to be learnt.
    case policyRan
    /// The supervisor stopped the robot for safety, or the operator did while it moved.
    case stopped(StopReason)
    /// What the experiment may use of the robot would not last for another trial.
    case budgetSpent(RunBudget.Limit)
    /// The operator asked to stop while the robot stood.
    case interrupted
  }

  /// How it came out.
  public var ending: Ending
  /// The trials, those of an earlier run included.
  public var trials: [TrialReport]
  /// The learnt episodes, those of an earlier run included.
  public var episodes: [LearntEpisode]
  /// How long the actuators were on and the work they did, resets and earlier runs included.
  public var use: RobotUse

  /// The number of the first trial that solved the task.
  public var solvedAtTrial: Int? { trials.first { $0.isSolved }?.trial.number }
  /// How long the robot moved in trials, in seconds of its clock.
  public var interactionSeconds: Double {
    trials.reduce(0) { $0 + ($1.trial.samples.last?.robotTimeSeconds ?? 0) }
  }
}
