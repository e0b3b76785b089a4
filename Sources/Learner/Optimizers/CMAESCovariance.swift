import LinearAlgebra

/// What a search distribution learns of its variables.
public enum CMAESForm: String, Codable, Sendable {
  /// How each varies with each: n (n + 1) / 2 numbers. Right for any function, at a price of n² a candidate
  /// and n³ now and then.
  case full
  /// How each varies by itself: n numbers (sep-CMA-ES; Ros & Hansen 2008, 'A Simple Modification in
  /// CMA-ES Achieving Linear Time and Space Complexity'). Learns faster, and costs n a candidate; misses
  /// what only combinations of variables show.
  case diagonal

  /// The most variables of which all covariances are learnt: beyond, a candidate costs more than its rollout
  /// does (`Benchmarks/RESULTS.md`).
  public static let mostFull = 500

  /// The form for that many variables.
  public init(dimensions: Int) {
    self = dimensions <= CMAESForm.mostFull ? .full : .diagonal
  }
}

/// The covariance C = B D² Bᵀ of a search distribution of n variables, without the step size, and its
/// principal axes as they were when it was last decomposed.
public struct CMAESCovariance: Codable, Sendable, Equatable {
  /// What is learnt of the variables.
  public let form: CMAESForm
  /// n.
  public let dimensions: Int
  /// C, row after row, of which what is on and right of the diagonal is read; its diagonal alone where it is
  /// diagonal.
  private var entries: [Double]
  /// B, a principal axis after the other; empty where the variables are the axes.
  private var axes: [Double]
  /// D, the standard deviations along the principal axes.
  private(set) var axisLengths: [Double]

  /// Variances of 1, and no covariances.
  init(dimensions n: Int, form: CMAESForm) {
    self.form = form
    dimensions = n
    axisLengths = Array(repeating: 1, count: n)
    switch form {
    case .diagonal: (entries, axes) = (axisLengths, [])
    case .full:
      entries = Array(repeating: 0, count: n * n)
      for i in 0..<n { entries[i * n + i] = 1 }
      axes = entries
    }
  }

  /// The covariance of two variables.
  public subscript(_ row: Int, _ column: Int) -> Double {
    switch form {
    case .full: entries[min(row, column) * dimensions + max(row, column)]
    case .diagonal: row == column ? entries[row] : 0
    }
  }

  /// The variance of a variable.
  public func variance(_ variable: Int) -> Double { self[variable, variable] }

  /// Whether no variance overflowed: no covariance is greater than the greatest of them.
  var isFinite: Bool { (0..<dimensions).allSatisfy { variance($0).isFinite } }

  /// A step of one standard deviation along a principal axis.
  func axis(_ index: Int) -> [Double] {
    switch form {
    case .full: (0..<dimensions).map { axisLengths[index] * axes[index * dimensions + $0] }
    case .diagonal: (0..<dimensions).map { $0 == index ? axisLengths[index] : 0 }
    }
  }

  /// B z of each of `count` vectors z, which lie one after the other.
  func alongAxes(
    count: Int, _ coordinates: UnsafePointer<Double>, into steps: UnsafeMutablePointer<Double>
  ) {
    let n = dimensions
    guard form == .full else {
      steps.update(from: coordinates, count: count * n)
      return
    }
    BLAS.multiply(
      .plain, .plain, rows: n, columns: count, inner: n, axes, n, coordinates, n, into: steps, n)
  }

  /// ‖C^(−1/2) y‖² of each of `count` steps y, which lie one after the other; `scratch` has room for as many
  /// numbers.
  func squaredLengths(
    count: Int, of steps: UnsafePointer<Double>, scratch: UnsafeMutablePointer<Double>
  ) -> [Double] {
    let n = dimensions
    var coordinates = steps
    if form == .full {
      BLAS.multiply(
        .transposed, .plain, rows: n, columns: count, inner: n, axes, n, steps, n, into: scratch, n)
      coordinates = UnsafePointer(scratch)
    }
    return (0..<count).map { i in
      var sum = 0.0
      for j in 0..<n {
        let coordinate = coordinates[i * n + j] / axisLengths[j]
        sum += coordinate * coordinate
      }
      return sum
    }
  }

  /// C^(−1/2) y = B D⁻¹ Bᵀ y.
  func whitened(_ y: [Double]) -> [Double] {
    let n = dimensions
    guard form == .full else { return zip(y, axisLengths).map { $0 / $1 } }
    var coordinates = Array(repeating: 0.0, count: n)
    BLAS.multiply(.transposed, rows: n, columns: n, axes, n, vector: y, into: &coordinates)
    for j in 0..<n { coordinates[j] /= axisLengths[j] }
    var result = Array(repeating: 0.0, count: n)
    BLAS.multiply(.plain, rows: n, columns: n, axes, n, vector: coordinates, into: &result)
    return result
  }

  /// C ← keep C + Σ w_i y_i y_iᵀ of steps that lie one after the other; `scratch` has room for as many
  /// numbers.
  mutating func update(
    keep: Double, steps: UnsafePointer<Double>, weights: [Double],
    scratch: UnsafeMutablePointer<Double>
  ) {
    let n = dimensions
    guard form == .full else {
      for d in 0..<n { entries[d] *= keep }
      for (i, weight) in weights.enumerated() {
        for d in 0..<n { entries[d] += weight * steps[i * n + d] * steps[i * n + d] }
      }
      return
    }
    for (i, weight) in weights.enumerated() {
      for d in 0..<n { scratch[i * n + d] = weight * steps[i * n + d] }
    }
    BLAS.multiply(
      .plain, .transposed, rows: n, columns: n, inner: weights.count, scratch, n, steps, n,
      keep: keep, into: &entries, n)
  }

  /// Finds the principal axes.
  mutating func decompose() {
    let n = dimensions
    guard form == .full else {
      let floor = max(entries.max() ?? 1, 1e-300) * 1e-16
      for d in 0..<n where entries[d].isFinite {
        axisLengths[d] = max(entries[d], floor).squareRoot()
      }
      return
    }
    // One that can't be decomposed (it overflowed) leaves the axes as they are; the search stops by it.
    guard let eigen = try? SymmetricEigen(Matrix(rows: n, columns: n, entries)) else { return }
    // Rounding may leave a tiny negative eigenvalue; the condition limit stops the search before
    // the floor below distorts it.
    let floor = max(eigen.values.last ?? 1, 1e-300) * 1e-16
    axisLengths = eigen.values.map { max($0, floor).squareRoot() }
    axes = eigen.vectors.values
  }
}
