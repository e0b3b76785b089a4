import Foundation
import Learner
import Testing

@Suite("How far from its bound a parameter may be")
struct CalibrationOneSidedTests {
  /// exp(−g x − x² / 2 v) over x ≥ 0, integrated by the trapezoid rule.
  private func integrate(slope: Double, variance: Double) -> (deviation: Double, reach95: Double) {
    let end = min(12 * variance.squareRoot(), 40 / max(slope, 1e-9))
    let count = 400_000
    let h = end / Double(count)
    var mass = 0.0
    var square = 0.0
    var cumulative = [0.0]
    for i in 0..<count {
      let x = (Double(i) + 0.5) * h
      let density = exp(-slope * x - x * x / (2 * variance)) * h
      mass += density
      square += density * x * x
      cumulative.append(mass)
    }
    let place = cumulative.firstIndex { $0 >= 0.95 * mass } ?? count
    return ((square / mass).squareRoot(), Double(place) * h)
  }

  @Test(
    "Deviation and 95 % reach are those of the cut-off normal distribution, integrated numerically",
    arguments: [(0.0, 1.0), (0.7, 4.0), (3.0, 2.0), (50.0, 0.01), (40.0, 1.0)])
  func integrated(slope: Double, variance: Double) {
    let truth = integrate(slope: slope, variance: variance)
    let found = OneSidedUncertainty(slope: slope, variance: variance)
    // Beyond eight standard deviations the tail is taken for an exponential one.
    let tolerance = slope * variance.squareRoot() > 8 ? 0.03 : 1e-4
    #expect(abs(found.deviation / truth.deviation - 1) < tolerance)
    #expect(abs(found.reach95 / truth.reach95 - 1) < tolerance)
  }
}
