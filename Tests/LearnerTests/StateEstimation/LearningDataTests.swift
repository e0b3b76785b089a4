import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("What a learner is given of a trial")
struct LearningDataTests {
  private let package = RealPendulum.root

  private func robot(_ state: StateSettings, commandDelay: Double = 0) throws -> Robot {
    var robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    robot.state = state
    robot.link.commandDelaySeconds = commandDelay
    return robot
  }

  /// Four seconds of a driven pendulum at 100 Hz, an action a tenth of a second; the velocities that
  /// the firmware gives are nothing but noise, unless less of it is asked for.
  private func trial(
    _ robot: Robot, velocityNoise: Double = 5, ticksLate: Int = 0
  ) throws -> (Trial, velocities: [Double]) {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: 9)
    var state = [0.0, 0.0]
    var velocities: [Double] = []
    var samples: [Sample] = []
    var action = 0.0
    var decided: [Double] = []
    for tick in 0...400 {
      if tick % 10 == 0 { action = stream.nextUniform(in: -2, 2) }
      let noise = velocityNoise * stream.nextGaussian()
      let velocity = velocityNoise < 1 ? state[1] + noise : noise
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: 0.01 * Double(tick), hostTimeSeconds: 0,
          positions: [state[0] + 0.001 * stream.nextGaussian()],
          velocities: [velocity], askedAction: [action], sentAction: [action]))
      velocities.append(state[1])
      decided.append(action)
      let from = state
      plant.advance(
        count: 1, stride: 1, states: from,
        actions: [tick < ticksLate ? 0 : decided[tick - ticksLate]],
        parameters: plant.plant.parameters.map(\.defaultValue), periodSeconds: 0.01, next: &state)
    }
    let trial = Trial(
      number: 1, robot: robot.name, task: "swing-up", origin: .random, seed: 9,
      samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0, end: .completed, samples: samples)
    return (trial, velocities)
  }

  @Test("Where commands take effect late, a step's action is the mean effort that acted")
  func lateCommands() throws {
    let robot = try robot(StateSettings(), commandDelay: 0.004)
    let task = robot.tasks[0]
    #expect(abs(robot.lateShare(in: task) - 0.04) < 1e-12)
    var (trial, _) = try trial(robot)
    let plain = trial.steps(period: 0.1)
    let steps = LearningData(trials: [trial], robot: robot, task: task).steps[0]
    #expect(steps.count == plain.count)
    for (index, step) in steps.enumerated() {
      let before = index > 0 ? plain[index - 1].action[0] : 0
      #expect(abs(step.action[0] - (0.96 * plain[index].action[0] + 0.04 * before)) < 1e-12)
    }
    // A recording from elsewhere holds efforts as they acted.
    trial.origin = .imported
    #expect(LearningData(trials: [trial], robot: robot, task: task).steps[0] == plain)
  }

  @Test("States are smoothed with all of a trial; a recording from elsewhere is taken as it is")
  func measured() throws {
    let robot = try robot(StateSettings())
    var (trial, velocities) = try trial(robot, velocityNoise: 0.05)
    let data = LearningData(trials: [trial, trial], robot: robot, task: robot.tasks[0])
    #expect(data.steps[0] == data.steps[1])
    let plain = trial.steps(period: 0.1)
    func error(_ steps: [Step]) -> Double {
      let errors = steps.indices.map { steps[$0].state[1] - velocities[10 * $0] }
      return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    }
    let (smoothed, raw) = (error(data.steps[0]), error(plain))
    print("velocities are \(smoothed) rad/s off, measured \(raw)")
    #expect(data.steps[0].count == plain.count)
    #expect(smoothed < 0.6 * raw)
    // The noise that the policy will live with is the measurements', not what smoothing leaves.
    let noise = try #require(data.measurementNoise)
    #expect(abs(noise[0] / 0.001 - 1) < 0.2 && abs(noise[1] / 0.05 - 1) < 0.2)

    trial.origin = .imported
    let imported = LearningData(trials: [trial], robot: robot, task: robot.tasks[0])
    #expect(imported.steps == [plain])
    #expect(imported.measurementNoise == nil)
  }

  /// A trial's efforts are held: between their changes a smoother may believe that accelerations hardly
  /// change, if it knows when they do.
  @Test(
    "Smoothing that knows when efforts changed is nearer to the truth, however late they act",
    arguments: [0, 3])
  func jumps(ticksLate: Int) throws {
    let robot = try robot(
      StateSettings(delaySeconds: 0.01 * Double(ticksLate)), commandDelay: 0)
    let (trial, velocities) = try trial(robot, velocityNoise: 0.05, ticksLate: ticksLate)
    func error(jumps: Bool) throws -> Double {
      let motion = try RecordedMotion(
        trial, robot: robot,
        smoothing: SmoothingSettings(usesVelocities: true, jumpsWithEfforts: jumps))
      let found = motion.trajectory.joints[0].velocities
      let squares = found.indices.reduce(0.0) { $0 + pow(found[$1] - velocities[$1], 2) }
      return (squares / Double(found.count)).squareRoot()
    }
    let (knowing, ignorant) = (try error(jumps: true), try error(jumps: false))
    print("velocities are \(knowing) rad/s off, without the jumps \(ignorant)")
    #expect(knowing < 0.8 * ignorant)
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
    let noise = try #require(data.measurementNoise?.first)
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
    }
  }
}
