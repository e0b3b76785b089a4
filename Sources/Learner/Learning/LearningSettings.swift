/// How to learn: which algorithm, which model, how to search.
public struct LearningSettings: Codable, Sendable, Equatable {
  /// A learning algorithm.
  public enum Algorithm: String, Codable, Sendable, CaseIterable {
    /// Gaussian-process dynamics and black-box policy search (Chatzilygeroudis et al., IROS 2017).
    case blackDrops = "black-drops"
    /// The same with a prior simulator whose parameters are identified, and the processes on what it
    /// gets wrong (Chatzilygeroudis & Mouret, ICRA 2018).
    case gpMI = "gp-mi"
  }

  /// The algorithm.
  public var algorithm: Algorithm
  /// How the dynamics model is fitted.
  public var model: GaussianProcessSettings
  /// How the policy is searched.
  public var search: SearchSettings
  /// The number of threads, at least 1; what is learnt doesn't depend on it.
  public var threads: Int

  /// Settings from their parts; `Benchmarks/RESULTS.md` says which tasks the defaults solve, and when.
  public init(
    algorithm: Algorithm = .blackDrops,
    model: GaussianProcessSettings = Self.model,
    search: SearchSettings = SearchSettings(), threads: Int = 1
  ) {
    self.algorithm = algorithm
    self.model = model
    self.search = search
    self.threads = threads
  }

  /// How dynamics are modelled unless said otherwise. Gravity, friction, effort and their products with
  /// (cos, sin) are polynomials of second degree in what enters, and make up much of the accelerations of
  /// jointed bodies: with few trials, a part of the covariance that says so reaches where no trial has
  /// been (MC-PILCO's SE+P⁽²⁾; Amadio et al., T-RO 2022). On a prior's residual it did harm.
  public static var model: GaussianProcessSettings {
    GaussianProcessSettings(
      covariance: .squaredExponential + .polynomial(degree: 2),
      residualCovariance: .squaredExponential)
  }
}
