import Foundation
import LinearAlgebra
import Robotics
import Simulation

/// A plant that runs trials as fast as it can be integrated, with noise on what is measured: no
/// link, no clock, no supervisor.
struct SimulatedRobot {
  /// What a trial gave.
  struct Outcome {
    /// What was measured, at every control period.
    var trial: Trial
    /// Whether it solved the task, judged by what was measured at every control period.
    var isSolved: Bool
    /// The mean reward a step, by the true states.
    var meanReward: Double
  }

  let robot: Robot
  let task: Robotics.Task
  let plant: PlantPrior
  let parameters: [Double]
  /// The standard deviations of measured positions, then velocities.
  let noise: [Double]
  /// How late efforts act, in seconds; less than a control period.
  let lagSeconds: Double

  /// Runs a policy from a start within the task's spread and the reset's tolerance.
  func run(_ policy: any Policy, number: Int, stream: inout RandomStream) -> Outcome {
    let d = robot.stateDimensions
    let samplesPerStep = max(
      1, Int((task.periodSeconds / robot.link.controlPeriodSeconds).rounded()))
    var state = task.initialState
    let tolerances = robot.reset.positionTolerances + robot.reset.velocityTolerances
    for i in 0..<d {
      let spread = max(
        task.initialStateDeviation[i], i < tolerances.count ? tolerances[i] / 2 : 0)
      state[i] += spread * min(2, max(-2, stream.nextGaussian()))
    }
    func measured() -> [Double] { (0..<d).map { state[$0] + noise[$0] * stream.nextGaussian() } }
    policy.begin()
    var seen = measured()
    var states = [seen]
    var samples: [Sample] = []
    var reward = 0.0
    var action = Array(repeating: 0.0, count: robot.actionDimensions)
    let limits = robot.actionLimits
    let controlSeconds = task.periodSeconds / Double(samplesPerStep)
    func note() {
      let joints = robot.joints.count
      let seconds = Double(samples.count) * controlSeconds
      samples.append(
        Sample(
          tick: samples.count, robotTimeSeconds: seconds, hostTimeSeconds: seconds,
          positions: Array(seen.prefix(joints)), velocities: Array(seen.suffix(joints)),
          askedAction: action, sentAction: action))
    }
    for step in 0..<task.stepCount {
      let previous = action
      seen.withUnsafeBufferPointer { seen in
        action.withUnsafeMutableBufferPointer { policy.decide(step: step, state: seen, action: $0) }
      }
      for a in action.indices { action[a] = min(limits[a], max(-limits[a], action[a])) }
      for sample in 0..<samplesPerStep {
        let late = sample == 0 ? lagSeconds : 0
        note()
        if late > 0 { advance(&state, previous, seconds: late) }
        advance(&state, action, seconds: controlSeconds - late)
        seen = measured()
        states.append(seen)
      }
      reward += task.reward.value(state: state)
    }
    note()
    return Outcome(
      trial: Trial(
        number: number, robot: robot.name, task: task.name, origin: number == 1 ? .random : .policy,
        seed: 0, samplePeriodSeconds: controlSeconds, startedAtUnixSeconds: 0, end: .completed,
        samples: samples),
      isSolved: task.success.isMet(byStates: states, periodSeconds: controlSeconds),
      meanReward: reward / Double(task.stepCount))
  }

  /// Moves a state on under constant efforts.
  private func advance(_ state: inout [Double], _ action: [Double], seconds: Double) {
    state.withUnsafeMutableBufferPointer { state in
      parameters.withUnsafeBufferPointer { parameters in
        guard let states = state.baseAddress, let parameters = parameters.baseAddress else {
          return
        }
        plant.advance(
          count: 1, stride: 1, states: states, actions: action, parameters: parameters,
          periodSeconds: seconds, next: states)
      }
    }
  }
}
