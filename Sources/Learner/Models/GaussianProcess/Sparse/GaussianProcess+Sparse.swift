import Foundation

extension GaussianProcess {
  /// Which inducing points a process looks at.
  package enum Inducing {
    /// The points at those places.
    case given([Int])
    /// At most that many, until the variance that they leave unexplained at the points is, on average,
    /// that part of the noise variance.
    case chosen(most: Int, tolerance: Double)
  }

  /// The process conditioned on points through inducing ones among them (``SparseConditioning``).
  ///
  /// - Parameters:
  ///   - points: N × dimensions, a point's dimensions side by side.
  ///   - targets: N values.
  ///   - inducing: Which points to look at.
  ///   - leastNoiseRatio: When not nil, σ_n and the covariance's size are changed, the lengthscales
  ///     kept, to raise the bound on the evidence of all points; (σ_n / σ_f)² stays above this.
  /// - Throws: ``ModelError/notPositiveDefinite(output:points:)``.
  package init(
    points: [Double], targets: [Double], mean: Double = 0, targetScale: Double = 1,
    hyperparameters: GaussianProcessHyperparameters, inducing: Inducing,
    leastNoiseRatio: Double? = nil
  ) throws {
    let data = ScaledData(points, targets, mean, targetScale, hyperparameters)
    let dimensions = data.dimensions
    var hyperparameters = hyperparameters
    func standardised() -> GaussianProcessHyperparameters {
      hyperparameters.dividing(inputs: data.lengthscales, target: targetScale)
    }
    let places: [Int] =
      switch inducing {
      case .given(let places): places
      case .chosen(let most, let tolerance):
        InducingPoints.choose(
          points: data.points, dimensions: dimensions, covariance: hyperparameters.covariance,
          vector: standardised().parameters, most: most,
          unexplained: tolerance * exp(2 * standardised().logNoise))
      }
    let count = targets.count
    let queries = dimensionMajor(data.points, dimensions: dimensions)
    let chosen = places.flatMap { data.points[($0 * dimensions)..<(($0 + 1) * dimensions)] }
    let chosenQueries = (0..<dimensions).flatMap { d in places.map { queries[d * count + $0] } }
    func covariances() -> CovarianceBatch {
      CovarianceBatch(
        hyperparameters.covariance, vector: standardised().parameters, points: chosen,
        dimensions: dimensions)
    }
    let failure = ModelError.notPositiveDefinite(output: "an output", points: count)
    let statistics = SparseStatistics(
      inducing: covariances(), inducingQueries: chosenQueries, queries: queries,
      targets: data.targets)
    guard var statistics else { throw failure }
    if let leastNoiseRatio {
      let (factor, noise) = statistics.bestScales(
        from: exp(2 * standardised().logNoise),
        least: leastNoiseRatio * exp(2 * standardised().logSignal))
      statistics.multiplyCovariance(by: factor)
      let parts = CovarianceTree(hyperparameters.covariance, dimensions: dimensions).parts
      for part in parts where part.carriesUnit {
        hyperparameters.parameters[part.signal] += 0.5 * log(factor)
      }
      hyperparameters.logNoise = 0.5 * log(noise) + log(targetScale)
    }
    let sparse = SparseConditioning(
      statistics, batch: covariances(), inducing: places, queries: queries, targets: data.targets,
      noiseVariance: exp(2 * standardised().logNoise))
    guard let sparse, sparse.lowerBound.isFinite else { throw failure }
    self.init(
      data, hyperparameters: hyperparameters, mean: mean, targetScale: targetScale, points: chosen,
      coefficients: sparse.coefficients, inverseFactor: sparse.varianceFactor,
      logMarginalLikelihood: sparse.lowerBound, jitter: sparse.jitter, sparse: sparse)
  }

  /// A process with other hyperparameters, conditioned as this one was: exactly, or through the same
  /// inducing points.
  ///
  /// - Parameters:
  ///   - points: Its points, in physical units.
  ///   - targets: Its targets, in physical units.
  /// - Throws: ``ModelError/notPositiveDefinite(output:points:)``.
  func reconditioned(
    points: [Double], targets: [Double], _ hyperparameters: GaussianProcessHyperparameters
  ) throws -> GaussianProcess {
    guard let sparse else {
      return try GaussianProcess(
        points: points, targets: targets, mean: mean, targetScale: targetScale,
        hyperparameters: hyperparameters)
    }
    return try GaussianProcess(
      points: points, targets: targets, mean: mean, targetScale: targetScale,
      hyperparameters: hyperparameters, inducing: .given(sparse.inducing))
  }

  /// What a summary says of the approximation; nil when the process is exact.
  package var approximation: ModelSummary.Approximation? {
    sparse.map {
      ModelSummary.Approximation(
        inducingPointCount: pointCount,
        unexplainedVariance: $0.unexplainedVariance / $0.noiseVariance,
        evidenceGap: max(0, $0.upperBound - $0.lowerBound))
    }
  }
}
