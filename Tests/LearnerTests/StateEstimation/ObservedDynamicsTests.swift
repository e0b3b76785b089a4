import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// A model with what a policy sees of it, against the filter and the delay themselves, run sample by
/// sample on the plant.
@Suite struct ObservedDynamicsTests {
  private static let period = 0.05

  private func robot(
    cutoff: Double?, delay: Double, commandDelay: Double = 0
  ) throws -> (Robot, Robotics.Task) {
    var robot = try Robot(
      contentsOf: RealPendulum.root.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    robot.state = StateSettings(velocityCutoffHertz: cutoff, delaySeconds: delay)
    robot.link.commandDelaySeconds = commandDelay
    var task = robot.tasks[0]
    task.periodSeconds = Self.period
    return (robot, task)
  }

  private func model(
    _ robot: Robot, _ task: Robotics.Task
  ) throws -> ObservedDynamics<DifferentiablePlant> {
    let plant = try PlantPrior(plantName: "pendulum")
    return ObservedDynamics(
      inner: DifferentiablePlant(
        prior: DelayedPrior(
          prior: plant, previousActions: robot.previousActions(in: task),
          delaySeconds: robot.state.delaySeconds),
        parameters: plant.plant.parameters.map(\.defaultValue), periodSeconds: Self.period),
      robot: robot, task: task)
  }

  @Test("A delayed prior lets each action act for its own part of the period")
  func delayedPrior() throws {
    let plant = try PlantPrior(plantName: "pendulum")
    let parameters = plant.plant.parameters.map(\.defaultValue)
    let delayed = DelayedPrior(prior: plant, previousActions: 2, delaySeconds: 0.07)
    var next = [0.0, 0.0]
    // The latest first: 1 N m now, 2 before, −1 before that; 0.07 s late, −1 acts for 0.02 s, then 2.
    delayed.advance(
      count: 1, stride: 1, states: [0.4, 0.5], actions: [1, 2, -1], parameters: parameters,
      periodSeconds: Self.period, next: &next)
    var expected = [0.4, 0.5]
    for (torque, seconds) in [(-1.0, 0.02), (2.0, 0.03)] {
      let from = expected
      plant.advance(
        count: 1, stride: 1, states: from, actions: [torque], parameters: parameters,
        periodSeconds: seconds, next: &expected)
    }
    #expect(abs(next[0] - expected[0]) < 1e-12 && abs(next[1] - expected[1]) < 1e-12)
  }

  /// The plant at 100 Hz with actions that act 70 ms late, its positions through the filter; the model
  /// makes the same journey in steps of 50 ms.
  @Test("A rollout sees what the robot's filter sees, and its actions act when the robot's do")
  func rollout() throws {
    let (robot, task) = try robot(cutoff: 8, delay: 0.07)
    let model = try model(robot, task)
    let plant = try PlantPrior(plantName: "pendulum")
    let parameters = plant.plant.parameters.map(\.defaultValue)
    var stream = RandomStream(seed: 5)
    let actions = (0..<30).map { _ in stream.nextUniform(in: -2, 2) }

    var state = model.beginning(at: [0.2, 0])
    let workspace = model.makeWorkspace(capacity: 1)
    var truth = [0.2, 0.0]
    var filter = VelocityFilter(cutoffHertz: 8)
    filter.begin(position: 0.2)
    var worst = 0.0
    for (step, action) in actions.enumerated() {
      var change = state.map { _ in 0.0 }
      model.predict(
        count: 1, stride: 1, states: state, actions: [action], mean: &change, variance: nil,
        workspace: workspace)
      for d in state.indices { state[d] += change[d] }
      for tick in 0..<5 {
        // The action that acts now was decided on 70 ms ago.
        let decided = 5 * step + tick - 7
        let torque = decided < 0 ? 0 : actions[decided / 5]
        let from = truth
        plant.advance(
          count: 1, stride: 1, states: from, actions: [torque], parameters: parameters,
          periodSeconds: 0.01, next: &truth)
        filter.advance(position: truth[0], elapsedSeconds: 0.01)
      }
      worst = max(worst, abs(state[1] - filter.velocity) / 5)
      worst = max(worst, abs(state[0] - truth[0]), abs(state[4] - truth[1]))
      #expect(state[2] == action)
      if step > 0 { #expect(abs(state[3] - actions[step - 1]) < 1e-12) }
    }
    // The cubic between two states leaves the filtered velocity a few thousandths of its 5 rad/s.
    print("largest error \(worst)")
    #expect(worst < 2e-3)
    #expect(abs(truth[1] - filter.velocity) > 0.05, "the filter lags, or the test shows nothing")
  }

  /// The plant with actions that take effect 10 ms after they were decided on, a fifth of a period: a
  /// rollout that knows is ten times nearer to it than one that doesn't.
  @Test("Until a command takes effect, a rollout's action before goes on acting")
  func lateCommands() throws {
    let (robot, task) = try robot(cutoff: nil, delay: 0, commandDelay: 0.01)
    let (prompt, _) = try self.robot(cutoff: nil, delay: 0)
    let plant = try PlantPrior(plantName: "pendulum")
    let parameters = plant.plant.parameters.map(\.defaultValue)
    func error(_ robot: Robot) throws -> Double {
      let model = try model(robot, task)
      var stream = RandomStream(seed: 6)
      var state = model.beginning(at: [0.2, 0])
      let workspace = model.makeWorkspace(capacity: 1)
      var truth = [0.2, 0.0]
      var before = 0.0
      var worst = 0.0
      for _ in 0..<30 {
        let action = stream.nextUniform(in: -2, 2)
        var change = state.map { _ in 0.0 }
        model.predict(
          count: 1, stride: 1, states: state, actions: [action], mean: &change, variance: nil,
          workspace: workspace)
        for d in state.indices { state[d] += change[d] }
        for (torque, seconds) in [(before, 0.01), (action, 0.04)] {
          let from = truth
          plant.advance(
            count: 1, stride: 1, states: from, actions: [torque], parameters: parameters,
            periodSeconds: seconds, next: &truth)
        }
        before = action
        worst = max(worst, abs(state[0] - truth[0]), abs(state[1] - truth[1]))
      }
      return worst
    }
    let (knowing, ignorant) = (try error(robot), try error(prompt))
    print("largest error \(knowing), without the delay \(ignorant)")
    #expect(knowing < ignorant / 10)
    #expect(ignorant > 0.05)
  }

  @Test(
    "Its derivatives are those of differences",
    arguments: [(nil, 0.07, 0), (8.0, 0.0, 0), (8.0, 0.07, 0), (nil, 0, 0.01), (8.0, 0, 0.01)]
      as [(Double?, Double, Double)])
  func derivatives(cutoff: Double?, delay: Double, commandDelay: Double) throws {
    let (robot, task) = try robot(cutoff: cutoff, delay: delay, commandDelay: commandDelay)
    let model = try model(robot, task)
    let (d, count, stride) = (model.stateDimensions, 7, 9)
    var stream = RandomStream(seed: 3)
    let states = (0..<(d * stride)).map { _ in stream.nextGaussian() }
    let actions = (0..<stride).map { _ in stream.nextGaussian() }
    let workspace = model.makeWorkspace(capacity: 16)
    var change = Array(repeating: 0.0, count: d * stride)
    var jacobian = Array(repeating: 0.0, count: d * (d + 1) * stride)
    model.linearise(
      count: count, stride: stride, firstMember: 0, states: states, actions: actions,
      change: &change, jacobian: &jacobian, workspace: workspace)
    func predicted(_ x: [Double], _ u: [Double]) -> [Double] {
      var mean = Array(repeating: 0.0, count: d * stride)
      model.predict(
        count: count, stride: stride, states: x, actions: u, mean: &mean, variance: nil,
        workspace: workspace)
      return mean
    }
    let plain = predicted(states, actions)
    var worst = 0.0
    for j in 0...d {
      func moved(_ by: Double) -> [Double] {
        var (x, u) = (states, actions)
        for b in 0..<count { if j < d { x[j * stride + b] += by } else { u[b] += by } }
        return predicted(x, u)
      }
      let (above, below) = (moved(1e-5), moved(-1e-5))
      for i in 0..<d {
        for b in 0..<count {
          let difference = (above[i * stride + b] - below[i * stride + b]) / 2e-5
          worst = max(worst, abs(jacobian[(i * (d + 1) + j) * stride + b] - difference))
          worst = max(worst, abs(plain[i * stride + b] - change[i * stride + b]))
        }
      }
    }
    #expect(worst < 1e-6)
  }
}
