import BenchmarkArguments
import Foundation
import Learner

/// CMA-ES on a test function, one line of JSON a run; `compare_optimizer.py` sets it beside pycma.
///
///     optimizer-benchmark FUNCTION DIMENSIONS START STEPSIZE POPULATION SEEDS [--form full|diagonal]
///         [--evaluations N]
///
/// POPULATION 0 means CMA-ES's own choice. Runs end at a value of 1e-8. `overhead` is the time of the
/// optimiser alone (ask and tell) a candidate, in seconds of this process's processors.
@main
struct OptimizerBenchmark {
  static func main() {
    var arguments = BenchmarkArguments(
      usage: "optimizer-benchmark FUNCTION DIMENSIONS START STEPSIZE POPULATION SEEDS "
        + "[--form full|diagonal] [--evaluations N]")
    let words = (0..<6).compactMap { _ in arguments.word() }
    let form = arguments.text("form").map { text in
      guard let form = CMAESForm(rawValue: text) else {
        arguments.refuse("--form is full or diagonal")
      }
      return form
    }
    let evaluations = arguments.whole("evaluations", 1...Int.max) ?? 3_000_000
    arguments.end()
    guard words.count == 6, let dimensions = Int(words[1]), dimensions > 0,
      let start = Double(words[2]), let stepSize = Double(words[3]), stepSize > 0,
      let population = Int(words[4]), population >= 0, let seeds = Int(words[5])
    else { arguments.refuse("a name and five numbers are wanted") }
    guard ["sphere", "ellipsoid", "rosenbrock", "rastrigin"].contains(words[0]) else {
      arguments.refuse("there is no function '\(words[0])'")
    }
    for seed in 1...UInt64(max(seeds, 1)) {
      var search = CMAES(
        mean: Array(repeating: start, count: dimensions), stepSize: stepSize,
        population: population > 0 ? population : nil, form: form,
        limits: CMAESLimits(target: 1e-8, evaluations: evaluations), seed: seed)
      var ticks: clock_t = 0
      while search.stop == nil {
        var since = clock()
        let candidates = search.ask()
        ticks += clock() - since
        let values = candidates.map { value(words[0], $0) }
        since = clock()
        search.tell(candidates, values: values)
        ticks += clock() - since
      }
      let overhead = Double(ticks) / Double(CLOCKS_PER_SEC) / Double(search.evaluations)
      print(
        "{\"seed\": \(seed), \"solved\": \(search.stop == .target), "
          + "\"evaluations\": \(search.evaluations), \"overhead\": \(overhead)}")
    }
  }

  static func value(_ function: String, _ x: [Double]) -> Double {
    let n = x.count
    switch function {
    case "sphere": return x.reduce(0) { $0 + $1 * $1 }
    case "ellipsoid":
      return (0..<n).reduce(0) { $0 + pow(10, 6 * Double($1) / Double(n - 1)) * x[$1] * x[$1] }
    case "rosenbrock":
      return (0..<(n - 1)).reduce(0) { sum, i in
        let bend = x[i] * x[i] - x[i + 1]
        return sum + 100 * bend * bend + (x[i] - 1) * (x[i] - 1)
      }
    case "rastrigin":
      return x.reduce(10 * Double(n)) { $0 + $1 * $1 - 10 * cos(2 * .pi * $1) }
    default: preconditionFailure("no function '\(function)'")
    }
  }
}
