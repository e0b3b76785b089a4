import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("A trial whose efforts acted late")
struct DelayedTrialTests {
  private static let delay = 0.2

  private func robot() throws -> Robot {
    var robot = try Robot(
      contentsOf: RealPendulum.root.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    robot.link.commandDelaySeconds = 0
    robot.state = StateSettings(delaySeconds: Self.delay)
    return robot
  }

  private static let plant: PlantPrior? = try? PlantPrior(
    plantName: "pendulum", stepSeconds: 0.001)

  /// Four seconds of the pendulum at rest, driven by 2 N m at once, then by less in turn; what was
  /// decided acted 200 ms later.
  private func trial(_ robot: Robot, origin: Trial.Origin) throws -> Trial {
    let plant = try #require(Self.plant)
    var state = [0.0, 0.0]
    func effort(_ tick: Int) -> Double {
      tick < 0 ? 0 : tick < 30 ? 2 : (tick / 30) % 2 == 0 ? 1 : -1
    }
    var stream = RandomStream(seed: 3)
    let samples = (0...400).map { tick -> Sample in
      let sample = Sample(
        tick: tick, robotTimeSeconds: 0.01 * Double(tick), hostTimeSeconds: 0,
        positions: [state[0] + 0.001 * stream.nextGaussian()], velocities: [state[1]],
        askedAction: [effort(tick)],
        sentAction: [effort(tick)])
      let from = state
      plant.advance(
        count: 1, stride: 1, states: from, actions: [effort(tick - 20)],
        parameters: plant.plant.parameters.map(\.defaultValue), periodSeconds: 0.01, next: &state)
      return sample
    }
    return Trial(
      number: 1, robot: robot.name, task: "swing-up", origin: origin, seed: 1,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }

  @Test(
    "Nothing acts before the first effort can have; an imported recording's first one goes before")
  func before() throws {
    let robot = try robot()
    let run = try RecordedMotion(try trial(robot, origin: .random), robot: robot)
    #expect(run.meanAction(0, from: 0, to: Self.delay) == 0)
    #expect(run.meanAction(0, from: 0.1, to: 0.1) == 0)
    // Half of the time nothing, half of it 2 N m.
    #expect(abs(run.meanAction(0, from: 0.1, to: 0.3) - 1) < 1e-12)
    #expect(abs(run.meanAction(0, from: Self.delay, to: 0.3) - 2) < 1e-12)
    let imported = try RecordedMotion(
      try trial(robot, origin: .imported), robot: robot, actionDelaySeconds: Self.delay)
    #expect(abs(imported.meanAction(0, from: 0, to: Self.delay) - 2) < 1e-12)
  }

  @Test("The true prior foretells its beginning as the rest, and no push is named")
  func beginning() throws {
    let robot = try robot()
    let plant = try #require(Self.plant)
    let evaluator = try PredictionEvaluator(
      recording: try trial(robot, origin: .random), robot: robot)
    let report = evaluator.evaluate(
      prior: plant, parameters: plant.plant.parameters.map(\.defaultValue))
    #expect(report.openLoop.segments[0].rmsError < 0.02)
    #expect(report.openLoop.median < 0.02)
    #expect(evaluator.disturbances(in: report).isEmpty)
  }
}
