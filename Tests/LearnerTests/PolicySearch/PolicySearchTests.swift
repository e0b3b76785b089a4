import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite struct PolicySearchTests {
  private let robot = TestRobots.pendulum
  private let task = TestRobots.pendulumTask

  private func quick(budget: Int = 2000) -> SearchSettings {
    SearchSettings(particles: 2, mostParticles: 4, rolloutBudget: budget, finalParticles: 40)
  }

  @Test("It swings up the pendulum in its own equations of motion", arguments: [1, 2])
  func swingsUp(seed: UInt64) throws {
    let result = try PolicySearch.search(
      model: try PlantModel.pendulum(deviations: [0.002, 0.02]), task: task, robot: robot,
      settings: SearchSettings(rolloutBudget: 20_000), seed: seed)
    print("seed \(seed): predicted \(result.predictedMean), \(result.rollouts) rollouts")
    var stream = RandomStream(seed: seed)
    let trial = try PendulumTrial(try result.policy.makePolicy(for: robot), stream: &stream)
    #expect(trial.isSolved)
    #expect(abs(trial.meanReward - result.predictedMean) < 0.05)
  }

  @Test("The result doesn't depend on the number of threads, bit for bit")
  func threads() throws {
    func search(threads: Int) throws -> PolicySearchResult {
      var result = try PolicySearch.search(
        model: try PlantModel.pendulum(deviations: [0.01, 0.1]), task: task, robot: robot,
        measurementDeviation: [0.001, 0.05], settings: quick(), seed: 4, threads: threads)
      result.seconds = 0
      return result
    }
    let one = try search(threads: 1)
    #expect(try search(threads: 2) == one)
    #expect(try search(threads: 5) == one)
  }

  @Test("Another seed or path searches elsewhere")
  func seeds() throws {
    func weights(seed: UInt64, path: [UInt64]) throws -> [Double] {
      try PolicySearch.search(
        model: try PlantModel.pendulum(), task: task, robot: robot, settings: quick(budget: 200),
        seed: seed, path: path
      ).policy.weights
    }
    let first = try weights(seed: 1, path: [1])
    #expect(try weights(seed: 2, path: [1]) != first)
    #expect(try weights(seed: 1, path: [2]) != first)
    #expect(try weights(seed: 1, path: [1]) == first)
  }

  @Test("The budget is kept to within a generation and the final comparison")
  func budget() throws {
    let result = try PolicySearch.search(
      model: try PlantModel.pendulum(), task: task, robot: robot, settings: quick(budget: 1000),
      seed: 1)
    #expect(result.rollouts >= 1000)
    // A round of four searches of 15 candidates, two of them twice, with 4 particles at most;
    // halvings of 4 and 2 with 50; finalists and winner with 40.
    #expect(result.rollouts < 1000 + 4 * 17 * 4 + 6 * 50 + 8 * 40)
  }

  @Test("A search that goes on from a good policy keeps it even with hardly any budget")
  func warmStart() throws {
    let model = try PlantModel.pendulum(deviations: [0.002, 0.02])
    let good = try PolicySearch.search(model: model, task: task, robot: robot, seed: 1)
    let again = try PolicySearch.search(
      model: model, task: task, robot: robot, start: good.policy, settings: quick(budget: 100),
      seed: 2)
    #expect(again.predictedMean > good.predictedMean - 0.03)
  }

  @Test("Cancelled before anything was found it throws; later it gives the best so far")
  func cancelled() throws {
    let model = try PlantModel.pendulum()
    #expect(throws: LearnerError.cancelled) {
      try PolicySearch.search(
        model: model, task: task, robot: robot, settings: quick(), seed: 1, isCancelled: { true })
    }
    var asked = 0
    let result = try PolicySearch.search(
      model: model, task: task, robot: robot, settings: quick(), seed: 1,
      isCancelled: {
        asked += 1
        return asked > 10
      })
    #expect(result.wasCancelled)
    #expect(result.predictedMean.isFinite)
    #expect(result.rollouts < 2000)
  }

  @Test(
    "Stopped anywhere, stored and resumed it finds what it would have found", arguments: [1, 4, 8])
  func resumed(generations: Int) throws {
    let model = try PlantModel.pendulum(deviations: [0.01, 0.1])
    func search(_ state: SearchState?, stopsAfter: Int) throws -> PolicySearchResult {
      var asked = 0
      var result = try PolicySearch.search(
        model: model, task: task, robot: robot, settings: quick(), seed: 3, resuming: state,
        isCancelled: {
          asked += 1
          return asked > stopsAfter
        })
      result.seconds = 0
      return result
    }
    let whole = try search(nil, stopsAfter: .max)
    #expect(whole.state == nil && !whole.wasCancelled)
    let part = try search(nil, stopsAfter: generations)
    #expect(part.wasCancelled && part.rollouts < whole.rollouts)
    let state = try JSONDecoder().decode(
      SearchState.self, from: JSONEncoder().encode(try #require(part.state)))
    #expect(try search(state, stopsAfter: .max) == whole)
  }

  @Test(
    "Radial, periodic and linear policies are searched too, and earn more than doing nothing",
    arguments: [PolicyParameters.Kind.radial(centres: 10), .periodic(harmonics: 2), .linear])
  func shapes(kind: PolicyParameters.Kind) throws {
    let model = try PlantModel.pendulum(deviations: [0.002, 0.02])
    var settings = SearchSettings(policy: kind, rolloutBudget: 6000, finalParticles: 20)
    settings.method = .blackBox
    let found = try PolicySearch.search(
      model: model, task: task, robot: robot, settings: settings, seed: 1)
    print("\(kind): predicted \(found.predictedMean)")
    #expect(found.policy.kind == kind && found.policy.weights.count == found.policy.weightCount)
    // Hanging earns exp(−½ 4 / 0.25) = 3e-4 a step, holding its torque no more than 2e-3.
    #expect(found.predictedMean > 0.02)
    #expect(found.exploration == nil)
  }

  @Test("The shape of a policy decides how it is searched, and what doesn't go together is refused")
  func choice() throws {
    func chosen(_ shape: PolicyShape?, _ method: SearchSettings.Method?) throws -> SearchSettings {
      var settings = SearchSettings()
      try settings.choose(policy: shape, method: method)
      return settings
    }
    #expect(try chosen(nil, nil) == SearchSettings())
    #expect(try chosen(.trajectory, nil).method == .trajectories)
    let radial = try chosen(.radial(centres: 15), nil)
    #expect(radial.method == .blackBox && radial.policy == .radial(centres: 15))
    #expect(try chosen(.periodic(harmonics: 3), .blackBox).policy == .periodic(harmonics: 3))
    #expect(throws: LearnerError.self) { try chosen(.trajectory, .blackBox) }
    #expect(throws: LearnerError.self) { try chosen(.radial(centres: 15), .trajectories) }
  }

  @Test("A model that gives no numbers costs a candidate its place, not the search its end")
  func broken() throws {
    var model = try PlantModel.pendulum()
    model.breaksBeyond = 0.5
    let result = try PolicySearch.search(
      model: model, task: task, robot: robot, settings: quick(), seed: 1)
    #expect(result.brokenCandidates > 0)
    #expect(result.predictedMean.isFinite)
  }

  @Test("Particles that get too fast earn nothing from there on")
  func lost() throws {
    // Upright at 10 rad/s from the start, with a limit of 9: nothing can be earned.
    var fast = task
    fast.initialState = [.pi, 10]
    fast.velocityScales = [3]
    let settings = SearchSettings(rolloutBudget: 100, finalParticles: 10, divergenceSpeed: 3)
    let result = try PolicySearch.search(
      model: try PlantModel.pendulum(), task: fast, robot: robot, settings: settings, seed: 1)
    #expect(result.predictedMean < 0.1)
    #expect(result.lostRollouts > 100)
  }

  @Test("Returns are the mean reward a step of the model's own rollout")
  func returns() throws {
    // A linear policy with weights near zero does nothing: the pendulum swings freely from 2 rad.
    var free = task
    free.initialState = [2, 0]
    free.reward.width = 1
    let settings = SearchSettings(
      policy: .linear, rolloutBudget: 1, starts: 1, initialDeviation: 0,
      sampling: .none, rewardWidthFactor: 1, finalParticles: 3)
    let result = try PolicySearch.search(
      model: try PlantModel.pendulum(), task: free, robot: robot, settings: settings, seed: 1)
    var stream = RandomStream(seed: 1)
    let trial = try PendulumTrial(
      try result.policy.makePolicy(), task: free, noise: [0, 0], stream: &stream)
    #expect(abs(result.predictedMean - trial.meanReward) < 1e-6)
    #expect(result.predictedDeviation < 1e-9)
  }

  @Test("A task without steps, settings out of range, and another robot's policy are refused")
  func refused() throws {
    let model = try PlantModel.pendulum()
    var short = task
    short.horizonSeconds = 0.01
    #expect(
      throws: LearnerError.horizonTooShort(
        task: "swing-up", horizonSeconds: 0.01, periodSeconds: 0.1)
    ) { try PolicySearch.search(model: model, task: short, robot: robot, seed: 1) }
    #expect(
      throws: LearnerError.settingOutOfRange(name: "particles", value: 0, lower: 1, upper: 10_000)
    ) {
      try PolicySearch.search(
        model: model, task: task, robot: robot, settings: SearchSettings(particles: 0), seed: 1)
    }
    let other = PolicyParameters(
      kind: .linear, robot: TestRobots.cartPole, task: TestRobots.cartPoleTask)
    #expect(throws: LearnerError.policyForAnotherRobot(policy: "cart-pole", robot: "pendulum")) {
      try PolicySearch.search(model: model, task: task, robot: robot, start: other, seed: 1)
    }
  }
}
