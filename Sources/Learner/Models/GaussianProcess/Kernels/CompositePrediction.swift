import Foundation
import LinearAlgebra

/// What a process whose covariance has several parts predicts with.
///
/// The terms of its sum that are polynomials up to the second degree make one quadratic form: their
/// part of the mean costs D² a query, not N.
struct CompositePrediction: Sendable {
  /// All parts.
  let batch: CovarianceBatch
  private let coefficients: [Double]
  private let quadratic: QuadraticForm?
  /// What isn't in the quadratic form; nil when nothing is left.
  private let rest: CovarianceBatch?
  /// The rest is a squared exponential alone, with the points in its lengthscales.
  private let smooth: Smooth?
  private let dimensions: Int

  private struct Smooth: Sendable {
    var inverseLengths: [Double]
    var points: KernelPoints
  }

  /// - Parameters:
  ///   - vector: The function's hyperparameters for these points.
  ///   - points: A point's dimensions side by side.
  ///   - coefficients: K⁻¹ y in the mean's unit.
  init(
    _ function: CovarianceFunction, vector: [Double], points: [Double], dimensions: Int,
    coefficients: [Double]
  ) {
    self.dimensions = dimensions
    self.coefficients = coefficients
    batch = CovarianceBatch(function, vector: vector, points: points, dimensions: dimensions)
    let split = CovarianceSplit(function, vector: vector, dimensions: dimensions)
    quadratic =
      split.quadratics.isEmpty
      ? nil
      : split.quadratics.reduce(into: QuadraticForm(dimensions: dimensions)) {
        $0.add($1, points: points, coefficients: coefficients)
      }
    rest = split.rest.map {
      CovarianceBatch($0.function, vector: $0.vector, points: points, dimensions: dimensions)
    }
    smooth = split.rest.flatMap { rest in
      guard rest.function == .squaredExponential else { return nil }
      let inverse = (0..<dimensions).map { exp(-rest.vector[$0]) }
      return Smooth(
        inverseLengths: inverse,
        points: KernelPoints(
          points.indices.map { points[$0] * inverse[$0 % dimensions] }, dimensions: dimensions,
          variance: exp(2 * rest.vector[dimensions])))
    }
  }

  /// The scratch memory that `predict` needs, in doubles.
  func scratchCount(_ count: Int) -> Int {
    (dimensions + coefficients.count) * count + batch.scratchCount(count)
  }

  /// Writes Σ_n c(n) k(b, n), and the covariances too when they are wanted.
  ///
  /// - Parameters:
  ///   - scaled: The queries in the points' unit, `dimensions` × `count`.
  ///   - kernel: Where k(b, n) goes, at `n * count + b`.
  func predict(
    count: Int, scaled: UnsafePointer<Double>, wantsKernel: Bool,
    mean: UnsafeMutablePointer<Double>, kernel: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let points = coefficients.count
    if wantsKernel {
      batch.evaluate(
        count: count, queries: scaled, queryStride: count, into: kernel, scratch: scratch)
    }
    if let smooth {
      scale(count: count, scaled, by: smooth.inverseLengths, into: scratch)
      coefficients.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        VectorKernels.kernelBatch(
          points: smooth.points, count: count, queries: scratch, queryStride: count,
          coefficients: .init(weights), mean: mean, kernel: nil, kernelStride: 0)
      }
    } else if let rest {
      let values = scratch
      rest.evaluate(
        count: count, queries: scaled, queryStride: count, into: values,
        scratch: scratch + points * count)
      BLAS.multiply(
        .plain, rows: count, columns: points, values, count, vector: coefficients, into: mean)
    } else {
      mean.update(repeating: 0, count: count)
    }
    quadratic?.add(count: count, queries: scaled, stride: count, to: mean)
  }

  /// Writes queries in the unit of the smooth part's own points.
  private func scale(
    count: Int, _ queries: UnsafePointer<Double>, by factors: [Double],
    into out: UnsafeMutablePointer<Double>
  ) {
    for d in 0..<dimensions {
      let factor = factors[d]
      for b in 0..<count { out[d * count + b] = queries[d * count + b] * factor }
    }
  }
}

extension CompositePrediction {
  /// Whether ``slopes(count:scaled:value:slopes:slopeStride:scratch:)`` knows the mean's derivatives: of
  /// polynomials up to the second degree, with a squared exponential or alone.
  var hasSlopes: Bool { rest == nil || smooth != nil }

  /// Writes Σ_n c(n) k(b, n) and its derivatives by the queries.
  ///
  /// - Parameters:
  ///   - scaled: The queries in the points' unit, `dimensions` × `count`.
  ///   - slopes: Where the derivatives by the queries in that unit go, `slopeStride` apart.
  func slopes(
    count: Int, scaled: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>, slopeStride: Int, scratch: UnsafeMutablePointer<Double>
  ) {
    if let smooth {
      scale(count: count, scaled, by: smooth.inverseLengths, into: scratch)
      coefficients.withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        VectorKernels.kernelSlopes(
          points: smooth.points, count: count, queries: scratch, queryStride: count,
          coefficients: .init(weights), value: value, slopes: slopes, slopeStride: slopeStride)
      }
      for d in 0..<dimensions {
        let factor = smooth.inverseLengths[d]
        for b in 0..<count { slopes[d * slopeStride + b] *= factor }
      }
    } else {
      value.update(repeating: 0, count: count)
      for d in 0..<dimensions { (slopes + d * slopeStride).update(repeating: 0, count: count) }
    }
    guard let quadratic else { return }
    quadratic.add(count: count, queries: scaled, stride: count, to: value)
    quadratic.addSlopes(
      count: count, queries: scaled, stride: count, to: slopes, slopeStride: slopeStride)
  }
}

/// The terms of a covariance function's sum, those that are polynomials up to the second degree
/// apart from the others.
struct CovarianceSplit {
  /// σ², 1 / ℓ² of each dimension, and the degree of every such polynomial.
  var quadratics: [(variance: Double, weights: [Double], degree: Int)] = []
  /// The sum of the other terms with its hyperparameters; nil when there are none.
  var rest: (function: CovarianceFunction, vector: [Double])?

  init(_ function: CovarianceFunction, vector: [Double], dimensions: Int) {
    var offset = 0
    for term in function.terms {
      let count = term.parameterCount(dimensions: dimensions)
      let own = Array(vector[offset..<(offset + count)])
      offset += count
      if let degree = term.degree, degree <= 2 {
        quadratics.append(
          (exp(2 * own[dimensions]), own.prefix(dimensions).map { exp(-2 * $0) }, degree))
      } else if let known = rest {
        rest = (.sum(known.function, term), known.vector + own)
      } else {
        rest = (term, own)
      }
    }
  }
}

/// c + gᵀ z + zᵀ H z.
struct QuadraticForm: Sendable {
  private(set) var constant = 0.0
  private(set) var gradient: [Double]
  /// Row by row.
  private(set) var matrix: [Double]

  init(dimensions: Int) {
    gradient = [Double](repeating: 0, count: dimensions)
    matrix = [Double](repeating: 0, count: dimensions * dimensions)
  }

  /// Adds Σ_n c(n) σ² (1 + Σ_d w_d z_d z_n,d)^degree.
  mutating func add(
    _ polynomial: (variance: Double, weights: [Double], degree: Int), points: [Double],
    coefficients: [Double]
  ) {
    let dimensions = gradient.count
    let weights = polynomial.weights
    let isSquare = polynomial.degree == 2
    for (n, coefficient) in coefficients.enumerated() {
      let c = coefficient * polynomial.variance
      constant += c
      for d in 0..<dimensions {
        let first = weights[d] * points[n * dimensions + d]
        gradient[d] += (isSquare ? 2 : 1) * c * first
        guard isSquare else { continue }
        for e in 0..<dimensions {
          matrix[d * dimensions + e] += c * first * weights[e] * points[n * dimensions + e]
        }
      }
    }
  }

  /// A function drawn from the prior of covariance σ² (1 + Σ_d w_d z_d z'_d)^degree, added to the form.
  mutating func addSample(
    _ polynomial: (variance: Double, weights: [Double], degree: Int), stream: inout RandomStream
  ) {
    let dimensions = gradient.count
    let deviation = polynomial.variance.squareRoot()
    let roots = polynomial.weights.map { $0.squareRoot() }
    let isSquare = polynomial.degree == 2
    constant += deviation * stream.nextGaussian()
    for d in 0..<dimensions {
      let slope = isSquare ? 2.0.squareRoot() * deviation : deviation
      gradient[d] += slope * roots[d] * stream.nextGaussian()
      guard isSquare else { continue }
      for e in 0..<dimensions {
        matrix[d * dimensions + e] += deviation * roots[d] * roots[e] * stream.nextGaussian()
      }
    }
  }

  /// The form times a number.
  func scaled(_ factor: Double) -> QuadraticForm {
    var result = self
    result.constant *= factor
    for i in gradient.indices { result.gradient[i] *= factor }
    for i in matrix.indices { result.matrix[i] *= factor }
    return result
  }

  /// The form's value at one point.
  func value(at point: UnsafePointer<Double>, stride: Int) -> Double {
    let dimensions = gradient.count
    var sum = constant
    for d in 0..<dimensions {
      var slope = gradient[d]
      for e in 0..<dimensions { slope += matrix[d * dimensions + e] * point[e * stride] }
      sum += slope * point[d * stride]
    }
    return sum
  }

  /// Adds the form's derivatives at a batch of queries, g + (H + Hᵀ) z.
  func addSlopes(
    count: Int, queries: UnsafePointer<Double>, stride: Int,
    to slopes: UnsafeMutablePointer<Double>, slopeStride: Int
  ) {
    let dimensions = gradient.count
    for d in 0..<dimensions {
      let slope = slopes + d * slopeStride
      for b in 0..<count { slope[b] += gradient[d] }
      for e in 0..<dimensions {
        let weight = matrix[d * dimensions + e] + matrix[e * dimensions + d]
        let query = queries + e * stride
        for b in 0..<count { slope[b] += weight * query[b] }
      }
    }
  }

  /// Adds the form's values at a batch of queries.
  func add(
    count: Int, queries: UnsafePointer<Double>, stride: Int, to out: UnsafeMutablePointer<Double>
  ) {
    let dimensions = gradient.count
    for b in 0..<count { out[b] += constant }
    for d in 0..<dimensions {
      let first = queries + d * stride
      let slope = gradient[d]
      for b in 0..<count { out[b] += slope * first[b] }
      for e in 0...d {
        let weight =
          e == d
          ? matrix[d * dimensions + d]
          : matrix[d * dimensions + e] + matrix[e * dimensions + d]
        let second = queries + e * stride
        for b in 0..<count { out[b] += weight * first[b] * second[b] }
      }
    }
  }
}
