import HardwareIO
import Robotics

/// What a trial shall do: which policy decides, how often, and how many times.
public struct TrialPlan {
  /// The policy. The control thread owns it for the length of the trial.
  public var policy: any Policy
  /// The control loop's ticks from one decision to the next.
  public var ticksPerDecision: Int
  /// The number of decisions.
  public var decisionCount: Int
  /// The number of previous actions that the policy sees.
  public var previousActions: Int

  /// A plan for a task.
  ///
  /// - Parameter decisionCount: The number of decisions; the task's when nil.
  public init(policy: any Policy, robot: Robot, task: Task, decisionCount: Int? = nil) {
    self.policy = policy
    ticksPerDecision = Int((task.periodSeconds * robot.link.controlRateHertz).rounded())
    self.decisionCount = decisionCount ?? task.stepCount
    previousActions = robot.previousActions(in: task)
  }

  /// The tick of the trial's last sample.
  public var lastTick: Int { ticksPerDecision * decisionCount }
}

/// How an episode went: reset, trial, stop.
public struct EpisodeOutcome: Sendable {
  /// Why the trial ended; nil when it ran to its horizon.
  public var stopReason: StopReason?
  /// Where the episode stood when the control thread let go of the robot.
  public var machine: EpisodeMachine
  /// Whether the firmware said, at the end, that its actuators are off. When it couldn't be asked,
  /// its watchdog has turned them off.
  public var isDisarmVerified: Bool
  /// How long the reset took, in seconds of the robot's clock.
  public var resetSeconds: Double
  /// Whether the reset had to drive the robot home.
  public var resetDrove: Bool
  /// The number of samples of the trial.
  public var sampleCount: Int
  /// The number of the trial's commands that reached the robot too late, by its own count.
  public var lateCommands: Int
  /// How well the loop kept its time.
  public var timing: TimingReport
  /// What the link counted.
  public var link: LinkStatistics
  /// How close each joint came to each of its limits, in joint order.
  public var jointMargins: [JointMargins]
  /// How long the actuators were on, and the work they did, the reset included.
  public var use: RobotUse
  /// The host's monotonic clock at the trial's first sample, in seconds: what relates the samples'
  /// host times to other records of the host.
  public var startMonotonicSeconds: Double
  /// How close the robot as a whole came to its limits.
  public var robotMargins = RobotMargins()
  /// What the envelope clamped in the trial, rule by rule.
  public var clamps: [ClampSummary] = []
}
