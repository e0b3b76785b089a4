import CKernels
import Foundation
import LinearAlgebra

/// The covariances of all pairs of some points under a covariance function of several parts, and
/// their derivatives by its hyperparameters: what fitting one needs.
///
/// Entries are the pairs in the order of ``SquaredDifferences``, then the points with themselves.
/// Derivatives come by going back through the tree of sums and products, so that all together cost
/// one pass for each part and input, and no matrix is kept for a hyperparameter.
final class CovarianceMatrix {
  private let differences: SquaredDifferences
  private let tree: CovarianceTree
  private let pairs: Int
  private let entries: Int
  /// The values of every node of the tree, in the order in which they are met.
  private var values: [[Double]] = []

  init(_ function: CovarianceFunction, differences: SquaredDifferences) {
    self.differences = differences
    tree = CovarianceTree(function, dimensions: differences.dimensions)
    pairs = differences.pairCount
    entries = differences.pairCount + differences.pointCount
  }

  /// Writes all entries.
  func evaluate(_ vector: [Double], into result: UnsafeMutablePointer<Double>) {
    values.removeAll(keepingCapacity: true)
    let root = evaluate(tree, vector)
    values[root].withUnsafeBufferPointer {
      if let base = $0.baseAddress { result.update(from: base, count: entries) }
    }
  }

  /// Adds Σ_i weights[i] ∂k_i/∂θ of the last evaluation to the derivative by every hyperparameter.
  func addGradient(
    _ vector: [Double], weights: UnsafePointer<Double>, into gradient: inout [Double]
  ) {
    var place = values.count - 1
    let seed = Array(UnsafeBufferPointer(start: weights, count: entries))
    goBack(tree, vector, seed, &place, &gradient)
  }

  private func evaluate(_ node: CovarianceTree, _ vector: [Double]) -> Int {
    switch node {
    case .part(let part):
      values.append(value(part, vector))
    case .sum(let a, let b):
      let (first, second) = (evaluate(a, vector), evaluate(b, vector))
      var result = values[first]
      for i in 0..<entries { result[i] += values[second][i] }
      values.append(result)
    case .product(let a, let b):
      let (first, second) = (evaluate(a, vector), evaluate(b, vector))
      var result = values[first]
      for i in 0..<entries { result[i] *= values[second][i] }
      values.append(result)
    }
    return values.count - 1
  }

  /// Goes through the nodes in the opposite order of `evaluate`, so that `place` finds their values.
  private func goBack(
    _ node: CovarianceTree, _ vector: [Double], _ weights: [Double], _ place: inout Int,
    _ gradient: inout [Double]
  ) {
    let own = place
    place -= 1
    switch node {
    case .part(let part):
      addGradient(part, vector, values[own], weights, &gradient)
    case .sum(let a, let b):
      goBack(b, vector, weights, &place, &gradient)
      goBack(a, vector, weights, &place, &gradient)
    case .product(let a, let b):
      // The second factor's node stands just below, the first one's below its subtree.
      let second = own - 1
      let first = own - 1 - b.nodeCount
      let forSecond = (0..<entries).map { weights[$0] * values[first][$0] }
      let forFirst = (0..<entries).map { weights[$0] * values[second][$0] }
      goBack(b, vector, forSecond, &place, &gradient)
      goBack(a, vector, forFirst, &place, &gradient)
    }
  }

  // MARK: A part

  private func value(_ part: CovariancePart, _ vector: [Double]) -> [Double] {
    let variance = exp(2 * vector[part.signal])
    if let degree = part.kind.degree {
      var result = products(part, vector)
      for i in 0..<entries { result[i] = variance * power(result[i], degree) }
      return result
    }
    var result = [Double](repeating: variance, count: entries)
    result.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      switch part.kind {
      case .squaredExponential:
        let weights = part.lengthscales.map { exp(-2 * vector[$0]) }
        var scaled = [Double](
          repeating: 0, count: differences.columnStride * (part.dimensions + 1))
        VectorKernels.kernelOfPairs(
          count: differences.pointCount, dimensions: part.dimensions,
          columns: differences.paddedColumns, stride: differences.columnStride, weights: weights,
          logVariance: 2 * vector[part.signal], scratch: &scaled, out: out)
      case .periodic:
        fillPeriodic(part, vector, out)
        VectorKernels.exponential(pairs, out, out)
        for i in 0..<pairs { out[i] *= variance }
      default:
        fillRoots(part, vector, out)
        let decay = (0..<pairs).map { -out[$0] }
        var fading = decay
        VectorKernels.exponential(pairs, decay, &fading)
        let isRough = part.kind == .matern32
        for i in 0..<pairs {
          let r = out[i]
          out[i] = variance * (isRough ? 1 + r : 1 + r + r * r / 3) * fading[i]
        }
      }
    }
    return result
  }

  private func addGradient(
    _ part: CovariancePart, _ vector: [Double], _ values: [Double], _ weights: [Double],
    _ gradient: inout [Double]
  ) {
    var total = 0.0
    for i in 0..<entries { total += weights[i] * values[i] }
    gradient[part.signal] += 2 * total
    let variance = exp(2 * vector[part.signal])
    if let degree = part.kind.degree {
      let slopes = products(part, vector).enumerated().map { i, p in
        -2 * Double(degree) * variance * power(p, degree - 1) * weights[i]
      }
      for (d, place) in part.lengthscales.enumerated() {
        var sum = 0.0
        forEachProduct(d) { i, product in sum += slopes[i] * product }
        gradient[place] += sum * exp(-2 * vector[place])
      }
      return
    }
    // ∂k/∂log ℓ_d = slope (z_d − z'_d)² / ℓ_d².
    var slopes = [Double](repeating: 0, count: pairs)
    switch part.kind {
    case .squaredExponential:
      for i in 0..<pairs { slopes[i] = weights[i] * values[i] }
    case .periodic:
      for i in 0..<pairs { slopes[i] = weights[i] * values[i] }
      addPeriodicGradient(part, vector, slopes, &gradient)
      return
    default:
      var roots = [Double](repeating: 0, count: max(pairs, 1))
      roots.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { fillRoots(part, vector, base) }
      }
      let isRough = part.kind == .matern32
      for i in 0..<pairs {
        let fading = exp(-roots[i])
        let slope = isRough ? 3 * fading : 5.0 / 3 * (1 + roots[i]) * fading
        slopes[i] = weights[i] * variance * slope
      }
    }
    guard pairs > 0 else { return }
    differences.values.withUnsafeBufferPointer { squares in
      guard let base = squares.baseAddress else { return }
      for (d, place) in part.lengthscales.enumerated() {
        gradient[place] += BLAS.dot(pairs, base + d * pairs, slopes) * exp(-2 * vector[place])
      }
    }
  }

  /// √(3s) or √(5s) of every pair.
  private func fillRoots(
    _ part: CovariancePart, _ vector: [Double], _ out: UnsafeMutablePointer<Double>
  ) {
    let factor = part.kind == .matern32 ? 3.0 : 5.0
    for i in 0..<pairs { out[i] = 0 }
    differences.values.withUnsafeBufferPointer { squares in
      for (d, place) in part.lengthscales.enumerated() {
        let weight = factor * exp(-2 * vector[place])
        for i in 0..<pairs { out[i] += weight * squares[d * pairs + i] }
      }
    }
    for i in 0..<pairs { out[i] = out[i].squareRoot() }
  }

  private func fillPeriodic(
    _ part: CovariancePart, _ vector: [Double], _ out: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<pairs { out[i] = 0 }
    for d in 0..<part.dimensions {
      let weight = 2 * exp(-2 * vector[part.offset + d])
      let sines = self.sines(d, factor: .pi * exp(-vector[part.offset + part.dimensions + d]))
      for i in 0..<pairs { out[i] -= weight * sines[i] * sines[i] }
    }
  }

  private func addPeriodicGradient(
    _ part: CovariancePart, _ vector: [Double], _ slopes: [Double], _ gradient: inout [Double]
  ) {
    for d in 0..<part.dimensions {
      let (length, period) = (part.offset + d, part.offset + part.dimensions + d)
      let weight = exp(-2 * vector[length])
      let factor = .pi * exp(-vector[period])
      let sines = self.sines(d, factor: factor)
      let doubled = self.sines(d, factor: 2 * factor)
      var (byLength, byPeriod) = (0.0, 0.0)
      for i in 0..<pairs {
        byLength += slopes[i] * sines[i] * sines[i]
        let distance = differences.values[d * pairs + i].squareRoot()
        byPeriod += slopes[i] * doubled[i] * distance
      }
      gradient[length] += 4 * weight * byLength
      gradient[period] += 2 * weight * factor * byPeriod
    }
  }

  /// sin(factor |z_d − z'_d|) of every pair.
  private func sines(_ d: Int, factor: Double) -> [Double] {
    var result = (0..<max(pairs, 1)).map { i in
      i < pairs ? factor * differences.values[d * pairs + i].squareRoot() : 0
    }
    result.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { handful_sine(buffer.count, base, base) }
    }
    return result
  }

  /// 1 + Σ_d z_d z'_d / ℓ_d² of every entry.
  private func products(_ part: CovariancePart, _ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 1, count: entries)
    for (d, place) in part.lengthscales.enumerated() {
      let weight = exp(-2 * vector[place])
      forEachProduct(d) { i, product in result[i] += weight * product }
    }
    return result
  }

  /// z_d z'_d of every entry.
  @inline(__always)
  private func forEachProduct(_ d: Int, _ body: (_ entry: Int, _ product: Double) -> Void) {
    let column = differences.columns[d]
    let count = column.count
    var m = 0
    for j in 0..<count {
      let own = column[j]
      for i in (j + 1)..<max(count, j + 1) {
        body(m, own * column[i])
        m += 1
      }
    }
    for i in 0..<count { body(pairs + i, column[i] * column[i]) }
  }
}

extension CovarianceTree {
  /// How many nodes it has.
  var nodeCount: Int {
    switch self {
    case .part: 1
    case .sum(let a, let b), .product(let a, let b): 1 + a.nodeCount + b.nodeCount
    }
  }
}

/// x to a small whole power.
@inline(__always)
func power(_ x: Double, _ exponent: Int) -> Double {
  var result = 1.0
  for _ in 0..<max(exponent, 0) { result *= x }
  return result
}
