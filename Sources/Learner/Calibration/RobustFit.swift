import Foundation
import LinearAlgebra

/// A bounded, robust Levenberg-Marquardt fit of an output-error problem.
///
/// The cost is Σ ρ(q_s) + Σ (4 (φ − nominal) / range)², with q_s = e·e + δᵀ Π δ the segment's squared
/// residual and ρ the loss of Student's t distribution: a segment far from what the prior can explain
/// pulls with a vanishing force. The last term keeps what the data leave open near its nominal value.
/// Twice the negative log posterior, in all.
struct RobustFit: Sendable {
  /// The free parameters.
  var values: [Double]
  /// The shifts of the first states: entry `d * segments + s`.
  var shifts: [Double]
  /// The cost at the minimum.
  var cost: Double
  /// q of each segment, masked ones included.
  var squares: [Double]

  /// Fits the segments that are in use, from a starting point.
  ///
  /// - Returns: nil when the prior diverges at the starting point.
  static func minimise(
    _ problem: OutputErrorProblem, from start: [Double], using used: [Bool], iterations: Int = 30
  ) -> RobustFit? {
    var fit = RobustFit(
      values: zip(start, problem.free.indices).map {
        min(max($0, problem.lower[$1]), problem.upper[$1])
      },
      shifts: [Double](repeating: 0, count: problem.dimensions * problem.segments), cost: 0,
      squares: [])
    fit.evaluate(problem, used)
    guard fit.cost.isFinite else { return nil }
    var damping = 1e-2
    for _ in 0..<iterations {
      let terms = problem.terms(fit.values, shifts: fit.shifts)
      let system = NormalEquations(problem, terms, fit: fit, using: used)
      var improved = false
      var gain = 0.0
      for _ in 0..<10 {
        guard let next = system.step(problem, from: fit, damping: damping) else { break }
        var candidate = next
        candidate.evaluate(problem, used)
        if candidate.cost < fit.cost {
          gain = fit.cost - candidate.cost
          fit = candidate
          improved = true
          damping = max(damping / 5, 1e-9)
          break
        }
        damping *= 5
      }
      guard improved, gain > 1e-5 * fit.cost else { break }
    }
    return fit
  }

  private mutating func evaluate(_ problem: OutputErrorProblem, _ used: [Bool]) {
    let count = problem.segments
    squares = problem.squares(values, shifts: shifts)
    for d in 0..<problem.dimensions {
      for s in 0..<count {
        let i = d * count + s
        squares[s] += shifts[i] * shifts[i] * problem.precisions[i]
      }
    }
    cost = 0
    for p in values.indices {
      let away = (values[p] - problem.nominal[p]) / problem.priorDeviation(p)
      cost += away * away
    }
    for s in 0..<count where used[s] { cost += RobustLoss.value(squares[s]) }
  }
}

/// The loss of a squared residual: ν log(1 + q / ν), that of Student's t distribution.
///
/// It counts small residuals as squares and grows with the logarithm of great ones. A segment in which
/// the prior slips where the robot stuck, or falls to the other side of an unstable rest, is wrong by
/// hundreds of scales whatever else is right, and must not outweigh the rest of the recording.
enum RobustLoss {
  /// ν, as commonly chosen for data with some outliers (Lange, Little & Taylor 1989).
  static let freedom = 4.0

  static func value(_ q: Double) -> Double { freedom * log1p(q / freedom) }
  static func slope(_ q: Double) -> Double { 1 / (1 + q / freedom) }
  static func curvature(_ q: Double) -> Double {
    -1 / (freedom * (1 + q / freedom) * (1 + q / freedom))
  }
}

/// The normal equations of a robust fit with every segment's δ eliminated.
struct NormalEquations {
  /// A segment's reduced gradient and matrices.
  struct Reduced {
    /// J̃ᵀ e: half the gradient of q_s along φ.
    var gradient: [Double]
    /// J̃ᵀ J̃.
    var normal: [Double]
    /// (J_δᵀ J_δ + Π)⁻¹ and what δ moves with.
    var inverse: Matrix
    var stateGradient: [Double]
    var cross: [Double]
    /// ρ'(q_s); zero for a masked segment.
    var weight: Double
  }

  let segments: [Reduced]
  /// Half the cost's gradient along φ, and its Gauss-Newton matrix.
  let gradient: [Double]
  let matrix: Matrix

  init(
    _ problem: OutputErrorProblem, _ terms: [OutputErrorProblem.SegmentTerms], fit: RobustFit,
    using used: [Bool]
  ) {
    let count = problem.count
    let dimensions = problem.dimensions
    let total = problem.segments
    let precisions = (0..<count).map {
      1 / (problem.priorDeviation($0) * problem.priorDeviation($0))
    }
    var gradient = (0..<count).map { precisions[$0] * (fit.values[$0] - problem.nominal[$0]) }
    var matrix = Matrix(rows: count, columns: count)
    for p in 0..<count { matrix[p, p] = precisions[p] }
    var reduced: [Reduced] = []
    for (s, term) in terms.enumerated() {
      var inner = Matrix(rows: dimensions, columns: dimensions, term.stateNormal)
      var stateGradient = term.stateGradient
      for d in 0..<dimensions {
        inner[d, d] += problem.precisions[d * total + s]
        stateGradient[d] += problem.precisions[d * total + s] * fit.shifts[d * total + s]
      }
      let isFinite =
        term.normal.allSatisfy(\.isFinite) && term.cross.allSatisfy(\.isFinite)
        && inner.values.allSatisfy(\.isFinite) && term.squares.isFinite
      let inverse = isFinite ? try? Cholesky(inner).inverse() : nil
      guard let inverse else {
        reduced.append(
          Reduced(
            gradient: [Double](repeating: 0, count: count),
            normal: [Double](repeating: 0, count: count * count),
            inverse: Matrix(rows: dimensions, columns: dimensions),
            stateGradient: [Double](repeating: 0, count: dimensions),
            cross: [Double](repeating: 0, count: dimensions * count), weight: 0))
        continue
      }
      // Cᵀ M⁻¹, a parameter a row.
      var carried = [Double](repeating: 0, count: count * dimensions)
      for p in 0..<count {
        for d in 0..<dimensions {
          var sum = 0.0
          for e in 0..<dimensions { sum += term.cross[e * count + p] * inverse[e, d] }
          carried[p * dimensions + d] = sum
        }
      }
      var g = term.gradient
      var normal = term.normal
      for p in 0..<count {
        for d in 0..<dimensions {
          g[p] -= carried[p * dimensions + d] * stateGradient[d]
          for q in 0..<count {
            normal[p * count + q] -= carried[p * dimensions + d] * term.cross[d * count + q]
          }
        }
      }
      let weight = used[s] ? RobustLoss.slope(fit.squares[s]) : 0
      for p in 0..<count {
        gradient[p] += weight * g[p]
        for q in 0..<count { matrix[p, q] += weight * normal[p * count + q] }
      }
      reduced.append(
        Reduced(
          gradient: g, normal: normal, inverse: inverse, stateGradient: stateGradient,
          cross: term.cross, weight: weight))
    }
    segments = reduced
    self.gradient = gradient
    self.matrix = matrix
  }

  /// The damped step within the bounds, not evaluated yet; nil when there is none.
  func step(_ problem: OutputErrorProblem, from fit: RobustFit, damping: Double) -> RobustFit? {
    let count = problem.count
    var isMoving = [Bool](repeating: true, count: count)
    var step = [Double](repeating: 0, count: count)
    // A parameter at a bound that the step would push through stays there, and the others are
    // solved for without it.
    for _ in 0...count {
      let moving = (0..<count).filter { isMoving[$0] }
      guard !moving.isEmpty else { return nil }
      var damped = Matrix(rows: moving.count, columns: moving.count)
      for (i, p) in moving.enumerated() {
        for (j, q) in moving.enumerated() { damped[i, j] = matrix[p, q] }
        damped[i, i] += damping * matrix[p, p]
      }
      guard let factor = try? Cholesky(damped) else { return nil }
      let solution = factor.solve(moving.map { -gradient[$0] })
      step = [Double](repeating: 0, count: count)
      for (i, p) in moving.enumerated() { step[p] = solution[i] }
      let blocked = moving.filter { p in
        (step[p] < 0 && fit.values[p] <= problem.lower[p])
          || (step[p] > 0 && fit.values[p] >= problem.upper[p])
      }
      if blocked.isEmpty { break }
      for p in blocked { isMoving[p] = false }
    }
    var next = fit
    for p in 0..<count {
      next.values[p] = min(max(fit.values[p] + step[p], problem.lower[p]), problem.upper[p])
    }
    let moved = zip(next.values, fit.values).map { $0 - $1 }
    let total = problem.segments
    let dimensions = problem.dimensions
    for (s, segment) in segments.enumerated() {
      let pull = (0..<dimensions).map { d in
        segment.stateGradient[d]
          + (0..<count).reduce(0.0) { $0 + segment.cross[d * count + $1] * moved[$1] }
      }
      let shift = segment.inverse * pull
      for d in 0..<dimensions { next.shifts[d * total + s] -= shift[d] }
    }
    return next
  }
}
