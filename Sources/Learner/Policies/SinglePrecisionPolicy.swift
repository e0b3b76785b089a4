import Robotics

/// A policy as a microcontroller computes it: in single precision, by the operations of
/// `firmware-protocol/c/handful_policy.c` in their order, so that both give the same bits.
///
/// What a robot with the exported policy will do can thus be told, simulated and compared beforehand.
/// It differs from the policy in double precision by rounding: up to 1e-5 of the action's limit, and 1e-4
/// where a radial policy's bells are far narrower than the states' range, or a periodic one has made
/// thousands of steps.
public struct SinglePrecisionPolicy: Sendable {
  /// An angle beyond this many rad is refused: its sine has lost its digits.
  public static let greatestAngle: Float = 4096
  /// The most inputs that the C code has room for unless told otherwise.
  public static let mostInputs = 24
  /// The most hidden units or bells that the C code has room for unless told otherwise.
  public static let mostHiddenUnits = 64

  /// Whether each joint turns.
  let turns: [Bool]
  let hiddenUnits: Int
  /// The bells of a radial policy; zero for other policies.
  let centres: Int
  /// The harmonics of a periodic policy; zero for other policies.
  let harmonics: Int
  /// What a periodic policy's phase moves a step, in 2⁻³² turns.
  let turn: UInt32
  /// The steps of a trajectory; zero for other policies.
  let steps: Int
  /// What each state is multiplied by.
  let factors: [Float]
  let limits: [Float]
  let weights: [Float]

  /// The policy of those parameters.
  ///
  /// - Throws: ``LearnerError/malformedPolicy(what:found:expected:)`` when the parts don't fit each
  ///   other, or the C code has no room for them.
  public init(_ parameters: PolicyParameters) throws(LearnerError) {
    try parameters.check()
    turns = parameters.jointKinds.map { $0 == .revolute }
    var sizes = (hidden: 0, centres: 0, harmonics: 0, steps: 0)
    switch parameters.kind {
    case .network(let units): sizes.hidden = units
    case .linear: break
    case .radial(let count): sizes.centres = count
    case .periodic(let count): sizes.harmonics = count
    case .trajectory(let count): sizes.steps = count
    case .random:
      throw .notExportable(
        reason: "it draws its actions at random and has no weights; export a learnt one")
    }
    (hiddenUnits, centres, harmonics, steps) = sizes
    turn =
      harmonics == 0
      ? 0
      : UInt32(
        (PhaseClock.turnsPerStep(weight: parameters.weights[0]) * 4_294_967_296).rounded())
    guard parameters.previousActions == nil else {
      throw .notExportable(
        reason:
          "it looks at previous actions, which the C code doesn't keep; run it from the host, or "
          + "learn one without 'previous_actions' in the robot file's section 'state'")
    }
    guard 3 * turns.count <= Self.mostInputs else {
      throw .malformedPolicy(
        what: "joints at most", found: turns.count, expected: Self.mostInputs / 3)
    }
    guard 3 * turns.count + 2 * harmonics <= Self.mostInputs else {
      throw .malformedPolicy(
        what: "harmonics at most", found: harmonics,
        expected: (Self.mostInputs - 3 * turns.count) / 2)
    }
    let units = max(hiddenUnits, centres)
    guard units <= Self.mostHiddenUnits else {
      throw .malformedPolicy(
        what: centres > 0 ? "centres at most" : "hidden units at most", found: units,
        expected: Self.mostHiddenUnits)
    }
    factors =
      zip(turns, parameters.positionScales).map { $0 ? 1 : Float(1 / $1) }
      + parameters.velocityScales.map { Float(1 / $0) }
    limits = parameters.actionLimits.map { Float($0) }
    // The phase's weight has become `turn`.
    weights = parameters.weights.dropFirst(harmonics > 0 ? 1 : 0).map { Float($0) }
  }

  /// The action for a state.
  ///
  /// - Parameters:
  ///   - step: The number of the decision within the trial, from 0.
  ///   - state: Positions (rad or m), then velocities.
  /// - Returns: The action (N m or N); nil when the state can't be decided on.
  public func action(step: Int, state: [Float]) -> [Float]? {
    for (d, value) in state.enumerated() {
      let most = d < turns.count && turns[d] ? Self.greatestAngle : 3.0e38
      guard value >= -most, value <= most else { return nil }
    }
    var offset = 0
    var inputs: [Float] = []
    if steps > 0 {
      offset = min(step, steps - 1) * (state.count + limits.count * (state.count + 1))
      for d in state.indices {
        let difference = state[d] - weights[offset + d]
        let isAngle = d < turns.count && turns[d]
        inputs.append((isAngle ? Self.withoutTurns(difference) : difference) * factors[d])
      }
      offset += state.count
    } else {
      inputs = features(state) + clockInputs(step: step)
    }
    if hiddenUnits > 0 {
      inputs = layer(&offset, inputs, outputs: hiddenUnits).map(Self.tanh)
    } else if centres > 0 {
      inputs = bells(&offset, inputs)
    }
    return zip(layer(&offset, inputs, outputs: limits.count), limits).map { Self.tanh($0) * $1 }
  }

  private func features(_ state: [Float]) -> [Float] {
    var features: [Float] = []
    for (joint, isAngle) in turns.enumerated() {
      if isAngle {
        let (cosine, sine) = Self.cosineAndSine(state[joint])
        features += [cosine, sine]
      } else {
        features.append(state[joint] * factors[joint])
      }
    }
    for d in turns.count..<state.count { features.append(state[d] * factors[d]) }
    return features
  }

  /// The cosines and sines of the phase's harmonics; none but for a periodic policy.
  private func clockInputs(step: Int) -> [Float] {
    let phase = UInt32(truncatingIfNeeded: step) &* turn
    return (0..<harmonics).flatMap { h -> [Float] in
      // The upper 24 bits, exact in single precision, and 2π / 2²⁴.
      let upper = Int32((phase &* UInt32(h + 1)) >> 8)
      let turns = Float(upper < 8_388_608 ? upper : upper - 16_777_216)
      let (cosine, sine) = Self.cosineAndSine(turns * 0.000000374507022)
      return [cosine, sine]
    }
  }

  /// The bells of a radial policy: exp(−q), of which nothing is left beyond q = 20.
  private func bells(_ offset: inout Int, _ inputs: [Float]) -> [Float] {
    offset += inputs.count * (1 + centres)
    return (0..<centres).map { k in
      var q: Float = 0
      for i in inputs.indices {
        let distance = weights[i] * (inputs[i] - weights[inputs.count * (1 + k) + i])
        q += 0.5 * distance * distance
      }
      return q <= 20 ? 1 / Self.exponential(q) : 0
    }
  }

  private func layer(_ offset: inout Int, _ inputs: [Float], outputs: Int) -> [Float] {
    var values: [Float] = []
    for _ in 0..<outputs {
      var value = weights[offset + inputs.count]
      for i in inputs.indices { value += weights[offset + i] * inputs[i] }
      values.append(value)
      offset += inputs.count + 1
    }
    return values
  }
}

// MARK: - Functions

extension SinglePrecisionPolicy {
  /// The nearest whole number, halves away from zero.
  private static func nearest(_ x: Float) -> Int32 { x < 0 ? Int32(x - 0.5) : Int32(x + 0.5) }

  private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
    var value = coefficients[coefficients.count - 1]
    for coefficient in coefficients.dropLast().reversed() { value = value * x + coefficient }
    return value
  }

  /// exp(x) for 0 ≤ x ≤ 20: x = n ln 2 + r, and Taylor's series of exp(r).
  private static func exponential(_ x: Float) -> Float {
    let n = nearest(x * 1.44269502)
    var r = x - Float(n) * 0.693359375
    r += Float(n) * 0.000212194442
    let series: [Float] = [
      1, 1, 0.5, 0.166666672, 0.0416666679, 0.00833333377, 0.00138888892,
    ]
    return polynomial(r, series) * Float(sign: .plus, exponent: Int(n), significand: 1)
  }

  /// An angle less its whole turns, from −π to π.
  private static func withoutTurns(_ angle: Float) -> Float {
    let turns = Float(nearest(angle * 0.159154937))
    var r = angle - turns * 6.28125
    r -= turns * 0.00193500519
    return r - turns * 0.000000301991577
  }

  /// tanh(x), to 2e-7.
  public static func tanh(_ x: Float) -> Float {
    let size = x < 0 ? -x : x
    if size > 9.5 { return x < 0 ? -1 : 1 }
    let result = 1 - 2 / (exponential(size + size) + 1)
    return x < 0 ? -result : result
  }

  /// Cosine and sine of an angle in rad, to 2e-7 within a hundred turns.
  public static func cosineAndSine(_ angle: Float) -> (cosine: Float, sine: Float) {
    let n = nearest(angle * 0.636619747)
    var r = angle - Float(n) * 1.5703125
    r -= Float(n) * 0.000483751297
    r -= Float(n) * 0.0000000754978942
    let square = r * r
    let cosines: [Float] = [1, -0.5, 0.0416666679, -0.00138888892, 0.0000248015876]
    let sines: [Float] = [1, -0.166666672, 0.00833333377, -0.000198412701, 0.00000275573188]
    let c = polynomial(square, cosines)
    let s = r * polynomial(square, sines)
    switch UInt32(bitPattern: n) & 3 {
    case 0: return (c, s)
    case 1: return (-s, c)
    case 2: return (-c, -s)
    default: return (s, -c)
    }
  }
}
