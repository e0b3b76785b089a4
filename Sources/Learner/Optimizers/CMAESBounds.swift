/// Keeps the variables of a ``CMAES`` search between bounds, by a transformation of an unbounded variable u:
/// the identity but near a bound, there a parabola that meets it with slope 0, and mirrored beyond, so that
/// every u gives an allowed value, continuously and with a continuous slope.
///
/// Where the answer lies well inside, the search is the same as without bounds; at a bound, candidates pile up
/// neither on it nor beyond, as they do where values are clipped. The same idea as pycma's
/// `BoxConstraintsLinQuadTransformation`.
public struct CMAESBounds: Codable, Sendable, Equatable {
  /// The least value of each variable; minus infinity for none.
  public let lower: [Double]
  /// The greatest value of each variable; infinity for none.
  public let upper: [Double]

  /// Bounds of variables, a pair each, the upper above the lower; either may be infinite.
  public init(lower: [Double], upper: [Double]) {
    precondition(
      lower.count == upper.count && zip(lower, upper).allSatisfy { $0 < $1 },
      "each variable has a lower bound and an upper one above it")
    self.lower = lower
    self.upper = upper
  }

  /// The number of variables.
  public var dimensions: Int { lower.count }

  /// Half the width of the parabola at a bound: a twentieth of the range, so that nine tenths of it are left
  /// as they are; a twentieth of the bound's size, and of 1, where the other bound is infinite.
  private func width(_ variable: Int) -> Double {
    let range = upper[variable] - lower[variable]
    if range.isFinite { return range / 20 }
    let bound = lower[variable].isFinite ? lower[variable] : upper[variable]
    return (1 + abs(bound)) / 20
  }

  /// The values within the bounds that unbounded variables stand for.
  public func bounded(_ variables: [Double]) -> [Double] {
    variables.indices.map { i in
      let (lower, upper, width) = (lower[i], upper[i], width(i))
      let u = wrapped(variables[i], i)
      if u < lower + width {
        let beyond = max(0, u - (lower - width))
        return min(lower + beyond * beyond / (4 * width), upper)
      }
      if u > upper - width {
        let beyond = max(0, upper + width - u)
        return max(upper - beyond * beyond / (4 * width), lower)
      }
      return u
    }
  }

  /// Unbounded variables that stand for values; one beyond a bound counts as on it.
  public func unbounded(_ values: [Double]) -> [Double] {
    values.indices.map { i in
      let (lower, upper, width) = (lower[i], upper[i], width(i))
      let value = min(max(values[i], lower), upper)
      if value < lower + width { return lower - width + 2 * (width * (value - lower)).squareRoot() }
      if value > upper - width { return upper + width - 2 * (width * (upper - value)).squareRoot() }
      return value
    }
  }

  /// The nearest variables that stand for the same values and that no mirror lies between: within the bounds
  /// and a width beyond.
  func wrapped(_ variables: [Double]) -> [Double] {
    variables.indices.map { wrapped(variables[$0], $0) }
  }

  private func wrapped(_ u: Double, _ i: Int) -> Double {
    let width = width(i)
    let (first, last) = (lower[i] - width, upper[i] + width)
    guard u.isFinite, u < first || u > last else { return u }
    // Mirrored at one end alone, or again and again between two.
    guard last.isFinite else { return 2 * first - u }
    guard first.isFinite else { return 2 * last - u }
    let range = last - first
    let place = (u - first).truncatingRemainder(dividingBy: 2 * range)
    let positive = place < 0 ? place + 2 * range : place
    return first + (positive > range ? 2 * range - positive : positive)
  }
}
