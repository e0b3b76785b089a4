/// A dense matrix of doubles, stored a column at a time: entry (i, j) is `values[i + j * rows]`.
///
///     var a = Matrix(rows: 2, columns: 2, [1, 2, 3, 4])   // columns (1, 2) and (3, 4)
///     let b = a * a.transposed()
public struct Matrix: Sendable, Equatable, Codable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The entries, a column after the other.
  public var values: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
  }

  /// A matrix from its entries, a column after the other.
  public init(rows: Int, columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns, "a matrix has rows × columns entries")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// The identity matrix of a size.
  public static func identity(_ size: Int) -> Matrix {
    var matrix = Matrix(rows: size, columns: size)
    for i in 0..<size { matrix[i, i] = 1 }
    return matrix
  }

  /// The entry of a row and a column.
  @inlinable public subscript(row: Int, column: Int) -> Double {
    get { values[row + column * rows] }
    set { values[row + column * rows] = newValue }
  }

  /// The matrix with rows and columns exchanged.
  public func transposed() -> Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for j in 0..<columns {
      for i in 0..<rows { result[j, i] = self[i, j] }
    }
    return result
  }

  /// The product of two matrices.
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(a.columns == b.rows, "a product needs as many rows as the left one has columns")
    var result = Matrix(rows: a.rows, columns: b.columns)
    guard a.rows > 0, a.columns > 0, b.columns > 0 else { return result }
    result.values.withUnsafeMutableBufferPointer { c in
      a.values.withUnsafeBufferPointer { a0 in
        b.values.withUnsafeBufferPointer { b0 in
          guard let c = c.baseAddress, let x = a0.baseAddress, let y = b0.baseAddress else {
            return
          }
          BLAS.multiply(
            .plain, .plain, rows: a.rows, columns: b.columns, inner: a.columns, x, a.rows, y,
            b.rows, into: c, a.rows)
        }
      }
    }
    return result
  }

  /// The product of a matrix and a vector.
  public static func * (a: Matrix, x: [Double]) -> [Double] {
    (a * Matrix(rows: x.count, columns: 1, x)).values
  }
}
