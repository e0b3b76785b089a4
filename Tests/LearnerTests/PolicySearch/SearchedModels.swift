import Learner
import LinearAlgebra
import Robotics
import Simulation

/// A plant's own equations as a dynamics model, with a constant standard deviation a dimension.
struct PlantModel: DynamicsModel {
  let prior: PlantPrior
  let parameters: [Double]
  let periodSeconds: Double
  var deviations: [Double]
  /// Positions beyond which the prediction isn't a number.
  var breaksBeyond = Double.infinity

  static func pendulum(deviations: [Double] = [0, 0]) throws -> PlantModel {
    let prior = try PlantPrior(plantName: "pendulum")
    return PlantModel(
      prior: prior, parameters: prior.plant.parameters.map(\.defaultValue), periodSeconds: 0.1,
      deviations: deviations)
  }

  var stateDimensions: Int { prior.stateDimensions }
  var actionDimensions: Int { prior.actionDimensions }
  func makeWorkspace(capacity: Int) {}

  func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
  ) {
    prior.advance(
      count: count, stride: stride, states: states, actions: actions, parameters: parameters,
      periodSeconds: periodSeconds, next: mean)
    for d in 0..<stateDimensions {
      for b in 0..<count {
        mean[d * stride + b] -= states[d * stride + b]
        if abs(states[b]) > breaksBeyond { mean[d * stride + b] = .nan }
        if let variance { variance[d * stride + b] = deviations[d] * deviations[d] }
      }
    }
  }
}

/// Runs a policy on a pendulum, with noise on what it measures.
struct PendulumTrial {
  var steps: [Step] = []
  var isSolved = false
  var meanReward = 0.0

  init(
    _ policy: any Policy, task: Robotics.Task = TestRobots.pendulumTask,
    noise: [Double] = [0.0005, 0.05], stream: inout RandomStream
  ) throws {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    let parameters = plant.plant.parameters.map(\.defaultValue)
    var state = task.initialState
    var samples: [[Double]] = []
    func measured() -> [Double] {
      (0..<2).map { state[$0] + noise[$0] * stream.nextGaussian() }
    }
    policy.begin()
    var seen = measured()
    for step in 0..<task.stepCount {
      let action = policy.action(step: step, state: seen)
      let before = seen
      for _ in 0..<10 {
        var next = state
        plant.advance(
          count: 1, stride: 1, states: state, actions: action, parameters: parameters,
          periodSeconds: task.periodSeconds / 10, next: &next)
        state = next
        seen = measured()
        samples.append(seen)
      }
      steps.append(Step(state: before, action: action, nextState: seen))
      meanReward += task.reward.value(state: state) / Double(task.stepCount)
    }
    isSolved = task.success.isMet(
      byStates: samples, periodSeconds: task.periodSeconds / 10)
  }
}
