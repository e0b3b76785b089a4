import Foundation

/// One term of a reward. Rewards are earned and lie between 0 and 1; costs are taken off, are 0 at best
/// and about 1 where their scale says.
public enum RewardTerm: Sendable, Equatable, Codable {
  /// A reward of exp(−½ d² / width²): 1 at the target, and no worse than 0 however far away
  /// (Deisenroth & Rasmussen 2011). d² is the sum of the distances, the width in their unit.
  case saturating(distances: [Reward.Distance], width: Double)
  /// A reward of 1 where every condition holds, and 0 elsewhere.
  case indicator(
    conditions: [SuccessCriterion.Condition], tipConditions: [SuccessCriterion.TipCondition])
  /// A cost of d² / scale².
  case quadratic(distances: [Reward.Distance], scale: Double)
  /// A cost of d / scale.
  case distance(distances: [Reward.Distance], scale: Double)
  /// A cost of the mean of (u / scale)² over the actuated joints, whose scales they are (N m or N). A
  /// scale of infinity leaves its joint out.
  case effort(scales: [Double])
  /// A cost of the mean of ((u − u′) / scale)² over the actuated joints, u′ the action before; a
  /// trial's first step costs nothing.
  case smoothness(scales: [Double])
  /// A reward learnt from samples.
  case learnt(LearntReward)
  /// A reward in code.
  case custom(CustomReward)

  /// Whether it is taken off.
  public var isCost: Bool {
    switch self {
    case .saturating, .indicator, .learnt, .custom: false
    case .quadratic, .distance, .effort, .smoothness: true
    }
  }

  /// Whether it needs to know actions, not only states.
  public var dependsOnActions: Bool {
    switch self {
    case .effort, .smoothness, .custom: true
    case .saturating, .indicator, .quadratic, .distance, .learnt: false
    }
  }

  /// Writes what the term gives each step, without its sign and weight.
  func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
    let count = batch.count
    switch self {
    case .saturating(let distances, let width):
      Self.writeSquares(distances, batch, values)
      let factor = -0.5 / (width * width)
      for b in 0..<count { values[b] = exp(factor * values[b]) }
    case .quadratic(let distances, let scale):
      Self.writeSquares(distances, batch, values)
      let factor = 1 / (scale * scale)
      for b in 0..<count { values[b] *= factor }
    case .distance(let distances, let scale):
      Self.writeSquares(distances, batch, values)
      for b in 0..<count { values[b] = values[b].squareRoot() / scale }
    case .indicator(let conditions, let tipConditions):
      for b in 0..<count { values[b] = 1 }
      for condition in conditions { Self.clear(values, where: condition, failsIn: batch) }
      for condition in tipConditions { Self.clear(values, where: condition, failsIn: batch) }
    case .effort(let scales):
      Self.writeEfforts(batch.actions, minus: nil, scales, batch, values)
    case .smoothness(let scales):
      let actions = batch.previousActions == nil ? nil : batch.actions
      Self.writeEfforts(actions, minus: batch.previousActions, scales, batch, values)
    case .learnt(let learnt): learnt.values(of: batch, into: values)
    case .custom(let custom): custom.reward.values(of: batch, into: values)
    }
  }

  private static func writeSquares(
    _ distances: [Reward.Distance], _ batch: RewardBatch, _ values: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<batch.count { values[b] = 0 }
    for distance in distances { distance.addSquares(of: batch, to: values) }
  }

  private static func clear(
    _ values: UnsafeMutablePointer<Double>, where condition: SuccessCriterion.Condition,
    failsIn batch: RewardBatch
  ) {
    let positions = batch.states + condition.joint * batch.stride
    for b in 0..<batch.count {
      var difference = positions[b] - condition.target
      if condition.isContinuous { difference = remainder(difference, 2 * .pi) }
      // A position that isn't a number meets nothing.
      if !(abs(difference) <= condition.tolerance) { values[b] = 0 }
    }
  }

  private static func clear(
    _ values: UnsafeMutablePointer<Double>, where condition: SuccessCriterion.TipCondition,
    failsIn batch: RewardBatch
  ) {
    let limit = condition.toleranceMetres * condition.toleranceMetres
    for b in 0..<batch.count {
      var square = 0.0
      condition.chain.addSquaredDistances(
        to: condition.target, count: 1, stride: batch.stride, states: batch.states + b,
        into: &square)
      if !(square <= limit) { values[b] = 0 }
    }
  }

  private static func writeEfforts(
    _ actions: UnsafePointer<Double>?, minus previous: UnsafePointer<Double>?, _ scales: [Double],
    _ batch: RewardBatch, _ values: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<batch.count { values[b] = 0 }
    let counted = scales.count { $0.isFinite }
    guard let actions, counted > 0 else { return }
    for (entry, scale) in scales.enumerated() where scale.isFinite {
      let factor = 1 / (scale * scale * Double(counted))
      let row = actions + entry * batch.stride
      let before = previous.map { $0 + entry * batch.stride }
      for b in 0..<batch.count {
        let effort = row[b] - (before?[b] ?? 0)
        values[b] += factor * effort * effort
      }
    }
  }
}

extension Reward.Distance {
  /// Adds the squared distance of each step's state to `sums`.
  func addSquares(of batch: RewardBatch, to sums: UnsafeMutablePointer<Double>) {
    switch self {
    case .unitCircle(let joint, let target):
      // ‖(cos q, sin q) − (cos t, sin t)‖² = 2 − 2 cos(q − t) = 4 sin²((q − t) / 2), which keeps
      // its digits near the target where 2 − 2 cos loses them.
      let positions = batch.states + joint * batch.stride
      for b in 0..<batch.count {
        let sine = sin(0.5 * (positions[b] - target))
        sums[b] += 4 * sine * sine
      }
    case .position(let joint, let target):
      let positions = batch.states + joint * batch.stride
      for b in 0..<batch.count {
        let difference = positions[b] - target
        sums[b] += difference * difference
      }
    case .tip(let chain, let target):
      chain.addSquaredDistances(
        to: target, count: batch.count, stride: batch.stride, states: batch.states, into: sums)
    }
  }
}
