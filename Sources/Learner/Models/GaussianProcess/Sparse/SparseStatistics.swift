import Foundation
import LinearAlgebra

/// What all targets say through the inducing points: enough for the bound on the evidence at any noise
/// and signal, without looking at the data again (Titsias 2009, with G = K_fu L⁻ᵀ for K_uu = L Lᵀ).
struct SparseStatistics {
  /// N.
  let count: Int
  /// M.
  let inducingCount: Int
  /// L, lower triangle, zeros above.
  private(set) var factor: [Double]
  /// Gᵀ G, lower triangle.
  private(set) var gram: [Double]
  /// Gᵀ y.
  private(set) var projection: [Double]
  /// yᵀ y.
  let squares: Double
  /// tr(K_ff − G Gᵀ): the variance that the inducing points leave unexplained, over all points.
  private(set) var unexplained: Double
  /// What had to be added to K_uu's diagonal, as a part of its mean.
  let jitter: Double

  /// The number of points that are worked on at once.
  static let block = 256

  /// One pass over the points: points × inducing points².
  ///
  /// - Parameters:
  ///   - inducing: The inducing points with their covariances.
  ///   - inducingQueries: The same, `dimensions` × their number.
  ///   - queries: All points, `dimensions` × their number.
  ///   - targets: A value a point.
  /// - Returns: nil when K_uu can't be decomposed.
  init?(
    inducing: CovarianceBatch, inducingQueries: [Double], queries: [Double], targets: [Double]
  ) {
    let count = targets.count
    let size = inducing.pointCount
    self.count = count
    inducingCount = size
    var covariance = Matrix(rows: size, columns: size)
    var scratch = [Double](repeating: 0, count: inducing.scratchCount(max(size, Self.block)))
    inducing.evaluate(
      count: size, queries: inducingQueries, queryStride: size, into: &covariance.values,
      scratch: &scratch)
    guard let decomposed = try? Cholesky(covariance) else { return nil }
    let factor = decomposed.lower.values
    var trace = 0.0
    for m in 0..<size { trace += covariance[m, m] }
    jitter = decomposed.jitter / max(trace / Double(size), .leastNormalMagnitude)
    var gram = [Double](repeating: 0, count: size * size)
    var projection = [Double](repeating: 0, count: size)
    var left = 0.0
    var features = [Double](repeating: 0, count: size * Self.block)
    var variances = [Double](repeating: 0, count: Self.block)
    for first in stride(from: 0, to: count, by: Self.block) {
      let part = min(Self.block, count - first)
      queries.withUnsafeBufferPointer { queries in
        guard let queries = queries.baseAddress else { return }
        inducing.evaluate(
          count: part, queries: queries + first, queryStride: count, into: &features,
          scratch: &scratch)
        inducing.variances(
          count: part, queries: queries + first, queryStride: count, into: &variances)
      }
      features.withUnsafeMutableBufferPointer { features in
        guard let features = features.baseAddress else { return }
        BLAS.solveLower(
          .right, .transposed, rows: part, columns: size, factor, size, features, part)
        VectorKernels.subtractSquares(
          rows: size, count: part, matrix: features, stride: part, start: 0, out: &scratch)
        for b in 0..<part { left += max(0, variances[b] + scratch[b]) }
        BLAS.addGram(columns: size, rows: part, features, part, to: &gram, size)
        targets.withUnsafeBufferPointer { targets in
          guard let targets = targets.baseAddress else { return }
          BLAS.multiply(
            .transposed, rows: part, columns: size, features, part, vector: targets + first,
            keep: 1, into: &projection)
        }
      }
    }
    guard left.isFinite, projection.allSatisfy(\.isFinite) else { return nil }
    self.factor = factor
    self.gram = gram
    self.projection = projection
    squares = targets.reduce(0) { $0 + $1 * $1 }
    unexplained = left
  }

  /// Multiplies the covariance function by a factor.
  mutating func multiplyCovariance(by factor: Double) {
    let root = factor.squareRoot()
    for i in self.factor.indices { self.factor[i] *= root }
    for i in gram.indices { gram[i] *= factor }
    for i in projection.indices { projection[i] *= root }
    unexplained *= factor
  }

  /// Q + σ² I with Q = G Gᵀ, decomposed by way of B = I + Gᵀ G / σ².
  struct Decomposition {
    /// L_B, lower triangle, zeros above.
    var factor: [Double]
    /// log |Q + σ² I|.
    var logDeterminant: Double
    /// yᵀ (Q + σ² I)⁻¹ y.
    var misfit: Double
  }

  /// Decomposes for a noise variance; nil when it can't be.
  func decompose(noiseVariance: Double) -> Decomposition? {
    let size = inducingCount
    var inner = gram
    for j in 0..<size {
      for i in 0..<j { inner[i + j * size] = 0 }
      for i in j..<size { inner[i + j * size] /= noiseVariance }
      inner[j + j * size] += 1
    }
    var solution = projection.map { $0 / noiseVariance }
    let isDecomposed = inner.withUnsafeMutableBufferPointer { inner -> Bool in
      guard let inner = inner.baseAddress else { return false }
      guard Cholesky.factorise(inner, size: size) == 0 else { return false }
      solution.withUnsafeMutableBufferPointer { solution in
        guard let solution = solution.baseAddress else { return }
        BLAS.solveLower(.left, .plain, rows: size, columns: 1, inner, size, solution, size)
      }
      return true
    }
    guard isDecomposed else { return nil }
    var logDiagonal = 0.0
    for m in 0..<size { logDiagonal += log(inner[m * size + m]) }
    let explained = solution.reduce(0) { $0 + $1 * $1 }
    return Decomposition(
      factor: inner, logDeterminant: Double(count) * log(noiseVariance) + 2 * logDiagonal,
      misfit: max(0, squares / noiseVariance - explained))
  }

  /// The bound from below on log p(y) (Titsias 2009, eq. 9).
  func lowerBound(_ decomposition: Decomposition, noiseVariance: Double) -> Double {
    -0.5
      * (Double(count) * log(2 * .pi) + decomposition.logDeterminant + decomposition.misfit
        + unexplained / noiseVariance)
  }

  /// The bound from above on log p(y) (Titsias 2014, eq. 11); infinity when it can't be computed.
  func upperBound(_ decomposition: Decomposition, noiseVariance: Double) -> Double {
    guard let wider = decompose(noiseVariance: noiseVariance + unexplained) else {
      return .infinity
    }
    return -0.5
      * (Double(count) * log(2 * .pi) + decomposition.logDeterminant + wider.misfit)
  }

  /// The factor on the covariance function and the noise variance that raise the bound most, by golden
  /// section over their ratio; the best factor for a ratio ρ is yᵀ (Q + ρ I)⁻¹ y / N.
  ///
  /// - Parameters:
  ///   - noiseVariance: Where to begin, in the unit of the covariance function.
  ///   - least: The least ratio of the noise variance to the covariance function's.
  func bestScales(from noiseVariance: Double, least: Double) -> (
    factor: Double, noiseVariance: Double
  ) {
    func scales(_ logRatio: Double) -> (cost: Double, factor: Double) {
      let ratio = exp(logRatio)
      guard let decomposition = decompose(noiseVariance: ratio) else { return (.infinity, 1) }
      let factor = max(decomposition.misfit / Double(count), 1e-300)
      return (
        Double(count) * log(factor) + decomposition.logDeterminant + unexplained / ratio, factor
      )
    }
    let section = (5.0.squareRoot() - 1) / 2
    let start = log(noiseVariance)
    var (low, high) = (max(start - 3, log(least)), start + 3)
    guard low < high else { return (1, noiseVariance) }
    var (a, b) = (high - section * (high - low), low + section * (high - low))
    var (costA, costB) = (scales(a).cost, scales(b).cost)
    for _ in 0..<20 {
      if costA < costB {
        (high, b, costB) = (b, a, costA)
        a = high - section * (high - low)
        costA = scales(a).cost
      } else {
        (low, a, costA) = (a, b, costB)
        b = low + section * (high - low)
        costB = scales(b).cost
      }
    }
    let best = costA < costB ? a : b
    let found = scales(best)
    guard found.cost.isFinite, found.cost <= scales(start).cost else { return (1, noiseVariance) }
    return (found.factor, found.factor * exp(best))
  }
}
