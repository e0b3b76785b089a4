import Foundation
import LinearAlgebra

/// Finds what recordings don't say: combinations of parameters that could move by a good part of
/// their range without a trace.
enum UndeterminedDirections {
  /// A direction counts as undetermined when its standard error exceeds this part of the range
  /// between the bounds: a uniform guess between them would have 0.29.
  static let threshold = 0.2

  /// The directions, the least determined first, and the Hessian's condition number.
  ///
  /// - Parameters:
  ///   - hessian: The Hessian of the negative log posterior.
  ///   - names: The parameters' names.
  ///   - values: The parameters' estimates.
  ///   - ranges: The distance between each parameter's bounds.
  ///   - isFixed: Whether a parameter lies at a bound, and so isn't asked about.
  static func find(
    hessian: Matrix, names: [String], values: [Double], ranges: [Double], isFixed: [Bool]
  ) -> (directions: [CalibrationResult.UndeterminedDirection], conditionNumber: Double) {
    let inside = names.indices.filter { !isFixed[$0] }
    guard !inside.isEmpty else { return ([], 1) }
    let scaled = scaledPart(hessian, inside, ranges)
    guard let all = try? SymmetricEigen(scaled), let largest = all.values.last else {
      return ([], .infinity)
    }
    let condition = largest / max(all.values[0], .leastNormalMagnitude)

    // Parameters that leave no trace of their own come first, so that the others' directions don't
    // mix with them.
    let alone = inside.indices.filter { i in
      1 / max(scaled[i, i], .leastNormalMagnitude).squareRoot() > threshold
    }
    var directions = alone.map { i in
      let name = names[inside[i]]
      return CalibrationResult.UndeterminedDirection(
        weights: [name: 1], standardErrorInRanges: 1 / max(scaled[i, i], 1e-12).squareRoot(),
        meaning: "\(name): the recordings say nothing of it")
    }
    let rest = inside.indices.filter { !alone.contains($0) }.map { inside[$0] }
    guard rest.count > 1, let eigen = try? SymmetricEigen(scaledPart(hessian, rest, ranges)) else {
      return (directions, condition)
    }
    for (k, value) in eigen.values.enumerated() {
      let error = 1 / max(value, 1e-12).squareRoot()
      guard error > threshold else { break }
      let vector = (0..<rest.count).map { eigen.vectors[$0, k] }
      let greatest = vector.map(abs).max() ?? 1
      let members = vector.indices.filter { abs(vector[$0]) > 0.1 * greatest }
      let weights = Dictionary(
        uniqueKeysWithValues: members.map { (names[rest[$0]], vector[$0]) })
      let relative = members.map { vector[$0] * ranges[rest[$0]] / abs(values[rest[$0]]) }
      directions.append(
        CalibrationResult.UndeterminedDirection(
          weights: weights, standardErrorInRanges: error,
          meaning: meaning(of: members.map { names[rest[$0]] }, relativeChanges: relative)))
    }
    return (directions, condition)
  }

  private static func scaledPart(_ hessian: Matrix, _ chosen: [Int], _ ranges: [Double]) -> Matrix {
    var result = Matrix(rows: chosen.count, columns: chosen.count)
    for (i, p) in chosen.enumerated() {
      for (j, q) in chosen.enumerated() { result[i, j] = hessian[p, q] * ranges[p] * ranges[q] }
    }
    return result
  }

  /// What a direction means in words, from the relative change of each of its parameters.
  ///
  /// Two parameters that may change by d₁ and d₂ parts of themselves leave φ₁^(−d₂) φ₂^(d₁) as it
  /// is: that product is all that the data determine. Several that change by the same part leave
  /// their ratios.
  static func meaning(of names: [String], relativeChanges d: [Double]) -> String {
    guard names.count > 1, d.allSatisfy(\.isFinite) else {
      return "\(names.joined(separator: ", ")): the recordings say next to nothing of it"
    }
    let list =
      names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    if names.count == 2, d[1] != 0, d[0] != 0 {
      let exponent = -d[0] / d[1]
      if exponent < 0, abs(exponent + 1) < 0.1 {
        return "\(list): only \(names[0]) / \(names[1]) is determined"
      }
      return "\(list): only \(names[0]) · \(names[1])^\(spelled(exponent)) is determined"
    }
    let mean = d.reduce(0, +) / Double(d.count)
    if d.allSatisfy({ abs($0 - mean) < 0.1 * abs(mean) }) {
      return "\(list): only their ratios are determined"
    }
    let greatest = d.map(abs).max() ?? 1
    let changes = zip(names, d).map { "\($0) by \(signed($1 / greatest)) %" }
    return "\(list): changing \(changes.joined(separator: ", ")) together leaves no trace"
  }

  private static func spelled(_ exponent: Double) -> String {
    let whole = exponent.rounded()
    if abs(exponent - whole) < 0.1, whole != 0 { return String(Int(whole)) }
    return String((exponent * 10).rounded() / 10)
  }

  private static func signed(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded < 0 ? "−\(-rounded)" : "+\(rounded)"
  }
}
