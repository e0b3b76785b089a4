import LinearAlgebra

/// Minimises ½ Σ ρ(r_i)² over a box by Levenberg and Marquardt's method with the derivatives of r by
/// finite differences: for a black box with few parameters and many residuals.
///
/// Parameters are in units of the box, each between 0 and 1. A parameter on its bound that wants
/// further out is left there while the others move. Residuals beyond `outlierSize` count linearly
/// (Huber 1964). Points where a residual isn't finite are refused.
struct BoundedLeastSquares {
  /// The most iterations.
  var maximumIterations = 30
  /// The step of the finite differences, of the box.
  var differenceStep = 1e-6
  /// Where residuals stop counting as squares.
  var outlierSize = Double.infinity
  /// Stops when an iteration lowers the cost by less than this part of it.
  var costTolerance = 1e-8

  struct Result: Sendable {
    var point: [Double]
    var cost: Double
  }

  /// ½ Σ ρ², or infinity when a residual isn't finite.
  func cost(_ residuals: [Double]) -> Double {
    var sum = 0.0
    for r in residuals {
      let size = abs(r)
      sum += size <= outlierSize ? 0.5 * r * r : outlierSize * (size - 0.5 * outlierSize)
    }
    return sum.isFinite ? sum : .infinity
  }

  /// Minimises from a start.
  ///
  /// - Parameter residuals: Writes the residuals of a point.
  func minimise(
    from start: [Double], residualCount: Int, isCancelled: () -> Bool,
    _ residuals: (_ point: [Double], _ out: inout [Double]) -> Void
  ) -> Result {
    let size = start.count
    var point = start
    var current = [Double](repeating: 0, count: residualCount)
    residuals(point, &current)
    var cost = cost(current)
    var damping = 1e-3
    var trial = current
    guard size > 0, cost.isFinite else { return Result(point: point, cost: cost) }

    for _ in 0..<maximumIterations {
      if isCancelled() { break }
      // Columns of the Jacobian, one-sided and towards the inside of the box.
      var columns: [[Double]] = []
      for p in 0..<size {
        var moved = point
        let step = point[p] > 0.5 ? -differenceStep : differenceStep
        moved[p] += step
        residuals(moved, &trial)
        columns.append(zip(trial, current).map { ($0 - $1) / step })
      }
      guard columns.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { break }
      let weights = current.map { abs($0) <= outlierSize ? 1 : outlierSize / abs($0) }
      var gradient = [Double](repeating: 0, count: size)
      var curvature = Matrix(rows: size, columns: size)
      for p in 0..<size {
        for i in current.indices { gradient[p] += weights[i] * columns[p][i] * current[i] }
        for q in 0...p {
          var sum = 0.0
          for i in current.indices { sum += weights[i] * columns[p][i] * columns[q][i] }
          curvature[p, q] = sum
          curvature[q, p] = sum
        }
      }
      let free = (0..<size).filter { p in
        curvature[p, p] > 0 && !(point[p] <= 0 && gradient[p] > 0)
          && !(point[p] >= 1 && gradient[p] < 0)
      }
      guard !free.isEmpty else { break }

      var improved = false
      let before = cost
      for _ in 0..<12 {
        var system = Matrix(rows: free.count, columns: free.count)
        for (i, p) in free.enumerated() {
          for (j, q) in free.enumerated() { system[i, j] = curvature[p, q] }
          system[i, i] += damping * curvature[p, p]
        }
        var moved = point
        if let factor = try? Cholesky(system) {
          let step = factor.solve(free.map { -gradient[$0] })
          for (i, p) in free.enumerated() { moved[p] = min(max(point[p] + step[i], 0), 1) }
        }
        residuals(moved, &trial)
        let found = self.cost(trial)
        if found < cost {
          point = moved
          swap(&current, &trial)
          cost = found
          damping = max(damping / 5, 1e-12)
          improved = true
          break
        }
        damping *= 5
      }
      if !improved || before - cost <= costTolerance * before { break }
    }
    return Result(point: point, cost: cost)
  }
}
