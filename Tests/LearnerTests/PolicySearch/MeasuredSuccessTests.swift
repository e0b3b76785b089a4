import Foundation
import Learner
import Robotics
import Testing

@Suite struct MeasuredSuccessTests {
  /// A pendulum's angle that its policy, a sine's `gain` of what is measured, takes off at each step: what
  /// remains is what the measurement was off by.
  private struct Deadbeat: DynamicsModel {
    let gain: Double
    var stateDimensions: Int { 2 }
    var actionDimensions: Int { 1 }
    func makeWorkspace(capacity: Int) {}

    func predict(
      count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
      mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
    ) {
      for b in 0..<count {
        mean[b] = -actions[b] / gain
        mean[stride + b] = 0
      }
    }
  }

  /// The angle before the horizon is −σ ε of the last measurement that the policy saw, and the one that
  /// is judged has an ε′ of its own: what is judged is normal with deviation √2 σ, and lies within σ of
  /// zero with the chance erf(½).
  @Test("Success is judged by the measurement of the state that it is about")
  func horizon() throws {
    let robot = TestRobots.pendulum
    var task = TestRobots.pendulumTask
    task.initialState = [0, 0]
    task.success = SuccessCriterion(
      conditions: [.init(joint: 0, target: 0, tolerance: 0.01)], holdSeconds: 0)
    var shape = PolicyParameters(kind: .linear, robot: robot, task: task)
    // Features: cosine, sine, velocity, one.
    shape.weights = [0, 1, 0, 0]
    var problem = RolloutProblem(
      model: Deadbeat(gain: robot.actionLimits[0]), task: task, robot: robot, shape: shape,
      measurementDeviation: [0.01, 0], settings: SearchSettings())
    problem.success = task.success
    let noise = problem.noise(particles: 4000, sampling: .none, seed: 1, path: [])
    let score = RolloutEvaluator(problem: problem, threads: 1, team: nil)
      .scores(of: [shape.weights], noise: noise, dynamics: problem.model)[0]
    // Four standard deviations of a share of 4000.
    #expect(abs(score.solved - erf(0.5)) < 0.032, "\(score.solved) of seed 1")
  }
}
