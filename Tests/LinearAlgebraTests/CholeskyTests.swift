import Testing

import LinearAlgebra

@Suite struct CholeskyTests {
  /// B Bᵀ + I of a seeded random B.
  static func positiveDefinite(_ size: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed)
    let b = Matrix(
      rows: size, columns: size, (0..<(size * size)).map { _ in stream.nextGaussian() })
    var a = b * b.transposed()
    for i in 0..<size { a[i, i] += 1 }
    return a
  }

  @Test("A factor times its transpose is the matrix", arguments: [1, 2, 7, 65])
  func reproducesMatrix(size: Int) throws {
    let a = CholeskyTests.positiveDefinite(size, seed: UInt64(size))
    let factor = try Cholesky(a)
    let product = factor.lower * factor.lower.transposed()
    for (found, expected) in zip(product.values, a.values) {
      #expect(abs(found - expected) < 1e-12 * Double(size) * a.values.map(abs).max()!)
    }
    #expect(factor.jitter == 0)
  }

  @Test("Solving many right-hand sides undoes the product")
  func solves() throws {
    let a = CholeskyTests.positiveDefinite(20, seed: 3)
    var stream = RandomStream(seed: 4)
    let x = Matrix(rows: 20, columns: 5, (0..<100).map { _ in stream.nextGaussian() })
    let solved = try Cholesky(a).solve(a * x)
    for (found, expected) in zip(solved.values, x.values) { #expect(abs(found - expected) < 1e-10) }
  }

  @Test("A lower triangle's inverse, by halves, undoes it", arguments: [1, 16, 17, 40, 65, 130])
  func invertsLower(size: Int) throws {
    let factor = try Cholesky(CholeskyTests.positiveDefinite(size, seed: UInt64(size)))
    var inverse = factor.lower
    inverse.values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      Cholesky.invertLower(base, size: size)
    }
    let product = factor.lower * inverse
    for j in 0..<size {
      for i in 0..<size { #expect(abs(product[i, j] - (i == j ? 1 : 0)) < 1e-10) }
    }
  }

  @Test("The log determinant of a diagonal matrix is the sum of its logarithms")
  func logDeterminant() throws {
    let a = Matrix(rows: 3, columns: 3, [2, 0, 0, 0, 3, 0, 0, 0, 4])
    #expect(abs(try Cholesky(a).logDeterminant - 3.1780538303479458) < 1e-14)  // log 24
  }

  @Test("A singular matrix gets the least jitter that helps, and says so")
  func reportsJitter() throws {
    let ones = Matrix(rows: 4, columns: 4, [Double](repeating: 1, count: 16))
    let factor = try Cholesky(ones)
    #expect(factor.jitter > 0 && factor.jitter <= 1e-8)
    let product = factor.lower * factor.lower.transposed()
    #expect(abs(product[0, 0] - 1 - factor.jitter) < 1e-15)
  }

  @Test("An indefinite matrix is refused with what was tried")
  func refusesIndefinite() {
    let indefinite = Matrix(rows: 2, columns: 2, [1, 2, 2, 1])
    #expect(throws: LinearAlgebraError.notPositiveDefinite(size: 2, greatestJitter: 1e-4)) {
      try Cholesky(indefinite)
    }
  }

  @Test("NaN is refused by name, not passed on", arguments: [0, 1, 3])
  func refusesNaN(place: Int) {
    var matrix = Matrix.identity(2)
    matrix.values[place] = .nan
    #expect(throws: LinearAlgebraError.notFinite(size: 2)) { try Cholesky(matrix) }
  }
}
