import CRolloutYardstick
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// The cart-pole of `calibration/`, dynamics learnt from random steps of it, and the yardstick's copy
/// of both.
final class CartPoleProblem {
  let robot: Robot
  let task: Robotics.Task
  let model: GaussianProcessDynamics
  let shape: PolicyParameters
  private(set) var yardstick: UnsafeMutableRawPointer?
  private(set) var yardstickTask = yardstick_task()
  private let steps: [Step]

  /// T = 40 steps of 0.1 s.
  init(robotFile: String, points: Int, threads: Int) throws {
    var robot = try Robot(contentsOf: robotFile)
    // A rollout that leaves its limits, or a multiple of the velocity scales, ends there, which the
    // yardstick's don't: none shall.
    for index in robot.joints.indices {
      robot.joints[index].limits.positionLower = -.greatestFiniteMagnitude
      robot.joints[index].limits.positionUpper = .greatestFiniteMagnitude
      robot.joints[index].limits.velocity = .greatestFiniteMagnitude
    }
    self.robot = robot
    guard var task = robot.task(named: "swing-up") else {
      throw SetupFailure(what: "\(robotFile) has no task 'swing-up'")
    }
    task.velocityScales = task.velocityScales.map { 100 * $0 }
    self.task = task
    shape = PolicyParameters(kind: .network(hiddenUnits: 10), robot: robot, task: task)
    let settings = robot.virtualRobot
    let plant = try PlantPrior(plantName: settings?.plant ?? "cart-pole", stepSeconds: 0.001)
    let parameters = plant.parameterNames.map { settings?.parameters[$0] ?? .nan }
    var stream = RandomStream(seed: 4)
    var steps: [Step] = []
    var state = task.initialState
    while steps.count < points {
      if steps.count % task.stepCount == 0 {
        state = task.initialState.map { $0 + 0.1 * stream.nextGaussian() }
      }
      let force = stream.nextUniform(in: -10, 10)
      let before = state.map { $0 + 0.01 * stream.nextGaussian() }
      plant.advance(
        count: 1, stride: 1, states: state, actions: [force], parameters: parameters,
        periodSeconds: task.periodSeconds, next: &state)
      let after = state.map { $0 + 0.01 * stream.nextGaussian() }
      steps.append(Step(state: before, action: [force], nextState: after))
    }
    self.steps = steps
    model = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(robot: robot), periodSeconds: task.periodSeconds,
      settings: GaussianProcessSettings(integratesPositions: false), seed: 1, threads: threads)
    makeYardstick()
  }

  deinit { if let yardstick { yardstick_free(yardstick) } }

  private func makeYardstick() {
    let inputs = steps.flatMap { step in
      let x = step.state
      return [x[0], cos(x[1]), sin(x[1]), x[2], x[3], step.action[0]]
    }
    let targets = (0..<4).flatMap { d in steps.map { $0.nextState[d] - $0.state[d] } }
    let outputs = model.outputs
    let means = outputs.map(\.mean)
    let lengthscales = outputs.flatMap { $0.hyperparameters.logLengthscales.map(exp) }
    let signals = outputs.map { exp(2 * $0.hyperparameters.logSignal) }
    let noises = outputs.map { exp(2 * $0.hyperparameters.logNoise) }
    inputs.withUnsafeBufferPointer { inputs in
      targets.withUnsafeBufferPointer { targets in
        means.withUnsafeBufferPointer { means in
          lengthscales.withUnsafeBufferPointer { lengthscales in
            signals.withUnsafeBufferPointer { signals in
              noises.withUnsafeBufferPointer { noises in
                var data = yardstick_data(
                  points: Int32(steps.count), inputs: inputs.baseAddress,
                  targets: targets.baseAddress, means: means.baseAddress,
                  lengthscales: lengthscales.baseAddress, signal_variances: signals.baseAddress,
                  noise_variances: noises.baseAddress)
                yardstick = yardstick_make(&data)
              }
            }
          }
        }
      }
    }
    yardstickTask = yardstick_task(
      steps: Int32(task.stepCount), hidden: 10, initial: (0, 0, 0, 0),
      position_scale: task.positionScales[0],
      velocity_scales: (task.velocityScales[0], task.velocityScales[1]),
      force_limit: robot.actionLimits[0], pole_length: 0.5, reward_width: task.reward.width)
  }

  struct SetupFailure: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
  }
}
