/// How a policy is searched in a model.
public struct SearchSettings: Codable, Sendable, Equatable {
  /// A way to search.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// Values whole populations of candidates and knows no derivatives (Black-DROPS).
    case blackBox = "black-box"
    /// Plans trajectories with feedback by the model's derivatives, and refines the best of them over
    /// functions drawn from the model. A model without derivatives, or a reward of other than
    /// saturating terms, is searched as a black box.
    case trajectories
  }

  /// The way to search.
  public var method: Method
  /// How trajectories are planned.
  public var trajectories: TrajectorySettings
  /// How the best of them are refined.
  public var refinement: RefinementSettings
  /// The shape of the policy that a black box searches; not a trajectory, which is planned.
  public var policy: PolicyParameters.Kind
  /// The number of particles that each candidate is valued with, and uncertainty handling's least.
  public var particles: Int
  /// The most particles that uncertainty handling may use; equal to `particles` to switch it off.
  public var mostParticles: Int
  /// The budget of one search, in rollouts of one particle over the horizon. Counted, not timed: the
  /// result must not depend on how fast the machine is.
  public var rolloutBudget: Int
  /// The number of searches that start beside each other: the first one from the previous policy,
  /// if there is one, the others from random weights. After each round the worse half ends.
  public var starts: Int
  /// λ; nil for CMA-ES's own choice.
  public var population: Int?
  /// The standard deviation of the weights that the boldest of the fresh searches starts from: large
  /// weights switch the effort between its limits, as a swing-up wants.
  public var initialDeviation: Double
  /// The same of the most timid one: small weights act smoothly, as balancing wants. The others lie
  /// between the two, each a constant factor from the next.
  public var leastInitialDeviation: Double
  /// The first step size of a fresh search, as a multiple of its initial deviation.
  public var stepSizeFactor: Double
  /// The first step size of the search that starts from the previous policy.
  public var warmStepSize: Double
  /// How far from zero a weight may be before it costs.
  public var weightRange: Double
  /// How model uncertainty becomes particles.
  public var sampling: ParticleSampling
  /// Whether a search draws its noise once, so that all generations see the same, or anew for each
  /// generation. Candidates of one generation always share their noise.
  public var noiseIsFixed: Bool
  /// What the reward's width is multiplied with while searching: a broader reward leads from
  /// farther away. Policies are compared, and returns predicted, with the task's own reward.
  public var rewardWidthFactor: Double
  /// The number of particles that the finalists are compared with, and the return predicted with.
  public var finalParticles: Int
  /// The speed, as a multiple of the task's velocity scale, at which a particle is lost: it earns
  /// nothing from there on. A model knows nothing of such speeds.
  public var divergenceSpeed: Double

  /// Settings from their parts.
  public init(
    method: Method = .trajectories, trajectories: TrajectorySettings = TrajectorySettings(),
    refinement: RefinementSettings = RefinementSettings(),
    policy: PolicyParameters.Kind = .network(hiddenUnits: 10), particles: Int = 1,
    mostParticles: Int = 1, rolloutBudget: Int = 50_000, starts: Int = 4,
    population: Int? = nil, initialDeviation: Double = 4, leastInitialDeviation: Double = 4,
    stepSizeFactor: Double = 0.5,
    warmStepSize: Double = 1, weightRange: Double = 10,
    sampling: ParticleSampling = .everyStep, noiseIsFixed: Bool = false,
    rewardWidthFactor: Double = 2, finalParticles: Int = 200, divergenceSpeed: Double = 4
  ) {
    self.method = method
    self.trajectories = trajectories
    self.refinement = refinement
    self.policy = policy
    self.particles = particles
    self.mostParticles = mostParticles
    self.rolloutBudget = rolloutBudget
    self.starts = starts
    self.population = population
    self.initialDeviation = initialDeviation
    self.leastInitialDeviation = leastInitialDeviation
    self.stepSizeFactor = stepSizeFactor
    self.warmStepSize = warmStepSize
    self.weightRange = weightRange
    self.sampling = sampling
    self.noiseIsFixed = noiseIsFixed
    self.rewardWidthFactor = rewardWidthFactor
    self.finalParticles = finalParticles
    self.divergenceSpeed = divergenceSpeed
  }
}

/// How a model's uncertainty becomes particles.
public enum ParticleSampling: String, Codable, Sendable, CaseIterable {
  /// Each particle draws anew at every step (Black-DROPS): errors of the model average out along a
  /// rollout.
  case everyStep
  /// Each particle keeps one standard normal number a dimension over the whole rollout: it lives in
  /// a world that is always as much off, in standard deviations. Errors of the model add up.
  case everyParticle
  /// Each particle lives in a function of its own, drawn from the model's posterior
  /// (``FunctionSampling``): its errors are wherever it comes by, and the same each time. Drawn anew
  /// with the noise. A model that can't draw functions samples as with `everyParticle`.
  case wholeFunctions
  /// The mean alone.
  case none
}

extension SearchSettings {
  /// Checks the settings' ranges.
  func check() throws(LearnerError) {
    func require(
      _ name: String, _ value: Double, _ lower: Double, _ upper: Double
    ) throws(LearnerError) {
      if !(value >= lower && value <= upper) {
        throw .settingOutOfRange(name: name, value: value, lower: lower, upper: upper)
      }
    }
    try require("particles", Double(particles), 1, 10_000)
    try require("finalParticles", Double(finalParticles), 1, 100_000)
    try require("starts", Double(starts), 1, 1000)
    try require("rolloutBudget", Double(rolloutBudget), 1, 1e12)
    try require("initialDeviation", initialDeviation, 0, 100)
    try require("leastInitialDeviation", leastInitialDeviation, 0, 100)
    try require("stepSizeFactor", stepSizeFactor, 1e-6, 100)
    try require("warmStepSize", warmStepSize, 1e-6, 100)
    try require("weightRange", weightRange, 1e-3, 1e6)
    try require("rewardWidthFactor", rewardWidthFactor, 0.01, 100)
    try require("divergenceSpeed", divergenceSpeed, 0.1, 1e6)
    if let population { try require("population", Double(population), 4, 100_000) }
    try require("trajectories.groups", Double(trajectories.groups), 1, 1000)
    try require(
      "trajectories.trajectoriesPerGroup", Double(trajectories.trajectoriesPerGroup), 1, 1000)
    try require("trajectories.iterations", Double(trajectories.iterations.count), 1, 100)
    try require("trajectories.effortPrices", Double(trajectories.effortPrices.count), 1, 1000)
    for price in trajectories.effortPrices { try require("an effort price", price, 0, 1e6) }
    try require("trajectories.overhang", trajectories.overhang, 0, 10)
    try require("trajectories.startLogReward", trajectories.startLogReward, 1e-6, 1e6)
    try require("trajectories.lastWidthFactor", trajectories.lastWidthFactor, 1e-3, 1000)
    try require("refinement.particles", Double(refinement.particles), 1, 10_000)
    try require("refinement.iterations", Double(refinement.iterations), 0, 1e6)
    try require("refinement.rate", refinement.rate, 1e-12, 1e3)
    try require("refinement.lastRate", refinement.lastRate, 1e-12, 1e3)
    if let success = refinement.success {
      try require("refinement.success.weight", success.weight, 1e-9, 1e6)
      try require("refinement.success.widthFactor", success.widthFactor, 1e-3, 1000)
    }
    switch policy {
    case .random: throw .settingOutOfRange(name: "hiddenUnits", value: 0, lower: 1, upper: 10_000)
    case .network(let hidden): try require("hiddenUnits", Double(hidden), 1, 10_000)
    case .radial(let centres): try require("centres", Double(centres), 1, 10_000)
    case .periodic(let harmonics): try require("harmonics", Double(harmonics), 1, 100)
    case .linear, .trajectory: break
    }
  }
}
