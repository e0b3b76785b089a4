/// How Gaussian-process dynamics are fitted.
public struct GaussianProcessSettings: Sendable, Equatable, Codable {
  /// Whether only velocity changes are learnt and positions follow from them, q' = q + dt q˙ +
  /// ½ dt Δq˙ (MC-PILCO, Amadio et al., T-RO 2022). Otherwise every state dimension has a process.
  public var integratesPositions: Bool
  /// The number of starts of the hyperparameters' optimisation, besides the last fit's.
  public var restarts: Int
  /// Up to how many points there are that many starts. With more, several end in the same optimum.
  public var restartPointCount: Int
  /// The most iterations of a start before the best start is chosen.
  public var screeningIterations: Int
  /// How many points, at least, the optimisation starts on before it goes on with all: a quarter of them,
  /// where there are three times as many or more.
  public var screeningPointCount: Int
  /// The most iterations of the optimisation on all points.
  public var maximumIterations: Int
  /// The most steps with which processes are exact: a fit costs their number cubed, a prediction with
  /// variance their number squared. With more, ``sparse`` says how they are approximated.
  public var maximumPointCount: Int
  /// How processes on more steps than that are approximated.
  public var sparse: SparseSettings
  /// What keeps the hyperparameters sane.
  public var barriers: HyperparameterBarriers
  /// What is known of the hyperparameters before any data; nil for nothing.
  public var priors: HyperparameterPriors?
  /// By how much the log evidence without the prior must exceed that with it for the prior to be
  /// dropped; 0 keeps whichever the data favour, 3 asks for odds of twenty to one.
  public var priorRejectionMargin: Double
  /// The most alternations between the prior's parameters and the residual's hyperparameters.
  public var refinementRounds: Int
  /// How values of a process at two points covary.
  public var covariance: CovarianceFunction
  /// The same of processes on a prior's residual, which is small and of no shape known beforehand; nil
  /// for `covariance`.
  public var residualCovariance: CovarianceFunction?
  /// Whether processes on a prior's residual must hold on blocks of steps left out, as for steps cut
  /// from recordings, whose errors come in a row. Trials of a learning robot are few and varied, and a
  /// process that reaches beyond them is what saves trials: off by default.
  public var validatesResidual: Bool

  /// Settings, with defaults that suit 20 to 800 steps.
  public init(
    integratesPositions: Bool = true, restarts: Int = 3, restartPointCount: Int = 300,
    screeningIterations: Int = 25, screeningPointCount: Int = 100, maximumIterations: Int = 60,
    maximumPointCount: Int = 1000, sparse: SparseSettings = SparseSettings(),
    barriers: HyperparameterBarriers = HyperparameterBarriers(),
    priors: HyperparameterPriors? = nil, priorRejectionMargin: Double = 0,
    refinementRounds: Int = 6, covariance: CovarianceFunction = .squaredExponential,
    residualCovariance: CovarianceFunction? = nil, validatesResidual: Bool = false
  ) {
    self.integratesPositions = integratesPositions
    self.restarts = restarts
    self.restartPointCount = restartPointCount
    self.screeningIterations = screeningIterations
    self.screeningPointCount = screeningPointCount
    self.maximumIterations = maximumIterations
    self.maximumPointCount = maximumPointCount
    self.sparse = sparse
    self.barriers = barriers
    self.priors = priors
    self.priorRejectionMargin = priorRejectionMargin
    self.refinementRounds = refinementRounds
    self.covariance = covariance
    self.residualCovariance = residualCovariance
    self.validatesResidual = validatesResidual
  }

  /// The settings of processes on a prior's residual.
  var forResidual: GaussianProcessSettings {
    var settings = self
    settings.covariance = residualCovariance ?? covariance
    return settings
  }

  /// What is added to −log p(y | Z) in a fit: the barriers and the priors; the gradient likewise.
  func penalty(_ vector: [Double], gradient: inout [Double]) -> Double {
    let barrier = barriers.penalty(vector, gradient: &gradient, covariance: covariance)
    guard let priors else { return barrier }
    return barrier + priors.penalty(vector, gradient: &gradient, covariance: covariance)
  }

  /// Whether processes on that many steps are approximated.
  func isApproximate(pointCount: Int) -> Bool { pointCount > max(1, maximumPointCount) }

  /// The most inducing points of an approximation.
  var inducingPointCount: Int { max(1, min(sparse.inducingPointCount, maximumPointCount)) }
}
