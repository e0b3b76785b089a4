import Foundation
import Robotics

/// The parameters φ of a prior in the order of its model, and the box of those that may be tuned.
struct PriorParameters: Sendable {
  /// The parameters as described, in the model's order.
  let parameters: [PriorParameter]
  /// The indices of the tunable ones.
  let tunable: [Int]
  /// Whether a tunable parameter is searched on a logarithmic scale: when its bounds are positive
  /// and far apart.
  private let isLogarithmic: [Bool]

  /// - Throws: ``ModelError/missingParameter(name:given:)``, ``ModelError/badBounds``.
  init(names: [String], description: PriorDescription) throws {
    parameters = try names.map { name in
      guard let parameter = description.parameters.first(where: { $0.name == name }) else {
        throw ModelError.missingParameter(name: name, given: description.parameters.map(\.name))
      }
      return parameter
    }
    tunable = parameters.indices.filter { [parameters] in parameters[$0].isTunable }
    for parameter in parameters where parameter.isTunable {
      guard parameter.lower.isFinite, parameter.upper.isFinite, parameter.lower < parameter.upper
      else {
        throw ModelError.badBounds(
          parameter: parameter.name, lower: parameter.lower, upper: parameter.upper)
      }
    }
    isLogarithmic = tunable.map { [parameters] in
      parameters[$0].lower > 0 && parameters[$0].upper > 4 * parameters[$0].lower
    }
  }

  /// φ of a point of the box.
  func values(_ point: [Double]) -> [Double] {
    var values = parameters.map(\.nominal)
    for (i, index) in tunable.enumerated() {
      let (lower, upper) = (parameters[index].lower, parameters[index].upper)
      values[index] =
        isLogarithmic[i]
        ? lower * pow(upper / lower, point[i]) : lower + (upper - lower) * point[i]
    }
    return values
  }

  /// The point of the box that is φ, or the nearest.
  func point(_ values: [Double]) -> [Double] {
    tunable.enumerated().map { i, index in
      let (lower, upper) = (parameters[index].lower, parameters[index].upper)
      let value = min(max(values[index], lower), upper)
      return isLogarithmic[i]
        ? log(value / lower) / log(upper / lower) : (value - lower) / (upper - lower)
    }
  }

  /// The nominal parameters' point.
  var nominal: [Double] { point(parameters.map(\.nominal)) }

  /// Points that fill the box evenly (Halton 1960).
  func halton(_ count: Int) -> [[Double]] {
    let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
    return (1...max(count, 1)).map { index in
      tunable.indices.map { d in
        let base = primes[d % primes.count]
        var (rest, part, sum) = (index + d / primes.count, 1.0, 0.0)
        while rest > 0 {
          part /= Double(base)
          sum += part * Double(rest % base)
          rest /= base
        }
        return sum
      }
    }
  }
}
