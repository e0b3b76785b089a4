import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// What a search does in a model that is too uncertain to plan with.
@Suite struct ExplorationTests {
  /// A pendulum whose functions differ by a constant push: a velocity's change of so many rad/s either
  /// way, normally distributed.
  private struct VaguePendulum: DifferentiableDynamics, FunctionSampling {
    let plant: DifferentiablePlant
    var spread: Double
    var pushes = [0.0]

    var stateDimensions: Int { 2 }
    var actionDimensions: Int { 1 }
    func makeWorkspace(capacity: Int) {}

    func functions(count: Int, seed: UInt64) -> VaguePendulum {
      var drawn = self
      var stream = RandomStream(seed: seed)
      drawn.pushes = (0..<count).map { _ in spread * stream.nextGaussian() }
      return drawn
    }

    func predict(
      count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
      mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
    ) {
      plant.predict(
        count: count, stride: stride, states: states, actions: actions, mean: mean,
        variance: variance, workspace: ())
      for b in 0..<count { mean[stride + b] += pushes[b % pushes.count] }
    }

    func linearise(
      count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
      actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
      jacobian: UnsafeMutablePointer<Double>, workspace: Void
    ) {
      plant.linearise(
        count: count, stride: stride, firstMember: firstMember, states: states, actions: actions,
        change: change, jacobian: jacobian, workspace: ())
      for b in 0..<count { change[stride + b] += pushes[(firstMember + b) % pushes.count] }
    }
  }

  private func search(spread: Double) throws -> PolicySearchResult {
    var settings = SearchSettings(finalParticles: 60)
    settings.trajectories.groups = 2
    settings.trajectories.iterations = [20, 10, 20]
    settings.refinement.iterations = 2
    return try PolicySearch.search(
      model: VaguePendulum(
        plant: try DifferentiablePlant("pendulum", periodSeconds: 0.1), spread: spread),
      task: TestRobots.pendulumTask, robot: TestRobots.pendulum, settings: settings, seed: 1)
  }

  @Test("A model that knows is planned with, and nothing is said")
  func certain() throws {
    let found = try search(spread: 0.001)
    #expect(found.exploration == nil)
    #expect(found.predictedMean > 0.5)
  }

  @Test("Where every plan leaves the limits the trial explores by random actions, and says so")
  func hopeless() throws {
    let found = try search(spread: 40)
    let sentence = try #require(found.exploration)
    #expect(sentence.contains("random actions within the limits"))
    guard case .random(longestHold: 5, _) = found.policy.kind else {
      Issue.record("\(found.policy.kind) instead of random actions")
      return
    }
    let policy = try found.policy.makePolicy(for: TestRobots.pendulum)
    policy.begin()
    let actions = (0..<40).map { policy.action(step: $0, state: [0, 0])[0] }
    #expect(actions.allSatisfy { abs($0) <= 2.5 } && Set(actions).count > 5)
  }
}
