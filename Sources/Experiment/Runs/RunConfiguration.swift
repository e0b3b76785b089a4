import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// What an experiment shall do.
public struct RunConfiguration: Sendable {
  /// The robot's description.
  public var robot: Robot
  /// The text of the robot file, kept in the store.
  public var robotFileText: String
  /// The task to learn.
  public var task: Task
  /// How to learn.
  public var settings: LearningSettings
  /// How many trials at most, random ones and those already stored included.
  public var trialCount: Int
  /// The seed of everything random on this side of the link.
  public var seed: UInt64
  /// A policy to run as it is, instead of learning; nil to learn.
  public var policy: PolicyParameters?
  /// Efforts to run as they stand, instead of learning; nil to learn, or to run a policy.
  public var excitation: EffortSequence?
  /// Whether a trial that was cut short when its host died is run again from its start, instead of
  /// being learnt from as far as it went: for simulated worlds, which go back to where it began.
  public var repeatsTrialsCutShort = false

  /// A configuration from its parts.
  public init(
    robot: Robot, robotFileText: String, task: Task, settings: LearningSettings, trialCount: Int,
    seed: UInt64, policy: PolicyParameters? = nil
  ) {
    self.robot = robot
    self.robotFileText = robotFileText
    self.task = task
    self.settings = settings
    self.trialCount = trialCount
    self.seed = seed
    self.policy = policy
  }

  /// Whether policies are learnt, rather than given.
  public var isLearning: Bool { policy == nil && excitation == nil }

  /// What the actions come from, by name: the algorithm, `stored-policy` or `excitation`.
  public var source: String {
    if excitation != nil { return "excitation" }
    return policy == nil ? settings.algorithm.rawValue : "stored-policy"
  }

  /// The learner of this experiment.
  ///
  /// - Parameter team: The processes that learn in step with this one; nil for none.
  /// - Throws: ``ExperimentError`` when the algorithm wants a prior that isn't there.
  public func makeLearner(team: (any Team)? = nil) throws -> EpisodeLearner {
    switch settings.algorithm {
    case .blackDrops:
      return EpisodeLearner(
        robot: robot, task: task, prior: nil, priorDescription: nil, settings: settings, seed: seed,
        team: team)
    case .gpMI:
      guard let description = robot.prior else { throw ExperimentError.noPrior(robot: robot.name) }
      let prior = try PriorModels.model(for: description)
      return EpisodeLearner(
        robot: robot, task: task, prior: prior, priorDescription: description, settings: settings,
        seed: seed, team: team)
    }
  }
}
