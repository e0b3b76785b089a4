import Foundation
import LinearAlgebra

/// The squared differences (z_i,d − z_j,d)² of all pairs i > j of points, computed once and shared by
/// the likelihoods of all outputs.
///
/// Pairs are in the order of a lower triangle's columns: (1,0), (2,0), …, (2,1), …
package final class SquaredDifferences: Sendable {
  package let pointCount: Int
  package let dimensions: Int
  /// A block of `pairCount` a dimension; none where they aren't wanted.
  let values: [Double]
  /// The points' coordinates, an array a dimension.
  let columns: [[Double]]
  /// The same less their means, one after the other, `columnStride` apart, zeros between them.
  let paddedColumns: [Double]

  var columnStride: Int { pointCount + VectorKernels.pairPadding }

  /// Whether the squares of the differences were wanted.
  var hasSquares: Bool { values.count == pairCount * dimensions }

  var pairCount: Int { pointCount * (pointCount - 1) / 2 }

  /// - Parameters:
  ///   - points: `pointCount` × `dimensions`, a point's dimensions side by side.
  ///   - covariance: What they are for; a squared exponential makes its own squares, in registers.
  package init(
    points: [Double], dimensions: Int, for covariance: CovarianceFunction? = nil
  ) {
    self.dimensions = dimensions
    let count = points.count / max(dimensions, 1)
    pointCount = count
    columns = (0..<dimensions).map { d in (0..<count).map { points[$0 * dimensions + d] } }
    let padding = [Double](repeating: 0, count: VectorKernels.pairPadding)
    paddedColumns = columns.flatMap { column in
      let mean = column.reduce(0, +) / Double(max(count, 1))
      return column.map { $0 - mean } + padding
    }
    guard covariance != .squaredExponential else {
      values = []
      return
    }
    let pairs = count * (count - 1) / 2
    values = [Double](unsafeUninitializedCapacity: pairs * dimensions) { buffer, filled in
      for d in 0..<dimensions {
        var m = d * pairs
        for j in 0..<count {
          let origin = points[j * dimensions + d]
          for i in (j + 1)..<max(count, j + 1) {
            let difference = points[i * dimensions + d] - origin
            buffer[m] = difference * difference
            m += 1
          }
        }
      }
      filled = pairs * dimensions
    }
  }
}

/// log p(y | Z) of one output under a zero-mean Gaussian process, and its gradient (Rasmussen &
/// Williams 2006, eq. 5.8 and 5.9).
///
/// The gradient costs one inversion (N³) and one pass over the pairs of points (N² a dimension), not N³ a
/// hyperparameter. One instance serves one thread at a time.
package final class MarginalLikelihood {
  let differences: SquaredDifferences
  package let targets: [Double]
  /// What the last evaluation added to the diagonal, as a part of σ_f² + σ_n².
  package private(set) var jitter = 0.0

  /// σ_n² of the last evaluation.
  private var noiseVariance = 0.0
  private let inverse: SymmetricInverse
  private let kernel: UnsafeMutablePointer<Double>
  private let weighted: UnsafeMutablePointer<Double>
  private let solution: UnsafeMutablePointer<Double>
  /// 1 / ℓ² of each dimension, then σ_f², as the last evaluation had them.
  private let weights: UnsafeMutablePointer<Double>
  /// Sums over pairs.
  private let sums: UnsafeMutablePointer<Double>
  /// The points in lengthscales.
  private let scaled: UnsafeMutablePointer<Double>
  /// What makes the covariances; nil for a squared exponential alone.
  private let composite: CovarianceMatrix?

  package init(
    differences: SquaredDifferences, targets: [Double],
    covariance: CovarianceFunction = .squaredExponential
  ) {
    precondition(targets.count == differences.pointCount, "a target a point")
    precondition(
      covariance == .squaredExponential || differences.hasSquares, "squares that it is made of")
    self.differences = differences
    self.targets = targets
    composite =
      covariance == .squaredExponential
      ? nil : CovarianceMatrix(covariance, differences: differences)
    let count = targets.count
    func zeros(_ count: Int) -> UnsafeMutablePointer<Double> {
      .zeros(count + VectorKernels.pairPadding)
    }
    inverse = SymmetricInverse(size: count)
    // Pairs, then the points with themselves.
    kernel = zeros(differences.pairCount + count)
    weighted = zeros(composite == nil ? 0 : differences.pairCount + count)
    solution = zeros(count)
    weights = zeros(differences.dimensions + 1)
    sums = zeros(differences.dimensions + 1)
    scaled = zeros(
      composite == nil ? differences.columnStride * (differences.dimensions + 1) : 0)
  }

  deinit {
    kernel.deallocate()
    weighted.deallocate()
    solution.deallocate()
    weights.deallocate()
    sums.deallocate()
    scaled.deallocate()
  }

  /// The log marginal likelihood, or minus infinity where the kernel matrix cannot be decomposed.
  ///
  /// - Parameters:
  ///   - vector: The covariance function's hyperparameters (log ℓ of every dimension and log σ_f for a
  ///     squared exponential), then log σ_n.
  ///   - gradient: Where the derivative by each goes.
  package func evaluate(_ vector: [Double], gradient: inout [Double]) -> Double {
    let value = evaluate(vector)
    guard value.isFinite else { return value }
    let count = targets.count
    let dimensions = differences.dimensions

    // With W = α αᵀ − K⁻¹ the derivative by any θ is ½ tr(W ∂K/∂θ).
    inverse.invert()
    if let composite {
      writeGradient(of: composite, vector, &gradient)
      return value
    }
    var trace = 0.0
    for j in 0..<count {
      trace += solution[j] * solution[j] - inverse.matrix[j * inverse.stride + j]
    }
    VectorKernels.pairGradient(
      count: count, dimensions: dimensions, columns: differences.paddedColumns,
      stride: differences.columnStride, kernel: kernel, inverse: inverse.matrix,
      inverseStride: inverse.stride, solution: solution, sums: sums)
    for d in 0..<dimensions { gradient[d] = sums[d] * weights[d] }
    gradient[dimensions] = 2 * sums[dimensions] + trace * weights[dimensions]
    gradient[dimensions + 1] = trace * noiseVariance
    return value
  }

  /// The log marginal likelihood, or minus infinity where the kernel matrix cannot be decomposed.
  /// Leaves the Cholesky factor's inverse in ``inverseFactor`` and K⁻¹ y in ``coefficients``.
  package func evaluate(_ vector: [Double]) -> Double {
    let count = targets.count
    let dimensions = differences.dimensions
    noiseVariance = exp(2 * vector[vector.count - 1])
    let own = kernel + differences.pairCount
    if let composite {
      composite.evaluate(vector, into: kernel)
    } else {
      for d in 0..<dimensions { weights[d] = exp(-2 * vector[d]) }
      weights[dimensions] = exp(2 * vector[dimensions])
      VectorKernels.kernelOfPairs(
        count: count, dimensions: dimensions, columns: differences.paddedColumns,
        stride: differences.columnStride, weights: weights, logVariance: 2 * vector[dimensions],
        scratch: scaled, out: kernel)
      own.update(repeating: weights[dimensions], count: count)
    }
    for i in 0..<count {
      own[i] += noiseVariance
      guard own[i].isFinite else { return -.infinity }
    }
    guard factorise(diagonal: own) else { return -.infinity }
    let fit = inverse.solve(targets, into: solution)
    return -0.5 * (fit + inverse.logDeterminant + Double(count) * log(2 * .pi))
  }

  /// Writes the gradient of a covariance of several parts, with K⁻¹ in `inverse`.
  private func writeGradient(
    of composite: CovarianceMatrix, _ vector: [Double], _ gradient: inout [Double]
  ) {
    let count = targets.count
    let pairs = differences.pairCount
    var trace = 0.0
    var m = 0
    for j in 0..<count {
      let column = inverse.matrix + j * inverse.stride
      let own = solution[j]
      let diagonal = own * own - column[j]
      trace += diagonal
      weighted[pairs + j] = 0.5 * diagonal
      for i in (j + 1)..<max(count, j + 1) {
        weighted[m] = own * solution[i] - column[i]
        m += 1
      }
    }
    for i in gradient.indices { gradient[i] = 0 }
    composite.addGradient(vector, weights: weighted, into: &gradient)
    gradient[vector.count - 1] = trace * noiseVariance
  }

  /// L⁻¹ of the last evaluation, lower triangle, zeros above.
  package var inverseFactor: [Double] { inverse.inverseFactor }

  /// K⁻¹ y of the last evaluation.
  package var coefficients: [Double] {
    Array(UnsafeBufferPointer(start: solution, count: targets.count))
  }

  /// Fills the lower triangle from the packed kernel and decomposes it, with as little jitter as
  /// helps.
  private func factorise(diagonal: UnsafePointer<Double>) -> Bool {
    let count = targets.count
    for step in Cholesky.jitterSteps {
      var m = 0
      for j in 0..<count {
        let rows = count - j - 1
        let column = inverse.matrix + j * inverse.stride + j
        column[0] = diagonal[j] * (1 + step)
        (column + 1).update(from: kernel + m, count: rows)
        m += rows
      }
      if inverse.decompose() {
        jitter = step
        return true
      }
    }
    return false
  }
}
