import CKernels
import Foundation

/// A symmetric positive definite matrix A = L Lᵀ that is decomposed and inverted over and over again, with
/// other entries each time, in the same memory: what a fit does.
///
///     let inverse = SymmetricInverse(size: 100)
///     inverse.matrix[i + j * inverse.stride] = …          // the lower triangle of A
///     guard inverse.decompose() else { … }                // A isn't positive definite
///     inverse.solve(y, into: x)                           // A⁻¹ y
///     inverse.invert()                                    // A⁻¹, where A stood
///
/// Two to five times as fast as LAPACK's dpotrf and dpotri up to sizes of a few hundred. One instance
/// serves one thread at a time.
public final class SymmetricInverse {
  /// The number of rows.
  public let size: Int
  /// From one column of ``matrix`` to the next.
  public let stride: Int
  /// The lower triangle, a column after the other: of A, then of L, then of A⁻¹. What stands above the
  /// diagonal is scratch. Numbers that may be read follow, as ``VectorKernels/pairPadding`` says.
  public let matrix: UnsafeMutablePointer<Double>
  /// L⁻ᵀ, zeros below the diagonal.
  private let upper: UnsafeMutablePointer<Double>
  /// Three vectors of `stride` numbers.
  private let scratch: UnsafeMutablePointer<Double>

  /// Memory for a matrix of that many rows, at least 1.
  public init(size: Int) {
    _ = BLAS.singleThreaded
    self.size = size
    let block = Int(HANDFUL_CHOLESKY_BLOCK)
    stride = (size + block - 1) / block * block
    matrix = .zeros(stride * stride + VectorKernels.pairPadding)
    upper = .zeros(stride * stride)
    scratch = .zeros(3 * stride)
    completeBlock()
  }

  /// Makes the rows that fill the last block, zeros, those of an identity.
  private func completeBlock() {
    for i in size..<stride { matrix[i * stride + i] = 1 }
  }

  deinit {
    matrix.deallocate()
    upper.deallocate()
    scratch.deallocate()
  }

  /// Replaces A by L; false when A isn't positive definite or holds NaN.
  public func decompose() -> Bool {
    VectorKernels.decompose(size: stride, count: size, matrix: matrix, upper: upper)
  }

  /// log |A|, while ``matrix`` holds L.
  public var logDeterminant: Double {
    var sum = 0.0
    // A logarithm for sixteen of the diagonal's numbers, where doubles hold their product.
    for first in Swift.stride(from: 0, to: size, by: 16) {
      let places = first..<min(first + 16, size)
      let product = places.reduce(1.0) { $0 * matrix[$1 * stride + $1] }
      sum +=
        product > 1e-250 && product < 1e250
        ? log(product) : places.reduce(0) { $0 + log(matrix[$1 * stride + $1]) }
    }
    return 2 * sum
  }

  /// Writes A⁻¹ y and gives yᵀ A⁻¹ y, once decomposed.
  public func solve(
    _ y: UnsafePointer<Double>, into solution: UnsafeMutablePointer<Double>
  ) -> Double {
    // What stands past `size` in the first stays zero.
    let (padded, white, found) = (scratch, scratch + stride, scratch + 2 * stride)
    padded.update(from: y, count: size)
    VectorKernels.upperSolve(size: stride, upper: upper, y: padded, white: white, solution: found)
    solution.update(from: found, count: size)
    return BLAS.dot(size, white, white)
  }

  /// Replaces L by A⁻¹.
  public func invert() {
    VectorKernels.upperGram(size: stride, count: size, upper: upper, out: matrix)
    completeBlock()
  }

  /// L⁻¹, once decomposed: `size` × `size`, a column after the other, zeros above the diagonal.
  public var inverseFactor: [Double] {
    var result = [Double](repeating: 0, count: size * size)
    for j in 0..<size {
      for i in j..<size { result[i + j * size] = upper[j + i * stride] }
    }
    return result
  }
}
