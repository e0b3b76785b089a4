import Foundation
import LinearAlgebra

/// Uncertainty handling for rank-based search: values a fraction of the candidates twice, measures
/// how much the ranks change, and answers noise by more evaluations a candidate or, when those are
/// at their cap, by a larger step (UH-CMA-ES; Hansen, Niederberger, Guzzella & Koumoutsakos 2009,
/// 'A Method for Handling Uncertainty in Evolutionary Optimization', figures 4 and 5).
///
///     let again = handling.candidatesToRepeat(population: λ, generation: g, seed: seed)
///     … value those once more …
///     let verdict = handling.assess(values: first, repeated: again, repeatedValues: second)
///     search.tell(candidates, values: first, order: verdict.order)
///     search.scaleStepSize(by: verdict.stepSizeFactor)
public struct UncertaintyHandling: Codable, Sendable, Equatable {
  /// The least number of evaluations that make up one value.
  public var leastEvaluations: Double
  /// The greatest number of evaluations that make up one value.
  public var mostEvaluations: Double
  /// θ, how much rank change is acceptable, from 0 (none) to 1 (as much as by chance).
  public var acceptance: Double
  /// α_t, by what factor evaluations rise and fall.
  public var evaluationFactor: Double
  /// c_s, the learning rate of the noise measure.
  public var smoothing: Double
  /// How many evaluations make up one value now; the caller rounds it.
  public private(set) var evaluations: Double
  /// s̄, the noise measure: above zero when ranks change more than acceptable.
  public private(set) var measure = 0.0

  /// What a generation's values told.
  public struct Verdict: Sendable, Equatable {
    /// The candidates' indices, best first, both values of a repeated one counted.
    public var order: [Int]
    /// What to multiply the step size with.
    public var stepSizeFactor: Double
  }

  /// Uncertainty handling from its parts; the defaults are the paper's.
  public init(
    leastEvaluations: Double = 1, mostEvaluations: Double = 100, acceptance: Double = 0.2,
    evaluationFactor: Double = 1.5, smoothing: Double = 1
  ) {
    self.leastEvaluations = leastEvaluations
    self.mostEvaluations = mostEvaluations
    self.acceptance = acceptance
    self.evaluationFactor = evaluationFactor
    self.smoothing = smoothing
    evaluations = leastEvaluations
  }

  /// The indices of the candidates to value twice: the first tenth of them, two at least on
  /// average. Candidates are independent draws, so the first are as good as any.
  public func candidatesToRepeat(population: Int, generation: Int, seed: UInt64) -> Range<Int> {
    let expected = max(0.1 * Double(population), 2)
    var stream = RandomStream(seed: seed, path: [UInt64(generation), 0x5E_EE_7A_11])
    let extra = stream.nextUniform() < expected - expected.rounded(.down) ? 1 : 0
    return 0..<min(population, Int(expected) + extra)
  }

  /// Ranks the candidates by both of their values, and adapts the evaluations.
  ///
  /// - Parameters:
  ///   - values: The first values, less is better; those that aren't finite count as the worst.
  ///   - repeated: Which candidates were valued twice.
  ///   - repeatedValues: Their second values, in the same order.
  ///   - dimensions: The number of variables.
  public mutating func assess(
    values: [Double], repeated: Range<Int>, repeatedValues: [Double], dimensions: Int
  ) -> Verdict {
    let lambda = values.count
    let first = values.map { $0.isFinite ? $0 : .infinity }
    var second = first
    for (index, candidate) in repeated.enumerated() {
      second[candidate] = repeatedValues[index].isFinite ? repeatedValues[index] : .infinity
    }
    let ranks = Self.ranks(first + second)
    let change = (0..<lambda).map { i -> Double in
      let difference = ranks[lambda + i] - ranks[i]
      // The two values of one candidate take a rank from each other; that one doesn't count.
      return difference - (difference > 0 ? 1 : difference < 0 ? -1 : 0)
    }
    var sum = 0.0
    for i in repeated {
      let later = ranks[lambda + i] - (second[i] > first[i] ? 1 : 0)
      let earlier = ranks[i] - (first[i] > second[i] ? 1 : 0)
      sum += 2 * abs(change[i]) - limit(later, lambda) - limit(earlier, lambda)
    }
    let present = repeated.isEmpty ? 0 : sum / Double(repeated.count)
    measure = (1 - smoothing) * measure + smoothing * present

    var factor = 1.0
    if measure > 0 {
      if evaluations < mostEvaluations {
        evaluations = min(evaluationFactor * evaluations, mostEvaluations)
      } else {
        factor = 1 + 2 / (Double(dimensions) + 10)
      }
    } else {
      evaluations = max(leastEvaluations, evaluations / evaluationFactor)
    }
    let keys = (0..<lambda).map { i in
      (ranks[i] + ranks[lambda + i], abs(change[i]), first[i] + second[i], i)
    }
    return Verdict(order: (0..<lambda).sorted { keys[$0] < keys[$1] }, stepSizeFactor: factor)
  }

  /// Δ_θ^lim(R): the θ·50th percentile of the rank changes that a candidate of rank R would suffer
  /// if its other value fell anywhere with equal chance.
  private func limit(_ rank: Double, _ lambda: Int) -> Double {
    let distances = (1..<(2 * lambda)).map { abs(Double($0) - rank) }.sorted()
    let position = acceptance * 0.5 * Double(distances.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, distances.count - 1)
    return distances[lower] + (position - Double(lower)) * (distances[upper] - distances[lower])
  }

  /// Ranks from 1; equal values share the mean of their ranks.
  private static func ranks(_ values: [Double]) -> [Double] {
    let sorted = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = Array(repeating: 0.0, count: values.count)
    var start = 0
    while start < sorted.count {
      var end = start
      while end + 1 < sorted.count, values[sorted[end + 1]] == values[sorted[start]] { end += 1 }
      for index in start...end { ranks[sorted[index]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }
}
