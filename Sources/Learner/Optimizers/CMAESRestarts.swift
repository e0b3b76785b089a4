import Foundation
import LinearAlgebra

/// Restarts of a ``CMAES`` search with larger (IPOP; Auger & Hansen 2005) or alternately larger and
/// smaller (BIPOP; Hansen 2009) populations, for functions with many local minima.
///
///     var restarts = CMAESRestarts(stepSize: 2, strategy: .increasing(), seed: 7) { stream in
///       (0..<5).map { _ in stream.nextUniform(in: -5, 5) }
///     }
///     let best = restarts.minimise(budget: 100_000, target: 1e-8) { $0.map(cost) }
public struct CMAESRestarts: Sendable {
  /// How the population changes from one restart to the next.
  public enum Strategy: Codable, Sendable, Equatable {
    /// Doubles (IPOP).
    case increasing(factor: Double = 2)
    /// Two regimes with equal budgets: doubling populations with the first step size, and small
    /// ones with a random smaller step size (BIPOP).
    case twoRegimes
  }

  /// How one of the searches ran.
  public struct Run: Codable, Sendable, Equatable {
    /// Its population.
    public var population: Int
    /// Its first step size.
    public var stepSize: Double
    /// The values that it took.
    public var evaluations: Int
    /// The best it found.
    public var best: CMAES.Point
    /// Why it stopped; nil when the budget or the caller ended it.
    public var stop: CMAESStop?
  }

  /// The searches so far, in order.
  public private(set) var runs: [Run] = []
  private let stepSize: Double
  private let strategy: Strategy
  private let population: Int?
  private let bounds: CMAESBounds?
  private let form: CMAESForm?
  private let seed: UInt64
  private let start: @Sendable (inout RandomStream) -> [Double]

  /// Restarts from starting points that `start` draws.
  ///
  /// - Parameters:
  ///   - stepSize: The first search's first step size.
  ///   - strategy: How the population changes.
  ///   - population: The first search's population; nil for 4 + 3 ln n.
  ///   - bounds: Between which bounds the variables stay; nil for none.
  ///   - form: What the distributions learn of the variables; nil to choose by their number.
  ///   - seed: The seed of everything random.
  ///   - start: Draws the starting point of a search.
  public init(
    stepSize: Double, strategy: Strategy, population: Int? = nil, bounds: CMAESBounds? = nil,
    form: CMAESForm? = nil, seed: UInt64,
    start: @escaping @Sendable (inout RandomStream) -> [Double]
  ) {
    self.stepSize = stepSize
    self.strategy = strategy
    self.population = population
    self.bounds = bounds
    self.form = form
    self.seed = seed
    self.start = start
  }

  /// Searches until the target, or until `budget` values were taken.
  ///
  /// - Parameters:
  ///   - budget: The greatest number of values, over all searches.
  ///   - target: A value that is good enough.
  ///   - evaluate: Values one generation's candidates.
  /// - Returns: The best candidate of all searches; nil when the budget is less than a generation.
  public mutating func minimise(
    budget: Int, target: Double = -.greatestFiniteMagnitude, evaluate: ([[Double]]) -> [Double]
  ) -> CMAES.Point? {
    var best: CMAES.Point?
    var left = budget
    var large = 0
    var spent = (large: 0, small: 0)
    var lastLarge = 0
    while true {
      var stream = RandomStream(seed: seed, path: [UInt64(runs.count), 0x57_A2_7])
      let mean = start(&stream)
      let base = population ?? CMAESConstants(dimensions: mean.count).population
      var size = base
      var step = stepSize
      var limit = left
      var isLarge = true
      switch strategy {
      case .increasing(let factor):
        size = Int((Double(base) * pow(factor, Double(runs.count))).rounded())
      case .twoRegimes:
        isLarge = runs.isEmpty || spent.large <= spent.small
        if isLarge {
          size = base << large
        } else {
          // λ_s = λ_def (½ λ_l / λ_def)^(u²), σ_s = σ 10^(−2u) (Hansen 2009, section 2).
          let u = stream.nextUniform()
          let ratio = max(1, 0.5 * Double(base << max(0, large - 1)) / Double(base))
          size = Int(Double(base) * pow(ratio, u * u))
          step = stepSize * pow(10, -2 * stream.nextUniform())
          limit = min(left, max(lastLarge / 2, size))
        }
      }
      guard size <= limit else { return best }
      var search = CMAES(
        mean: mean, stepSize: step, population: size, bounds: bounds, form: form,
        limits: CMAESLimits(target: target, evaluations: limit), seed: seed,
        path: [UInt64(runs.count)])
      while search.stop == nil {
        let candidates = search.ask()
        search.tell(candidates, values: evaluate(candidates))
      }
      runs.append(
        Run(
          population: size, stepSize: step, evaluations: search.evaluations, best: search.best,
          stop: search.stop))
      left -= search.evaluations
      if isLarge {
        spent.large += search.evaluations
        lastLarge = search.evaluations
        large += 1
      } else {
        spent.small += search.evaluations
      }
      if search.best.value < best?.value ?? .infinity { best = search.best }
      if search.stop == .target { return best }
    }
  }
}
