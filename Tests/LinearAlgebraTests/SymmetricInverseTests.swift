import Foundation
import LinearAlgebra
import Testing

@Suite("A matrix decomposed and inverted again and again")
struct SymmetricInverseTests {
  private func fill(_ inverse: SymmetricInverse, _ matrix: Matrix) {
    for j in 0..<inverse.size {
      for i in j..<inverse.size { inverse.matrix[i + j * inverse.stride] = matrix[i, j] }
    }
  }

  @Test(
    "It solves, inverts and has the determinant of LAPACK, also the second time",
    arguments: [1, 2, 7, 8, 31, 65])
  func lapack(size: Int) throws {
    let inverse = SymmetricInverse(size: size)
    for seed in [UInt64(size), 1000 + UInt64(size)] {
      let matrix = CholeskyTests.positiveDefinite(size, seed: seed)
      let known = try Cholesky(matrix)
      fill(inverse, matrix)
      #expect(inverse.decompose())
      #expect(abs(inverse.logDeterminant - known.logDeterminant) < 1e-9)
      let y = (0..<size).map { sin(Double($0)) }
      var x = [Double](repeating: 0, count: size)
      let square = inverse.solve(y, into: &x)
      let solved = known.solve(y)
      for i in 0..<size { #expect(abs(x[i] - solved[i]) < 1e-9) }
      #expect(abs(square - zip(y, solved).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-9)
      let unit = known.lower * Matrix(rows: size, columns: size, inverse.inverseFactor)
      for j in 0..<size {
        for i in 0..<size { #expect(abs(unit[i, j] - (i == j ? 1 : 0)) < 1e-9) }
      }
      inverse.invert()
      let whole = known.inverse()
      for j in 0..<size {
        for i in j..<size {
          #expect(abs(inverse.matrix[i + j * inverse.stride] - whole[i, j]) < 1e-9)
        }
      }
    }
  }

  @Test("An indefinite matrix is refused, and the next one isn't harmed by it")
  func indefinite() {
    let inverse = SymmetricInverse(size: 11)
    let matrix = CholeskyTests.positiveDefinite(11, seed: 5)
    var wrong = matrix
    wrong[9, 9] = .nan
    fill(inverse, wrong)
    #expect(!inverse.decompose())
    fill(inverse, matrix)
    #expect(inverse.decompose())
    #expect(inverse.inverseFactor.allSatisfy { $0.isFinite })
  }
}
