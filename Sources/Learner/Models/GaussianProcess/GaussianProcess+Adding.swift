import Foundation
import LinearAlgebra

extension GaussianProcess {
  /// The same process with more points: what conditioning on all of them gives, with these hyperparameters.
  ///
  /// Of K = L Lᵀ the rows of the new points alone are decomposed, by blocks: N² m for m new points beside N,
  /// where conditioning anew costs (N + m)³. With W = K₂₁ L⁻ᵀ, and L₂₂ the factor of K₂₂ − W Wᵀ, the
  /// inverse factor gets the rows (−L₂₂⁻¹ W L⁻¹, L₂₂⁻¹).
  ///
  /// - Parameters:
  ///   - points: m × dimensions, a point's dimensions side by side.
  ///   - targets: m values.
  /// - Throws: ``ModelError/isApproximate(points:)`` for a process that doesn't hold its points,
  ///   ``ModelError/notPositiveDefinite(output:points:)``.
  public func adding(points: [Double], targets: [Double]) throws -> GaussianProcess {
    precondition(points.count == targets.count * dimensions, "a point has an entry a dimension")
    guard sparse == nil else { throw ModelError.isApproximate(points: pointCount) }
    guard !targets.isEmpty else { return self }
    let (old, new) = (pointCount, targets.count)
    let all = old + new
    let scaled = points.indices.map { points[$0] / inputScales[$0 % dimensions] }
    let vector = hyperparameters.dividing(inputs: inputScales, target: targetScale).parameters
    let queries = dimensionMajor(scaled, dimensions: dimensions)
    /// The covariances of the new points with others, a column an other.
    func covariances(with others: [Double]) -> [Double] {
      let batch = CovarianceBatch(
        hyperparameters.covariance, vector: vector, points: others, dimensions: dimensions)
      var kernel = [Double](repeating: 0, count: batch.pointCount * new)
      var scratch = [Double](repeating: 0, count: batch.scratchCount(new))
      batch.evaluate(
        count: new, queries: queries, queryStride: new, into: &kernel, scratch: &scratch)
      return kernel
    }

    // W, and then −L₂₂⁻¹ W L⁻¹.
    var rows = covariances(with: self.points)
    BLAS.multiplyLower(
      .right, .transposed, rows: new, columns: old, inverseFactor, old, &rows, new)
    var own = covariances(with: scaled)
    for i in 0..<new {
      own[i * new + i] += noiseVariance + jitter * (own[i * new + i] + noiseVariance)
    }
    BLAS.multiply(
      .plain, .transposed, rows: new, columns: new, inner: old, scale: -1, rows, new, rows, new,
      keep: 1, into: &own, new)
    guard let factor = try? Cholesky(Matrix(rows: new, columns: new, own)) else {
      throw ModelError.notPositiveDefinite(output: "an output", points: all)
    }
    var corner = [Double](repeating: 0, count: new * new)
    for i in 0..<new { corner[i * new + i] = 1 }
    BLAS.solveLower(
      .left, .plain, rows: new, columns: new, factor.lower.values, new, &corner, new)
    BLAS.multiplyLower(.right, .plain, rows: new, columns: old, inverseFactor, old, &rows, new)
    BLAS.multiplyLower(
      .left, .plain, rows: new, columns: old, scale: -1, corner, new, &rows, new)

    var inverse = [Double](repeating: 0, count: all * all)
    for j in 0..<old {
      for i in j..<old { inverse[j * all + i] = inverseFactor[j * old + i] }
      for i in 0..<new { inverse[j * all + old + i] = rows[j * new + i] }
    }
    for j in 0..<new {
      for i in j..<new { inverse[(old + j) * all + old + i] = corner[j * new + i] }
    }
    let values = standardisedTargets + targets.map { ($0 - mean) / targetScale }
    var solution = values
    BLAS.multiplyLower(.left, .plain, rows: all, columns: 1, inverse, all, &solution, all)
    let square = solution.reduce(0) { $0 + $1 * $1 }
    let logDiagonal = (0..<all).reduce(0.0) { $0 + log(inverse[$1 * all + $1]) }
    BLAS.multiplyLower(.left, .transposed, rows: all, columns: 1, inverse, all, &solution, all)
    return GaussianProcess(
      ScaledData(
        dimensions: dimensions, lengthscales: inputScales, points: self.points + scaled,
        targets: values, vector: vector),
      hyperparameters: hyperparameters, mean: mean, targetScale: targetScale,
      points: self.points + scaled, coefficients: solution, inverseFactor: inverse,
      logMarginalLikelihood: -0.5 * square + logDiagonal - 0.5 * Double(all) * log(2 * .pi),
      jitter: jitter, sparse: nil)
  }
}
