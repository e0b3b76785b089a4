import CKernels

/// A lower triangular matrix laid out for products with batches: ‖R k‖² of every column k.
///
/// A product of a triangle and a batch by BLAS wants batches of a hundred and more; these are as fast
/// for sixteen members.
public struct TriangularPanels: Sendable {
  /// The number of rows.
  public let size: Int
  /// Panel by panel of four rows, a column after the other.
  private let panels: [Double]

  /// - Parameters:
  ///   - lower: `size` × `size`, a column after the other; what is above the diagonal isn't read.
  public init(lower: [Double], size: Int) {
    precondition(lower.count == size * size, "a triangle has size × size entries")
    self.size = size
    let rows = Int(HANDFUL_PANEL_ROWS)
    let count = stride(from: 0, to: size, by: rows).reduce(0) { $0 + rows * ($1 + rows) }
    panels = [Double](unsafeUninitializedCapacity: count) { panels, filled in
      lower.withUnsafeBufferPointer { lower in
        var place = 0
        for first in stride(from: 0, to: size, by: rows) {
          let last = min(first + rows, size)
          for j in 0..<(first + rows) {
            for i in first..<(first + rows) {
              panels[place] = j <= i && i < last ? lower[i + j * size] : 0
              place += 1
            }
          }
        }
      }
      filled = count
    }
  }

  /// out[b] = start − Σ_i (Σ_j≤i R_ij matrix[j * stride + b])².
  public func subtractSquares(
    count: Int, matrix: UnsafePointer<Double>, stride: Int, start: Double,
    out: UnsafeMutablePointer<Double>
  ) {
    panels.withUnsafeBufferPointer { panels in
      guard let panels = panels.baseAddress else {
        out.update(repeating: start, count: count)
        return
      }
      VectorKernels.triangleSquares(
        size: size, panels: panels, count: count, matrix: matrix, stride: stride, start: start,
        out: out)
    }
  }
}
