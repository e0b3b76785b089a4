import CKernels
import Foundation

/// Points of a squared-exponential kernel, prepared for batches of queries: divided by the lengthscales, and
/// less their centre.
///
/// The exponent −½ |p − q|² is summed as −½ |p|² − ½ |q|² + p · q, at half the cost. What rounding then loses
/// grows with the squares of the lengths, so that points far from their centre, with lengthscales hundreds
/// of times shorter than what they span, are compared by differences.
public struct KernelPoints: Sendable {
  /// The number of points.
  public let count: Int
  /// Their dimensions, at most ``VectorKernels/mostDimensions``.
  public let dimensions: Int
  /// The greatest |p|² for which lengths are trusted: an exponent is then right to about 2e-11.
  public static let farthest = HANDFUL_FARTHEST

  private let centred: [Double]
  /// What was taken off the points; zeros where they are far apart.
  private let centre: [Double]
  /// log variance − ½ |p|²; empty where points are far apart.
  private let exponents: [Double]
  private let logVariance: Double

  /// - Parameters:
  ///   - points: Divided by the lengthscales, a point's dimensions side by side.
  ///   - dimensions: The dimensions of a point.
  ///   - variance: The kernel's greatest value.
  public init(_ points: [Double], dimensions: Int, variance: Double) {
    let count = points.count / max(dimensions, 1)
    var centre = [Double](repeating: 0, count: dimensions)
    for (index, value) in points.enumerated() {
      centre[index % dimensions] += value / Double(count)
    }
    let centred = points.indices.map { points[$0] - centre[$0 % dimensions] }
    let squares = (0..<count).map { n in
      centred[(n * dimensions)..<((n + 1) * dimensions)].reduce(0) { $0 + $1 * $1 }
    }
    self.count = count
    self.dimensions = dimensions
    let logVariance = log(variance)
    self.logVariance = logVariance
    guard squares.allSatisfy({ $0 <= KernelPoints.farthest }) else {
      // Taking a centre off them would cost differences their last bits.
      (self.centred, self.centre, exponents) = (points, centre.map { _ in 0 }, [])
      return
    }
    (self.centred, self.centre) = (centred, centre)
    exponents = squares.map { logVariance - 0.5 * $0 }
  }

  /// Lets the kernels see it.
  package func withKernelPoints(_ body: (UnsafePointer<HandfulPoints>) -> Void) {
    centred.withUnsafeBufferPointer { centred in
      centre.withUnsafeBufferPointer { centre in
        exponents.withUnsafeBufferPointer { exponents in
          var points = HandfulPoints(
            count: count, dimensions: dimensions, points: centred.baseAddress,
            centre: centre.baseAddress, exponents: exponents.isEmpty ? nil : exponents.baseAddress,
            log_variance: logVariance)
          body(&points)
        }
      }
    }
  }
}
