import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite struct ReturnsTests {
  private let shape = PolicyParameters(
    kind: .network(hiddenUnits: 10), robot: TestRobots.pendulum, task: TestRobots.pendulumTask)

  private func returns(
    _ weights: [[Double]], particles: Int, threads: Int = 1
  ) throws -> [LearntEpisode.PredictedReturn] {
    let model = try GaussianProcessDynamicsTests.model(
      TestPendulum().trial(steps: 30, parameters: [1, 0.01], noise: 0.01, seed: 91))
    return PolicySearch.returns(
      of: weights, shape: shape, model: model, task: TestRobots.pendulumTask,
      robot: TestRobots.pendulum, particles: particles, measurementDeviation: [0.01, 0.05],
      seed: 92, threads: threads)
  }

  @Test(
    "A policy earns the same whatever policies stand beside it, by one thread or three",
    arguments: [1, 5, 9, 100])
  func same(particles: Int) throws {
    var stream = RandomStream(seed: 93)
    let weights = (0..<21).map { _ in (0..<shape.weightCount).map { _ in stream.nextGaussian() } }
    let all = try returns(weights, particles: particles)
    #expect(Set(all.map(\.mean)).count == 21, "different policies earn differently")
    let byThree = try returns(weights, particles: particles, threads: 3)
    for i in weights.indices { #expect(byThree[i] == all[i]) }
    for i in [0, 8, 20] {
      let alone = try returns([weights[i]], particles: particles)
      #expect(alone[0] == all[i], "policy \(i), seed 93")
    }
  }
}
