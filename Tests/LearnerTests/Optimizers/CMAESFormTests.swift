import Foundation
import Learner
import Testing

@Suite struct CMAESFormTests {
  /// Evaluations to 1e-8 from 1 with a step of 0.5; nil for a run that ended elsewhere.
  private func evaluations(
    _ function: ([Double]) -> Double, dimensions: Int, form: CMAESForm, seed: UInt64,
    most: Int = 300_000
  ) -> Int? {
    var search = CMAES(
      mean: Array(repeating: 1, count: dimensions), stepSize: 0.5, form: form,
      limits: CMAESLimits(target: 1e-8, evaluations: most), seed: seed)
    while search.stop == nil {
      let candidates = search.ask()
      search.tell(candidates, values: candidates.map(function))
    }
    return search.stop == .target ? search.evaluations : nil
  }

  private func median(
    _ function: TestFunction, dimensions: Int, form: CMAESForm, runs: Int
  ) throws -> Double {
    let counts = (1...UInt64(runs)).compactMap {
      evaluations({ function($0) }, dimensions: dimensions, form: form, seed: $0)
    }
    #expect(counts.count == runs)
    return Double(try #require(counts.sorted().dropFirst(runs / 2).first))
  }

  /// Medians of pycma 4.5.0 with `CMA_diagonal: True`, seeds 1 to 15 (to 31 in 5 dimensions, to 5 in 100).
  @Test(
    "With variances alone it takes no more evaluations than pycma with `CMA_diagonal`",
    arguments: [
      (TestFunction.sphere, 20, 2136.0), (.ellipsoid, 5, 1056), (.ellipsoid, 20, 4452),
      (.ellipsoid, 100, 27_404),
    ])
  func peer(_ function: TestFunction, _ dimensions: Int, _ peer: Double) throws {
    let median = try median(
      function, dimensions: dimensions, form: .diagonal, runs: dimensions == 100 ? 5 : 15)
    print("\(function) in \(dimensions), diagonal: median \(median), pycma \(peer)")
    #expect(median < 1.2 * peer)
  }

  @Test("Variances are learnt sooner than covariances, where no two variables go together")
  func faster() throws {
    let diagonal = try median(.ellipsoid, dimensions: 20, form: .diagonal, runs: 5)
    let full = try median(.ellipsoid, dimensions: 20, form: .full, runs: 5)
    #expect(diagonal < 0.5 * full, "\(diagonal) and \(full)")
  }

  @Test("What only combinations of variables show, variances don't")
  func rotated() throws {
    /// An ellipsoid with axes between those of the variables: by Householder's reflection.
    func function(_ x: [Double]) -> Double {
      let n = Double(x.count)
      let sum = x.reduce(0, +)
      return TestFunction.ellipsoid(x.map { $0 - 2 * sum / n })
    }
    let full = try #require(evaluations(function, dimensions: 10, form: .full, seed: 1))
    #expect(
      evaluations(function, dimensions: 10, form: .diagonal, seed: 1, most: 10 * full) == nil)
  }

  @Test("With many variables it is diagonal, unless it is asked not to be")
  func automatic() {
    func form(_ dimensions: Int, _ form: CMAESForm? = nil) -> CMAESForm {
      CMAES(
        mean: Array(repeating: 0, count: dimensions), stepSize: 1, form: form, seed: 1
      ).covariance.form
    }
    #expect(form(CMAESForm.mostFull) == .full)
    #expect(form(CMAESForm.mostFull + 1) == .diagonal)
    #expect(form(3, .diagonal) == .diagonal)
  }

  @Test("A diagonal search that was stored half-way goes on as if it had not been")
  func resumes() throws {
    var whole = CMAES(mean: [1, 1, 1], stepSize: 0.5, form: .diagonal, seed: 4)
    func advance(_ search: inout CMAES) {
      for _ in 0..<20 {
        let candidates = search.ask()
        search.tell(candidates, values: candidates.map { TestFunction.ellipsoid($0) })
      }
    }
    advance(&whole)
    var rest = try JSONDecoder().decode(CMAES.self, from: JSONEncoder().encode(whole))
    advance(&whole)
    advance(&rest)
    #expect(rest == whole)
    #expect(whole.covariance[0, 1] == 0 && whole.covariance[0, 0] > whole.covariance[2, 2])
  }
}
