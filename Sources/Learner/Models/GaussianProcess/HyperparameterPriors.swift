import Foundation

/// What is known of hyperparameters before any data: log-normal densities, whose logarithms are added to
/// the log marginal likelihood, so that a fit finds the most probable hyperparameters.
///
/// All are of standardised data: lengthscales and periods in standard deviations of their input, signal and
/// noise in those of the target. Each is optional; what has none is left to the data, and to
/// ``HyperparameterBarriers``.
///
///     // Noise of about a twentieth of the target, within a factor of two.
///     settings.priors = HyperparameterPriors(noise: .init(median: 0.05, deviation: log(2)))
public struct HyperparameterPriors: Sendable, Equatable, Codable {
  /// A density of a positive number whose logarithm is normal.
  public struct LogNormal: Sendable, Equatable, Codable {
    /// The median, above zero.
    public var median: Double
    /// The standard deviation of the logarithm, above zero: log 2 for 'within a factor of two, two times
    /// in three'.
    public var deviation: Double

    /// A density from its parameters.
    public init(median: Double, deviation: Double) {
      precondition(median > 0 && deviation > 0, "a log-normal density has positive parameters")
      self.median = median
      self.deviation = deviation
    }

    /// −log of the density of a number's logarithm, but for what doesn't depend on it, and its derivative.
    fileprivate func cost(_ logarithm: Double) -> (value: Double, slope: Double) {
      let distance = (logarithm - log(median)) / deviation
      return (0.5 * distance * distance, distance / deviation)
    }
  }

  /// Of each lengthscale.
  public var lengthscale: LogNormal?
  /// Of each period of a periodic part.
  public var period: LogNormal?
  /// Of each part's σ.
  public var signal: LogNormal?
  /// Of σ_n.
  public var noise: LogNormal?

  /// Priors; nil for none.
  public init(
    lengthscale: LogNormal? = nil, period: LogNormal? = nil, signal: LogNormal? = nil,
    noise: LogNormal? = nil
  ) {
    self.lengthscale = lengthscale
    self.period = period
    self.signal = signal
    self.noise = noise
  }

  /// −log of the density of hyperparameters, as ``GaussianProcessHyperparameters/vector`` has them, but for
  /// what doesn't depend on them; its gradient is added to `gradient`.
  package func penalty(
    _ vector: [Double], gradient: inout [Double], covariance: CovarianceFunction
  ) -> Double {
    var sum = 0.0
    func add(_ prior: LogNormal?, _ place: Int) {
      guard let cost = prior?.cost(vector[place]) else { return }
      sum += cost.value
      gradient[place] += cost.slope
    }
    let dimensions = covariance.dimensions(parameterCount: vector.count - 1)
    for part in CovarianceTree(covariance, dimensions: dimensions).parts {
      for place in part.lengthscales { add(lengthscale, place) }
      for place in part.periods ?? 0..<0 { add(period, place) }
      add(signal, part.signal)
    }
    add(noise, vector.count - 1)
    return sum
  }
}
