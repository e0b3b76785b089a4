import Foundation
import LinearAlgebra

/// Covariance matrix adaptation, (μ/μ_w, λ) with active (negative) covariance update: minimises a
/// function of a few to a few hundred variables from its values alone.
///
/// The caller asks for candidates, values them however it likes (all at once, on several threads),
/// and tells the values; nothing here calls back:
///
///     var search = CMAES(mean: start, stepSize: 0.5, seed: 7)
///     while search.stop == nil {
///       let candidates = search.ask()
///       search.tell(candidates, values: candidates.map(cost))
///     }
///     print(search.mean, search.best.value)
///
/// Every number depends on the seed and the values told, nothing else. The whole state is
/// `Codable`: a search that was stored goes on as if it had not been interrupted.
///
/// Names follow Hansen 2016, 'The CMA Evolution Strategy: A Tutorial' (arXiv 1604.00772): `mean` m,
/// `stepSize` σ, `covariance` C = B D² Bᵀ, `conjugatePath` p_σ, `path` p_c.
public struct CMAES: Codable, Sendable, Equatable {
  /// A candidate and its value.
  public struct Point: Codable, Sendable, Equatable {
    /// The variables.
    public var variables: [Double]
    /// The function's value there, as told.
    public var value: Double

    /// A point from its parts.
    public init(variables: [Double], value: Double) {
      self.variables = variables
      self.value = value
    }
  }

  /// Population, weights and learning rates.
  public let constants: CMAESConstants
  /// When to stop.
  public var limits: CMAESLimits
  /// The mean of the search distribution: under noise, a better answer than `best`.
  public private(set) var mean: [Double]
  /// The overall standard deviation of the search distribution.
  public private(set) var stepSize: Double
  /// The covariance matrix C, row after row, without the step size.
  public private(set) var covariance: [Double]
  /// The number of generations told.
  public private(set) var generation = 0
  /// The number of values told.
  public private(set) var evaluations = 0
  /// The candidate with the least value of all that were told. With a noisy function that is the
  /// luckiest one: prefer `mean`, or value the finalists again.
  public private(set) var best: Point
  /// Why the search should stop, once it should.
  public private(set) var stop: CMAESStop?

  private var path: [Double]
  private var conjugatePath: [Double]
  /// B, a principal axis after the other.
  private var axes: [Double]
  /// D, the standard deviations along the principal axes.
  private var axisLengths: [Double]
  private var decomposedAt = 0
  private var history = CMAESHistory()
  private let initialStepSize: Double
  private let seed: UInt64
  private let streamPath: [UInt64]

  /// A search that starts around `mean`.
  ///
  /// - Parameters:
  ///   - mean: Where to start; the number of variables is its length, at least 1.
  ///   - stepSize: The standard deviation to start with, above zero: about a third of the distance
  ///     within which the answer is thought to lie.
  ///   - population: λ, at least 4; nil for 4 + 3 ln n.
  ///   - limits: When to stop.
  ///   - seed: The seed of the candidates.
  ///   - path: Names the stream of the candidates, as in `RandomStream`.
  public init(
    mean: [Double], stepSize: Double, population: Int? = nil, limits: CMAESLimits = CMAESLimits(),
    seed: UInt64, path: [UInt64] = []
  ) {
    precondition(!mean.isEmpty && stepSize > 0, "a search needs variables and a step size above 0")
    let n = mean.count
    constants = CMAESConstants(dimensions: n, population: population)
    self.limits = limits
    self.mean = mean
    self.stepSize = stepSize
    initialStepSize = stepSize
    self.seed = seed
    streamPath = path
    self.path = Array(repeating: 0, count: n)
    conjugatePath = Array(repeating: 0, count: n)
    var identity = Array(repeating: 0.0, count: n * n)
    for i in 0..<n { identity[i * n + i] = 1 }
    covariance = identity
    axes = identity
    axisLengths = Array(repeating: 1, count: n)
    best = Point(variables: mean, value: .greatestFiniteMagnitude)
  }

  /// The number of variables n.
  public var dimensions: Int { mean.count }
  /// The number of candidates a generation λ.
  public var population: Int { constants.population }

  /// The candidates of the present generation; asking again gives the same ones.
  public func ask() -> [[Double]] {
    let n = dimensions
    // σ D z of every candidate; then m + B of it.
    var scaled = Array(repeating: 0.0, count: population * n)
    let scales = axisLengths.map { stepSize * $0 }
    scaled.withUnsafeMutableBufferPointer { scaled in
      for candidate in 0..<population {
        var stream = RandomStream(
          seed: seed, path: streamPath + [UInt64(generation), UInt64(candidate)])
        let own = UnsafeMutableBufferPointer(
          rebasing: scaled[(candidate * n)..<((candidate + 1) * n)])
        stream.fillGaussian(own)
        for j in 0..<n { own[j] *= scales[j] }
      }
    }
    var steps = Array(repeating: 0.0, count: population * n)
    BLAS.multiply(
      .plain, .plain, rows: n, columns: population, inner: n, axes, n, scaled, n, into: &steps, n)
    return (0..<population).map { candidate in
      mean.indices.map { mean[$0] + steps[candidate * n + $0] }
    }
  }

  /// Takes the values of one generation's candidates and moves the distribution.
  ///
  /// - Parameters:
  ///   - candidates: The candidates; any of them may be another than `ask` gave (a repaired one, or
  ///     an injected guess), at the price that the distribution follows it.
  ///   - values: Their values, less is better. One that isn't finite counts as the worst.
  ///   - order: The candidates' indices, best first, when ranks are known better than by the values
  ///     (see ``UncertaintyHandling``); nil to rank by value.
  public mutating func tell(_ candidates: [[Double]], values: [Double], order: [Int]? = nil) {
    precondition(
      candidates.count == population && values.count == population,
      "a generation has \(population) candidates, not \(candidates.count)")
    let finite = values.map { $0.isFinite ? $0 : .greatestFiniteMagnitude }
    // Ties keep the order of the candidates: sorting must not depend on the sort's whims.
    let ranked =
      order ?? finite.indices.sorted { (finite[$0], $0) < (finite[$1], $1) }
    evaluations += population
    if let first = finite.indices.min(by: { (finite[$0], $0) < (finite[$1], $1) }),
      finite[first] < best.value
    {
      best = Point(variables: candidates[first], value: finite[first])
    }
    adapt(ranked.map { candidates[$0] })
    generation += 1
    if generation - decomposedAt >= constants.decompositionGap { decompose() }
    history.record(
      best: finite[ranked[0]], median: finite[ranked[population / 2]],
      worst: finite[ranked[population - 1]])
    stop = reasonToStop()
  }

  /// Widens the distribution, as uncertainty handling does when more evaluations can't help.
  public mutating func scaleStepSize(by factor: Double) { stepSize *= factor }

  /// The standard deviation of each variable in the search distribution.
  public var deviations: [Double] {
    (0..<dimensions).map { stepSize * covariance[$0 * dimensions + $0].squareRoot() }
  }
}

// MARK: - Adaptation (Hansen 2016, figure 6)

extension CMAES {
  private mutating func adapt(_ ranked: [[Double]]) {
    let n = dimensions
    let k = constants
    let population = population
    // y_i = (x_i − m) / σ of every candidate, and after them p_c.
    var steps = Array(repeating: 0.0, count: (population + 1) * n)
    for (i, candidate) in ranked.enumerated() {
      for d in 0..<n { steps[i * n + d] = (candidate[d] - mean[d]) / stepSize }
    }
    var shift = Array(repeating: 0.0, count: n)
    for i in 0..<k.parents {
      for d in 0..<n { shift[d] += k.weights[i] * steps[i * n + d] }
    }
    for d in 0..<n { mean[d] += stepSize * shift[d] }

    let white = whitened(shift)
    let pathFactor = (k.stepSizeRate * (2 - k.stepSizeRate) * k.effectiveParents).squareRoot()
    for d in 0..<n {
      conjugatePath[d] = (1 - k.stepSizeRate) * conjugatePath[d] + pathFactor * white[d]
    }
    let length = conjugatePath.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // h_σ: p_c stalls while p_σ is long, lest C grow along a direction that σ is about to take.
    let bias = (1 - pow(1 - k.stepSizeRate, Double(2 * (generation + 1)))).squareRoot()
    let isShort = length / bias < (1.4 + 2 / (Double(n) + 1)) * k.expectedLength
    let h = isShort ? 1.0 : 0.0
    let rankOneFactor = h * (k.pathRate * (2 - k.pathRate) * k.effectiveParents).squareRoot()
    for d in 0..<n { path[d] = (1 - k.pathRate) * path[d] + rankOneFactor * shift[d] }

    var weights = k.weights.map { k.rankMuRate * $0 } + [k.rankOneRate]
    // A long step must not make C indefinite: it counts by its direction alone. The worst have
    // negative weights, so that their steps lie side by side.
    if let first = k.weights.firstIndex(where: { $0 < 0 }) {
      let lengths = squaredLengths(of: Array(steps[(first * n)..<(population * n)]))
      for (i, squaredLength) in lengths.enumerated() {
        weights[first + i] *= Double(n) / max(squaredLength, 1e-300)
      }
    }
    let keep =
      1 + k.rankOneRate * (1 - h) * k.pathRate * (2 - k.pathRate) - k.rankOneRate
      - k.rankMuRate * k.weights.reduce(0, +)
    for d in 0..<n { steps[population * n + d] = path[d] }
    // C ← keep C + Σ w_i y_i y_iᵀ + c_1 p_c p_cᵀ.
    var weighted = steps
    for i in 0...population {
      for d in 0..<n { weighted[i * n + d] *= weights[i] }
    }
    covariance.withUnsafeMutableBufferPointer { c in
      guard let matrix = c.baseAddress else { return }
      BLAS.multiply(
        .plain, .transposed, rows: n, columns: n, inner: population + 1, weighted, n, steps, n,
        keep: keep, into: matrix, n)
      // Rounding leaves the two halves a last bit apart.
      for row in 0..<n {
        for column in 0..<row { c[column * n + row] = c[row * n + column] }
      }
    }
    stepSize *= exp(
      min(1, k.stepSizeRate / k.stepSizeDamping * (length / k.expectedLength - 1)))
  }

  /// ‖C^(−1/2) y‖² of each of several steps y, which lie one after the other.
  private func squaredLengths(of steps: [Double]) -> [Double] {
    let n = dimensions
    let count = steps.count / n
    var coordinates = Array(repeating: 0.0, count: steps.count)
    BLAS.multiply(
      .transposed, .plain, rows: n, columns: count, inner: n, axes, n, steps, n,
      into: &coordinates, n)
    return (0..<count).map { i in
      var sum = 0.0
      for j in 0..<n {
        let coordinate = coordinates[i * n + j] / axisLengths[j]
        sum += coordinate * coordinate
      }
      return sum
    }
  }

  /// C^(−1/2) y = B D⁻¹ Bᵀ y.
  private func whitened(_ y: [Double]) -> [Double] {
    let n = dimensions
    var coordinates = Array(repeating: 0.0, count: n)
    BLAS.multiply(.transposed, rows: n, columns: n, axes, n, vector: y, into: &coordinates)
    for j in 0..<n { coordinates[j] /= axisLengths[j] }
    var result = Array(repeating: 0.0, count: n)
    BLAS.multiply(.plain, rows: n, columns: n, axes, n, vector: coordinates, into: &result)
    return result
  }

  private mutating func decompose() {
    decomposedAt = generation
    let n = dimensions
    // One that can't be decomposed (it overflowed) leaves the axes as they are; `stop` says so.
    guard let eigen = try? SymmetricEigen(Matrix(rows: n, columns: n, covariance)) else {
      return
    }
    // Rounding may leave a tiny negative eigenvalue; the condition limit stops the search before
    // the floor below distorts it.
    let floor = max(eigen.values.last ?? 1, 1e-300) * 1e-16
    axisLengths = eigen.values.map { max($0, floor).squareRoot() }
    axes = eigen.vectors.values
  }
}

// MARK: - Stopping (Hansen 2016, appendix B.3)

extension CMAES {
  private func reasonToStop() -> CMAESStop? {
    let n = dimensions
    if best.value <= limits.target { return .target }
    if evaluations + population > limits.evaluations { return .evaluations }
    if !stepSize.isFinite || mean.contains(where: { !$0.isFinite }) { return .diverged }
    if covariance.contains(where: { !$0.isFinite }) { return .diverged }
    let longest = axisLengths.max() ?? 1
    let shortest = axisLengths.min() ?? 1
    if stepSize * longest > limits.growth * initialStepSize { return .diverged }
    if longest > 1e7 * shortest { return .conditionNumber }
    let tolerance = limits.stepTolerance * initialStepSize
    if (0..<n).allSatisfy({
      stepSize * max(abs(path[$0]), covariance[$0 * n + $0].squareRoot()) < tolerance
    }) {
      return .smallSteps
    }
    // A tenth of a standard deviation along one principal axis a generation, in turn.
    let axis = generation % n
    let length = 0.1 * stepSize * axisLengths[axis]
    if (0..<n).allSatisfy({ mean[$0] == mean[$0] + length * axes[axis * n + $0] }) {
      return .noEffect
    }
    if (0..<n).contains(where: {
      mean[$0] == mean[$0] + 0.2 * stepSize * covariance[$0 * n + $0].squareRoot()
    }) {
      return .noEffect
    }
    return history.reasonToStop(
      dimensions: n, population: population, tolerance: limits.valueTolerance)
  }
}
