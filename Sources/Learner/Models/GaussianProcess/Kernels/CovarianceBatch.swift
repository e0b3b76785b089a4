import CKernels
import Foundation
import LinearAlgebra

/// A covariance function with its hyperparameters, between fixed points and batches of queries.
struct CovarianceBatch: Sendable {
  private let tree: CovarianceTree
  private let dimensions: Int
  /// The number of points.
  let pointCount: Int
  /// A part's inverse lengthscales, inverse periods, variance, and points divided by the lengthscales.
  private let parts: [Prepared]
  /// How many kernel matrices have to be kept aside at once.
  private let depth: Int

  private struct Prepared: Sendable {
    var kind: CovarianceFunction
    var inverseLengths: [Double]
    var inversePeriods: [Double]
    var variance: Double
    /// A point's dimensions side by side.
    var points: [Double]
    /// The same of a squared exponential.
    var smooth: KernelPoints?
  }

  /// - Parameters:
  ///   - points: In the unit of the lengthscales, a point's dimensions side by side.
  ///   - vector: The function's hyperparameters.
  init(_ function: CovarianceFunction, vector: [Double], points: [Double], dimensions: Int) {
    let tree = CovarianceTree(function, dimensions: dimensions)
    self.tree = tree
    self.dimensions = dimensions
    pointCount = points.count / max(dimensions, 1)
    depth = tree.depth
    parts = tree.parts.map { part in
      let inverse = part.lengthscales.map { exp(-vector[$0]) }
      let scaled =
        part.kind == .periodic
        ? points : points.indices.map { points[$0] * inverse[$0 % dimensions] }
      let variance = exp(2 * vector[part.signal])
      return Prepared(
        kind: part.kind, inverseLengths: inverse,
        inversePeriods: part.periods.map { $0.map { exp(-vector[$0]) } } ?? [],
        variance: variance, points: scaled,
        smooth: part.kind == .squaredExponential
          ? KernelPoints(scaled, dimensions: dimensions, variance: variance) : nil)
    }
  }

  /// The scratch memory that `evaluate` needs, in doubles.
  func scratchCount(_ count: Int) -> Int { (dimensions + 2 + depth * pointCount) * count }

  /// Writes k(b, n) at `n * count + b`.
  ///
  /// - Parameters:
  ///   - queries: In physical units, `dimensions` × `queryStride`.
  ///   - kernel: `pointCount` × `count`.
  ///   - scratch: Memory for `scratchCount(count)` doubles.
  func evaluate(
    count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    into kernel: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) {
    var place = 0
    evaluate(tree, &place, count, queries, queryStride, kernel, scratch, below: 0)
  }

  /// Evaluates a node; the first `below` doubles of the matrices in `scratch` are taken.
  private func evaluate(
    _ node: CovarianceTree, _ place: inout Int, _ count: Int, _ queries: UnsafePointer<Double>,
    _ queryStride: Int, _ out: UnsafeMutablePointer<Double>,
    _ scratch: UnsafeMutablePointer<Double>, below: Int
  ) {
    let size = pointCount * count
    switch node {
    case .part:
      fill(parts[place], count, queries, queryStride, out, scratch)
      place += 1
    case .sum(let a, let b), .product(let a, let b):
      evaluate(a, &place, count, queries, queryStride, out, scratch, below: below)
      let other = scratch + (dimensions + 2) * count + below
      evaluate(b, &place, count, queries, queryStride, other, scratch, below: below + size)
      if case .sum = node {
        for i in 0..<size { out[i] += other[i] }
      } else {
        for i in 0..<size { out[i] *= other[i] }
      }
    }
  }

  private func fill(
    _ part: Prepared, _ count: Int, _ queries: UnsafePointer<Double>, _ queryStride: Int,
    _ out: UnsafeMutablePointer<Double>, _ scratch: UnsafeMutablePointer<Double>
  ) {
    let scaled = scratch
    for d in 0..<dimensions {
      let factor = part.kind == .periodic ? 1 : part.inverseLengths[d]
      for b in 0..<count { scaled[d * count + b] = queries[d * queryStride + b] * factor }
    }
    let row = scratch + dimensions * count
    if let degree = part.kind.degree {
      BLAS.multiply(
        .plain, .plain, rows: count, columns: pointCount, inner: dimensions, scaled, count,
        part.points, dimensions, into: out, count)
      for i in 0..<(pointCount * count) { out[i] = part.variance * power(1 + out[i], degree) }
      return
    }
    if let smooth = part.smooth {
      VectorKernels.kernelBatch(
        points: smooth, count: count, queries: scaled, queryStride: count, coefficients: nil,
        mean: nil, kernel: out, kernelStride: count)
      return
    }
    part.points.withUnsafeBufferPointer { points in
      guard let points = points.baseAddress else { return }
      for n in 0..<pointCount {
        let point = points + n * dimensions
        let destination = out + n * count
        if part.kind == .periodic {
          fillPeriodic(part, point, count, scaled, destination, row)
        } else {
          fillMatern(part, point, count, scaled, destination, row)
        }
      }
    }
  }

  private func fillMatern(
    _ part: Prepared, _ point: UnsafePointer<Double>, _ count: Int,
    _ scaled: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    _ row: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<count { out[b] = 0 }
    for d in 0..<dimensions {
      let origin = point[d]
      let column = scaled + d * count
      for b in 0..<count {
        let difference = column[b] - origin
        out[b] += difference * difference
      }
    }
    let isRough = part.kind == .matern32
    let factor = isRough ? 3.0 : 5.0
    for b in 0..<count {
      out[b] = (factor * out[b]).squareRoot()
      row[b] = -out[b]
    }
    VectorKernels.exponential(count, row, row)
    for b in 0..<count {
      let r = out[b]
      out[b] = part.variance * (isRough ? 1 + r : 1 + r + r * r / 3) * row[b]
    }
  }

  private func fillPeriodic(
    _ part: Prepared, _ point: UnsafePointer<Double>, _ count: Int,
    _ scaled: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    _ row: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<count { out[b] = 0 }
    for d in 0..<dimensions {
      let factor = Double.pi * part.inversePeriods[d]
      let weight = 2 * part.inverseLengths[d] * part.inverseLengths[d]
      for b in 0..<count { row[b] = factor * (scaled[d * count + b] - point[d]) }
      handful_sine(count, row, row)
      for b in 0..<count { out[b] -= weight * row[b] * row[b] }
    }
    VectorKernels.exponential(count, out, out)
    for b in 0..<count { out[b] *= part.variance }
  }

  /// Writes k(b, b), the variance before any data.
  func variances(
    count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    into out: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<count {
      var place = 0
      out[b] = variance(tree, &place, queries + b, queryStride)
    }
  }

  private func variance(
    _ node: CovarianceTree, _ place: inout Int, _ query: UnsafePointer<Double>, _ stride: Int
  ) -> Double {
    switch node {
    case .part:
      let part = parts[place]
      place += 1
      guard let degree = part.kind.degree else { return part.variance }
      var sum = 1.0
      for d in 0..<dimensions {
        let z = query[d * stride] * part.inverseLengths[d]
        sum += z * z
      }
      return part.variance * power(sum, degree)
    case .sum(let a, let b):
      let first = variance(a, &place, query, stride)
      return first + variance(b, &place, query, stride)
    case .product(let a, let b):
      let first = variance(a, &place, query, stride)
      return first * variance(b, &place, query, stride)
    }
  }
}

extension CovarianceTree {
  /// How many matrices beside the result evaluating it needs.
  var depth: Int {
    switch self {
    case .part: 0
    case .sum(let a, let b), .product(let a, let b): max(a.depth, 1 + b.depth)
    }
  }
}
