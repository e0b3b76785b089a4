import LinearAlgebra

/// The choice of inducing points among the points: always the one that the chosen ones explain least,
/// which is Cholesky's decomposition of the kernel matrix with pivots (Fine & Scheinberg 2001; Burt,
/// Rasmussen & van der Wilk 2020).
enum InducingPoints {
  /// How many times as many points as are wanted are looked at, evenly spread when there are more.
  static let candidatesEach = 4

  /// Chooses inducing points.
  ///
  /// Cost: candidates × chosen², candidates × chosen doubles of memory.
  ///
  /// - Parameters:
  ///   - points: A point's dimensions side by side, in the unit of the lengthscales in `vector`.
  ///   - vector: The covariance function's hyperparameters.
  ///   - most: The most that are chosen.
  ///   - unexplained: The mean variance left unexplained at which to stop.
  /// - Returns: The chosen points' places, in ascending order.
  static func choose(
    points: [Double], dimensions: Int, covariance: CovarianceFunction, vector: [Double], most: Int,
    unexplained: Double
  ) -> [Int] {
    let total = points.count / max(dimensions, 1)
    let places = EvenSpread.places(candidatesEach * most, of: total)
    let count = places.count
    var queries = [Double](repeating: 0, count: dimensions * count)
    for (c, place) in places.enumerated() {
      for d in 0..<dimensions { queries[d * count + c] = points[place * dimensions + d] }
    }
    func at(_ place: Int) -> CovarianceBatch {
      CovarianceBatch(
        covariance, vector: vector,
        points: Array(points[(place * dimensions)..<((place + 1) * dimensions)]),
        dimensions: dimensions)
    }
    // What each candidate's variance still is, given the chosen ones.
    var left = [Double](repeating: 0, count: count)
    let first = at(places[count - 1])
    first.variances(count: count, queries: queries, queryStride: count, into: &left)
    let negligible = 1e-12 * (left.max() ?? 0)
    var scratch = [Double](repeating: 0, count: first.scratchCount(count))
    // A column a chosen point: the candidates' covariances with it, less what those before explain.
    var columns = [Double](repeating: 0, count: count * min(most, count))
    var row = [Double](repeating: 0, count: min(most, count))
    var chosen: [Int] = []
    while chosen.count < min(most, count) {
      var pivot = 0
      var sum = 0.0
      for c in 0..<count {
        sum += left[c]
        if left[c] > left[pivot] { pivot = c }
      }
      guard left[pivot] > negligible, sum > unexplained * Double(count) else { break }
      let done = chosen.count
      columns.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        let column = base + done * count
        at(places[pivot]).evaluate(
          count: count, queries: queries, queryStride: count, into: column, scratch: &scratch)
        for m in 0..<done { row[m] = base[m * count + pivot] }
        if done > 0 {
          BLAS.multiply(
            .plain, rows: count, columns: done, scale: -1, base, count, vector: row, keep: 1,
            into: column)
        }
        let factor = 1 / left[pivot].squareRoot()
        for c in 0..<count {
          column[c] *= factor
          left[c] = max(0, left[c] - column[c] * column[c])
        }
        left[pivot] = 0
      }
      chosen.append(pivot)
    }
    return chosen.isEmpty ? [places[count - 1]] : chosen.sorted().map { places[$0] }
  }
}
