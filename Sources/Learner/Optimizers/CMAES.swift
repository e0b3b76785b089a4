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
/// Variables may have bounds (``CMAESBounds``); with many of them the covariance is diagonal
/// (``CMAESForm``).
///
/// Every number depends on the seed and the values told, nothing else. The whole state is
/// `Codable`: a search that was stored goes on as if it had not been interrupted.
///
/// Names follow Hansen 2016, 'The CMA Evolution Strategy: A Tutorial' (arXiv 1604.00772): `centre` m,
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
  /// Between which bounds the variables stay; nil where they may be anything.
  public let bounds: CMAESBounds?
  /// The overall standard deviation of the search distribution.
  public private(set) var stepSize: Double
  /// The covariance C, without the step size, of the variables before they are bounded.
  public private(set) var covariance: CMAESCovariance
  /// The number of generations told.
  public private(set) var generation = 0
  /// The number of values told.
  public private(set) var evaluations = 0
  /// The candidate with the least value of all that were told. With a noisy function that is the
  /// luckiest one: prefer `mean`, or value the finalists again.
  public private(set) var best: Point
  /// Why the search should stop, once it should.
  public private(set) var stop: CMAESStop?

  /// The mean of the distribution, whose variables know no bounds.
  private var centre: [Double]
  private var path: [Double]
  private var conjugatePath: [Double]
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
  ///   - bounds: Between which bounds the variables stay, the mean among them; nil for none.
  ///   - form: What the distribution learns of the variables; nil to choose by their number.
  ///   - limits: When to stop.
  ///   - seed: The seed of the candidates.
  ///   - path: Names the stream of the candidates, as in `RandomStream`.
  public init(
    mean: [Double], stepSize: Double, population: Int? = nil, bounds: CMAESBounds? = nil,
    form: CMAESForm? = nil, limits: CMAESLimits = CMAESLimits(), seed: UInt64, path: [UInt64] = []
  ) {
    precondition(!mean.isEmpty && stepSize > 0, "a search needs variables and a step size above 0")
    let n = mean.count
    precondition(bounds.map { $0.dimensions == n } ?? true, "every variable has bounds, or none")
    let form = form ?? CMAESForm(dimensions: n)
    constants = CMAESConstants(dimensions: n, population: population, form: form)
    self.bounds = bounds
    self.limits = limits
    centre = bounds?.unbounded(mean) ?? mean
    self.stepSize = stepSize
    initialStepSize = stepSize
    self.seed = seed
    streamPath = path
    self.path = Array(repeating: 0, count: n)
    conjugatePath = Array(repeating: 0, count: n)
    covariance = CMAESCovariance(dimensions: n, form: form)
    best = Point(variables: mean, value: .greatestFiniteMagnitude)
  }

  /// The number of variables n.
  public var dimensions: Int { centre.count }
  /// The mean of the search distribution, within the bounds: under noise, a better answer than `best`.
  public var mean: [Double] { bounds?.bounded(centre) ?? centre }
  /// The number of candidates a generation λ.
  public var population: Int { constants.population }

  /// The candidates of the present generation; asking again gives the same ones.
  public func ask() -> [[Double]] {
    let candidates = unboundedCandidates()
    guard let bounds else { return candidates }
    return candidates.map { bounds.bounded($0) }
  }

  private func unboundedCandidates() -> [[Double]] {
    let n = dimensions
    let scales = covariance.axisLengths.map { stepSize * $0 }
    var path = streamPath + [UInt64(generation), 0]
    var candidates: [[Double]] = []
    candidates.reserveCapacity(population)
    CMAES.forEachBlock(of: population, dimensions: n) { block, scaled, steps in
      // σ D z of every candidate; then m + B of it.
      for (row, candidate) in block.enumerated() {
        path[path.count - 1] = UInt64(candidate)
        var stream = RandomStream(seed: seed, path: path)
        let own = scaled + row * n
        stream.fillGaussian(UnsafeMutableBufferPointer(start: own, count: n))
        for j in 0..<n { own[j] *= scales[j] }
      }
      covariance.alongAxes(count: block.count, scaled, into: steps)
      for row in 0..<block.count {
        let step = steps + row * n
        candidates.append(
          Array(unsafeUninitializedCapacity: n) { candidate, count in
            for d in 0..<n { candidate.initializeElement(at: d, to: centre[d] + step[d]) }
            count = n
          })
      }
    }
    return candidates
  }

  /// Calls `body` with one range of a generation's candidates after the other, and with memory for n numbers
  /// a candidate of the range and one more, twice: a large generation's would leave the processor's caches.
  private static func forEachBlock(
    of population: Int, dimensions: Int,
    _ body: (Range<Int>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) {
    let most = min(population, 64)
    let size = (most + 1) * dimensions
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * size) { memory in
      memory.initialize(repeating: 0)
      guard let base = memory.baseAddress else { return }
      for first in stride(from: 0, to: population, by: most) {
        body(first..<min(first + most, population), base, base + size)
      }
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
    let told = unbounded(candidates)
    adapt(told, ranked)
    generation += 1
    if generation - decomposedAt >= constants.decompositionGap {
      decomposedAt = generation
      covariance.decompose()
    }
    history.record(
      best: finite[ranked[0]], median: finite[ranked[population / 2]],
      worst: finite[ranked[population - 1]])
    stop = reasonToStop()
  }

  /// Where candidates come from: those that were asked for from where they were drawn, which their place
  /// within the bounds doesn't tell; others from the nearest place that gives them.
  private func unbounded(_ candidates: [[Double]]) -> [[Double]] {
    guard let bounds else { return candidates }
    return zip(candidates, unboundedCandidates()).map { candidate, drawn in
      bounds.bounded(drawn) == candidate ? drawn : bounds.unbounded(candidate)
    }
  }

  /// Widens the distribution, as uncertainty handling does when more evaluations can't help.
  public mutating func scaleStepSize(by factor: Double) { stepSize *= factor }

  /// The standard deviation of each variable in the search distribution, before it is bounded.
  public var deviations: [Double] {
    (0..<dimensions).map { stepSize * covariance.variance($0).squareRoot() }
  }
}

// MARK: - Adaptation (Hansen 2016, figure 6)

extension CMAES {
  private mutating func adapt(_ candidates: [[Double]], _ ranked: [Int]) {
    let n = dimensions
    let k = constants
    let before = centre
    // Σ w_i y_i of the best, with y_i = (x_i − m) / σ.
    var shift = Array(repeating: 0.0, count: n)
    for i in 0..<k.parents {
      let weight = k.weights[i] / stepSize
      candidates[ranked[i]].withUnsafeBufferPointer { x in
        for d in 0..<n { shift[d] += weight * (x[d] - before[d]) }
      }
    }
    for d in 0..<n { centre[d] += stepSize * shift[d] }
    if let bounds { centre = bounds.wrapped(centre) }

    let white = covariance.whitened(shift)
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

    let keep =
      1 + k.rankOneRate * (1 - h) * k.pathRate * (2 - k.pathRate) - k.rankOneRate
      - k.rankMuRate * k.weights.reduce(0, +)
    // C ← keep C + Σ w_i y_i y_iᵀ + c_1 p_c p_cᵀ, p_c after the last candidate.
    let inverse = 1 / stepSize
    CMAES.forEachBlock(of: population, dimensions: n) { block, steps, scratch in
      for (row, place) in block.enumerated() {
        candidates[ranked[place]].withUnsafeBufferPointer { x in
          for d in 0..<n { steps[row * n + d] = inverse * (x[d] - before[d]) }
        }
      }
      var weights = k.weights[block].map { k.rankMuRate * $0 }
      // A long step must not make C indefinite: it counts by its direction alone. The worst have
      // negative weights, so that their steps lie side by side.
      if let first = weights.firstIndex(where: { $0 < 0 }) {
        let lengths = covariance.squaredLengths(
          count: block.count - first, of: steps + first * n, scratch: scratch)
        for (i, squaredLength) in lengths.enumerated() {
          weights[first + i] *= Double(n) / max(squaredLength, 1e-300)
        }
      }
      if block.upperBound == population {
        for d in 0..<n { steps[block.count * n + d] = path[d] }
        weights.append(k.rankOneRate)
      }
      covariance.update(
        keep: block.lowerBound == 0 ? keep : 1, steps: steps, weights: weights, scratch: scratch)
    }
    stepSize *= exp(
      min(1, k.stepSizeRate / k.stepSizeDamping * (length / k.expectedLength - 1)))
  }
}

// MARK: - Stopping (Hansen 2016, appendix B.3)

extension CMAES {
  private func reasonToStop() -> CMAESStop? {
    let n = dimensions
    if best.value <= limits.target { return .target }
    if evaluations + population > limits.evaluations { return .evaluations }
    if !stepSize.isFinite || centre.contains(where: { !$0.isFinite }) { return .diverged }
    if !covariance.isFinite { return .diverged }
    let longest = covariance.axisLengths.max() ?? 1
    let shortest = covariance.axisLengths.min() ?? 1
    if stepSize * longest > limits.growth * initialStepSize { return .diverged }
    if longest > 1e7 * shortest { return .conditionNumber }
    let tolerance = limits.stepTolerance * initialStepSize
    if (0..<n).allSatisfy({
      stepSize * max(abs(path[$0]), covariance.variance($0).squareRoot()) < tolerance
    }) {
      return .smallSteps
    }
    // A tenth of a standard deviation along one principal axis a generation, in turn.
    let step = covariance.axis(generation % n)
    if (0..<n).allSatisfy({ centre[$0] == centre[$0] + 0.1 * stepSize * step[$0] }) {
      return .noEffect
    }
    if (0..<n).contains(where: {
      centre[$0] == centre[$0] + 0.2 * stepSize * covariance.variance($0).squareRoot()
    }) {
      return .noEffect
    }
    return history.reasonToStop(
      dimensions: n, population: population, tolerance: limits.valueTolerance)
  }
}
