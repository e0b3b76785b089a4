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

  /// Settings from their parts.
  public init(
    candidates: Int = 2, particles: Int = 32, iterations: Int = 180, rate: Double = 0.02,
    lastRate: Double = 0.005, redrawInterval: Int = 15, gradientLimit: Double = 3,
    rewardWidthFactor: Double = 1
  ) {
    self.candidates = candidates
    self.particles = particles
    self.iterations = iterations
    self.rate = rate
    self.lastRate = lastRate
    self.redrawInterval = redrawInterval
    self.gradientLimit = gradientLimit
    self.rewardWidthFactor = rewardWidthFactor
  }
}
