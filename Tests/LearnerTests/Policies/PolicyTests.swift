import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// A cart with a pole: a prismatic and a revolute joint, one motor.
enum TestRobots {
  static var cartPole: Robot {
    Robot(
      name: "cart-pole",
      joints: [
        Joint(
          name: "cart", kind: .prismatic,
          limits: JointLimits(
            positionLower: -3, positionUpper: 3, velocity: 10, effort: 10, brakingDeceleration: 8)),
        Joint(
          name: "pole", isActuated: false, isContinuous: true,
          limits: JointLimits(velocity: 30, effort: 0, brakingDeceleration: 0)),
      ])
  }

  static var cartPoleTask: Robotics.Task {
    Robotics.Task(
      name: "swing-up", periodSeconds: 0.1, horizonSeconds: 4, initialState: [0, 0, 0, 0],
      initialStateDeviation: [0.01, 0.01, 0.01, 0.01],
      reward: Reward(distances: [.unitCircle(joint: 1, targetRadians: .pi)], width: 0.5),
      success: SuccessCriterion(
        conditions: [.init(joint: 1, target: .pi, tolerance: 0.17, isContinuous: true)],
        holdSeconds: 1),
      velocityScales: [3, 10], positionScales: [2, 1])
  }

  static var pendulum: Robot {
    Robot(
      name: "pendulum",
      joints: [
        Joint(
          name: "shoulder", isContinuous: true,
          limits: JointLimits(velocity: 25, effort: 2.5, brakingDeceleration: 5))
      ])
  }

  static var pendulumTask: Robotics.Task {
    Robotics.Task(
      name: "swing-up", periodSeconds: 0.1, horizonSeconds: 4, initialState: [0, 0],
      initialStateDeviation: [0, 0],
      reward: Reward(distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5),
      success: SuccessCriterion(
        conditions: [
          .init(joint: 0, target: .pi, tolerance: 10 * .pi / 180, isContinuous: true)
        ], holdSeconds: 1),
      velocityScales: [8], positionScales: [1])
  }
}

extension Policy {
  /// The action for a state.
  func action(step: Int = 0, state: [Double], count: Int = 1) -> [Double] {
    var action = Array(repeating: 0.0, count: count)
    state.withUnsafeBufferPointer { state in
      action.withUnsafeMutableBufferPointer { decide(step: step, state: state, action: $0) }
    }
    return action
  }
}

@Suite struct PolicyTests {
  private func parameters(_ kind: PolicyParameters.Kind, seed: UInt64) -> PolicyParameters {
    let shape = PolicyParameters(
      kind: kind, robot: TestRobots.cartPole, task: TestRobots.cartPoleTask)
    var stream = RandomStream(seed: seed)
    return shape.with(weights: (0..<shape.weightCount).map { _ in stream.nextGaussian() })
  }

  @Test("A network is two weighted sums with tanh between and at the end")
  func network() throws {
    let parameters = parameters(.network(hiddenUnits: 3), seed: 4)
    let state = [0.7, -2.1, 1.3, -4.0]
    let features = [0.7 / 2, cos(-2.1), sin(-2.1), 1.3 / 3, -4.0 / 10]
    var output = parameters.weights[3 * 6 + 3]
    for unit in 0..<3 {
      let weights = parameters.weights[(unit * 6)..<(unit * 6 + 6)].map { $0 }
      let sum = zip(features + [1], weights).reduce(0) { $0 + $1.0 * $1.1 }
      output += parameters.weights[3 * 6 + unit] * tanh(sum)
    }
    let action = try parameters.makePolicy().action(state: state)
    #expect(abs(action[0] - 10 * tanh(output)) < 1e-12)
  }

  @Test("A linear policy is a weighted sum of the features, squashed to the limit")
  func linear() throws {
    let parameters = parameters(.linear, seed: 8)
    let features = [0.7 / 2, cos(-2.1), sin(-2.1), 1.3 / 3, -4.0 / 10, 1]
    let sum = zip(features, parameters.weights).reduce(0) { $0 + $1.0 * $1.1 }
    let action = try parameters.makePolicy().action(state: [0.7, -2.1, 1.3, -4.0])
    #expect(abs(action[0] - 10 * tanh(sum)) < 1e-12)
  }

  @Test("A radial policy is a weighted sum of bells around its centres, squashed to the limit")
  func radial() throws {
    let parameters = parameters(.radial(centres: 3), seed: 14)
    let features = [0.7 / 2, cos(-2.1), sin(-2.1), 1.3 / 3, -4.0 / 10]
    let weights = parameters.weights
    #expect(weights.count == 5 + 3 * 5 + 4)
    var sum = weights[23]
    for bell in 0..<3 {
      let square = (0..<5).reduce(0.0) {
        let distance = weights[$1] * (features[$1] - weights[5 + 5 * bell + $1])
        return $0 + distance * distance
      }
      sum += weights[20 + bell] * exp(-square / 2)
    }
    let action = try parameters.makePolicy().action(state: [0.7, -2.1, 1.3, -4.0])
    #expect(abs(action[0] - 10 * tanh(sum)) < 1e-12)
  }

  @Test(
    "A periodic policy is a Fourier series of the time and linear feedback, squashed to the limit")
  func periodic() throws {
    let parameters = parameters(.periodic(harmonics: 2), seed: 15)
    let weights = parameters.weights
    let features = [0.7 / 2, cos(-2.1), sin(-2.1), 1.3 / 3, -4.0 / 10]
    let policy = try parameters.makePolicy()
    for step in [0, 1, 7, 1234] {
      let phase = 2 * .pi * Double(step) * (1 + tanh(weights[0])) / 4
      let inputs = features + [cos(phase), sin(phase), cos(2 * phase), sin(2 * phase), 1]
      let sum = zip(inputs, weights.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      let action = policy.action(step: step, state: [0.7, -2.1, 1.3, -4.0])
      #expect(abs(action[0] - 10 * tanh(sum)) < 1e-9, "step \(step)")
    }
  }

  @Test("Along a trajectory an action is feedback on how far the state is from that step's")
  func trajectory() throws {
    let parameters = parameters(.trajectory(steps: 3), seed: 9)
    let state = [0.7, -2.1, 1.3, -4.0]
    let policy = try parameters.makePolicy()
    for (step, entry) in [(0, 0), (2, 2), (7, 2)] {
      let weights = Array(parameters.weights[(9 * entry)..<(9 * entry + 9)])
      var deviations = zip(state, weights).map { $0 - $1 }
      deviations[1] = remainder(deviations[1], 2 * .pi)
      let scales = [2.0, 1, 3, 10]
      let sum =
        (0..<4).reduce(weights[8]) { $0 + weights[4 + $1] * deviations[$1] / scales[$1] }
      let action = policy.action(step: step, state: state)
      #expect(abs(action[0] - 10 * tanh(sum)) < 1e-12)
      // A whole turn away is the same place.
      let turned = policy.action(step: step, state: [0.7, -2.1 + 2 * .pi, 1.3, -4.0])
      #expect(abs(turned[0] - action[0]) < 1e-9)
    }
  }

  @Test(
    "On the robot a policy gives the very actions that the search saw",
    arguments: [
      PolicyParameters.Kind.network(hiddenUnits: 10), .radial(centres: 4), .periodic(harmonics: 2),
    ])
  func batch(kind: PolicyParameters.Kind) throws {
    let candidates = (0..<5).map { parameters(kind, seed: $0) }
    let batch = PolicyBatch(candidates[0])
    let members = 7
    let stride = 40
    var stream = RandomStream(seed: 77)
    let states = (0..<(4 * stride)).map { _ in 3 * stream.nextGaussian() }
    var actions = Array(repeating: 0.0, count: stride)
    var scratch = Array(repeating: 0.0, count: batch.scratchCount(capacity: stride))
    batch.decide(
      candidates: 5, members: members, step: 9, stride: stride,
      weights: candidates.flatMap(\.weights), states: states, actions: &actions, scratch: &scratch)
    for candidate in 0..<5 {
      let policy = try candidates[candidate].makePolicy()
      for member in 0..<members {
        let b = candidate * members + member
        let alone = policy.action(step: 9, state: (0..<4).map { states[$0 * stride + b] })
        #expect(abs(alone[0] - actions[b]) <= 1e-12)
      }
    }
  }

  @Test(
    "A policy that was stored is the same when it is read again",
    arguments: [
      PolicyParameters.Kind.network(hiddenUnits: 10), .radial(centres: 4), .periodic(harmonics: 2),
    ])
  func codable(kind: PolicyParameters.Kind) throws {
    let parameters = parameters(kind, seed: 1)
    let read = try JSONDecoder().decode(
      PolicyParameters.self, from: JSONEncoder().encode(parameters))
    #expect(read == parameters)
  }

  @Test("Actions stay within the limits even for absurd states")
  func limits() throws {
    let policy = try parameters(.network(hiddenUnits: 10), seed: 2).makePolicy()
    for scale in [1.0, 1e3, 1e9, 1e300] {
      let action = policy.action(state: [scale, scale, -scale, scale])
      #expect(abs(action[0]) <= 10)
    }
  }

  @Test("A policy of another robot, or with parts that don't fit, is refused with the reason")
  func refused() {
    let parameters = parameters(.network(hiddenUnits: 10), seed: 2)
    #expect(throws: LearnerError.policyForAnotherRobot(policy: "cart-pole", robot: "pendulum")) {
      try parameters.makePolicy(for: TestRobots.pendulum)
    }
    #expect(throws: LearnerError.malformedPolicy(what: "weights", found: 3, expected: 71)) {
      try parameters.with(weights: [1, 2, 3]).makePolicy()
    }
    var broken = parameters.weights
    broken[5] = .nan
    #expect(throws: LearnerError.malformedPolicy(what: "finite numbers", found: 75, expected: 76)) {
      try parameters.with(weights: broken).makePolicy()
    }
  }
}

@Suite struct RandomPolicyTests {
  private func actions(_ policy: RandomPolicy, steps: Int = 400) -> [[Double]] {
    policy.begin()
    return (0..<steps).map { policy.action(step: $0, state: [0, 0], count: 2) }
  }

  @Test("Actions fill their limits and never leave them")
  func range() {
    let actions = actions(RandomPolicy(actionLimits: [2.5, 10], seed: 3))
    for (index, limit) in [2.5, 10.0].enumerated() {
      let values = actions.map { $0[index] }
      #expect(values.allSatisfy { abs($0) <= limit })
      #expect((values.max() ?? 0) > 0.9 * limit && (values.min() ?? 0) < -0.9 * limit)
    }
  }

  @Test("An action is held for one to five periods, each as often as the other")
  func holds() {
    let actions = actions(RandomPolicy(actionLimits: [2.5, 10], seed: 3), steps: 6000)
    var counts = Array(repeating: 0, count: 6)
    var length = 1
    for (last, next) in zip(actions, actions.dropFirst()) {
      if last == next {
        length += 1
      } else {
        counts[length] += 1
        length = 1
      }
    }
    print("holds of 1…5 periods: \(counts.dropFirst())")
    #expect(counts.dropFirst().allSatisfy { $0 > 300 && $0 < 500 })
  }

  @Test("Pushes change their sign after a time between their bounds, for each action by itself")
  func pushes() {
    let actions = actions(
      RandomPolicy(actionLimits: [2.5, 10], pushPeriods: 7...15, seed: 8), steps: 6000)
    for (index, limit) in [2.5, 10.0].enumerated() {
      let values = actions.map { $0[index] / limit }
      #expect(values.allSatisfy { abs($0) <= 1 })
      // Quick actions have 0.4 of the limit at most, so that a push's sign shows.
      let signs = values.map { $0 > 0 ? 1 : -1 }
      var lengths: [Int] = []
      var length = 1
      for (last, next) in zip(signs, signs.dropFirst()) {
        if last == next {
          length += 1
        } else {
          lengths.append(length)
          length = 1
        }
      }
      #expect(Set(lengths) == Set(7...15), "\(Set(lengths).sorted())")
    }
    // The two push the same way as often as not.
    let together = actions.count { $0[0] * $0[1] > 0 }
    #expect(abs(Double(together) / 6000 - 0.5) < 0.1, "\(together) of 6000")
  }

  @Test("A first trial's pushes swing a pendulum far higher than quick actions alone")
  func higher() throws {
    let (robot, task) = (TestRobots.pendulum, TestRobots.pendulumTask)
    let plant = try PlantPrior(plantName: "pendulum")
    /// The greatest height above hanging, in lengths of the rod: 2 is upright.
    func height(_ policy: RandomPolicy) -> Double {
      policy.begin()
      var state = task.initialState
      var height = 0.0
      for step in 0..<task.stepCount {
        var next = state
        plant.advance(
          count: 1, stride: 1, states: state, actions: policy.action(step: step, state: state),
          parameters: plant.plant.defaultParameters, periodSeconds: task.periodSeconds,
          next: &next)
        state = next
        height = max(height, 1 + cos(state[0] - .pi - task.initialState[0]))
      }
      return height
    }
    func median(_ policy: (UInt64) -> RandomPolicy) -> Double {
      (1...41).map { height(policy($0)) }.sorted()[20]
    }
    let quick = median { RandomPolicy(actionLimits: robot.actionLimits, seed: $0) }
    let pushed = median { RandomPolicy(robot: robot, task: task, seed: $0) }
    print("median height of the pendulum: \(quick) by quick actions, \(pushed) with pushes")
    #expect(pushed > 1.5 * quick)
  }

  @Test("A trial's actions depend on its seed alone, and beginning again repeats them")
  func seeded() {
    let pushing = RandomPolicy(actionLimits: [1, 1], pushPeriods: 3...9, seed: 6)
    #expect(actions(pushing) == actions(pushing))
    let policy = RandomPolicy(actionLimits: [1, 1], seed: 6)
    let first = actions(policy)
    #expect(actions(policy) == first)
    #expect(actions(RandomPolicy(actionLimits: [1, 1], seed: 6)) == first)
    #expect(actions(RandomPolicy(actionLimits: [1, 1], seed: 7)) != first)
  }
}
