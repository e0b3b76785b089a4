import BenchmarkArguments
import Foundation
import Learner

func cosine(_ angle: Double) -> Double { cos(angle) }
func sine(_ angle: Double) -> Double { sin(angle) }

/// Rollouts a second of the policy search on a learnt cart-pole, against a scalar loop in C++.
///
///     swift run -c release rollout-benchmark [--threads N] [--rollouts N] [--rounds N]
@main
struct RolloutBenchmark {
  static func main() throws {
    var arguments = BenchmarkArguments(
      usage: "rollout-benchmark [--threads N] [--rollouts N] [--rounds N]")
    let threads = arguments.whole("threads", 1...64) ?? 2
    let rounds = arguments.whole("rounds", 1...1000) ?? 5
    let budget = arguments.whole("rollouts", 1...1_000_000_000) ?? 40_000
    arguments.end()
    let robotFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../calibration/cart-pole/robot.yaml").standardized.path
    print("cart-pole, T = 40, \(threads) threads, \(rounds) rounds; rollouts a second")
    print(
      "| N | C++ | lockstep, variance each step | ratio | the variances' products alone | lockstep, "
        + "mean alone | ratio | lockstep, whole functions | ratio | search, variance each step | ratio "
        + "| search, mean alone | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for points in [40, 200] {
      let problem = try CartPoleProblem(robotFile: robotFile, points: points, threads: threads)
      let rollouts = LockstepRollouts(problem: problem, count: points == 40 ? 4000 : 800)
      let same = LockstepRollouts(problem: problem, count: 200).differences()
      print(
        String(
          format: "# N = %d: greatest relative difference of means %.1e, of variances %.1e; of "
            + "200 returns %.1e", points, same.mean, same.variance, same.returns))
      var scalar: [Double] = []
      var rates = [[Double]](repeating: [], count: 5)
      var floors: [Double] = []
      for _ in 0..<rounds {
        scalar.append(rate(rollouts.weights.count) { _ = rollouts.byYardstick(threads: threads) })
        for (index, sampling) in [ParticleSampling.everyStep, .none].enumerated() {
          rates[index].append(
            rate(rollouts.weights.count) {
              _ = PolicySearch.returns(
                of: rollouts.weights, shape: problem.shape, model: problem.model,
                task: problem.task, robot: problem.robot, sampling: sampling, seed: 1,
                threads: threads)
            })
          rates[3 + index].append(try searchRate(problem, sampling, budget, threads))
        }
        rates[2].append(
          rate(32 * rollouts.weights.count) { rollouts.inFunctions(count: 32, threads: threads) })
        floors.append(rollouts.productRate(points: points, threads: threads))
      }
      func ratio(_ ours: [Double]) -> String {
        let ratios = zip(ours, scalar).map { $0 / $1 }.sorted()
        return String(
          format: "%.1f (%.1f to %.1f)", ratios[rounds / 2], ratios[0], ratios[rounds - 1])
      }
      func median(_ rates: [Double]) -> String {
        String(format: "%.0f", rates.sorted()[rounds / 2])
      }
      print(
        "| \(points) | \(median(scalar)) | \(median(rates[0])) | \(ratio(rates[0])) | "
          + "\(median(floors)) | "
          + rates.dropFirst().map { "\(median($0)) | \(ratio($0))" }.joined(separator: " | ") + " |"
      )
    }
  }

  private static func rate(_ count: Int, _ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
  }

  /// Rollouts a second of a whole search: optimiser, policies, model, rewards and all.
  private static func searchRate(
    _ problem: CartPoleProblem, _ sampling: ParticleSampling, _ budget: Int, _ threads: Int
  ) throws -> Double {
    var settings = SearchSettings()
    settings.method = .blackBox
    settings.policy = problem.shape.kind
    settings.sampling = sampling
    settings.rolloutBudget = budget
    settings.finalParticles = 1
    let result = try PolicySearch.search(
      model: problem.model, task: problem.task, robot: problem.robot, settings: settings, seed: 1,
      threads: threads)
    return Double(result.rollouts) / result.seconds
  }
}
