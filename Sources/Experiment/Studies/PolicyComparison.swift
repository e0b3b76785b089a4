import Foundation
import Learner
import Robotics

/// Policies on the same logged states, and in the same models: what they would have done there, and
/// what reward each model predicts for them.
public struct PolicyComparison: Sendable, Codable {
  /// A policy with a name.
  public struct Candidate: Sendable {
    /// The name.
    public var name: String
    /// The policy.
    public var policy: PolicyParameters

    /// A candidate from its parts.
    public init(name: String, policy: PolicyParameters) {
      self.name = name
      self.policy = policy
    }
  }

  /// How one policy's actions differ from the first one's on the logged states.
  public struct ActionDifference: Sendable, Codable {
    /// The policy.
    public var policy: String
    /// The policy that it is compared with.
    public var against: String
    /// The actuated joint.
    public var joint: String
    /// The unit of the differences, `N m` or `N`.
    public var unit: String
    /// The joint's effort limit.
    public var limit: Double
    /// The number of states.
    public var states: Int
    /// The root mean square of the differences.
    public var rms: Double
    /// The median of their sizes.
    public var medianSize: Double
    /// The largest one's size.
    public var largest: Double
    /// The trial and the time in it at which they differ most.
    public var largestAt: Moment
  }

  /// A moment of a log.
  public struct Moment: Sendable, Codable, Equatable {
    /// The trial's number.
    public var trial: Int
    /// Seconds since the trial began.
    public var seconds: Double
  }

  /// The reward that a model predicts for a policy.
  public struct PredictedReturn: Sendable, Codable {
    /// The policy.
    public var policy: String
    /// The model, such as `gp-mi`.
    public var model: String
    /// The mean reward a step.
    public var mean: Double
    /// The standard error of that mean.
    public var standardError: Double
    /// The mean of the differences from the first policy, over the same draws.
    public var difference: Double
    /// The standard error of that difference.
    public var differenceError: Double
  }

  /// How the policies' actions differ, policy by policy and joint by joint.
  public var actions: [ActionDifference]
  /// What the models predict, model by model and policy by policy.
  public var returns: [PredictedReturn]

  /// Compares policies.
  ///
  /// - Parameters:
  ///   - candidates: The policies; the first is what the others are compared with.
  ///   - trials: The logged trials; the models learn from all of them, as an experiment would.
  ///   - configuration: The experiment: robot, task, seed and how to learn.
  ///   - onModel: Told the name of each model before it is fitted.
  /// - Throws: `LearnerError`, ``ExperimentError``.
  public init(
    _ candidates: [Candidate], trials: [Trial], configuration: RunConfiguration,
    onModel: (String) -> Void = { _ in }
  ) throws {
    let robot = configuration.robot
    actions = try Self.actionDifferences(
      candidates, trials: trials, robot: robot, task: configuration.task)
    let data = LearningData(trials: trials, robot: robot, task: configuration.task)
    var returns: [PredictedReturn] = []
    for algorithm in LearningSettings.Algorithm.allCases {
      if algorithm == .gpMI && robot.prior == nil { continue }
      onModel(algorithm.rawValue)
      var learning = configuration
      learning.settings.algorithm = algorithm
      let learner = try learning.makeLearner()
      let found = try learner.predictedReturns(
        of: candidates.map(\.policy), steps: data.steps, measurementNoise: data.measurementNoise,
        middleSteps: data.middleSteps)
      for (index, candidate) in candidates.enumerated() {
        let own = Self.meanAndError(found[index])
        let difference = Self.meanAndError(zip(found[index], found[0]).map { $0 - $1 })
        returns.append(
          PredictedReturn(
            policy: candidate.name, model: algorithm.rawValue, mean: own.mean,
            standardError: own.error, difference: difference.mean,
            differenceError: difference.error))
      }
    }
    self.returns = returns
  }

  private static func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / max(1, count - 1) / count).squareRoot())
  }

  private static func actionDifferences(
    _ candidates: [Candidate], trials: [Trial], robot: Robot, task: Task
  ) throws -> [ActionDifference] {
    var moments: [Moment] = []
    let decided = try candidates.map { candidate in
      let policy = try candidate.policy.makePolicy(for: robot)
      var actions: [[Double]] = []
      moments = []
      for trial in trials {
        policy.begin()
        for decision in trial.decisions(robot: robot, task: task) {
          var action = [Double](repeating: 0, count: robot.actionDimensions)
          decision.state.withUnsafeBufferPointer { state in
            action.withUnsafeMutableBufferPointer {
              policy.decide(step: decision.step, state: state, action: $0)
            }
          }
          actions.append(action)
          moments.append(Moment(trial: trial.number, seconds: decision.seconds))
        }
      }
      return actions
    }
    guard !moments.isEmpty else {
      throw ExperimentError.nothingToDo(
        what: "the trials hold no state at which a policy decides; choose others with --trials")
    }
    return candidates.indices.dropFirst().flatMap { index in
      robot.actuatedJoints.enumerated().map { entry, joint in
        let sizes = zip(decided[index], decided[0]).map { abs($0[entry] - $1[entry]) }
        let most = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
        return ActionDifference(
          policy: candidates[index].name, against: candidates[0].name,
          joint: robot.joints[joint].name, unit: robot.joints[joint].effortUnit,
          limit: robot.joints[joint].limits.effort, states: sizes.count,
          rms: rootMeanSquare(sizes), medianSize: quantile(sizes, 0.5), largest: sizes[most],
          largestAt: moments[most])
      }
    }
  }
}
