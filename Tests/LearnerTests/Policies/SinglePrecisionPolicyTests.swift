import CHandfulRobot
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Policies as a microcontroller computes them")
struct SinglePrecisionPolicyTests {
  private static func parameters(
    _ kind: PolicyParameters.Kind, jointKinds: [Joint.Kind], actions: Int, seed: UInt64
  ) -> PolicyParameters {
    var stream = RandomStream(seed: seed)
    let robot = Robot(
      name: "arm",
      joints: jointKinds.enumerated().map { index, kind in
        Joint(
          name: "joint\(index)", kind: kind, isActuated: index < actions,
          limits: JointLimits(
            positionLower: -3, positionUpper: 3, velocity: 30, effort: 2.5,
            brakingDeceleration: 100))
      }, tasks: [])
    let task = Task(
      name: "reach", periodSeconds: 0.1, horizonSeconds: 2,
      initialState: Array(repeating: 0, count: 2 * jointKinds.count),
      initialStateDeviation: Array(repeating: 0, count: 2 * jointKinds.count),
      reward: Reward(distances: [.position(joint: 0, target: 0)], width: 1),
      success: SuccessCriterion(conditions: [], holdSeconds: 1),
      velocityScales: jointKinds.map { _ in stream.nextUniform(in: 0.5, 12) },
      positionScales: jointKinds.map { _ in stream.nextUniform(in: 0.2, 2) })
    let shape = PolicyParameters(kind: kind, robot: robot, task: task)
    return shape.with(weights: (0..<shape.weightCount).map { _ in 2 * stream.nextGaussian() })
  }

  static let policies: [PolicyParameters] = [
    parameters(.network(hiddenUnits: 10), jointKinds: [.revolute], actions: 1, seed: 1),
    parameters(.network(hiddenUnits: 7), jointKinds: [.prismatic, .revolute], actions: 1, seed: 2),
    parameters(
      .network(hiddenUnits: 32), jointKinds: [.revolute, .revolute, .prismatic], actions: 3, seed: 3
    ),
    parameters(.linear, jointKinds: [.revolute, .revolute], actions: 2, seed: 4),
    parameters(.trajectory(steps: 20), jointKinds: [.prismatic, .revolute], actions: 1, seed: 7),
    parameters(.radial(centres: 50), jointKinds: [.prismatic, .revolute], actions: 2, seed: 8),
    parameters(.periodic(harmonics: 3), jointKinds: [.revolute, .revolute], actions: 2, seed: 9),
  ]

  /// The same policy by the C code.
  private func decideInC(
    _ parameters: PolicyParameters, step: Int, state: [Float]
  ) -> (isUsable: Bool, action: [Float]) {
    let turns = parameters.jointKinds.map { UInt8($0 == .revolute ? 1 : 0) }
    let factors =
      zip(turns, parameters.positionScales).map { $0 == 1 ? 1 : Float(1 / $1) }
      + parameters.velocityScales.map { Float(1 / $0) }
    let limits = parameters.actionLimits.map { Float($0) }
    var weights = parameters.weights.map { Float($0) }
    var sizes = handful_policy()
    switch parameters.kind {
    case .network(let units): sizes.hidden = UInt8(units)
    case .radial(let centres): sizes.centres = UInt8(centres)
    case .trajectory(let steps): sizes.steps = UInt16(steps)
    case .periodic(let harmonics):
      sizes.harmonics = UInt8(harmonics)
      sizes.turn = UInt32((0.25 * (1 + tanh(parameters.weights[0])) * 0x1p32).rounded())
      weights.removeFirst()
    default: break
    }
    var action = [Float](repeating: .nan, count: limits.count)
    let isUsable = turns.withUnsafeBufferPointer { turns in
      factors.withUnsafeBufferPointer { factors in
        limits.withUnsafeBufferPointer { limits in
          weights.withUnsafeBufferPointer { weights in
            var policy = sizes
            policy.joints = UInt8(turns.count)
            policy.actions = UInt8(limits.count)
            policy.turns = turns.baseAddress
            policy.factors = factors.baseAddress
            policy.limits = limits.baseAddress
            policy.weights = weights.baseAddress
            return handful_policy_decide(&policy, UInt16(step), state, &action)
          }
        }
      }
    }
    return (isUsable, action)
  }

  @Test("The C code and the host's copy of it give the same bits", arguments: policies.indices)
  func bits(index: Int) throws {
    let parameters = Self.policies[index]
    let policy = try SinglePrecisionPolicy(parameters)
    var stream = RandomStream(seed: 11)
    var different = 0
    for step in 0..<5000 {
      let state = (0..<(2 * parameters.jointKinds.count)).map { _ in
        Float(stream.nextUniform(in: -20, 20))
      }
      let c = decideInC(parameters, step: step, state: state)
      let swift = try #require(policy.action(step: step, state: state))
      #expect(c.isUsable)
      if c.action.map(\.bitPattern) != swift.map(\.bitPattern) { different += 1 }
    }
    #expect(different == 0, "seed 11")
  }

  @Test(
    "They are the policy that was learnt, to 1e-5 of the action's limit (narrow bells, long trials to 1e-4)",
    arguments: policies.indices)
  func closeness(index: Int) throws {
    let parameters = Self.policies[index]
    let single = try SinglePrecisionPolicy(parameters)
    let double = try parameters.makePolicy()
    var stream = RandomStream(seed: 12)
    var worst = 0.0
    for step in 0..<5000 {
      let state = (0..<(2 * parameters.jointKinds.count)).map { _ in
        Double(Float(stream.nextUniform(in: -6, 6)))
      }
      var action = [Double](repeating: 0, count: parameters.actionLimits.count)
      state.withUnsafeBufferPointer { state in
        action.withUnsafeMutableBufferPointer {
          double.decide(step: step, state: state, action: $0)
        }
      }
      let exported = try #require(single.action(step: step, state: state.map { Float($0) }))
      for (a, limit) in parameters.actionLimits.enumerated() {
        worst = max(worst, abs(Double(exported[a]) - action[a]) / limit)
      }
    }
    // Bells of weights like these are far narrower than the range of the states, and a phase that is
    // rounded to 2⁻³² turns a step is off by up to 4e-6 rad after 5000 of them.
    switch parameters.kind {
    case .radial, .periodic: #expect(worst < 1e-4)
    default: #expect(worst < 1e-5)
    }
  }

  @Test("Its tanh is right to 2e-7 everywhere, at the ends too")
  func tanhValues() {
    var worst = 0.0
    for i in -200_000...200_000 {
      let x = Float(i) / 10_000
      worst = max(worst, abs(Double(SinglePrecisionPolicy.tanh(x)) - Foundation.tanh(Double(x))))
    }
    #expect(worst < 2e-7)
    #expect(SinglePrecisionPolicy.tanh(.infinity) == 1)
    #expect(SinglePrecisionPolicy.tanh(-.infinity) == -1)
  }

  @Test("Its cosine and sine are right to 2e-7 within a hundred turns")
  func angles() {
    var worst = 0.0
    for i in -400_000...400_000 {
      let angle = Float(i) * 0.00157
      let (cosine, sine) = SinglePrecisionPolicy.cosineAndSine(angle)
      worst = max(worst, abs(Double(cosine) - cos(Double(angle))))
      worst = max(worst, abs(Double(sine) - sin(Double(angle))))
    }
    #expect(worst < 2e-7)
  }

  @Test("A state that is no number, or an angle without digits, is refused by both, with no effort")
  func refusals() throws {
    let parameters = Self.policies[1]
    let policy = try SinglePrecisionPolicy(parameters)
    for state: [Float] in [
      [.nan, 0, 0, 0], [0, .infinity, 0, 0], [0, 0, -.infinity, 0], [0, 5000, 0, 0],
    ] {
      let c = decideInC(parameters, step: 0, state: state)
      #expect(!c.isUsable && c.action == [0], "\(state)")
      #expect(policy.action(step: 0, state: state) == nil)
    }
    // A position in metres is no angle.
    #expect(policy.action(step: 0, state: [5000, 0, 0, 0]) != nil)
  }

  @Test("What the microcontroller has no room for, or what has no weights, is not exported")
  func tooLarge() {
    let large = Self.parameters(
      .network(hiddenUnits: 65), jointKinds: [.revolute], actions: 1, seed: 5)
    #expect(
      throws: LearnerError.malformedPolicy(what: "hidden units at most", found: 65, expected: 64)
    ) { try SinglePrecisionPolicy(large) }
    let crowded = Self.parameters(
      .radial(centres: 65), jointKinds: [.revolute], actions: 1, seed: 5)
    #expect(throws: LearnerError.malformedPolicy(what: "centres at most", found: 65, expected: 64))
    {
      try SinglePrecisionPolicy(crowded)
    }
    let shrill = Self.parameters(
      .periodic(harmonics: 11), jointKinds: [.revolute], actions: 1, seed: 5)
    #expect(
      throws: LearnerError.malformedPolicy(what: "harmonics at most", found: 11, expected: 10)
    ) { try SinglePrecisionPolicy(shrill) }
    let random = Self.parameters(
      .random(longestHold: 3, seed: 1), jointKinds: [.revolute], actions: 1, seed: 6)
    #expect(throws: LearnerError.self) { try PolicyHeader(random, periodSeconds: 0.1) }
  }
}
