import Foundation
import Learner
import LinearAlgebra
import Testing

@Suite struct CMAESBoundsTests {
  private let bounds = CMAESBounds(
    lower: [-1, 2, -.infinity, -.infinity], upper: [3, .infinity, 5, .infinity])

  @Test("Every number stands for a value within the bounds, and every value for itself")
  func inverse() {
    var stream = RandomStream(seed: 5)
    for _ in 0..<2000 {
      let variables = (0..<4).map { _ in 20 * stream.nextGaussian() }
      let values = bounds.bounded(variables)
      #expect((-1...3).contains(values[0]) && values[1] >= 2 && values[2] <= 5)
      #expect(values[3] == variables[3])
      let again = bounds.bounded(bounds.unbounded(values))
      for i in 0..<4 { #expect(abs(again[i] - values[i]) < 1e-12 * (1 + abs(values[i]))) }
    }
    #expect(bounds.bounded(bounds.unbounded([-1, 2, 5, 0])) == [-1, 2, 5, 0])
  }

  @Test("In the middle values are as they were, and towards a bound they slow down evenly")
  func shape() {
    let unit = CMAESBounds(lower: [0], upper: [1])
    for value in stride(from: 0.05, through: 0.95, by: 0.01) {
      #expect(unit.bounded([value]) == [value])
    }
    // No jump, in value or slope, across parabolas, bounds and mirrors.
    let step = 1e-4
    let values = stride(from: -3.0, through: 3, by: step).map { unit.bounded([$0])[0] }
    let slopes = zip(values, values.dropFirst()).map { ($1 - $0) / step }
    #expect(slopes.allSatisfy { abs($0) < 1 + 1e-9 })
    for (one, next) in zip(slopes, slopes.dropFirst()) {
      #expect(abs(next - one) < 1.1 * step / 0.1)
    }
  }

  @Test("An optimum within the bounds is found as without them")
  func inside() {
    func run(_ bounds: CMAESBounds?, seed: UInt64) -> CMAES {
      var search = CMAES(
        mean: [0.3, 0.3, 0.3], stepSize: 0.1, bounds: bounds,
        limits: CMAESLimits(target: 1e-10), seed: seed)
      while search.stop == nil {
        let candidates = search.ask()
        search.tell(
          candidates, values: candidates.map { TestFunction.ellipsoid($0.map { $0 - 0.5 }) })
      }
      return search
    }
    let wide = CMAESBounds(lower: [-20, -20, -20], upper: [20, 20, 20])
    let free = run(nil, seed: 6)
    let bounded = run(wide, seed: 6)
    #expect(bounded.evaluations == free.evaluations && bounded.mean == free.mean)
  }

  @Test("An optimum beyond a bound is found on it", arguments: [CMAESForm.full, .diagonal])
  func outside(_ form: CMAESForm) throws {
    // Least at (2, −3, 0.2), of which the box has (1, −1, 0.2).
    let optimum = [2, -3, 0.2]
    let box = CMAESBounds(lower: [-1, -1, -1], upper: [1, 1, 1])
    for seed in 1...10 as ClosedRange<UInt64> {
      var search = CMAES(
        mean: [0, 0, 0], stepSize: 0.5, bounds: box, form: form,
        limits: CMAESLimits(evaluations: 4000), seed: seed)
      while search.stop == nil {
        let candidates = search.ask()
        #expect(candidates.joined().allSatisfy { (-1...1).contains($0) })
        // Told as they were asked for, or through a file that keeps their numbers: it is the same.
        search.tell(
          candidates,
          values: candidates.map {
            zip($0, optimum).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
          })
      }
      for (found, place) in zip(search.best.variables, [1, -1, 0.2]) {
        #expect(abs(found - place) < 1e-4, "seed \(seed): \(search.best)")
      }
      #expect(search.mean.allSatisfy { (-1...1).contains($0) })
    }
  }

  @Test("A bounded search that was stored half-way goes on as if it had not been")
  func resumes() throws {
    var whole = CMAES(
      mean: [0.5, 0.5], stepSize: 0.5, bounds: CMAESBounds(lower: [0, 0], upper: [1, 1]), seed: 7)
    func advance(_ search: inout CMAES) {
      for _ in 0..<15 {
        let candidates = search.ask()
        search.tell(candidates, values: candidates.map { $0[0] - $0[1] })
      }
    }
    advance(&whole)
    var rest = try JSONDecoder().decode(CMAES.self, from: JSONEncoder().encode(whole))
    advance(&whole)
    advance(&rest)
    #expect(rest == whole)
  }

  @Test("Restarts stay within their bounds")
  func restarts() throws {
    let box = CMAESBounds(lower: [1, 1], upper: [6, 6])
    var restarts = CMAESRestarts(
      stepSize: 1, strategy: .increasing(), bounds: box, seed: 8
    ) { stream in (0..<2).map { _ in stream.nextUniform(in: 1, 6) } }
    var isWithin = true
    let best = try #require(
      restarts.minimise(budget: 6000) { candidates in
        isWithin = isWithin && candidates.joined().allSatisfy { (1...6).contains($0) }
        return candidates.map { TestFunction.rastrigin($0) }
      })
    #expect(isWithin)
    // Rastrigin's least value without a coordinate below 1 is at (1, 1), within 1e-4 of a whole number.
    #expect(best.variables.allSatisfy { abs($0 - 1) < 1e-3 }, "\(best)")
  }
}
