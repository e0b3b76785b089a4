import Foundation
import Learner
import Robotics

/// One fit with its data, for another program to do again.
private struct ComparedFit: Codable {
  /// How many steps.
  var count: Int
  /// Cart position, cos θ, sin θ, velocities and force of each step.
  var inputs: [[Double]]
  /// The changes of the four state dimensions of each step.
  var targets: [[Double]]
  /// log p(y | Z) of each output, targets in their own units.
  var logMarginalLikelihoods: [Double]
  /// Wall-clock times of fits by two threads, in seconds.
  var seconds: [Double]
  /// Processor times of the same.
  var processorSeconds: [Double]
}

extension GPBenchmark {
  /// Fits steps and writes data, likelihoods and times as JSON.
  ///
  /// - Parameters:
  ///   - isAlike: Whether the optimisation has one start, and hyperparameters may be as large and as small
  ///     as scikit-learn's by default (1e-5 to 1e5 standard deviations).
  ///   - counts: How many steps, a fit each.
  ///   - repetitions: How often each is timed, after one that isn't.
  static func writeFits(isAlike: Bool, counts: [Int], repetitions: Int) throws {
    var settings = settings
    if isAlike {
      settings.restarts = 1
      settings.barriers = HyperparameterBarriers(
        signalToNoise: 1e5, lengthscaleRatio: 1e5, longLengthscaleRatio: 1e5, signalRatio: 1e5)
    }
    func fit(_ steps: [Step]) throws -> GaussianProcessDynamics {
      try .fit(
        steps: steps, features: features, periodSeconds: 0.05, settings: settings, seed: 1,
        threads: 2)
    }
    let fits = try counts.map { count -> ComparedFit in
      let steps = cartPoleSteps(count)
      let model = try fit(steps)
      let wall = ContinuousClock()
      var times: [Double] = []
      let processorTimes = try (0..<repetitions).map { _ in
        let start = clock()
        times.append(try wall.measure { _ = try fit(steps) } / .seconds(1))
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
      }
      return ComparedFit(
        count: count,
        inputs: steps.map { step in
          let x = step.state
          return [x[0], cos(x[1]), sin(x[1]), x[2], x[3], step.action[0]]
        },
        targets: steps.map { step in zip(step.nextState, step.state).map { $0 - $1 } },
        logMarginalLikelihoods: model.summary.outputs.map(\.logMarginalLikelihood), seconds: times,
        processorSeconds: processorTimes)
    }
    let encoded = try JSONEncoder().encode(fits)
    print(String(decoding: encoded, as: UTF8.self))
  }
}
