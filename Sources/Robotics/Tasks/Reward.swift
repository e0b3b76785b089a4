/// What a step earns: a weighted sum of rewards, less a weighted sum of costs.
///
/// Most tasks have one saturating reward, exp(−½ d² / width²), between 0 and 1; with other terms the
/// sum may be anything.
///
///     Reward(distances: [.unitCircle(joint: 0, targetRadians: .pi)], width: 0.5)
///     Reward(terms: [
///       .init(.saturating(distances: [.tip(chain: chain, target: chain.upright)], width: 0.25)),
///       .init(.effort(scales: [10]), weight: 0.05),
///     ])
public struct Reward: Sendable, Equatable, Codable {
  /// One part of a squared distance d².
  public enum Distance: Sendable, Equatable, Codable {
    /// ‖(cos q, sin q) − (cos target, sin target)‖² for the joint's angle q, in rad; no unit.
    case unitCircle(joint: Int, targetRadians: Double)
    /// (q − target)² for the joint's position q, in rad² or m².
    case position(joint: Int, target: Double)
    /// The squared distance of a chain's tip from a place, in m².
    case tip(chain: TipChain, target: TipPlace)
  }

  /// A term and how much it counts.
  public struct WeightedTerm: Sendable, Equatable, Codable {
    /// The term.
    public var term: RewardTerm
    /// How much it counts, above zero; a cost's sign is its term's affair.
    public var weight: Double

    /// A term with its weight.
    public init(_ term: RewardTerm, weight: Double = 1) {
      self.term = term
      self.weight = weight
    }

    fileprivate var factor: Double { term.isCost ? -weight : weight }
  }

  /// The terms.
  public var terms: [WeightedTerm]

  /// A reward from its terms.
  public init(terms: [WeightedTerm]) { self.terms = terms }

  /// A single saturating reward from its distances and width.
  public init(distances: [Distance], width: Double) {
    terms = [WeightedTerm(.saturating(distances: distances, width: width))]
  }

  /// The width of the first saturating term, in its distance's unit; 1 when there is none. Setting it
  /// widens every saturating term in the same ratio, which is how a search looks for a broad reward
  /// before a narrow one.
  public var width: Double {
    get {
      for term in terms { if case .saturating(_, let width) = term.term { return width } }
      return 1
    }
    set {
      let ratio = newValue / width
      for index in terms.indices {
        if case .saturating(let distances, let width) = terms[index].term {
          terms[index].term = .saturating(distances: distances, width: ratio * width)
        }
      }
    }
  }

  /// The most that a step can earn: the sum of the saturating terms' weights, when nothing else earns;
  /// nil when there is no such bound.
  public var greatest: Double? {
    var sum = 0.0
    for term in terms where !term.term.isCost {
      guard case .saturating = term.term else { return nil }
      sum += term.weight
    }
    return sum > 0 ? sum : nil
  }

  /// Whether actions earn or cost anything, not only the states that they lead to.
  public var dependsOnActions: Bool { terms.contains { $0.term.dependsOnActions } }

  // MARK: - Values

  /// The reward of one state, without regard to actions.
  ///
  /// - Parameter state: Joint positions (rad or m), then velocities.
  /// - Returns: The sum of the terms; NaN when a position that counts is NaN.
  public func value(state: [Double]) -> Double {
    value(state: state, action: nil, previousAction: nil)
  }

  /// The reward of one step.
  ///
  /// - Parameters:
  ///   - state: The state that the step led to: joint positions (rad or m), then velocities.
  ///   - action: The action held over it (N m or N); nil when only the state is judged.
  ///   - previousAction: The action of the step before; nil for a trial's first.
  /// - Returns: The sum of the terms; NaN when a position that counts is NaN.
  public func value(state: [Double], action: [Double]?, previousAction: [Double]?) -> Double {
    var value = 0.0
    state.withUnsafeBufferPointer { state in
      guard let states = state.baseAddress else { preconditionFailure("the state is empty") }
      (action ?? []).withUnsafeBufferPointer { actions in
        (previousAction ?? []).withUnsafeBufferPointer { previous in
          values(
            of: RewardBatch(
              count: 1, stride: 1, states: states,
              actions: action == nil ? nil : actions.baseAddress,
              previousActions: previousAction == nil ? nil : previous.baseAddress), into: &value)
        }
      }
    }
    return value
  }

  /// Writes the rewards of `count` states, without regard to actions. Allocates nothing; may be called
  /// from several threads.
  ///
  /// - Parameters:
  ///   - count: The number of states.
  ///   - stride: The distance between two dimensions of one state, at least `count`.
  ///   - states: The states, dimension-major: entry `d * stride + b` is dimension `d` of state `b`.
  ///   - values: Where the `count` rewards go.
  public func values(
    count: Int, stride: Int, states: UnsafePointer<Double>,
    into values: UnsafeMutablePointer<Double>
  ) {
    self.values(of: RewardBatch(count: count, stride: stride, states: states), into: values)
  }

  /// Writes the rewards of a batch of steps, `batch.count` numbers. Allocates nothing; may be called
  /// from several threads.
  public func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
    guard let first = terms.first else {
      for b in 0..<batch.count { values[b] = 0 }
      return
    }
    first.term.values(of: batch, into: values)
    if first.factor != 1 {
      let factor = first.factor
      for b in 0..<batch.count { values[b] *= factor }
    }
    for term in terms.dropFirst() { Self.add(term, of: batch, to: values) }
  }

  /// Adds a term in blocks, whose values lie on the stack.
  private static func add(
    _ term: WeightedTerm, of batch: RewardBatch, to sums: UnsafeMutablePointer<Double>
  ) {
    var block = InlineArray<64, Double>(repeating: 0)
    var span = block.mutableSpan
    span.withUnsafeMutableBufferPointer { buffer in
      guard let values = buffer.baseAddress else { return }
      var start = 0
      while start < batch.count {
        let count = min(64, batch.count - start)
        term.term.values(of: batch.steps(from: start, count: count), into: values)
        for b in 0..<count { sums[start + b] += term.factor * values[b] }
        start += count
      }
    }
  }
}
