import Foundation

/// When a task counts as solved: every condition holds over the whole last part of the trial.
public struct SuccessCriterion: Sendable, Equatable, Codable {
  /// A joint near a position.
  public struct Condition: Sendable, Equatable, Codable {
    /// The joint's index.
    public var joint: Int
    /// The position to be near (rad or m).
    public var target: Double
    /// How near (rad or m).
    public var tolerance: Double
    /// Whether whole turns away from the target count as at the target.
    public var isContinuous: Bool

    /// A condition from its parts.
    public init(joint: Int, target: Double, tolerance: Double, isContinuous: Bool = false) {
      self.joint = joint
      self.target = target
      self.tolerance = tolerance
      self.isContinuous = isContinuous
    }
  }

  /// The tip of a chain near a place.
  public struct TipCondition: Sendable, Equatable, Codable {
    /// The chain whose tip it is.
    public var chain: TipChain
    /// The place to be near.
    public var target: TipPlace
    /// How near, in metres.
    public var toleranceMetres: Double

    /// A condition from its parts.
    public init(chain: TipChain, target: TipPlace, toleranceMetres: Double) {
      self.chain = chain
      self.target = target
      self.toleranceMetres = toleranceMetres
    }
  }

  /// What must hold of single joints.
  public var conditions: [Condition]
  /// What must hold of tips.
  public var tipConditions: [TipCondition]
  /// How long it must hold at the trial's end, in seconds.
  public var holdSeconds: Double

  /// A criterion from its conditions and how long they must hold.
  public init(
    conditions: [Condition], tipConditions: [TipCondition] = [], holdSeconds: Double
  ) {
    self.conditions = conditions
    self.tipConditions = tipConditions
    self.holdSeconds = holdSeconds
  }

  /// Whether every condition holds in one state (joint positions, then velocities). A state that
  /// isn't finite meets nothing.
  public func holds(in state: [Double]) -> Bool {
    conditions.allSatisfy { condition in
      var difference = state[condition.joint] - condition.target
      if condition.isContinuous { difference = remainder(difference, 2 * .pi) }
      return abs(difference) <= condition.tolerance
    }
      && tipConditions.allSatisfy {
        $0.chain.distance(to: $0.target, state: state) <= $0.toleranceMetres
      }
  }
}

// MARK: - As a reward

extension SuccessCriterion {
  /// Terms that earn the more the nearer a state comes to meeting each condition: saturating, so that
  /// they are smooth, and 1 in all where every condition is met exactly.
  ///
  /// - Parameter widthFactor: A term's width, as a part of its condition's tolerance.
  public func rewardTerms(widthFactor: Double) -> [Reward.WeightedTerm] {
    let weight = 1 / Double(max(1, conditions.count + tipConditions.count))
    let ofJoints = conditions.map { condition in
      let distance: Reward.Distance =
        condition.isContinuous
        ? .unitCircle(joint: condition.joint, targetRadians: condition.target)
        : .position(joint: condition.joint, target: condition.target)
      return RewardTerm.saturating(
        distances: [distance], width: widthFactor * condition.tolerance)
    }
    let ofTips = tipConditions.map { condition in
      RewardTerm.saturating(
        distances: [.tip(chain: condition.chain, target: condition.target)],
        width: widthFactor * condition.toleranceMetres)
    }
    return (ofJoints + ofTips).map { Reward.WeightedTerm($0, weight: weight) }
  }
}

// MARK: - Over a trial

extension SuccessCriterion {
  /// Whether the criterion is met by states `periodSeconds` apart, the last at the trial's end: every
  /// state of the last `holdSeconds`, both ends included, meets every condition. A trial shorter than
  /// that doesn't meet it.
  public func isMet(byStates states: [[Double]], periodSeconds: Double) -> Bool {
    isMet(by: Timeline(states: states, periodSeconds: periodSeconds))
  }

  /// Whether the criterion is met by a trial's samples: every measured sample of the last
  /// `holdSeconds` meets every condition. Samples with a glitch were predicted, not measured, and
  /// neither help nor harm.
  public func isMet(bySamples samples: [Sample]) -> Bool {
    isMet(by: Timeline(samples: samples))
  }

  /// How long, in seconds, every condition held in the whole trial, at its end or not, for states
  /// `periodSeconds` apart. A state counts until the next one.
  public func secondsWithin(states: [[Double]], periodSeconds: Double) -> Double {
    secondsWithin(Timeline(states: states, periodSeconds: periodSeconds))
  }

  /// How long, in seconds, every condition held in the whole trial, by its measured samples. A sample
  /// counts until the next one.
  public func secondsWithin(samples: [Sample]) -> Double {
    secondsWithin(Timeline(samples: samples))
  }

  /// How long, in seconds, every condition has held without a break when the samples end.
  public func secondsHeldAtEnd(samples: [Sample]) -> Double {
    secondsHeldAtEnd(Timeline(samples: samples))
  }

  /// States with their times in seconds.
  private struct Timeline {
    var entries: [(seconds: Double, state: [Double])]

    init(states: [[Double]], periodSeconds: Double) {
      entries = states.indices.map { (Double($0) * periodSeconds, states[$0]) }
    }

    init(samples: [Sample]) {
      entries = samples.lazy.filter { !$0.flags.contains(.glitch) }
        .map { ($0.robotTimeSeconds, $0.state) }
    }
  }

  private func isMet(by timeline: Timeline) -> Bool {
    guard let last = timeline.entries.last, holds(in: last.state) else { return false }
    // The times are sums and products of rounded periods: a nanosecond is less than any of them.
    return secondsHeldAtEnd(timeline) >= holdSeconds - 1e-9
  }

  private func secondsHeldAtEnd(_ timeline: Timeline) -> Double {
    guard let end = timeline.entries.last?.seconds else { return 0 }
    let start = timeline.entries.reversed().prefix { holds(in: $0.state) }.last?.seconds ?? end
    return end - start
  }

  private func secondsWithin(_ timeline: Timeline) -> Double {
    zip(timeline.entries, timeline.entries.dropFirst()).reduce(0) { sum, pair in
      holds(in: pair.0.state) ? sum + (pair.1.seconds - pair.0.seconds) : sum
    }
  }
}
