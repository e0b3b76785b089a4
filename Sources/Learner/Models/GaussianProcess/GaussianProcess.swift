import Foundation
import LinearAlgebra

/// One fitted Gaussian process: a scalar function of a point, known from noisy values at N points.
///
/// Inputs and targets are standardised inside; everything that goes in or comes out is in physical
/// units. It is immutable and may be used from several threads, each with its own scratch memory.
public struct GaussianProcess: Sendable {
  /// The hyperparameters for physical inputs and targets.
  public let hyperparameters: GaussianProcessHyperparameters
  /// log p(y | Z) of the targets in physical units.
  public let logMarginalLikelihood: Double
  /// What had to be added to the diagonal of K + σ_n² I, as a part of it; zero when nothing had to.
  public let jitter: Double
  /// What the prediction goes back to far from all points.
  public let mean: Double
  /// The number of points.
  public let pointCount: Int
  /// The number of input dimensions.
  public let dimensions: Int

  /// What an input dimension is divided by: the first part's lengthscale.
  let inputScales: [Double]
  /// The points divided by `inputScales`, a point's dimensions side by side.
  let points: [Double]
  /// The covariances with the points when there are several parts; nil for a squared exponential.
  let composite: CompositePrediction?
  /// (y − mean) / targetScale.
  let standardisedTargets: [Double]
  /// K⁻¹ (y − mean), times what brings it back to physical targets.
  let coefficients: [Double]
  /// L⁻¹ of K = L Lᵀ on standardised targets, lower triangle.
  let inverseFactor: [Double]
  let targetScale: Double
  let signalVariance: Double
  let noiseVariance: Double

  /// The process with given hyperparameters, conditioned on points.
  ///
  /// - Parameters:
  ///   - points: N × dimensions, a point's dimensions side by side.
  ///   - targets: N values.
  ///   - mean: What to go back to far from all points.
  ///   - targetScale: What targets are divided by inside, for good conditioning.
  ///   - hyperparameters: For physical inputs and targets.
  /// - Throws: ``ModelError/notPositiveDefinite(output:points:)``.
  public init(
    points: [Double], targets: [Double], mean: Double = 0, targetScale: Double = 1,
    hyperparameters: GaussianProcessHyperparameters
  ) throws {
    let count = targets.count
    dimensions = hyperparameters.dimensions
    precondition(points.count == count * dimensions, "a point has an entry a dimension")
    let lengthscales = hyperparameters.logLengthscales.map(exp)
    let scaled = points.indices.map { points[$0] / lengthscales[$0 % lengthscales.count] }
    let standardised = targets.map { ($0 - mean) / targetScale }
    let vector = hyperparameters.dividing(inputs: lengthscales, target: targetScale).vector
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(points: scaled, dimensions: dimensions),
      targets: standardised, covariance: hyperparameters.covariance)
    let value = likelihood.evaluate(vector)
    guard value.isFinite else {
      throw ModelError.notPositiveDefinite(output: "an output", points: count)
    }
    self.hyperparameters = hyperparameters
    self.mean = mean
    self.targetScale = targetScale
    pointCount = count
    inputScales = lengthscales
    self.points = scaled
    standardisedTargets = standardised
    logMarginalLikelihood = value - Double(count) * log(targetScale)
    jitter = likelihood.jitter
    coefficients = likelihood.coefficients.map { $0 * targetScale }
    signalVariance = exp(2 * (hyperparameters.logSignal - log(targetScale)))
    noiseVariance = exp(2 * vector[vector.count - 1])
    composite =
      hyperparameters.covariance == .squaredExponential
      ? nil
      : CompositePrediction(
        hyperparameters.covariance, vector: Array(vector.dropLast()), points: scaled,
        dimensions: dimensions, coefficients: coefficients)
    var inverse = likelihood.factor
    inverse.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      Cholesky.invertLower(base, size: count)
    }
    inverseFactor = inverse
  }

  /// σ_n, in the target's unit.
  public var noiseDeviation: Double { exp(hyperparameters.logNoise) }

  /// The leave-one-out residuals y_i − μ_−i(z_i), in the target's unit (Rasmussen & Williams 2006,
  /// eq. 5.12).
  public var leaveOneOutResiduals: [Double] {
    (0..<pointCount).map { i in
      var diagonal = 0.0
      for k in i..<pointCount {
        let entry = inverseFactor[i * pointCount + k]
        diagonal += entry * entry
      }
      return coefficients[i] / diagonal
    }
  }

  /// The scratch memory that predicting a batch needs, in doubles.
  func scratchCount(_ count: Int) -> Int {
    (dimensions + pointCount) * count + (composite?.scratchCount(count) ?? 0)
  }

  /// Writes means and variances (without noise) of a batch.
  ///
  /// - Parameters:
  ///   - count: The number of queries.
  ///   - queries: In physical units, `dimensions` × `queryStride`.
  ///   - mean: Where `count` means go.
  ///   - variance: Where `count` variances go; nil when not wanted.
  ///   - scratch: Memory for `scratchCount(count)` numbers.
  func predict(
    count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    mean output: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?,
    scratch: UnsafeMutablePointer<Double>
  ) {
    scale(count: count, queries: queries, queryStride: queryStride, into: scratch)
    let kernel = scratch + dimensions * count
    if let composite {
      let more = kernel + pointCount * count
      composite.predict(
        count: count, scaled: scratch, wantsKernel: variance != nil, mean: output, kernel: kernel,
        scratch: more)
      for b in 0..<count { output[b] += self.mean }
      guard let variance else { return }
      multiplyByInverse(kernel, count)
      // What was known before the points goes where the kernel's scratch memory was.
      composite.batch.variances(count: count, queries: scratch, queryStride: count, into: more)
      VectorKernels.subtractSquares(
        rows: pointCount, count: count, matrix: kernel, stride: count, start: 0, out: variance)
      let factor = targetScale * targetScale
      for b in 0..<count { variance[b] = max(variance[b] + more[b], 0) * factor }
      return
    }
    points.withUnsafeBufferPointer { points in
      coefficients.withUnsafeBufferPointer { coefficients in
        guard let points = points.baseAddress, let weights = coefficients.baseAddress else {
          return
        }
        VectorKernels.kernelBatch(
          pointCount: pointCount, dimensions: dimensions, points: points, count: count,
          queries: scratch, queryStride: count, variance: signalVariance,
          coefficients: .init(weights), mean: output, kernel: variance == nil ? nil : kernel,
          kernelStride: count)
      }
    }
    for b in 0..<count { output[b] += self.mean }
    guard let variance else { return }
    multiplyByInverse(kernel, count)
    VectorKernels.subtractSquares(
      rows: pointCount, count: count, matrix: kernel, stride: count, start: signalVariance,
      out: variance)
    let factor = targetScale * targetScale
    for b in 0..<count { variance[b] = max(variance[b], 0) * factor }
  }

  /// V = K* L⁻ᵀ in place of K*, so that a row's squares sum to ‖L⁻¹ k*‖².
  private func multiplyByInverse(_ kernel: UnsafeMutablePointer<Double>, _ count: Int) {
    inverseFactor.withUnsafeBufferPointer { inverse in
      guard let inverse = inverse.baseAddress else { return }
      BLAS.multiplyLower(
        .right, .transposed, rows: count, columns: pointCount, inverse, pointCount, kernel, count)
    }
  }

  /// Divides a batch of queries by the lengthscales.
  func scale(
    count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    into scaled: UnsafeMutablePointer<Double>
  ) {
    for d in 0..<dimensions {
      let factor = 1 / inputScales[d]
      let source = queries + d * queryStride
      let destination = scaled + d * count
      for b in 0..<count { destination[b] = source[b] * factor }
    }
  }

  /// The mean and variance (without noise) at one point; convenient, not fast.
  public func predict(_ point: [Double]) -> (mean: Double, variance: Double) {
    precondition(point.count == dimensions, "a point has an entry a dimension")
    var mean = 0.0
    var variance = 0.0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount(1)) { scratch in
      guard let base = scratch.baseAddress else { return }
      predict(
        count: 1, queries: point, queryStride: 1, mean: &mean, variance: &variance, scratch: base)
    }
    return (mean, variance)
  }
}
