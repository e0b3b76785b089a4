import LinearAlgebra
import Robotics

/// What a calibration leaves open of a prior's parameters: φ, and the directions in which it may be off,
/// independent of each other, each as long as one deviation.
public struct ParameterSpread: Sendable {
  /// φ, in the order of the prior's `parameterNames`.
  public let parameters: [Double]
  /// The directions, each with an entry a parameter.
  public let directions: [[Double]]
  /// The bounds of φ, in its order.
  public let bounds: [ClosedRange<Double>]

  /// - Parameters:
  ///   - parameters: φ, in the order of `parameterNames`.
  ///   - parameterNames: The prior's.
  ///   - calibration: What is known of some of them. A zero on its covariance's diagonal leaves the
  ///     standard error, as for an estimate at a bound.
  ///   - bounds: The bounds of φ, in its order.
  public init(
    parameters: [Double], parameterNames: [String], calibration: CalibratedPrior,
    bounds: [ClosedRange<Double>]
  ) {
    self.parameters = parameters
    self.bounds = bounds
    let estimated = calibration.parameters
    let covariance = calibration.covariance
    let places = estimated.map { parameterNames.firstIndex(of: $0.name) }
    let inside = estimated.indices.filter {
      $0 < covariance.count && covariance[$0].count == estimated.count && covariance[$0][$0] > 0
    }
    var directions: [[Double]] = []
    let scales = inside.map { covariance[$0][$0].squareRoot() }
    var matrix = Matrix(rows: inside.count, columns: inside.count)
    for (i, p) in inside.enumerated() {
      for (j, q) in inside.enumerated() {
        matrix[i, j] = covariance[p][q] / (scales[i] * scales[j])
      }
    }
    if !inside.isEmpty, let eigen = try? SymmetricEigen(matrix) {
      for k in inside.indices {
        var direction = [Double](repeating: 0, count: parameters.count)
        for (i, p) in inside.enumerated() {
          guard let place = places[p] else { continue }
          direction[place] = max(eigen.values[k], 0).squareRoot() * eigen.vectors[i, k] * scales[i]
        }
        directions.append(direction)
      }
    }
    for p in estimated.indices where !inside.contains(p) {
      guard let place = places[p], let error = estimated[p].standardError, error > 0 else {
        continue
      }
      var direction = [Double](repeating: 0, count: parameters.count)
      direction[place] = error
      directions.append(direction)
    }
    self.directions = directions
  }

  /// φ moved along the directions by that many deviations each, within its bounds.
  public func moved(_ deviations: [Double]) -> [Double] {
    parameters.indices.map { i in
      var value = parameters[i]
      var isMoved = false
      for (direction, deviation) in zip(directions, deviations) where direction[i] != 0 {
        value += deviation * direction[i]
        isMoved = true
      }
      return isMoved ? min(max(value, bounds[i].lowerBound), bounds[i].upperBound) : value
    }
  }

  /// Pairs of φ, a deviation above and below, one a direction.
  public var pairs: [(above: [Double], below: [Double])] {
    directions.indices.map { k in
      func unit(_ sign: Double) -> [Double] { directions.indices.map { $0 == k ? sign : 0 } }
      return (moved(unit(1)), moved(unit(-1)))
    }
  }

  /// Values of φ drawn from what is left open; nil when nothing is.
  public func draws(_ count: Int, seed: UInt64) -> [[Double]]? {
    guard !directions.isEmpty else { return nil }
    var stream = RandomStream(seed: seed, path: [0xC0_7A])
    return (0..<count).map { _ in moved(directions.map { _ in stream.nextGaussian() }) }
  }
}
