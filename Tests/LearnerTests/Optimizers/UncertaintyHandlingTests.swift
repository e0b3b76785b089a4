import Foundation
import Learner
import LinearAlgebra
import Testing

@Suite struct UncertaintyHandlingTests {
  private let values = (0..<10).map(Double.init)

  @Test("Without noise the evaluations stay least and the order is that of the values")
  func quiet() {
    var handling = UncertaintyHandling(leastEvaluations: 1, mostEvaluations: 16)
    let verdict = handling.assess(
      values: values.reversed(), repeated: 0..<2, repeatedValues: [9, 8], dimensions: 5)
    #expect(verdict.order == (0..<10).reversed())
    #expect(verdict.stepSizeFactor == 1)
    #expect(handling.measure < 0)
    #expect(handling.evaluations == 1)
  }

  @Test(
    "Ranks turned upside down raise the evaluations, and the step size once those are at their cap")
  func noisy() {
    var handling = UncertaintyHandling(leastEvaluations: 1, mostEvaluations: 2)
    var factors: [Double] = []
    var evaluations: [Double] = []
    for _ in 0..<4 {
      let verdict = handling.assess(
        values: values, repeated: 0..<2, repeatedValues: [9.5, 8.5], dimensions: 10)
      factors.append(verdict.stepSizeFactor)
      evaluations.append(handling.evaluations)
    }
    #expect(evaluations == [1.5, 2, 2, 2])
    #expect(factors == [1, 1, 1.1, 1.1])
  }

  @Test("The measure is the paper's, reckoned by hand for four candidates")
  func measure() {
    // First values 1 2 3 4; the first candidate again: 3.5. Of the eight values 1 2 2 3 3 3.5 4 4
    // the candidate's have ranks 1 and 6: Δ = 6 − 1 − 1 = 4. The second rank less one for the first
    // value below it is 5, the first is 1. θ = 0.2: the 10th percentiles of |R − (1…7)| for R = 5
    // (0 1 1 2 2 3 4) and R = 1 (0 1 2 3 4 5 6) are at 0.6 of the way to the second entry: 0.6
    // both. 2 · 4 − 0.6 − 0.6 = 6.8.
    var handling = UncertaintyHandling()
    _ = handling.assess(
      values: [1, 2, 3, 4], repeated: 0..<1, repeatedValues: [3.5], dimensions: 2)
    #expect(abs(handling.measure - 6.8) < 1e-12)
  }

  @Test("A value that isn't finite the second time puts the candidate last")
  func notFinite() {
    var handling = UncertaintyHandling()
    let verdict = handling.assess(
      values: [1, 2, 3, 4], repeated: 0..<1, repeatedValues: [.nan], dimensions: 2)
    #expect(verdict.order.first == 1)
    #expect(verdict.order.count == 4)
  }

  @Test("On a sphere drowned in noise it gets closer to the optimum than without handling")
  func sphere() {
    func distance(handled: Bool, seed: UInt64) -> Double {
      var search = CMAES(mean: Array(repeating: 1, count: 5), stepSize: 0.5, seed: seed)
      var handling = UncertaintyHandling(leastEvaluations: 1, mostEvaluations: 256)
      var stream = RandomStream(seed: seed, path: [9])
      var spent = 0
      func cost(_ x: [Double], _ evaluations: Int) -> Double {
        spent += evaluations
        return TestFunction.sphere(x)
          + 0.3 * stream.nextGaussian() / Double(evaluations).squareRoot()
      }
      while spent < 20_000 {
        let candidates = search.ask()
        let count = Int(handling.evaluations.rounded())
        let values = candidates.map { cost($0, count) }
        guard handled else {
          search.tell(candidates, values: values)
          continue
        }
        let again = handling.candidatesToRepeat(
          population: search.population, generation: search.generation, seed: seed)
        let verdict = handling.assess(
          values: values, repeated: again,
          repeatedValues: candidates[again].map { cost($0, count) },
          dimensions: 5)
        search.tell(candidates, values: values, order: verdict.order)
        search.scaleStepSize(by: verdict.stepSizeFactor)
      }
      return TestFunction.sphere(search.mean).squareRoot()
    }
    let seeds = 1...9 as ClosedRange<UInt64>
    let with = seeds.map { distance(handled: true, seed: $0) }.sorted()[4]
    let without = seeds.map { distance(handled: false, seed: $0) }.sorted()[4]
    print("median distance with handling \(with), without \(without), seeds \(seeds)")
    #expect(with < 0.7 * without)
  }
}
