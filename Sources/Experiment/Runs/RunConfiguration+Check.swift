import Foundation
import Learner
import LinearAlgebra
import Robotics

extension RunConfiguration {
  /// The number of states at which reward and prior are tried before the first trial.
  private static let triedStates = 64

  /// Refuses what would only be found out after the robot has moved: a trial without a step, a reward
  /// that isn't a finite number, a policy for another robot, an algorithm without its prior, a prior
  /// that foretells nothing.
  ///
  /// - Throws: ``ExperimentError``, `LearnerError`, `SimulationError`.
  public func check() throws {
    guard task.periodSeconds > 0, task.horizonSeconds > 0, task.stepCount >= 1 else {
      throw LearnerError.horizonTooShort(
        task: task.name, horizonSeconds: task.horizonSeconds, periodSeconds: task.periodSeconds)
    }
    try checkReward()
    if let policy {
      _ = try policy.makePolicy(for: robot)
    } else if isLearning {
      _ = try makeLearner()
      if settings.algorithm == .gpMI { try checkPrior() }
    }
  }

  /// Asks the reward about the start and about states and actions from anywhere within the limits.
  private func checkReward() throws {
    var previous: [Double]?
    for (state, action) in tries() {
      let value = task.reward.value(state: state, action: action, previousAction: previous)
      guard value.isFinite else {
        throw ExperimentError.rewardNotFinite(
          task: task.name, value: value, state: describe(state), trial: nil)
      }
      previous = action
    }
  }

  /// Asks the prior what follows the start and states and actions from anywhere within the limits: where
  /// it can't say, nothing is taken to change, but somewhere it must.
  private func checkPrior() throws {
    guard let description = robot.prior else { return }
    let prior = try PriorModels.model(for: description)
    // What doesn't fit the robot is told with its numbers where it is fitted.
    guard prior.stateDimensions == robot.stateDimensions,
      prior.actionDimensions == robot.actionDimensions
    else { return }
    let nominal = try prior.values(description)
    let foretells = tries().contains { state, action in
      var next = state
      prior.advance(
        count: 1, stride: 1, states: state, actions: action.isEmpty ? [0] : action,
        parameters: nominal.isEmpty ? [0] : nominal, periodSeconds: task.periodSeconds, next: &next)
      return next.allSatisfy(\.isFinite)
    }
    guard foretells else {
      throw ExperimentError.priorNotFinite(model: description.model, tried: Self.triedStates)
    }
  }

  /// The task's start at rest, then states and actions from anywhere within the limits.
  private func tries() -> [(state: [Double], action: [Double])] {
    var stream = RandomStream(seed: seed, path: [0x4E57])
    var state = task.initialState
    var action = robot.actionLimits.map { _ in 0.0 }
    return (0..<Self.triedStates).map { _ in
      defer {
        for (index, joint) in robot.joints.enumerated() {
          state[index] =
            joint.isContinuous
            ? stream.nextUniform(in: -.pi, .pi)
            : stream.nextUniform(in: joint.limits.positionLower, joint.limits.positionUpper)
          state[robot.joints.count + index] =
            joint.limits.velocity * stream.nextUniform(in: -1, 1)
        }
        action = robot.actionLimits.map { $0 * stream.nextUniform(in: -1, 1) }
      }
      return (state, action)
    }
  }

  /// Finds the first step of a trial whose reward isn't a finite number.
  func checkReward(of trial: Trial) throws {
    let steps = trial.steps(period: task.periodSeconds)
    for (step, value) in zip(steps, trial.rewards(task: task)) where !value.isFinite {
      throw ExperimentError.rewardNotFinite(
        task: task.name, value: value, state: describe(step.nextState), trial: trial.number)
    }
  }

  private func describe(_ state: [Double]) -> String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    return robot.joints.enumerated().map { index, joint in
      "\(joint.name) at \(number(state[index])) \(joint.positionUnit) and "
        + "\(number(state[robot.joints.count + index])) \(joint.velocityUnit)"
    }.joined(separator: ", ")
  }
}
