import Foundation

/// The population, recombination weights and learning rates of a ``CMAES``, all functions of the
/// number of variables and of λ (Hansen 2016, table 1).
public struct CMAESConstants: Codable, Sendable, Equatable {
  /// λ, the number of candidates a generation.
  public let population: Int
  /// μ, the number of candidates whose weighted mean becomes the new mean.
  public let parents: Int
  /// w_1 … w_λ, best first: the first μ are positive and sum to 1; the rest are negative (active
  /// update).
  public let weights: [Double]
  /// μ_eff, the variance-effective number of parents.
  public let effectiveParents: Double
  /// c_σ, the learning rate of the step size's path.
  public let stepSizeRate: Double
  /// d_σ, the damping of the step size.
  public let stepSizeDamping: Double
  /// c_c, the learning rate of the rank-one update's path.
  public let pathRate: Double
  /// c_1, the learning rate of the rank-one update.
  public let rankOneRate: Double
  /// c_μ, the learning rate of the rank-μ update.
  public let rankMuRate: Double
  /// E‖N(0, I)‖.
  public let expectedLength: Double
  /// The number of generations between eigendecompositions: C changes little within it.
  public let decompositionGap: Int

  /// The constants of a search in `dimensions` variables.
  ///
  /// - Parameters:
  ///   - dimensions: n, at least 1.
  ///   - population: λ, at least 4; nil for 4 + 3 ln n.
  ///   - form: What is learnt of the variables: n variances are learnt (n + 2) / 3 times as fast as
  ///     n (n + 1) / 2 covariances (Ros & Hansen 2008, equation 4).
  public init(dimensions: Int, population: Int? = nil, form: CMAESForm = .full) {
    let n = Double(dimensions)
    let lambda = max(4, population ?? (4 + Int(3 * log(n))))
    self.population = lambda
    let raw = (1...lambda).map { log((Double(lambda) + 1) / 2) - log(Double($0)) }
    parents = lambda / 2
    let positive = raw[..<parents]
    let negative = raw[parents...].filter { $0 < 0 }
    let positiveSum = positive.reduce(0, +)
    let muEff = positiveSum * positiveSum / positive.reduce(0) { $0 + $1 * $1 }
    let negativeSum = negative.reduce(0, +)
    let muEffNegative = negativeSum * negativeSum / negative.reduce(0) { $0 + $1 * $1 }
    effectiveParents = muEff

    pathRate = (4 + muEff / n) / (n + 4 + 2 * muEff / n)
    let rate = form == .diagonal ? (n + 2) / 3 : 1
    let c1 = min(1, rate * 2 / ((n + 1.3) * (n + 1.3) + muEff))
    let cMu = min(
      1 - c1, rate * 2 * (0.25 + muEff + 1 / muEff - 2) / ((n + 2) * (n + 2) + muEff))
    rankOneRate = c1
    rankMuRate = cMu
    stepSizeRate = (muEff + 2) / (n + muEff + 5)
    stepSizeDamping =
      1 + 2 * max(0, ((muEff - 1) / (n + 1)).squareRoot() - 1) + (muEff + 2) / (n + muEff + 5)

    // The negative weights' sum: as large as keeps C's expected change under neutral selection
    // zero, and C positive definite.
    let balance = 1 + c1 / cMu
    let effective = 1 + 2 * muEffNegative / (muEff + 2)
    let definite = (1 - c1 - cMu) / (n * cMu)
    let negativeScale = min(balance, effective, definite) / -negativeSum
    weights = raw.map { $0 >= 0 ? $0 / positiveSum : $0 * negativeScale }

    expectedLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))
    // Roots of n variances cost what a candidate costs.
    decompositionGap = form == .diagonal ? 1 : max(1, Int(1 / (n * (c1 + cMu))))
  }
}
