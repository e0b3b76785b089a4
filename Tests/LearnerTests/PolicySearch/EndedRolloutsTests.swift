import Learner
import Robotics
import Synchronization
import Testing

@Suite struct EndedRolloutsTests {
  /// A joint that its effort speeds up, which counts how many members were advanced.
  private final class Counted: DynamicsModel {
    let advanced = Atomic<Int>(0)
    var stateDimensions: Int { 2 }
    var actionDimensions: Int { 1 }
    func makeWorkspace(capacity: Int) {}

    func predict(
      count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
      mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
    ) {
      advanced.wrappingAdd(count, ordering: .relaxed)
      for b in 0..<count {
        mean[b] = 0.1 * states[stride + b]
        mean[stride + b] = actions[b]
        if let variance {
          variance[b] = 1e-4
          variance[stride + b] = 1e-2
        }
      }
    }
  }

  private let task = TestRobots.pendulumTask

  /// Scores of policies that push with constant efforts.
  private func scores(
    _ efforts: [Double], particles: Int, model: Counted = Counted()
  ) -> [RolloutScore] {
    var shape = PolicyParameters(kind: .linear, robot: TestRobots.pendulum, task: task)
    shape.weights = [0, 0, 0, 0]
    let problem = RolloutProblem(
      model: model, task: task, robot: TestRobots.pendulum, shape: shape,
      measurementDeviation: [0.01, 0.05], settings: SearchSettings())
    let noise = problem.noise(particles: particles, sampling: .everyStep, seed: 3, path: [])
    // Features: cosine, sine, velocity, one.
    return RolloutEvaluator(problem: problem, threads: 1, team: nil)
      .scores(of: efforts.map { [0, 0, 0, $0] }, noise: noise, dynamics: model)
  }

  @Test(
    "Candidates that are lost end, and the others earn what they would have beside them",
    arguments: [1, 3, 9])
  func same(particles: Int) {
    // Every other one pushes until it is too fast; none of the rest does.
    let efforts = (0..<96).map { $0.isMultiple(of: 2) ? 3.0 : 0.001 * Double($0) }
    let model = Counted()
    let all = scores(efforts, particles: particles, model: model)
    for (index, effort) in efforts.enumerated() {
      #expect(all[index] == scores([effort], particles: particles)[0], "candidate \(index)")
      #expect(all[index].lost == (index.isMultiple(of: 2) ? particles : 0))
    }
    // Speed grows by 2.5 rad/s a step: half of the rollouts last a few of the 40 steps.
    let whole = efforts.count * particles * task.stepCount
    let advanced = model.advanced.load(ordering: .relaxed)
    #expect(advanced < whole * 7 / 10, "\(advanced) of \(whole)")
  }

  @Test("Where all are lost, nothing more is asked of the model")
  func all() {
    let model = Counted()
    let found = scores(Array(repeating: 3, count: 16), particles: 1, model: model)
    #expect(found.allSatisfy { $0.lost == 1 && $0.solved == 0 })
    #expect(model.advanced.load(ordering: .relaxed) < 16 * task.stepCount / 2)
  }
}
