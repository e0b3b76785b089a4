import Foundation

/// The hyperparameters of one Gaussian process with a squared-exponential kernel of its own
/// lengthscale a dimension: k(z, z') = σ_f² exp(−½ Σ_d (z_d − z'_d)² / ℓ_d²), noise σ_n² (Rasmussen &
/// Williams 2006, eq. 5.1). Kept as logarithms, as they are optimised.
public struct GaussianProcessHyperparameters: Sendable, Equatable, Codable {
  /// log ℓ, an entry an input dimension.
  public var logLengthscales: [Double]
  /// log σ_f.
  public var logSignal: Double
  /// log σ_n.
  public var logNoise: Double

  /// Hyperparameters from their logarithms.
  public init(logLengthscales: [Double], logSignal: Double, logNoise: Double) {
    self.logLengthscales = logLengthscales
    self.logSignal = logSignal
    self.logNoise = logNoise
  }

  /// Hyperparameters from one vector: log ℓ of every dimension, log σ_f, log σ_n.
  public init(vector: [Double]) {
    logLengthscales = Array(vector.dropLast(2))
    logSignal = vector[vector.count - 2]
    logNoise = vector[vector.count - 1]
  }

  /// All in one vector: log ℓ of every dimension, log σ_f, log σ_n.
  public var vector: [Double] { logLengthscales + [logSignal, logNoise] }

  /// The same hyperparameters for inputs divided by `inputScales` and targets by `targetScale`.
  func dividing(inputs inputScales: [Double], target targetScale: Double)
    -> GaussianProcessHyperparameters
  {
    GaussianProcessHyperparameters(
      logLengthscales: zip(logLengthscales, inputScales).map { $0 - log($1) },
      logSignal: logSignal - log(targetScale), logNoise: logNoise - log(targetScale))
  }

  /// The same hyperparameters for inputs multiplied by `inputScales` and targets by `targetScale`.
  func multiplying(inputs inputScales: [Double], target targetScale: Double)
    -> GaussianProcessHyperparameters
  {
    dividing(inputs: inputScales.map { 1 / $0 }, target: 1 / targetScale)
  }
}

/// The soft barriers that keep hyperparameters sane with few points (PILCO's `hypCurb`; Deisenroth,
/// Fox & Rasmussen 2015): a log ratio, divided by its limit's logarithm, to the power 30.
public struct HyperparameterBarriers: Sendable, Equatable, Codable {
  /// The greatest ratio σ_f / σ_n.
  public var signalToNoise: Double
  /// The greatest ratio of a lengthscale to its input's standard deviation, and of that to it.
  public var lengthscaleRatio: Double
  /// The greatest ratio of σ_f to the target's standard deviation, and of that to it.
  public var signalRatio: Double

  /// Barriers from their limits.
  public init(
    signalToNoise: Double = 500, lengthscaleRatio: Double = 100, signalRatio: Double = 1000
  ) {
    self.signalToNoise = signalToNoise
    self.lengthscaleRatio = lengthscaleRatio
    self.signalRatio = signalRatio
  }

  /// The penalty on hyperparameters of standardised data; its gradient is added to `gradient`.
  package func penalty(_ vector: [Double], gradient: inout [Double]) -> Double {
    let dimensions = vector.count - 2
    var sum = 0.0
    func add(_ logRatio: Double, _ limit: Double) -> Double {
      let part = logRatio / log(limit)
      sum += pow(part, 30)
      return 30 * pow(part, 29) / log(limit)
    }
    for d in 0..<dimensions { gradient[d] += add(vector[d], lengthscaleRatio) }
    gradient[dimensions] += add(vector[dimensions], signalRatio)
    let slope = add(vector[dimensions] - vector[dimensions + 1], signalToNoise)
    gradient[dimensions] += slope
    gradient[dimensions + 1] -= slope
    return sum
  }
}
