/// When a ``CMAES`` search should stop.
public struct CMAESLimits: Codable, Sendable, Equatable {
  /// A value that is good enough.
  public var target: Double
  /// The greatest number of values that may be told.
  public var evaluations: Int
  /// TolFun: the range of recent values below which the search has converged.
  public var valueTolerance: Double
  /// TolX: the step below which the search has converged, as a fraction of the first step size.
  public var stepTolerance: Double
  /// TolXUp: how far the distribution may grow, as a multiple of the first step size.
  public var growth: Double

  /// Limits from their parts; the defaults are the tutorial's.
  public init(
    target: Double = -.greatestFiniteMagnitude, evaluations: Int = .max,
    valueTolerance: Double = 1e-12,
    stepTolerance: Double = 1e-12, growth: Double = 1e4
  ) {
    self.target = target
    self.evaluations = evaluations
    self.valueTolerance = valueTolerance
    self.stepTolerance = stepTolerance
    self.growth = growth
  }
}

/// Why a ``CMAES`` search stopped.
public enum CMAESStop: String, Codable, Sendable {
  /// A value at or below the target was found.
  case target
  /// Another generation would exceed the allowed evaluations.
  case evaluations
  /// TolFun and EqualFunValues: recent values differ by less than the tolerance.
  case equalValues
  /// TolX: the steps are below the tolerance.
  case smallSteps
  /// NoEffectAxis, NoEffectCoord: steps vanish in the variables' rounding.
  case noEffect
  /// ConditionCov: the covariance's condition number exceeds 1e14.
  case conditionNumber
  /// Stagnation: neither the best nor the median values improve any more.
  case stagnation
  /// TolXUp: the distribution grew far beyond its first size, so the first step was too small or
  /// the function has no minimum.
  case diverged
}

/// The values of recent generations, for the rules that look back.
struct CMAESHistory: Codable, Sendable, Equatable {
  private var best: [Double] = []
  private var median: [Double] = []
  private var lastRange = Double.greatestFiniteMagnitude
  private var generations = 0
  /// Every how many generations stagnation is looked for: its medians are of hundreds of values.
  private static let stagnationInterval = 10

  mutating func record(best: Double, median: Double, worst: Double) {
    self.best.append(best)
    self.median.append(median)
    lastRange = worst - best
    generations += 1
    // Stagnation looks back a fifth of all generations and at most 20 000.
    if self.best.count > 20_000 {
      self.best.removeFirst()
      self.median.removeFirst()
    }
  }

  func reasonToStop(dimensions n: Int, population: Int, tolerance: Double) -> CMAESStop? {
    let window = 10 + (30 * n + population - 1) / population
    if best.count >= window {
      let recent = best.suffix(window)
      let range = (recent.max() ?? 0) - (recent.min() ?? 0)
      if range <= tolerance && lastRange <= tolerance { return .equalValues }
    }
    guard generations % Self.stagnationInterval == 0 else { return nil }
    let span = max(120 + 30 * n / population, min(best.count / 5, 20_000))
    if best.count > span {
      // Medians of the first and the last 30 % of the window.
      let length = max(1, span * 3 / 10)
      func stalls(_ values: [Double]) -> Bool {
        let recent = Array(values.suffix(span))
        return Self.median(recent.suffix(length)) >= Self.median(recent.prefix(length))
      }
      if stalls(best) && stalls(median) { return .stagnation }
    }
    return nil
  }

  private static func median(_ values: ArraySlice<Double>) -> Double {
    values.sorted()[values.count / 2]
  }
}
