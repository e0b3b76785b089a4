import Foundation
import Robotics

/// What came of one seed of a bench; stands as `seed-N.json` in its folder.
public struct SeedResult: Sendable, Equatable, Codable {
  /// One trial.
  public struct TrialLine: Sendable, Equatable, Codable {
    /// Where its actions came from.
    public var origin: Trial.Origin
    /// The mean reward a step.
    public var meanReward: Double
    /// The mean reward a step that the model had predicted; nil for a random trial.
    public var predictedMeanReward: Double?
    /// How long every condition of success held, in seconds.
    public var secondsWithinGoal: Double
    /// Whether it solved the task.
    public var solved: Bool
    /// How long it lasted, in seconds of the robot's clock.
    public var durationSeconds: Double
    /// Why the supervisor stopped the robot, a short stable name; nil for a trial that ran to its
    /// horizon.
    public var stopCode: String?
  }

  /// What was learnt after one trial.
  public struct EpisodeLine: Sendable, Equatable, Codable {
    /// How long fitting the model took, in seconds on one core.
    public var fitSeconds: Double
    /// How long searching the policy took, in seconds on one core.
    public var searchSeconds: Double
    /// The number of rollouts in the model.
    public var evaluations: Int
  }

  /// The seed.
  public var seed: UInt64
  /// How the experiment ended: `solved` or `not-solved`.
  public var ending: String
  /// The trial that solved the task, the random one being the first; nil when none did.
  public var solvedAtTrial: Int?
  /// Why the supervisor stopped the robot, each time that it did, in trials or resets; short stable
  /// names.
  public var stops: [String]
  /// The trials that have samples, in order.
  public var trials: [TrialLine]
  /// What was learnt between them, in order.
  public var episodes: [EpisodeLine]
  /// How long the robot moved in trials, in seconds of its clock.
  public var interactionSeconds: Double
  /// How long the actuators were on, resets included, in seconds of the robot's clock.
  public var armedSeconds: Double
  /// How long the seed took, in seconds on one core.
  public var wallSeconds: Double
  /// What the prior's parameters were, by name, in SI units; nil without a prior.
  public var prior: [String: Double]?
  /// A digest of every sample and every policy: two runs with the same are the same, bit for bit.
  public var digest: String

  init(
    _ result: RunResult, seed: UInt64, stops: [String], wallSeconds: Double,
    prior: PriorDescription?, digest: String
  ) {
    self.seed = seed
    ending = result.ending == .solved ? "solved" : "not-solved"
    solvedAtTrial = result.solvedAtTrial
    self.stops = stops
    trials = result.trials.map {
      TrialLine(
        origin: $0.trial.origin, meanReward: $0.meanReward,
        predictedMeanReward: $0.predictedReward, secondsWithinGoal: $0.secondsWithin,
        solved: $0.isSolved, durationSeconds: $0.trial.samples.last?.robotTimeSeconds ?? 0,
        stopCode: $0.trial.end.faultCode)
    }
    episodes = result.episodes.map {
      EpisodeLine(
        fitSeconds: $0.fitSeconds, searchSeconds: $0.searchSeconds, evaluations: $0.evaluations)
    }
    interactionSeconds = result.interactionSeconds
    armedSeconds = result.use.armedSeconds
    self.wallSeconds = wallSeconds
    self.prior = prior.map {
      Dictionary(uniqueKeysWithValues: $0.parameters.map { ($0.name, $0.nominal) })
    }
    self.digest = digest
  }
}

extension TrialEnd {
  /// The code of a fault; nil for any other end.
  fileprivate var faultCode: String? {
    if case .fault(let code, _) = self { return code }
    return nil
  }
}
