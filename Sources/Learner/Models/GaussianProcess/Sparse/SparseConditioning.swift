import Foundation
import LinearAlgebra

/// A process conditioned on all points through a few inducing ones among them: the variational free
/// energy approximation (Titsias, AISTATS 2009).
///
/// With inducing points u, K_uu = L Lᵀ, B = I + L⁻¹ K_uf K_fu L⁻ᵀ / σ² = L_B L_Bᵀ and
/// T = L_B⁻¹ L⁻¹, so that Σ⁻¹ = (K_uu + K_uf K_fu / σ²)⁻¹ = Tᵀ T:
///
/// - the mean is k_u(z)ᵀ Σ⁻¹ K_uf y / σ²: coefficients on the inducing points, as an exact process has;
/// - the variance is k(z, z) − k_u(z)ᵀ (K_uu⁻¹ − Σ⁻¹) k_u(z), and K_uu⁻¹ − Σ⁻¹ = Rᵀ R with R lower
///   triangular, which stands where an exact process has L⁻¹;
/// - a bound from below stands for the evidence, and one from above tells how far it may be off.
///
/// With every point an inducing one, all are those of the exact process. Points are in the first part's
/// lengthscales, targets are standardised.
struct SparseConditioning: Sendable {
  /// Which points are the inducing ones.
  let inducing: [Int]
  /// All points, `dimensions` × N.
  let queries: [Double]
  /// All targets.
  let targets: [Double]
  let noiseVariance: Double
  /// The inducing points' covariances.
  let batch: CovarianceBatch
  /// Σ⁻¹ K_uf y / σ².
  let coefficients: [Double]
  /// R, lower triangle, zeros above.
  let varianceFactor: [Double]
  /// The bound from below on log p(y).
  let lowerBound: Double
  /// The bound from above on log p(y).
  let upperBound: Double
  /// The mean variance at the points that the inducing ones leave unexplained.
  let unexplainedVariance: Double
  /// What was added to K_uu's diagonal, as a part of it.
  let jitter: Double
  /// L⁻¹ and T, lower triangles, zeros above.
  private let inverseFactor: [Double]
  private let inverseSigmaFactor: [Double]

  /// - Parameters:
  ///   - queries: All points, `dimensions` × N.
  ///   - statistics: Of these points under the covariance function of `batch`.
  /// - Returns: nil when a matrix can't be decomposed.
  init?(
    _ statistics: SparseStatistics, batch: CovarianceBatch, inducing: [Int], queries: [Double],
    targets: [Double], noiseVariance: Double
  ) {
    guard let decomposition = statistics.decompose(noiseVariance: noiseVariance) else { return nil }
    let size = inducing.count
    var inverse = statistics.factor
    var product = decomposition.factor
    var solution = statistics.projection
    var factor = [Double](repeating: 0, count: size * size)
    let isDone = inverse.withUnsafeMutableBufferPointer { inverse -> Bool in
      guard let inverse = inverse.baseAddress else { return false }
      Cholesky.invertLower(inverse, size: size)
      return product.withUnsafeMutableBufferPointer { product in
        guard let product = product.baseAddress else { return false }
        // What B⁻¹ leaves of I, before T takes its place.
        guard Self.factorRest(product, size, into: &factor) else { return false }
        BLAS.multiplyLower(
          .right, .plain, rows: size, columns: size, inverse, size, &factor, size)
        Cholesky.invertLower(product, size: size)
        // B⁻¹ Gᵀ y / σ², then L⁻ᵀ.
        solution.withUnsafeMutableBufferPointer { solution in
          guard let solution = solution.baseAddress else { return }
          for form in [BLAS.Form.plain, .transposed] {
            BLAS.multiplyLower(
              .left, form, rows: size, columns: 1, product, size, solution, size)
          }
          BLAS.multiplyLower(
            .left, .transposed, rows: size, columns: 1, inverse, size, solution, size)
        }
        BLAS.multiplyLower(
          .right, .plain, rows: size, columns: size, inverse, size, product, size)
        return true
      }
    }
    guard isDone else { return nil }
    self.inducing = inducing
    self.queries = queries
    self.targets = targets
    self.noiseVariance = noiseVariance
    self.batch = batch
    coefficients = solution.map { $0 / noiseVariance }
    varianceFactor = factor
    inverseFactor = inverse
    inverseSigmaFactor = product
    lowerBound = statistics.lowerBound(decomposition, noiseVariance: noiseVariance)
    upperBound = statistics.upperBound(decomposition, noiseVariance: noiseVariance)
    unexplainedVariance = statistics.unexplained / Double(statistics.count)
    jitter = statistics.jitter
  }

  /// Writes the lower triangular U with I − B⁻¹ = Uᵀ U: the reverse of Cholesky's order.
  private static func factorRest(
    _ innerFactor: UnsafePointer<Double>, _ size: Int, into factor: inout [Double]
  ) -> Bool {
    var inverse = Array(UnsafeBufferPointer(start: innerFactor, count: size * size))
    return inverse.withUnsafeMutableBufferPointer { inverse in
      guard let inverse = inverse.baseAddress else { return false }
      Cholesky.invert(inverse, size: size)
      // Rows and columns backwards: entry (i, j) of the reversed matrix, i ≥ j, comes from
      // (size−1−j, size−1−i), which is in the lower triangle too.
      var reversed = Matrix(rows: size, columns: size)
      for j in 0..<size {
        for i in j..<size {
          reversed[i, j] =
            (i == j ? 1 : 0) - inverse[(size - 1 - j) + (size - 1 - i) * size]
        }
      }
      guard let decomposed = try? Cholesky(reversed) else { return false }
      for j in 0..<size {
        for i in j..<size {
          factor[i + j * size] = decomposed.lower[size - 1 - j, size - 1 - i]
        }
      }
      return true
    }
  }

  // MARK: All points again

  /// What each point's own target adds to its prediction, H = K_fu Σ⁻¹ K_uf / σ², on the diagonal.
  ///
  /// Cost: points × inducing points².
  private func leverages() -> [Double] {
    let size = inducing.count
    var result = [Double](repeating: 0, count: targets.count)
    forEachBlock { first, part, kernel in
      BLAS.multiplyLower(
        .right, .transposed, rows: part, columns: size, inverseSigmaFactor, size, kernel, part)
      for m in 0..<size {
        let row = kernel + m * part
        for b in 0..<part { result[first + b] += row[b] * row[b] / noiseVariance }
      }
    }
    return result
  }

  /// The residuals y_i − μ_−i(z_i) of the approximate process conditioned without point i, the
  /// inducing points kept: (y_i − μ_i) / (1 − H_ii).
  func leaveOneOutResiduals() -> [Double] {
    let leverages = leverages()
    return zip(residuals(of: targets, coefficients), leverages).map { $0 / max(1 - $1, 1e-12) }
  }

  /// The residuals of blocks of points when each is predicted from all others:
  /// (I − H_BB)⁻¹ (y − μ)_B, by way of matrices of the inducing points' size.
  func residualsOfLeftOut(_ blocks: [Range<Int>]) -> [[Double]?] {
    let size = inducing.count
    let residuals = residuals(of: targets, coefficients)
    return blocks.map { block in
      // C with H_BB = C Cᵀ, a row a point.
      var rows = kernelMatrix(block)
      BLAS.multiplyLower(
        .right, .transposed, rows: block.count, columns: size, inverseSigmaFactor, size, &rows,
        block.count)
      let scale = 1 / noiseVariance.squareRoot()
      for i in rows.indices { rows[i] *= scale }
      let c = Matrix(rows: block.count, columns: size, rows)
      let own = Array(residuals[block])
      // (I − C Cᵀ)⁻¹ e = e + C (I − Cᵀ C)⁻¹ Cᵀ e.
      let transposed = c.transposed()
      var inner = transposed * c
      for j in 0..<size {
        for i in 0..<size { inner[i, j] = (i == j ? 1 : 0) - inner[i, j] }
      }
      guard let factor = try? Cholesky(inner) else { return nil }
      let correction = c * factor.solve(transposed * own)
      return zip(own, correction).map { $0 + $1 }
    }
  }

  /// Numbers whose squares sum to vᵀ (Q + σ² I)⁻¹ v: N of what the best weights leave of v, then M of
  /// the weights themselves. Linear in v.
  func whiten(_ values: [Double]) -> [Double] {
    let size = inducing.count
    var sums = [Double](repeating: 0, count: size)
    forEachBlock { first, part, kernel in
      values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress else { return }
        BLAS.multiply(
          .transposed, rows: part, columns: size, kernel, part, vector: values + first, keep: 1,
          into: &sums)
      }
    }
    // B⁻¹ L⁻¹ K_uf v / σ² = L_B⁻ᵀ T K_uf v / σ² are the weights; L⁻ᵀ of them the coefficients. As
    // L_B⁻ᵀ = Lᵀ Tᵀ, the coefficients come first.
    for form in [BLAS.Form.plain, .transposed] {
      BLAS.multiplyLower(
        .left, form, rows: size, columns: 1, inverseSigmaFactor, size, &sums, size)
    }
    for m in sums.indices { sums[m] /= noiseVariance }
    let scale = 1 / noiseVariance.squareRoot()
    let left = residuals(of: values, sums).map { $0 * scale }
    inverseFactor.withUnsafeBufferPointer { inverse in
      guard let inverse = inverse.baseAddress else { return }
      BLAS.solveLower(.left, .transposed, rows: size, columns: 1, inverse, size, &sums, size)
    }
    return left + sums
  }

  /// Turns what functions drawn from the prior are at the inducing points, negated, into coefficients
  /// that make them functions drawn from the posterior: adds K_uu⁻¹ u with u drawn from its posterior
  /// (Wilson et al. 2020, section 3.2).
  ///
  /// - Parameters:
  ///   - rest: A row an inducing point, `stride` apart, with an entry a function.
  ///   - normals: As many standard normal numbers, rows `count` long.
  func condition(_ rest: inout [Double], count: Int, stride: Int, normals: [Double]) {
    let size = inducing.count
    for form in [BLAS.Form.transposed, .plain] {
      BLAS.multiplyLower(
        .right, form, rows: count, columns: size, inverseFactor, size, &rest, stride)
    }
    var drawn = normals
    BLAS.multiplyLower(
      .right, .plain, rows: count, columns: size, inverseSigmaFactor, size, &drawn, count)
    for m in 0..<size {
      for f in 0..<count { rest[m * stride + f] += coefficients[m] + drawn[m * count + f] }
    }
  }

  /// What coefficients on the inducing points leave of values at all points.
  private func residuals(of values: [Double], _ coefficients: [Double]) -> [Double] {
    var result = values
    forEachBlock { first, part, kernel in
      result.withUnsafeMutableBufferPointer { result in
        guard let result = result.baseAddress else { return }
        BLAS.multiply(
          .plain, rows: part, columns: inducing.count, scale: -1, kernel, part,
          vector: coefficients, keep: 1, into: result + first)
      }
    }
    return result
  }

  /// Calls `body` with pieces of K_fu: the first point, the number of points, and their covariances
  /// with the inducing points, a column an inducing point.
  private func forEachBlock(
    _ body: (_ first: Int, _ part: Int, _ kernel: UnsafeMutablePointer<Double>) -> Void
  ) {
    for first in stride(from: 0, to: targets.count, by: SparseStatistics.block) {
      let part = min(SparseStatistics.block, targets.count - first)
      var kernel = kernelMatrix(first..<(first + part))
      kernel.withUnsafeMutableBufferPointer { kernel in
        if let base = kernel.baseAddress { body(first, part, base) }
      }
    }
  }

  /// The covariances of some points with the inducing ones, a column an inducing point.
  private func kernelMatrix(_ range: Range<Int>) -> [Double] {
    var kernel = [Double](repeating: 0, count: range.count * inducing.count)
    var scratch = [Double](repeating: 0, count: batch.scratchCount(range.count))
    queries.withUnsafeBufferPointer { queries in
      guard let queries = queries.baseAddress else { return }
      batch.evaluate(
        count: range.count, queries: queries + range.lowerBound, queryStride: targets.count,
        into: &kernel, scratch: &scratch)
    }
    return kernel
  }
}
