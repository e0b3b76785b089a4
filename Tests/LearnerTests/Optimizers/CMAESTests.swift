import Foundation
import Learner
import LinearAlgebra
import Testing

/// The functions of the comparison with pycma.
enum TestFunction: String, CaseIterable, Sendable {
  case sphere, ellipsoid, rosenbrock, rastrigin

  func callAsFunction(_ x: [Double]) -> Double {
    let n = x.count
    switch self {
    case .sphere:
      return x.reduce(0) { $0 + $1 * $1 }
    case .ellipsoid:
      return (0..<n).reduce(0) { $0 + pow(10, 6 * Double($1) / Double(n - 1)) * x[$1] * x[$1] }
    case .rosenbrock:
      return (0..<(n - 1)).reduce(0) {
        let bend = x[$1] * x[$1] - x[$1 + 1]
        return $0 + 100 * bend * bend + (x[$1] - 1) * (x[$1] - 1)
      }
    case .rastrigin:
      return x.reduce(10 * Double(n)) { $0 + $1 * $1 - 10 * cos(2 * .pi * $1) }
    }
  }
}

/// Evaluations to 1e-8 of pycma 4.5.0 with its defaults (active update, no bounds), medians over
/// seeds 1…51 in 5 and 1…31 in 20 dimensions of `cma.CMAEvolutionStrategy(n * [x0], sigma,
/// {'seed': seed, 'ftarget': 1e-8})`; Rastrigin with popsize 60 and 300, of the runs that reached
/// the global minimum.
struct PeerMedian: Sendable, CustomTestStringConvertible {
  let function: TestFunction
  let dimensions: Int
  let start: Double
  let stepSize: Double
  let population: Int?
  let runs: Int
  let median: Double
  let tolerance: Double

  var testDescription: String { "\(function) in \(dimensions)" }

  static let all = [
    PeerMedian(
      function: .sphere, dimensions: 5, start: 1, stepSize: 0.5, population: nil, runs: 51,
      median: 632, tolerance: 0.1),
    PeerMedian(
      function: .sphere, dimensions: 20, start: 1, stepSize: 0.5, population: nil, runs: 31,
      median: 2544, tolerance: 0.1),
    PeerMedian(
      function: .ellipsoid, dimensions: 5, start: 1, stepSize: 0.5, population: nil, runs: 51,
      median: 1400, tolerance: 0.1),
    PeerMedian(
      function: .ellipsoid, dimensions: 20, start: 1, stepSize: 0.5, population: nil, runs: 31,
      median: 12696, tolerance: 0.1),
    PeerMedian(
      function: .rosenbrock, dimensions: 5, start: 0, stepSize: 0.5, population: nil, runs: 51,
      median: 1624, tolerance: 0.1),
    PeerMedian(
      function: .rosenbrock, dimensions: 20, start: 0, stepSize: 0.5, population: nil, runs: 31,
      median: 16332, tolerance: 0.1),
    PeerMedian(
      function: .rastrigin, dimensions: 5, start: 3, stepSize: 2, population: 60, runs: 101,
      median: 4650, tolerance: 0.15),
    PeerMedian(
      function: .rastrigin, dimensions: 20, start: 3, stepSize: 2, population: 300, runs: 21,
      median: 85800, tolerance: 0.15),
  ]
}

@Suite struct CMAESTests {
  @Test("It takes as many evaluations as pycma", arguments: PeerMedian.all)
  func peer(_ peer: PeerMedian) {
    var counts: [Int] = []
    for seed in 1...UInt64(peer.runs) {
      var search = CMAES(
        mean: Array(repeating: peer.start, count: peer.dimensions), stepSize: peer.stepSize,
        population: peer.population,
        limits: CMAESLimits(target: 1e-8, evaluations: 1_000_000), seed: seed)
      while search.stop == nil {
        let candidates = search.ask()
        search.tell(candidates, values: candidates.map { peer.function($0) })
      }
      if search.stop == .target { counts.append(search.evaluations) }
    }
    counts.sort()
    let median = counts.isEmpty ? 0 : Double(counts[counts.count / 2])
    print("\(peer.testDescription): median \(median), pycma \(peer.median), \(counts.count) ok")
    if peer.function != .rastrigin { #expect(counts.count >= peer.runs * 85 / 100) }
    #expect(abs(median / peer.median - 1) <= peer.tolerance)
  }
}
