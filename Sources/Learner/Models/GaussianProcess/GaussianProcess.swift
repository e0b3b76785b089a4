import Foundation
import LinearAlgebra

/// One fitted Gaussian process: a scalar function of a point, known from noisy values at N points.
///
/// It is exact, or looks at fewer inducing points among them (``SparseConditioning``) that stand for
/// all: everything is computed alike from `points`, `coefficients` and `inverseFactor`.
///
/// Inputs and targets are standardised inside; everything that goes in or comes out is in physical
/// units. It is immutable and may be used from several threads, each with its own scratch memory.
public struct GaussianProcess: Sendable {
  /// The hyperparameters for physical inputs and targets.
  public let hyperparameters: GaussianProcessHyperparameters
  /// log p(y | Z) of the targets in physical units; of an approximate process a bound from below.
  public private(set) var logMarginalLikelihood: Double
  /// What had to be added to the diagonal of K + σ_n² I, as a part of it (in an approximate process to
  /// that of the inducing points' K_uu); zero when nothing had to.
  public let jitter: Double
  /// What the prediction goes back to far from all points.
  public let mean: Double
  /// The number of points that a prediction looks at: all, or the inducing ones.
  public let pointCount: Int
  /// The number of input dimensions.
  public let dimensions: Int

  /// What an input dimension is divided by: the first part's lengthscale.
  let inputScales: [Double]
  /// The `pointCount` points divided by `inputScales`, a point's dimensions side by side.
  let points: [Double]
  /// The same for a squared exponential's batches.
  let kernelPoints: KernelPoints
  /// The covariances with the points when there are several parts; nil for a squared exponential.
  private(set) var composite: CompositePrediction?
  /// (y − mean) / targetScale, of all points.
  private(set) var standardisedTargets: [Double]
  /// K⁻¹ (y − mean), times what brings it back to physical targets; see ``SparseConditioning`` for an
  /// approximate process.
  private(set) var coefficients: [Double]
  /// L⁻¹ of K = L Lᵀ on standardised targets, lower triangle; R of ``SparseConditioning``.
  let inverseFactor: [Double]
  /// The same, for batches.
  let variancePanels: TriangularPanels
  /// How it stands for more points than it looks at; nil when it is exact.
  let sparse: SparseConditioning?
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
    let data = ScaledData(points, targets, mean, targetScale, hyperparameters)
    let count = targets.count
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(
        points: data.points, dimensions: data.dimensions, for: hyperparameters.covariance),
      targets: data.targets, covariance: hyperparameters.covariance)
    let value = likelihood.evaluate(data.vector)
    guard value.isFinite else {
      throw ModelError.notPositiveDefinite(output: "an output", points: count)
    }
    self.init(
      data, hyperparameters: hyperparameters, mean: mean, targetScale: targetScale,
      points: data.points, coefficients: likelihood.coefficients,
      inverseFactor: likelihood.inverseFactor,
      logMarginalLikelihood: value, jitter: likelihood.jitter, sparse: nil)
  }

  /// - Parameters:
  ///   - points: The points to look at, scaled.
  ///   - coefficients: On standardised targets, as `inverseFactor` and `logMarginalLikelihood` are.
  init(
    _ data: ScaledData, hyperparameters: GaussianProcessHyperparameters, mean: Double,
    targetScale: Double, points: [Double], coefficients: [Double], inverseFactor: [Double],
    logMarginalLikelihood: Double, jitter: Double, sparse: SparseConditioning?
  ) {
    self.hyperparameters = hyperparameters
    self.mean = mean
    self.targetScale = targetScale
    dimensions = data.dimensions
    pointCount = coefficients.count
    inputScales = data.lengthscales
    self.points = points
    standardisedTargets = data.targets
    self.logMarginalLikelihood =
      logMarginalLikelihood - Double(data.targets.count) * log(targetScale)
    self.jitter = jitter
    self.coefficients = coefficients.map { $0 * targetScale }
    self.inverseFactor = inverseFactor
    variancePanels = TriangularPanels(lower: inverseFactor, size: coefficients.count)
    self.sparse = sparse
    let standardised = hyperparameters.dividing(inputs: data.lengthscales, target: targetScale)
    signalVariance = exp(2 * (hyperparameters.logSignal - log(targetScale)))
    noiseVariance = exp(2 * standardised.logNoise)
    kernelPoints = KernelPoints(points, dimensions: dimensions, variance: signalVariance)
    composite = compositePrediction
  }

  /// The covariances with the points when there are several parts.
  private var compositePrediction: CompositePrediction? {
    guard hyperparameters.covariance != .squaredExponential else { return nil }
    return CompositePrediction(
      hyperparameters.covariance,
      vector: hyperparameters.dividing(inputs: inputScales, target: targetScale).parameters,
      points: points, dimensions: dimensions, coefficients: coefficients)
  }

  /// The same process of other values at its points: N², where conditioning anew costs N³.
  ///
  /// - Parameter targets: N values, in the target's unit; the process must be exact.
  package func conditioned(on targets: [Double]) -> GaussianProcess {
    precondition(sparse == nil && targets.count == pointCount, "an exact process, a value a point")
    var result = self
    result.standardisedTargets = targets.map { ($0 - mean) / targetScale }
    let whitened = whiten(targets.map { $0 - mean })
    let logDiagonal = (0..<pointCount).reduce(0.0) { $0 + log(inverseFactor[$1 * pointCount + $1]) }
    result.logMarginalLikelihood =
      -0.5 * whitened.reduce(0) { $0 + $1 * $1 } + logDiagonal
      - Double(pointCount) * (0.5 * log(2 * .pi) + log(targetScale))
    var solution = whitened
    solution.withUnsafeMutableBufferPointer { buffer in
      guard let x = buffer.baseAddress else { return }
      BLAS.multiplyLower(
        .left, .transposed, rows: pointCount, columns: 1, inverseFactor, pointCount, x, pointCount)
    }
    result.coefficients = solution.map { $0 * targetScale }
    result.composite = result.compositePrediction
    return result
  }

  /// σ_n, in the target's unit.
  public var noiseDeviation: Double { exp(hyperparameters.logNoise) }

  /// The leave-one-out residuals y_i − μ_−i(z_i), in the target's unit (Rasmussen & Williams 2006,
  /// eq. 5.12).
  public var leaveOneOutResiduals: [Double] {
    if let sparse { return sparse.leaveOneOutResiduals().map { $0 * targetScale } }
    return (0..<pointCount).map { i in
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
      // What was known before the points goes where the kernel's scratch memory was.
      composite.batch.variances(count: count, queries: scratch, queryStride: count, into: more)
      variancePanels.subtractSquares(
        count: count, matrix: kernel, stride: count, start: 0, out: variance)
      let factor = targetScale * targetScale
      for b in 0..<count { variance[b] = max(variance[b] + more[b], 0) * factor }
      return
    }
    coefficients.withUnsafeBufferPointer { coefficients in
      guard let weights = coefficients.baseAddress else { return }
      VectorKernels.kernelBatch(
        points: kernelPoints, count: count, queries: scratch, queryStride: count,
        coefficients: .init(weights), mean: output, kernel: variance == nil ? nil : kernel,
        kernelStride: count)
    }
    for b in 0..<count { output[b] += self.mean }
    guard let variance else { return }
    variancePanels.subtractSquares(
      count: count, matrix: kernel, stride: count, start: signalVariance, out: variance)
    let factor = targetScale * targetScale
    for b in 0..<count { variance[b] = max(variance[b], 0) * factor }
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

/// Points and targets as a process keeps them.
struct ScaledData {
  let dimensions: Int
  /// The first part's lengthscales.
  let lengthscales: [Double]
  /// Divided by the lengthscales, a point's dimensions side by side.
  let points: [Double]
  /// Less the mean, divided by the scale.
  let targets: [Double]
  /// The hyperparameters for these.
  let vector: [Double]
}

extension ScaledData {
  init(
    _ points: [Double], _ targets: [Double], _ mean: Double, _ targetScale: Double,
    _ hyperparameters: GaussianProcessHyperparameters
  ) {
    let lengthscales = hyperparameters.logLengthscales.map(exp)
    let dimensions = hyperparameters.dimensions
    precondition(points.count == targets.count * dimensions, "a point has an entry a dimension")
    self.init(
      dimensions: dimensions, lengthscales: lengthscales,
      points: points.indices.map { points[$0] / lengthscales[$0 % dimensions] },
      targets: targets.map { ($0 - mean) / targetScale },
      vector: hyperparameters.dividing(inputs: lengthscales, target: targetScale).vector)
  }
}
