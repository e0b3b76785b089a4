import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// A model of a part of a period as one of the whole.
@Suite("A model that steps several times a period")
struct SubsteppedDynamicsTests {
  private static let substep = 0.01

  private static func pendubot() throws -> (robot: Robot, task: Robotics.Task) {
    let robot = try Robot(
      contentsOf: RealPendulum.root.appendingPathComponent("calibration/pendubot/robot.yaml").path)
    return (robot, try #require(robot.task(named: "swing-up")))
  }

  private static func plant() throws -> (PlantPrior, parameters: [Double]) {
    let plant = try PlantPrior(plantName: "pendubot", stepSeconds: 0.001)
    return (plant, plant.plant.parameters.map(\.defaultValue))
  }

  /// Steps from random states, as fast as a swing-up has them, under random torques.
  private static func fastSteps(
    _ count: Int, seed: UInt64, periodSeconds: Double
  ) throws -> [Step] {
    let (plant, parameters) = try plant()
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in
      let state = [3.2, 3.2, 8, 12].map { $0 * stream.nextUniform(in: -1, 1) }
      let action = [3.5 * stream.nextUniform(in: -1, 1)]
      var next = state
      plant.advance(
        count: 1, stride: 1, states: state, actions: action, parameters: parameters,
        periodSeconds: periodSeconds, next: &next)
      return Step(state: state, action: action, nextState: next)
    }
  }

  private static func model() throws -> GaussianProcessDynamics {
    let (robot, task) = try pendubot()
    return try GaussianProcessDynamics.fit(
      steps: fastSteps(80, seed: 5, periodSeconds: substep),
      features: FeatureMap(robot: robot, task: task, substeps: 5), periodSeconds: substep,
      settings: LearningSettings.model)
  }

  /// A batch of states and actions, a dimension at a time, wider than it needs to be.
  private struct Batch {
    let count = 5
    let stride = 7
    var states: [Double]
    var actions: [Double]

    init() {
      var stream = RandomStream(seed: 6)
      states = (0..<28).map { _ in 2 * stream.nextGaussian() }
      actions = (0..<7).map { _ in stream.nextGaussian() }
    }
  }

  private static func change<Model: DynamicsModel>(
    _ model: Model, _ batch: Batch
  ) -> (mean: [Double], variance: [Double]) {
    var mean = [Double](repeating: 0, count: 28)
    var variance = mean
    model.predict(
      count: batch.count, stride: batch.stride, states: batch.states, actions: batch.actions,
      mean: &mean, variance: &variance, workspace: model.makeWorkspace(capacity: batch.stride))
    return (mean, variance)
  }

  @Test("A period changes what its steps change, one after the other, under the same action")
  func steps() throws {
    let inner = try Self.model()
    let whole = SubsteppedDynamics(inner: inner, count: 5, substepSeconds: Self.substep)
    let batch = Batch()
    var moved = batch
    var deviations = [Double](repeating: 0, count: 28)
    for _ in 0..<5 {
      let (mean, variance) = Self.change(inner, moved)
      for d in 0..<4 {
        for b in 0..<batch.count { moved.states[d * 7 + b] += mean[d * 7 + b] }
      }
      // What is not known of a function adds up: first of positions, by the velocities' so far.
      for d in 0..<2 {
        for b in 0..<batch.count {
          deviations[d * 7 + b] +=
            variance[d * 7 + b].squareRoot() + Self.substep * deviations[(d + 2) * 7 + b]
          deviations[(d + 2) * 7 + b] += variance[(d + 2) * 7 + b].squareRoot()
        }
      }
    }
    let (mean, variance) = Self.change(whole, batch)
    for d in 0..<4 {
      for b in 0..<batch.count {
        let i = d * 7 + b
        #expect(abs(mean[i] - (moved.states[i] - batch.states[i])) < 1e-12)
        #expect(abs(variance[i] - deviations[i] * deviations[i]) < 1e-12 * (1 + variance[i]))
      }
    }
  }

  @Test("Its derivatives are those of differences, of the mean and of every function drawn")
  func derivatives() throws {
    let inner = try Self.model()
    let whole = SubsteppedDynamics(inner: inner, count: 5, substepSeconds: Self.substep)
    func compare<Model: DifferentiableDynamics>(_ model: Model) {
      let batch = Batch()
      var change = [Double](repeating: 0, count: 28)
      var jacobian = [Double](repeating: 0, count: 4 * 5 * 7)
      model.linearise(
        count: batch.count, stride: batch.stride, firstMember: 0, states: batch.states,
        actions: batch.actions, change: &change, jacobian: &jacobian,
        workspace: model.makeWorkspace(capacity: batch.stride))
      let mean = Self.change(model, batch).mean
      for d in 0..<4 {
        for b in 0..<batch.count { #expect(abs(change[d * 7 + b] - mean[d * 7 + b]) < 1e-9) }
      }
      for input in 0..<5 {
        func moved(_ by: Double) -> [Double] {
          var moved = batch
          for b in 0..<batch.count {
            if input < 4 { moved.states[input * 7 + b] += by } else { moved.actions[b] += by }
          }
          return Self.change(model, moved).mean
        }
        let (above, below) = (moved(1e-5), moved(-1e-5))
        for d in 0..<4 {
          for b in 0..<batch.count {
            let slope = (above[d * 7 + b] - below[d * 7 + b]) / 2e-5
            let own = jacobian[(d * 5 + input) * 7 + b]
            #expect(abs(own - slope) < 1e-6 * (1 + abs(slope)), "\(d) by \(input)")
          }
        }
      }
    }
    compare(whole)
    compare(whole.functions(count: 3, seed: 8))
  }

  @Test("Chains of links measured from hanging have such models, where samples come often enough")
  func whereTheyAre() throws {
    var (robot, task) = try Self.pendubot()
    #expect(robot.substeps(in: task) == 5)
    // A period of six samples has no fifth; one whose efforts act in the next has no steps of its own.
    task.periodSeconds = 0.03
    #expect(robot.substeps(in: task) == 1)
    task.periodSeconds = 0.05
    robot.state.delaySeconds = 0.01
    #expect(robot.substeps(in: task) == 1)
    for name in ["pendulum", "cart-pole", "planar-arm-4"] {
      let other = try Robot(
        contentsOf: RealPendulum.root.appendingPathComponent("calibration/\(name)/robot.yaml").path)
      for task in other.tasks { #expect(other.substeps(in: task) == 1) }
    }
  }

  /// A trial of random torques at the robot's control rate, measured as the robot file says.
  private static func trial(_ number: Int, _ robot: Robot, _ task: Robotics.Task) throws -> Trial {
    let (plant, parameters) = try plant()
    var stream = RandomStream(seed: 40, path: [UInt64(number)])
    var state = [Double](repeating: 0, count: 4)
    var action = 0.0
    let sample = robot.link.controlPeriodSeconds
    let span = Int((task.periodSeconds / sample).rounded())
    let samples = (0...(span * task.stepCount)).map { tick in
      if tick % (5 * span) == 0 { action = stream.nextUniform(in: -2, 2) }
      let seen = state.map { $0 + 0.01 * stream.nextGaussian() }
      let result = Sample(
        tick: tick, robotTimeSeconds: sample * Double(tick),
        hostTimeSeconds: sample * Double(tick), positions: Array(seen.prefix(2)),
        velocities: Array(seen.suffix(2)), askedAction: [action], sentAction: [action])
      let from = state
      plant.advance(
        count: 1, stride: 1, states: from, actions: [action], parameters: parameters,
        periodSeconds: sample, next: &state)
      return result
    }
    return Trial(
      number: number, robot: robot.name, task: task.name, origin: .random, seed: 1,
      samplePeriodSeconds: sample, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }

  @Test("From as many steps, of a fifth of a period, it errs by less than half as much over one")
  func teachesMore() throws {
    let (robot, task) = try Self.pendubot()
    let tested = try Self.fastSteps(200, seed: 42, periodSeconds: task.periodSeconds)
    func error(substeps: Int) throws -> Double {
      let period = task.periodSeconds / Double(substeps)
      let model = try GaussianProcessDynamics.fit(
        steps: Self.fastSteps(250, seed: 41, periodSeconds: period),
        features: FeatureMap(robot: robot, task: task, substeps: substeps), periodSeconds: period,
        settings: LearningSettings.model)
      let whole = SubsteppedDynamics(inner: model, count: substeps, substepSeconds: period)
      let workspace = whole.makeWorkspace(capacity: 1)
      let errors = tested.map { step in
        var mean = [0.0, 0, 0, 0]
        whole.predict(
          count: 1, stride: 1, states: step.state, actions: step.action, mean: &mean,
          variance: nil, workspace: workspace)
        return abs(step.state[3] + mean[3] - step.nextState[3])
      }
      return errors.sorted()[errors.count / 2]
    }
    let (divided, whole) = (try error(substeps: 5), try error(substeps: 1))
    #expect(divided < 0.5 * whole, "median errors \(divided) and \(whole) rad/s")
  }

  @Test("A learner has one without a prior or with a poor one, and none with a sound one")
  func choice() throws {
    let (robot, task) = try Self.pendubot()
    let data = LearningData(
      trials: [try Self.trial(1, robot, task)], robot: robot, task: task)
    func period(gravity: Double?, middleSteps: [[Step]]?) throws -> Double {
      var description = try #require(robot.prior)
      let place = try #require(description.parameters.firstIndex { $0.name == "gravity" })
      description.parameters[place].nominal = gravity ?? 0
      let learner = EpisodeLearner(
        robot: robot, task: task,
        prior: gravity == nil ? nil : try PlantPrior(plantName: "pendubot"),
        priorDescription: description,
        settings: LearningSettings(algorithm: gravity == nil ? .blackDrops : .gpMI), seed: 1)
      return try learner.model(episode: 1, steps: data.steps, middleSteps: middleSteps)
        .periodSeconds
    }
    #expect(abs(try period(gravity: nil, middleSteps: data.middleSteps) - 0.01) < 1e-12)
    #expect(abs(try period(gravity: 0, middleSteps: data.middleSteps) - 0.01) < 1e-12)
    #expect(try period(gravity: 9.82, middleSteps: data.middleSteps) == 0.05)
    #expect(try period(gravity: nil, middleSteps: nil) == 0.05)
    // Too few of them, as of trials that were sampled at a rate without fifths.
    #expect(try period(gravity: nil, middleSteps: [[]]) == 0.05)
  }

  @Test("A step is the middle fifth of a period, with a third of what the middle three change")
  func middle() throws {
    var (robot, task) = try Self.pendubot()
    // Over before the parts begin that are measured.
    robot.link.commandDelaySeconds = 0.002
    var trial = try Self.trial(1, robot, task)
    let data = LearningData(trials: [trial], robot: robot, task: task)
    let steps = try #require(data.middleSteps)[0]
    #expect(steps.count == task.stepCount && data.steps[0].count == task.stepCount)
    let (plant, parameters) = try Self.plant()
    var errors: [Double] = []
    for (index, step) in steps.enumerated() {
      #expect(step.action == trial.samples[10 * index].sentAction)
      // 20 ms after the period began, within what smoothing leaves of 0.01 rad and rad/s.
      for d in 0..<4 {
        #expect(abs(step.state[d] - trial.samples[10 * index + 4].state[d]) < 0.06)
      }
      var next = step.state
      plant.advance(
        count: 1, stride: 1, states: step.state, actions: step.action, parameters: parameters,
        periodSeconds: Self.substep, next: &next)
      errors.append(abs(step.nextState[3] - next[3]))
    }
    #expect(errors.sorted()[errors.count / 2] < 0.01)
    // Half of what is measured, where commands take half a period.
    robot.link.commandDelaySeconds = 0.025
    let late = try #require(
      LearningData(trials: [trial], robot: robot, task: task).middleSteps?[0][7].action[0])
    let efforts = [60, 70].map { trial.samples[$0].sentAction[0] }
    #expect(abs(late - (efforts[0] + efforts[1]) / 2) < 1e-12)
    // What a lost sample would have told is not made up.
    trial.samples.remove(at: 10 * 7 + 4)
    let fewer = LearningData(trials: [trial], robot: robot, task: task)
    #expect(fewer.middleSteps?[0].count == steps.count - 1)
    #expect(fewer.steps[0].count == task.stepCount)
  }
}
