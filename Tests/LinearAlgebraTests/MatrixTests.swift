import Foundation
import LinearAlgebra
import Testing

@Suite struct MatrixTests {
  @Test("Entries stand a column after the other")
  func columnMajor() {
    let a = Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
    #expect(a[1, 0] == 2 && a[0, 2] == 5)
    #expect(a.transposed().values == [1, 3, 5, 2, 4, 6])
  }

  @Test("A product is what it is by hand")
  func product() {
    let a = Matrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])
    #expect((a * a.transposed()).values == [35, 44, 44, 56])
    #expect(a * [1, 0, -1] == [-4, -4])
  }

  @Test("A product through an empty dimension is zero")
  func emptyProduct() {
    let a = Matrix(rows: 2, columns: 0)
    #expect((a * Matrix(rows: 0, columns: 2)).values == [0, 0, 0, 0])
  }

  @Test("Eigenvalues of a known matrix, smallest first, with their vectors")
  func eigenvalues() throws {
    let a = Matrix(rows: 2, columns: 2, [2, 1, 1, 2])
    let eigen = try SymmetricEigen(a)
    #expect(abs(eigen.values[0] - 1) < 1e-14 && abs(eigen.values[1] - 3) < 1e-14)
    for i in 0..<2 {
      let v = [eigen.vectors[0, i], eigen.vectors[1, i]]
      for (x, y) in zip(a * v, v) { #expect(abs(x - eigen.values[i] * y) < 1e-14) }
    }
  }

  @Test(
    "Eigenvalues of a chain of masses and springs are the known ones, however long it is",
    arguments: [5, 25, 26, 90])
  func eigenvaluesOfChain(size: Int) throws {
    var chain = Matrix(rows: size, columns: size)
    for i in 0..<size {
      chain[i, i] = 2
      if i > 0 {
        chain[i, i - 1] = -1
        chain[i - 1, i] = -1
      }
    }
    let eigen = try SymmetricEigen(chain)
    for k in 0..<size {
      let expected = 2 - 2 * cos(Double(k + 1) * .pi / Double(size + 1))
      #expect(abs(eigen.values[k] - expected) < 1e-12)
      let v = (0..<size).map { eigen.vectors[$0, k] }
      for (x, y) in zip(chain * v, v) { #expect(abs(x - expected * y) < 1e-11) }
    }
  }

  @Test("Eigenvalues of a matrix with NaN are refused")
  func eigenvaluesOfNaN() {
    #expect(throws: LinearAlgebraError.notFinite(size: 1)) {
      try SymmetricEigen(Matrix(rows: 1, columns: 1, [.nan]))
    }
  }

  @Test("Triangular products and solves undo each other, on either side and in either form")
  func triangular() {
    var stream = RandomStream(seed: 3)
    var l = Matrix(rows: 5, columns: 5, (0..<25).map { _ in stream.nextGaussian() })
    for i in 0..<5 { l[i, i] = 2 + abs(l[i, i]) }
    let b = (0..<25).map { _ in stream.nextGaussian() }
    for side in [BLAS.Side.left, .right] {
      for form in [BLAS.Form.plain, .transposed] {
        var x = b
        BLAS.multiplyLower(side, form, rows: 5, columns: 5, l.values, 5, &x, 5)
        #expect(x != b)
        BLAS.solveLower(side, form, rows: 5, columns: 5, l.values, 5, &x, 5)
        for (found, expected) in zip(x, b) { #expect(abs(found - expected) < 1e-12) }
      }
    }
  }
}
