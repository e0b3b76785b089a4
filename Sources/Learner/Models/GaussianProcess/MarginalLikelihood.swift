import Foundation
import LinearAlgebra

/// The squared differences (z_i,d − z_j,d)² of all pairs i > j of points, computed once and shared by
/// the likelihoods of all outputs.
///
/// Pairs are in the order of a lower triangle's columns: (1,0), (2,0), …, (2,1), …
package final class SquaredDifferences: Sendable {
  package let pointCount: Int
  package let dimensions: Int
  /// A block of `pairCount` a dimension.
  let values: [Double]
  /// The points' coordinates, an array a dimension.
  let columns: [[Double]]

  var pairCount: Int { pointCount * (pointCount - 1) / 2 }

  /// - Parameter points: `pointCount` × `dimensions`, a point's dimensions side by side.
  package init(points: [Double], dimensions: Int) {
    self.dimensions = dimensions
    let count = points.count / max(dimensions, 1)
    pointCount = count
    columns = (0..<dimensions).map { d in (0..<count).map { points[$0 * dimensions + d] } }
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
/// The gradient costs one inversion (N³) and one pass over the squared differences for each
/// dimension (N²), not N³ a hyperparameter. One instance serves one thread at a time.
package final class MarginalLikelihood {
  let differences: SquaredDifferences
  package let targets: [Double]
  /// What the last evaluation added to the diagonal, as a part of σ_f² + σ_n².
  package private(set) var jitter = 0.0

  private let matrix: UnsafeMutablePointer<Double>
  private let kernel: UnsafeMutablePointer<Double>
  private let weighted: UnsafeMutablePointer<Double>
  private let solution: UnsafeMutablePointer<Double>
  /// What makes the covariances; nil for a squared exponential alone.
  private let composite: CovarianceMatrix?

  package init(
    differences: SquaredDifferences, targets: [Double],
    covariance: CovarianceFunction = .squaredExponential
  ) {
    precondition(targets.count == differences.pointCount, "a target a point")
    self.differences = differences
    self.targets = targets
    composite =
      covariance == .squaredExponential
      ? nil : CovarianceMatrix(covariance, differences: differences)
    let count = targets.count
    matrix = .allocate(capacity: count * count)
    matrix.initialize(repeating: 0, count: count * count)
    // Pairs, then the points with themselves.
    kernel = .allocate(capacity: differences.pairCount + count)
    weighted = .allocate(capacity: differences.pairCount + count)
    solution = .allocate(capacity: count)
  }

  deinit {
    matrix.deallocate()
    kernel.deallocate()
    weighted.deallocate()
    solution.deallocate()
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
    let pairs = differences.pairCount
    let noiseVariance = exp(2 * vector[vector.count - 1])

    // With W = α αᵀ − K⁻¹ the derivative by any θ is ½ tr(W ∂K/∂θ).
    Cholesky.invert(matrix, size: count)
    if let composite {
      writeGradient(of: composite, vector, &gradient)
      return value
    }
    let signalVariance = exp(2 * vector[dimensions])
    var trace = 0.0
    var m = 0
    for j in 0..<count {
      let column = matrix + j * count
      let own = solution[j]
      trace += own * own - column[j]
      let rows = count - j - 1
      let destination = weighted + m
      let source = kernel + m
      let inverse = column + j + 1
      let others = solution + j + 1
      for i in 0..<rows { destination[i] = (own * others[i] - inverse[i]) * source[i] }
      m += rows
    }
    var total = 0.0
    for pair in 0..<pairs { total += weighted[pair] }
    differences.values.withUnsafeBufferPointer { squares in
      for d in 0..<dimensions {
        var sum = 0.0
        if let base = squares.baseAddress, pairs > 0 {
          sum = BLAS.dot(pairs, base + d * pairs, weighted)
        }
        gradient[d] = sum * exp(-2 * vector[d])
      }
    }
    gradient[dimensions] = 2 * total + trace * signalVariance
    gradient[dimensions + 1] = trace * noiseVariance
    return value
  }

  /// The log marginal likelihood, or minus infinity where the kernel matrix cannot be decomposed.
  /// Leaves the Cholesky factor in ``factor`` and K⁻¹ y in ``coefficients``.
  package func evaluate(_ vector: [Double]) -> Double {
    let count = targets.count
    let dimensions = differences.dimensions
    let noiseVariance = exp(2 * vector[vector.count - 1])
    let own = kernel + differences.pairCount
    if let composite {
      composite.evaluate(vector, into: kernel)
    } else {
      let signalVariance = exp(2 * vector[dimensions])
      let weights = vector.prefix(dimensions).map { exp(-2 * $0) }
      differences.values.withUnsafeBufferPointer { squares in
        guard let base = squares.baseAddress else { return }
        VectorKernels.kernelOfSquares(
          differences.pairCount, dimensions: dimensions, squares: base,
          stride: differences.pairCount, weights: weights, variance: signalVariance, out: kernel)
      }
      own.update(repeating: signalVariance, count: count)
    }
    for i in 0..<count {
      own[i] += noiseVariance
      guard own[i].isFinite else { return -.infinity }
    }
    guard factorise(diagonal: own) else { return -.infinity }
    targets.withUnsafeBufferPointer { y in
      for i in 0..<count { solution[i] = y[i] }
    }
    Cholesky.solve(matrix, size: count, solution, columns: 1)
    var fit = 0.0
    var logDiagonal = 0.0
    for i in 0..<count {
      fit += targets[i] * solution[i]
      logDiagonal += log(matrix[i * count + i])
    }
    return -0.5 * fit - logDiagonal - 0.5 * Double(count) * log(2 * .pi)
  }

  /// Writes the gradient of a covariance of several parts, with K⁻¹ in `matrix`.
  private func writeGradient(
    of composite: CovarianceMatrix, _ vector: [Double], _ gradient: inout [Double]
  ) {
    let count = targets.count
    let pairs = differences.pairCount
    var trace = 0.0
    var m = 0
    for j in 0..<count {
      let column = matrix + j * count
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
    gradient[vector.count - 1] = trace * exp(2 * vector[vector.count - 1])
  }

  /// L of the last evaluation by `evaluate(_:)`, lower triangle, zeros above.
  package var factor: [Double] {
    let count = targets.count
    var copy = Array(UnsafeBufferPointer(start: matrix, count: count * count))
    for j in 0..<count {
      for i in 0..<j { copy[i + j * count] = 0 }
    }
    return copy
  }

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
        matrix[j * count + j] = diagonal[j] * (1 + step)
        (matrix + j * count + j + 1).update(from: kernel + m, count: rows)
        m += rows
      }
      if Cholesky.factorise(matrix, size: count) == 0 {
        jitter = step
        return true
      }
    }
    return false
  }
}
