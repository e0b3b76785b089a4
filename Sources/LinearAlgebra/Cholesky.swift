import COpenBLAS
import Foundation

/// Why a matrix could not be decomposed.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// A matrix held NaN or infinity.
  case notFinite(size: Int)
  /// A matrix wasn't positive definite, not even with the most jitter allowed on its diagonal.
  case notPositiveDefinite(size: Int, greatestJitter: Double)
  /// An eigenvalue computation did not converge.
  case noConvergence(size: Int)

  /// A sentence that says what was found, and what to change.
  public var description: String {
    switch self {
    case .notFinite(let size):
      "a \(size) × \(size) matrix holds NaN or infinity where only finite numbers are allowed; "
        + "look for such numbers in the data it was made of"
    case .notPositiveDefinite(let size, let jitter):
      "a \(size) × \(size) matrix is not positive definite even with \(jitter) of its mean "
        + "diagonal added to the diagonal; look for duplicated data or more noise"
    case .noConvergence(let size):
      "the eigenvalues of a \(size) × \(size) matrix did not converge; look for entries of very "
        + "different size and rescale them"
    }
  }
}

/// The Cholesky decomposition A + jitter I = L Lᵀ of a symmetric matrix.
///
///     let factor = try Cholesky(covariance)
///     let x = factor.solve(y)                    // (A + jitter I)⁻¹ y
///     if factor.jitter > 0 { … }                 // was added to the diagonal, in A's own unit
///
/// When A is not positive definite, 1e-10 of its mean diagonal is added, then ten times as much, up
/// to 1e-4; what was added is told, never hidden.
public struct Cholesky: Sendable {
  /// L, lower triangular, zeros above the diagonal.
  public let lower: Matrix
  /// What had to be added to the diagonal; zero when nothing had to.
  public let jitter: Double

  /// The steps of jitter that are tried, as parts of the mean diagonal.
  public static let jitterSteps: [Double] = [0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4]

  /// Decomposes a symmetric matrix, of which only the lower triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError`` when it holds NaN or infinity, or when no jitter helps.
  public init(_ matrix: Matrix) throws {
    precondition(matrix.rows == matrix.columns, "only a square matrix has a Cholesky factor")
    let size = matrix.rows
    var meanDiagonal = 0.0
    for i in 0..<size { meanDiagonal += matrix[i, i] / Double(size) }
    for step in Cholesky.jitterSteps {
      var work = matrix
      let added = step * abs(meanDiagonal)
      for i in 0..<size { work[i, i] += added }
      let info = work.values.withUnsafeMutableBufferPointer { buffer -> Int in
        guard let base = buffer.baseAddress else { return 0 }
        return Cholesky.factorise(base, size: size)
      }
      if info == 0 {
        for j in 0..<size {
          for i in 0..<j { work[i, j] = 0 }
        }
        lower = work
        jitter = added
        return
      }
      guard matrix.values.allSatisfy(\.isFinite) else {
        throw LinearAlgebraError.notFinite(size: size)
      }
    }
    throw LinearAlgebraError.notPositiveDefinite(
      size: size, greatestJitter: Cholesky.jitterSteps.last ?? 0)
  }

  /// log |A + jitter I|.
  public var logDeterminant: Double {
    var sum = 0.0
    for i in 0..<lower.rows { sum += log(lower[i, i]) }
    return 2 * sum
  }

  /// (A + jitter I)⁻¹ y.
  public func solve(_ y: [Double]) -> [Double] {
    solve(Matrix(rows: y.count, columns: 1, y)).values
  }

  /// (A + jitter I)⁻¹ B, for all columns of B at once.
  public func solve(_ b: Matrix) -> Matrix {
    precondition(b.rows == lower.rows, "a right-hand side has as many rows as the matrix")
    var result = b
    result.values.withUnsafeMutableBufferPointer { x in
      lower.values.withUnsafeBufferPointer { l in
        guard let x = x.baseAddress, let l = l.baseAddress else { return }
        Cholesky.solve(l, size: lower.rows, x, columns: b.columns)
      }
    }
    return result
  }

  /// (A + jitter I)⁻¹, both triangles.
  public func inverse() -> Matrix { solve(.identity(lower.rows)) }

  /// L⁻¹ B, for all columns of B at once.
  public func solveLower(_ b: Matrix) -> Matrix {
    precondition(b.rows == lower.rows, "a right-hand side has as many rows as the matrix")
    var result = b
    result.values.withUnsafeMutableBufferPointer { x in
      lower.values.withUnsafeBufferPointer { l in
        guard let x = x.baseAddress, let l = l.baseAddress else { return }
        BLAS.solveLower(
          .left, .plain, rows: lower.rows, columns: b.columns, l, lower.rows, x, lower.rows)
      }
    }
    return result
  }
}

// MARK: - On flat memory, for hot paths

extension Cholesky {
  /// Replaces the lower triangle of a matrix by its Cholesky factor; zero on success, else the
  /// order of the first minor that isn't positive. The upper triangle is left as it was.
  public static func factorise(_ a: UnsafeMutablePointer<Double>, size: Int) -> Int {
    _ = BLAS.singleThreaded
    var n = Int32(size)
    var info: Int32 = 0
    var order = n
    dpotrf_("L", &order, a, &n, &info, 1)
    // dpotrf lets NaN through on some processors.
    if info == 0, size > 0, !a[size * size - 1].isFinite { return size }
    return Int(info)
  }

  /// Replaces a Cholesky factor's lower triangle by that of (L Lᵀ)⁻¹.
  public static func invert(_ l: UnsafeMutablePointer<Double>, size: Int) {
    invertLower(l, size: size)
    var n = Int32(size)
    var order = n
    var info: Int32 = 0
    // L⁻ᵀ L⁻¹.
    dlauum_("L", &order, l, &n, &info, 1)
  }

  /// Replaces a lower triangular matrix by its inverse; the upper triangle is left as it was.
  ///
  /// By halves, with products alone: a third to two fifths of the time of LAPACK's dtrtri, which works by
  /// columns.
  public static func invertLower(_ l: UnsafeMutablePointer<Double>, size: Int) {
    _ = BLAS.singleThreaded
    invertLower(l, size: size, stride: size)
  }

  private static func invertLower(
    _ l: UnsafeMutablePointer<Double>, size: Int, stride: Int
  ) {
    guard size > 16 else {
      invertSmallLower(l, size: size, stride: stride)
      return
    }
    let half = (size / 2 + 7) / 8 * 8
    let rest = size - half
    let below = l + half
    let last = l + half + half * stride
    invertLower(last, size: rest, stride: stride)
    invertLower(l, size: half, stride: stride)
    // The block below is −B⁻¹ C A⁻¹ of [A 0; C B].
    BLAS.multiplyLower(
      .right, .plain, rows: rest, columns: half, scale: -1, l, stride, below, stride)
    BLAS.multiplyLower(.left, .plain, rows: rest, columns: half, last, stride, below, stride)
  }

  /// The same column by column, from the last.
  private static func invertSmallLower(
    _ l: UnsafeMutablePointer<Double>, size: Int, stride: Int
  ) {
    for j in (0..<size).reversed() {
      let column = l + j * stride
      let diagonal = 1 / column[j]
      column[j] = diagonal
      var i = size - 1
      while i > j {
        var sum = 0.0
        for k in (j + 1)..<(i + 1) { sum += l[i + k * stride] * column[k] }
        column[i] = -sum * diagonal
        i -= 1
      }
    }
  }

  /// Replaces B by (L Lᵀ)⁻¹ B.
  public static func solve(
    _ l: UnsafePointer<Double>, size: Int, _ b: UnsafeMutablePointer<Double>, columns: Int
  ) {
    if columns == 1 {
      BLAS.solveLower(.plain, size: size, l, size, vector: b)
      BLAS.solveLower(.transposed, size: size, l, size, vector: b)
      return
    }
    BLAS.solveLower(.left, .plain, rows: size, columns: columns, l, size, b, size)
    BLAS.solveLower(.left, .transposed, rows: size, columns: columns, l, size, b, size)
  }
}
