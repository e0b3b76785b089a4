import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("What a learner is given of a trial")
struct LearningDataTests {
  private let package = RealPendulum.root

  private func robot(_ state: StateSettings) throws -> Robot {
    var robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    robot.state = state
    return robot
  }

  /// Four seconds of a driven pendulum at 100 Hz, an action a tenth of a second; the velocities that
  /// the firmware gives are nothing but noise.
  private func trial(_ robot: Robot) throws -> (Trial, velocities: [Double]) {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: 9)
    var state = [0.0, 0.0]
    var velocities: [Double] = []
    var samples: [Sample] = []
    var action = 0.0
    for tick in 0...400 {
      if tick % 10 == 0 { action = stream.nextUniform(in: -2, 2) }
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: 0.01 * Double(tick), hostTimeSeconds: 0,
          positions: [state[0] + 0.001 * stream.nextGaussian()],
          velocities: [5 * stream.nextGaussian()], askedAction: [action], sentAction: [action]))
      velocities.append(state[1])
      let from = state
      plant.advance(
        count: 1, stride: 1, states: from, actions: [action],
        parameters: plant.plant.parameters.map(\.defaultValue), periodSeconds: 0.01, next: &state)
    }
    let trial = Trial(
      number: 1, robot: robot.name, task: "swing-up", origin: .random, seed: 9,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: samples)
    return (trial, velocities)
  }

  @Test("Without a section 'state' they are the trial's own steps")
  func plain() throws {
    let robot = try robot(StateSettings())
    let (trial, _) = try trial(robot)
    let data = LearningData(trials: [trial, trial], robot: robot, task: robot.tasks[0])
    #expect(data.steps == [trial.steps(period: 0.1), trial.steps(period: 0.1)])
    #expect(data.positionNoise == nil)
  }

  @Test("With filtered velocities, states are smoothed with all of the trial")
  func smoothed() throws {
    let robot = try robot(StateSettings(velocityCutoffHertz: 10))
    let (trial, velocities) = try trial(robot)
    let data = LearningData(trials: [trial], robot: robot, task: robot.tasks[0])
    #expect(data.steps[0].count == 40)
    let errors = data.steps[0].indices.map { data.steps[0][$0].state[1] - velocities[10 * $0] }
    let rms = (errors.reduce(0) { $0 + $1 * $1 } / 40).squareRoot()
    print("smoothed velocities are \(rms) rad/s off")
    #expect(rms < 0.15)
    let noise = try #require(data.positionNoise?.first)
    #expect(noise > 0.0007 && noise < 0.0014)
  }

  @Test("Previous actions follow the present one, the latest first; none before the trial")
  func actions() throws {
    let robot = try robot(StateSettings(leastPreviousActions: 2))
    let (trial, _) = try trial(robot)
    let plain = trial.steps(period: 0.1)
    let steps = LearningData(trials: [trial], robot: robot, task: robot.tasks[0]).steps[0]
    for (index, step) in steps.enumerated() {
      #expect(step.action[0] == plain[index].action[0])
      #expect(step.action[1] == (index > 0 ? plain[index - 1].action[0] : 0))
      #expect(step.action[2] == (index > 1 ? plain[index - 2].action[0] : 0))
      #expect(step.state == plain[index].state)
    }
  }
}
