import Robotics

/// How a policy is refined along the gradient of its return.
public struct RefinementSettings: Codable, Sendable, Equatable {
  /// The number of candidates that are refined.
  public var candidates: Int
  /// The number of particles, each in a function of its own drawn from the model.
  public var particles: Int
  /// The steps of ``Adam``; zero to refine nothing.
  public var iterations: Int
  /// The first step's size, in weights.
  public var rate: Double
  /// The last step's size; those between fall in equal ratios.
  public var lastRate: Double
  /// After how many steps particles and functions are drawn anew.
  public var redrawInterval: Int
  /// The length (in scaled states) beyond which a return's derivative by a state is shortened: where
  /// a rollout is chaotic, it says nothing.
  public var gradientLimit: Double
  /// What the reward's width is multiplied with.
  public var rewardWidthFactor: Double
  /// What the states over which the task's success must hold earn beside the task's reward; nil for
  /// nothing, as in settings that were stored before there was such a thing.
  public var success: SuccessReward?

  /// Settings from their parts.
  public init(
    candidates: Int = 2, particles: Int = 32, iterations: Int = 180, rate: Double = 0.02,
    lastRate: Double = 0.005, redrawInterval: Int = 15, gradientLimit: Double = 3,
    rewardWidthFactor: Double = 1, success: SuccessReward? = SuccessReward()
  ) {
    self.candidates = candidates
    self.particles = particles
    self.iterations = iterations
    self.rate = rate
    self.lastRate = lastRate
    self.redrawInterval = redrawInterval
    self.gradientLimit = gradientLimit
    self.rewardWidthFactor = rewardWidthFactor
    self.success = success
  }
}

/// What a state earns for being near to success.
///
/// A task's reward may hardly tell a pole that sways about its place, its tip standing still, from one
/// that stands: success does, and a gradient of the reward alone doesn't lead there.
public struct SuccessReward: Codable, Sendable, Equatable {
  /// What a state that meets every condition exactly earns.
  public var weight: Double
  /// The widths over which it falls, as a part of the conditions' tolerances.
  public var widthFactor: Double

  /// A reward from its weight and width.
  public init(weight: Double = 1, widthFactor: Double = 0.5) {
    self.weight = weight
    self.widthFactor = widthFactor
  }

  /// Its terms for a criterion (``SuccessCriterion/rewardTerms(widthFactor:)``).
  func terms(of criterion: SuccessCriterion) -> [Reward.WeightedTerm] {
    criterion.rewardTerms(widthFactor: widthFactor).map {
      Reward.WeightedTerm($0.term, weight: weight * $0.weight)
    }
  }
}
