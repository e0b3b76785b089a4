import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Synchronization
import Testing

@Suite struct TrajectorySearchTests {
  /// MC-PILCO's cart-pole: 0.05 s, 3 s, the tip upright above the middle of the rail.
  private var cartPole: Robotics.Task {
    let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])
    var task = TestRobots.cartPoleTask
    task.periodSeconds = 0.05
    task.horizonSeconds = 3
    task.reward = Reward(
      distances: [.tip(chain: chain, target: chain.upright)], width: 0.25)
    task.success = SuccessCriterion(
      conditions: [
        .init(joint: 0, target: 0, tolerance: 0.1),
        .init(joint: 1, target: .pi, tolerance: .pi / 18, isContinuous: true),
      ], holdSeconds: 1)
    return task
  }

  private func search(seed: UInt64, threads: Int = 1) throws -> PolicySearchResult {
    let task = cartPole
    var settings = SearchSettings(finalParticles: 40)
    settings.trajectories.groups = 2
    settings.refinement.iterations = 3
    var result = try PolicySearch.search(
      model: try DifferentiablePlant("cart-pole", periodSeconds: 0.05), task: task,
      robot: TestRobots.cartPole, measurementDeviation: [0.01, 0.01, 0.01, 0.01],
      settings: settings, seed: seed, threads: threads)
    result.seconds = 0
    return result
  }

  @Test(
    "In the cart-pole's own equations it finds a swing-up that noise doesn't upset",
    arguments: [1, 2])
  func swingUp(seed: UInt64) throws {
    let task = cartPole
    let policy = try search(seed: seed).policy.makePolicy(for: TestRobots.cartPole)
    let plant = try DifferentiablePlant("cart-pole", periodSeconds: 0.05)
    var stream = RandomStream(seed: seed, path: [9])
    var solved = 0
    for _ in 0..<10 {
      var state = (0..<4).map { _ in 0.01 * stream.nextGaussian() }
      func measured() -> [Double] { state.map { $0 + 0.01 * stream.nextGaussian() } }
      var seen = [measured()]
      policy.begin()
      for step in 0..<task.stepCount {
        let action = policy.action(step: step, state: seen[step])
        var change = Array(repeating: 0.0, count: 4)
        plant.predict(
          count: 1, stride: 1, states: state, actions: action, mean: &change, variance: nil,
          workspace: ())
        for d in 0..<4 { state[d] += change[d] }
        seen.append(measured())
      }
      if task.success.isMet(byStates: seen, periodSeconds: 0.05) { solved += 1 }
    }
    print("seed \(seed): solved \(solved) of 10")
    #expect(solved >= 9)
  }

  /// Few groups and few steps of refinement, stopped after being asked so many times.
  private func quick(
    _ state: SearchState? = nil, stopsAfter: Int = .max, budget: Int = 40_000
  ) throws -> PolicySearchResult {
    var settings = SearchSettings(rolloutBudget: budget, finalParticles: 20)
    settings.trajectories.groups = 3
    settings.trajectories.iterations = [6, 4, 6]
    settings.refinement.iterations = 6
    settings.refinement.redrawInterval = 4
    let asked = Mutex(0)
    var result = try PolicySearch.search(
      model: try DifferentiablePlant("cart-pole", periodSeconds: 0.05), task: cartPole,
      robot: TestRobots.cartPole, measurementDeviation: [0.01, 0.01, 0.01, 0.01],
      settings: settings, seed: 6, resuming: state,
      isCancelled: {
        asked.withLock {
          $0 += 1; return $0 > stopsAfter
        }
      })
    result.seconds = 0
    return result
  }

  @Test(
    "Stopped anywhere, stored and resumed, planning finds what it would have found",
    arguments: [3, 20, 35, 52])
  func resumed(asked: Int) throws {
    let whole = try quick()
    #expect(whole.state == nil && !whole.wasCancelled)
    let part = try quick(stopsAfter: asked)
    #expect(part.wasCancelled && part.policy.weights.allSatisfy { $0.isFinite })
    let state = try JSONDecoder().decode(
      SearchState.self, from: JSONEncoder().encode(try #require(part.state)))
    let again = try quick(state)
    #expect(again.policy.weights == whole.policy.weights)
    #expect(again == whole, "stopped after \(asked) questions")
  }

  @Test(
    "Planning keeps to its budget of rollouts, within a step of every group and the comparisons")
  func budget() throws {
    let found = try quick(budget: 1500)
    // 375 a group, which a step of four trajectories and a hold exceed by 112 at most; comparisons of
    // 4 with 50 particles, of up to 6 and 1 with 20.
    print("\(found.rollouts) rollouts of 1500")
    #expect(found.rollouts <= 3 * (375 + 112) + 4 * 50 + 7 * 20)
    #expect(found.rollouts < (try quick()).rollouts)
    #expect(found.policy.weights.allSatisfy { $0.isFinite })
  }

  @Test("Where effort costs nothing the recursion has no minimum, and shorter steps are taken")
  func noPrice() throws {
    var settings = SearchSettings(finalParticles: 20)
    settings.trajectories.groups = 1
    settings.trajectories.effortPrices = [0]
    settings.refinement.iterations = 0
    let found = try PolicySearch.search(
      model: try DifferentiablePlant("cart-pole", periodSeconds: 0.05), task: cartPole,
      robot: TestRobots.cartPole, settings: settings, seed: 2)
    print("predicted \(found.predictedMean)")
    #expect(found.policy.weights.allSatisfy { $0.isFinite })
    #expect(found.predictedMean > 0.3)
  }

  @Test("What is found doesn't depend on the number of threads, bit for bit")
  func threads() throws {
    #expect(try search(seed: 3, threads: 3) == search(seed: 3))
  }

  @Test("A reward that leads nowhere by its slope is searched as a black box")
  func blackBox() throws {
    var task = cartPole
    task.reward = Reward(terms: [
      .init(.indicator(conditions: task.success.conditions, tipConditions: []))
    ])
    let result = try PolicySearch.search(
      model: try DifferentiablePlant("cart-pole", periodSeconds: 0.05), task: task,
      robot: TestRobots.cartPole, settings: SearchSettings(rolloutBudget: 100, finalParticles: 5),
      seed: 1)
    #expect(result.policy.kind == .network(hiddenUnits: 10))
  }

  @Test(
    "A return's derivative by the weights is that of differences",
    arguments: [
      PolicyParameters.Kind.network(hiddenUnits: 5), .linear, .trajectory(steps: 12),
      .radial(centres: 6), .periodic(harmonics: 2),
    ])
  func gradient(kind: PolicyParameters.Kind) throws {
    var task = cartPole
    task.horizonSeconds = 0.6
    task.reward.width = 0.8
    let model = try DifferentiablePlant("cart-pole", periodSeconds: 0.05)
    var policy = PolicyParameters(kind: kind, robot: TestRobots.cartPole, task: task)
    var stream = RandomStream(seed: 5)
    policy.weights = policy.weights.map { _ in 0.5 * stream.nextGaussian() }
    // So wide that its slope, too, is felt where the pole still hangs.
    let success = SuccessReward(weight: 2, widthFactor: 8)
    func value(_ weights: [Double]) -> (mean: Double, gradient: [Double]) {
      PolicySearch.returnGradient(
        model: model, task: task, robot: TestRobots.cartPole, policy: policy.with(weights: weights),
        particles: 40, measurementDeviation: [0.01, 0.02, 0.03, 0.04], success: success, seed: 3,
        threads: 2)
    }
    let gradient = value(policy.weights).gradient
    let largest = gradient.map(abs).max() ?? 0
    #expect(largest > 1e-4)
    // The trajectory itself is not varied: its derivative is left at zero.
    let fixed: (Int) -> Bool = { if case .trajectory = kind { $0 % 9 < 4 } else { false } }
    for i in stride(from: 0, to: gradient.count, by: 3) {
      if fixed(i) {
        #expect(gradient[i] == 0)
        continue
      }
      var (above, below) = (policy.weights, policy.weights)
      above[i] += 1e-5
      below[i] -= 1e-5
      let difference = (value(above).mean - value(below).mean) / 2e-5
      #expect(
        abs(gradient[i] - difference) < 1e-5 * largest + 1e-8,
        "weight \(i): \(gradient[i]) against \(difference)")
    }
  }

  @Test("So it is where velocities are filtered and commands take effect late")
  func gradientOfObserved() throws {
    var task = cartPole
    task.horizonSeconds = 0.6
    task.reward.width = 0.8
    var robot = TestRobots.cartPole
    robot.state.velocityCutoffHertz = 20
    robot.link.commandDelaySeconds = 0.005
    let model = ObservedDynamics(
      inner: try DifferentiablePlant("cart-pole", periodSeconds: 0.05), robot: robot, task: task)
    #expect(model.stateDimensions == 7)
    var policy = PolicyParameters(kind: .linear, robot: robot, task: task)
    var stream = RandomStream(seed: 8)
    policy.weights = policy.weights.map { _ in 0.5 * stream.nextGaussian() }
    func value(_ weights: [Double]) -> (mean: Double, gradient: [Double]) {
      PolicySearch.returnGradient(
        model: model, task: task, robot: robot, policy: policy.with(weights: weights),
        particles: 20, measurementDeviation: [0.01, 0.02, 0.03, 0.04, 0, 0, 0], limit: 1e6, seed: 3)
    }
    let gradient = value(policy.weights).gradient
    let largest = gradient.map(abs).max() ?? 0
    #expect(largest > 1e-4)
    for i in gradient.indices {
      var (above, below) = (policy.weights, policy.weights)
      above[i] += 1e-5
      below[i] -= 1e-5
      let difference = (value(above).mean - value(below).mean) / 2e-5
      #expect(abs(gradient[i] - difference) < 1e-5 * largest + 1e-8)
    }
  }

  /// A cart that stays where it is, 5 cm off with a tolerance of 10 cm, its pole hanging: of the horizon's
  /// sixty states the last 21 earn for it, two thirds of a width off, with half of the weight.
  @Test("Nearness to success earns in the states over which it must hold, and in no others")
  func successReward() throws {
    var task = cartPole
    task.initialState = [0.05, 0, 0, 0]
    task.initialStateDeviation = [0, 0, 0, 0]
    task.success = SuccessCriterion(
      conditions: [
        .init(joint: 0, target: 0, tolerance: 0.1),
        .init(joint: 1, target: .pi, tolerance: 0.1, isContinuous: true),
      ], holdSeconds: 1)
    var robot = TestRobots.cartPole
    robot.reset.positionTolerances = []
    robot.reset.velocityTolerances = []
    let policy = PolicyParameters(kind: .linear, robot: robot, task: task)
    func mean(_ success: SuccessReward?) throws -> Double {
      PolicySearch.returnGradient(
        model: try DifferentiablePlant("cart-pole", periodSeconds: task.periodSeconds), task: task,
        robot: robot, policy: policy, particles: 4, success: success, seed: 1
      ).mean
    }
    let earned = try mean(SuccessReward(weight: 1, widthFactor: 0.75)) - mean(nil)
    let held = 1 + (task.success.holdSeconds / task.periodSeconds).rounded()
    let expected = 0.5 * exp(-0.5 * pow(0.05 / 0.075, 2)) * held / Double(task.stepCount)
    #expect(abs(earned - expected) < 1e-12)
  }

  @Test("Settings stored before success earned anything are read as meant then")
  func olderSettings() throws {
    var settings = RefinementSettings()
    var stored = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(settings)) as? [String: Any])
    #expect(stored.removeValue(forKey: "success") != nil)
    settings.success = nil
    let read = try JSONDecoder().decode(
      RefinementSettings.self, from: JSONSerialization.data(withJSONObject: stored))
    #expect(read == settings)
  }
}
