import COpenBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix.
public struct SymmetricEigen: Sendable {
  /// The eigenvalues, smallest first.
  public let values: [Double]
  /// The eigenvectors, one a column, each of length one.
  public let vectors: Matrix

  /// Decomposes a symmetric matrix, of which only the lower triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError`` when it holds NaN or infinity, or does not converge.
  public init(_ matrix: Matrix) throws {
    precondition(matrix.rows == matrix.columns, "only a square matrix has eigenvalues")
    var solver = SymmetricEigenSolver(size: matrix.rows)
    solver.entries = matrix.values
    try solver.decompose()
    values = solver.values
    vectors = Matrix(rows: matrix.rows, columns: matrix.columns, solver.entries)
  }
}

/// Decomposes symmetric matrices of one size, one after the other, in memory that is made once.
///
///     var solver = SymmetricEigenSolver(size: 2)
///     for … {
///       for i in 0..<4 { solver.entries[i] = … }   // a matrix
///       try solver.decompose()
///       solver.values[0]                           // its smallest eigenvalue
///       solver.entries[0]                          // the first entry of the vector to it
///     }
public struct SymmetricEigenSolver: Sendable {
  /// The number of rows.
  public let size: Int
  /// The matrix, column by column, of which only the lower triangle is read; once it is decomposed, its
  /// eigenvectors, one a column, each of length one.
  public var entries: [Double]
  /// The eigenvalues, smallest first.
  public private(set) var values: [Double]

  private var work: [Double]
  private var integerWork: [Int32]

  /// Memory for matrices of that many rows and columns.
  public init(size: Int) {
    self.size = size
    entries = Array(repeating: 0, count: size * size)
    values = Array(repeating: 0, count: size)
    work = Array(repeating: 0, count: 1 + 6 * size + 2 * size * size)
    integerWork = Array(repeating: 0, count: 3 + 5 * size)
  }

  /// Replaces the matrix by its eigenvectors, and writes its eigenvalues. Allocates nothing.
  ///
  /// - Throws: ``LinearAlgebraError`` when the matrix holds NaN or infinity, or does not converge.
  public mutating func decompose() throws(LinearAlgebraError) {
    precondition(entries.count == size * size, "a matrix of another size")
    for entry in entries where !entry.isFinite { throw .notFinite(size: size) }
    _ = BLAS.singleThreaded
    var order = Int32(size)
    var stride = Int32(max(size, 1))
    // Divide and conquer (dsyevd): half the time of dsyev's QR iteration at size 100, the same below 30.
    var length = Int32(work.count)
    var integerLength = Int32(integerWork.count)
    var info: Int32 = 0
    dsyevd_(
      "V", "L", &order, &entries, &stride, &values, &work, &length, &integerWork, &integerLength,
      &info, 1, 1)
    guard info == 0 else { throw .noConvergence(size: size) }
  }
}
