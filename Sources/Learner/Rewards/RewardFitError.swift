/// Why a reward could not be learnt from samples.
public enum RewardFitError: Error, Equatable, CustomStringConvertible {
  /// There are too few samples.
  case tooFewSamples(found: Int, needed: Int)
  /// All samples have the same reward.
  case sameEverywhere(value: Double)
  /// The process could not be fitted.
  case failed(reason: String)

  /// A sentence that says what was found, what is allowed, and what to change.
  public var description: String {
    switch self {
    case .tooFewSamples(let found, let needed):
      "a reward is learnt from at least \(needed) samples, and there are \(found); add states with "
        + "what they are worth"
    case .sameEverywhere(let value):
      "all samples have the reward \(value), so that there is nothing to learn; add states that are "
        + "worth more, or less"
    case .failed(let reason): "the reward could not be learnt: \(reason)"
    }
  }
}
