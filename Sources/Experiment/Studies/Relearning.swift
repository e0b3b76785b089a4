import Foundation
import Learner
import Robotics
import TrialStore

/// Learning again from the same log: same seed, same settings, same policy, bit for bit.
public enum Relearning {
  /// What came of learning one episode again.
  public struct Episode: Sendable, Codable {
    /// The episode's number in the store.
    public var number: Int
    /// The trial after which it was learnt.
    public var afterTrial: Int
    /// Whether the policy is the stored one, bit for bit.
    public var isSame: Bool
    /// How long it took, in seconds.
    public var seconds: Double
  }

  /// Learns the episodes of a store again.
  ///
  /// - Parameters:
  ///   - configuration: The experiment's, as it was run.
  ///   - store: Its store.
  ///   - onEpisode: Told of each episode as it is done.
  /// - Throws: `StoreError`, `LearnerError`, ``ExperimentError``.
  public static func run(
    configuration: RunConfiguration, store: TrialStore, onEpisode: (Episode) -> Void
  ) throws -> [Episode] {
    let learner = try configuration.makeLearner()
    let trials = try store.trials().withoutRepeated().filter { !$0.samples.isEmpty }
    var previous: LearntEpisode?
    return try store.episodes().map { record in
      let stored = try JSONDecoder.handful.decode(
        LearntEpisode.self, from: Data(record.modelJSON.utf8))
      let data = LearningData(
        trials: trials.filter { $0.number <= record.afterTrial }, robot: configuration.robot,
        task: configuration.task)
      let began = ContinuousClock.now
      let again = try learner.learn(
        episode: data.steps.count, steps: data.steps, measurementNoise: data.measurementNoise,
        middleSteps: data.middleSteps, previous: previous)
      let episode = Episode(
        number: record.number, afterTrial: record.afterTrial,
        isSame: again.policy == stored.policy,
        seconds: (ContinuousClock.now - began) / .seconds(1))
      onEpisode(episode)
      previous = stored
      return episode
    }
  }
}
