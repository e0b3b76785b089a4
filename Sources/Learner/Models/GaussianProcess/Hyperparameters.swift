import Foundation

/// The hyperparameters of one Gaussian process: those of its covariance function, and the noise.
///
/// For a squared exponential with a lengthscale of its own a dimension, k(z, z') = σ_f² exp(−½ Σ_d
/// (z_d − z'_d)² / ℓ_d²), noise σ_n² (Rasmussen & Williams 2006, eq. 5.1). Kept as logarithms, as
/// they are optimised.
public struct GaussianProcessHyperparameters: Sendable, Equatable, Codable {
  /// How values at two points covary.
  public let covariance: CovarianceFunction
  /// The number of input dimensions.
  public let dimensions: Int
  /// The covariance function's hyperparameters: for each part log ℓ of every dimension, for a periodic
  /// part log period of every dimension, and log σ.
  public var parameters: [Double]
  /// log σ_n.
  public var logNoise: Double

  /// Hyperparameters of a squared exponential, from their logarithms.
  public init(logLengthscales: [Double], logSignal: Double, logNoise: Double) {
    covariance = .squaredExponential
    dimensions = logLengthscales.count
    parameters = logLengthscales + [logSignal]
    self.logNoise = logNoise
  }

  /// Hyperparameters from one vector: those of the covariance function, then log σ_n.
  ///
  /// - Parameters:
  ///   - vector: For a squared exponential log ℓ of every dimension, log σ_f, log σ_n.
  ///   - covariance: How values at two points covary.
  ///   - dimensions: The number of input dimensions; needed for a covariance of several parts.
  public init(
    vector: [Double], covariance: CovarianceFunction = .squaredExponential, dimensions: Int? = nil
  ) {
    self.covariance = covariance
    self.dimensions = dimensions ?? vector.count - 2
    precondition(
      vector.count == covariance.parameterCount(dimensions: self.dimensions) + 1,
      "a vector has an entry for every hyperparameter")
    parameters = Array(vector.dropLast())
    logNoise = vector[vector.count - 1]
  }

  /// All in one vector: the covariance function's, then log σ_n.
  public var vector: [Double] { parameters + [logNoise] }

  /// log ℓ of the first part, an entry an input dimension.
  public var logLengthscales: [Double] { Array(parameters.prefix(dimensions)) }

  /// log σ_f: half the logarithm of the first part's variance.
  public var logSignal: Double {
    parameters[CovarianceTree(covariance, dimensions: dimensions).parts[0].signal]
  }

  /// The same hyperparameters for inputs divided by `inputScales` and targets by `targetScale`.
  func dividing(inputs inputScales: [Double], target targetScale: Double)
    -> GaussianProcessHyperparameters
  {
    var result = self
    for part in CovarianceTree(covariance, dimensions: dimensions).parts {
      for d in 0..<dimensions {
        // A periodic part's ℓ has no unit; its period is in the input's.
        let place = part.offset + d + (part.kind == .periodic ? dimensions : 0)
        result.parameters[place] -= log(inputScales[d])
      }
      if part.carriesUnit { result.parameters[part.signal] -= log(targetScale) }
    }
    result.logNoise -= log(targetScale)
    return result
  }

  /// The same hyperparameters for inputs multiplied by `inputScales` and targets by `targetScale`.
  func multiplying(inputs inputScales: [Double], target targetScale: Double)
    -> GaussianProcessHyperparameters
  {
    dividing(inputs: inputScales.map { 1 / $0 }, target: 1 / targetScale)
  }

  /// The same with a lengthscale of 1 for inputs that never varied, in parts that look at
  /// differences: the data say nothing of them.
  func forgetting(constantDimensions: [Int]) -> GaussianProcessHyperparameters {
    var result = self
    for part in CovarianceTree(covariance, dimensions: dimensions).parts
    where part.kind.degree == nil {
      for d in constantDimensions { result.parameters[part.offset + d] = 0 }
    }
    return result
  }
}

/// The soft barriers that keep hyperparameters sane with few points (PILCO's `hypCurb`; Deisenroth,
/// Fox & Rasmussen 2015): a log ratio, divided by its limit's logarithm, to the power 30.
///
/// The one on long lengthscales costs up to 4 nats an output, and is worth it: without it, models of 60
/// steps foretell what they haven't seen worse (`Benchmarks/RESULTS.md`).
public struct HyperparameterBarriers: Sendable, Equatable, Codable {
  /// The greatest ratio σ_f / σ_n.
  public var signalToNoise: Double
  /// The greatest ratio of an input's standard deviation to a lengthscale, and of a period to the one and
  /// the other.
  public var lengthscaleRatio: Double
  /// The greatest ratio of a lengthscale to its input's standard deviation. An input of which the points
  /// show nothing, or a straight line, asks for as long a one as it may be, and gets a model that is sure
  /// of that also where no point is.
  public var longLengthscaleRatio: Double
  /// The greatest ratio of σ_f to the target's standard deviation, and of that to it.
  public var signalRatio: Double

  /// Barriers from their limits.
  public init(
    signalToNoise: Double = 500, lengthscaleRatio: Double = 100,
    longLengthscaleRatio: Double = 100, signalRatio: Double = 1000
  ) {
    self.signalToNoise = signalToNoise
    self.lengthscaleRatio = lengthscaleRatio
    self.longLengthscaleRatio = longLengthscaleRatio
    self.signalRatio = signalRatio
  }

  /// The penalty on hyperparameters of standardised data; its gradient is added to `gradient`.
  package func penalty(
    _ vector: [Double], gradient: inout [Double],
    covariance: CovarianceFunction = .squaredExponential
  ) -> Double {
    var sum = 0.0
    func add(_ logRatio: Double, _ limit: Double) -> Double {
      let scale = 1 / log(limit)
      let part = logRatio * scale
      let square = part * part
      let fourth = square * square
      let eighth = fourth * fourth
      let twentyEighth = eighth * eighth * eighth * fourth
      sum += twentyEighth * square
      return 30 * twentyEighth * part * scale
    }
    func addLengthscale(_ place: Int) {
      gradient[place] += add(
        vector[place], vector[place] > 0 ? longLengthscaleRatio : lengthscaleRatio)
    }
    func addSignal(_ place: Int) {
      let noise = vector.count - 1
      gradient[place] += add(vector[place], signalRatio)
      let slope = add(vector[place] - vector[noise], signalToNoise)
      gradient[place] += slope
      gradient[noise] -= slope
    }
    if covariance == .squaredExponential {
      let dimensions = vector.count - 2
      for d in 0..<dimensions { addLengthscale(d) }
      addSignal(dimensions)
      return sum
    }
    let dimensions = covariance.dimensions(parameterCount: vector.count - 1)
    for part in CovarianceTree(covariance, dimensions: dimensions).parts {
      for place in part.lengthscales { addLengthscale(place) }
      for place in part.periods ?? 0..<0 { gradient[place] += add(vector[place], lengthscaleRatio) }
      if part.carriesUnit {
        addSignal(part.signal)
      } else {
        gradient[part.signal] += add(vector[part.signal], signalRatio)
      }
    }
    return sum
  }
}

extension CovarianceFunction {
  /// For how many inputs it has that many hyperparameters.
  func dimensions(parameterCount: Int) -> Int {
    let fixed = self.parameterCount(dimensions: 0)
    return (parameterCount - fixed) / (self.parameterCount(dimensions: 1) - fixed)
  }
}
