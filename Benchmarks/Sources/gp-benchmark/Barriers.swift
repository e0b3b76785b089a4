import Foundation
import Learner
import LinearAlgebra
import Robotics

extension GPBenchmark {
  /// What the barrier on long lengthscales costs and buys: log likelihoods of the steps learnt from, and log
  /// densities of steps of other trials and of steps anywhere in a wide range, with it and without.
  static func compareBarriers() throws {
    let counts = [60, 120, 240]
    let kinds: [(name: String, settings: GaussianProcessSettings)] = [
      ("squared exponential", GaussianProcessSettings()),
      ("with a polynomial part", LearningSettings.model),
    ]
    print("| model | steps | log likelihood gained | log density lost, other trials | wide |")
    print("| --- | --- | --- | --- | --- |")
    for kind in kinds {
      var rows = counts.map { _ in [[Double]]() }
      for seed in UInt64(1)...24 {
        var stream = RandomStream(seed: seed, path: [77])
        // A trial of random forces, then three that pump energy into the pole or out of it.
        let learnt = [0.0, 3, 5, 2].flatMap { pumpedTrial($0, &stream) }
        let near = [0.0, 4].flatMap { pumpedTrial($0, &stream) }
        let wide = (0..<200).map { _ -> Step in
          let state = [
            0.5 * stream.nextGaussian(), stream.nextUniform(in: -4, 4),
            1.5 * stream.nextGaussian(), 4 * stream.nextGaussian(),
          ]
          let force = stream.nextUniform(in: -10, 10)
          return Step(state: state, action: [force], nextState: advanced(state, force))
        }
        for (place, count) in counts.enumerated() {
          let found = try [100.0, 1e5].map { ratio -> [Double] in
            var settings = kind.settings
            settings.barriers.longLengthscaleRatio = ratio
            let model = try GaussianProcessDynamics.fit(
              steps: Array(learnt.prefix(count)), features: features, periodSeconds: 0.05,
              settings: settings, seed: seed, threads: 2)
            return [
              model.summary.logMarginalLikelihood, logDensity(of: near, model),
              logDensity(of: wide, model),
            ]
          }
          rows[place].append(
            [found[1][0] - found[0][0], found[0][1] - found[1][1], found[0][2] - found[1][2]])
        }
      }
      for (place, count) in counts.enumerated() {
        let cells = (0..<3).map { column -> String in
          let values = rows[place].map { $0[column] }
          let mean = values.reduce(0, +) / Double(values.count)
          let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
          let error = (squares / Double(values.count * (values.count - 1))).squareRoot()
          return String(
            format: "%+.3f (mean %+.2f ± %.2f)", values.sorted()[values.count / 2], mean, error)
        }
        print("| \(kind.name) | \(count) | \(cells.joined(separator: " | ")) |")
      }
    }
  }

  /// The mean log density of the measured changes of both velocities.
  private static func logDensity(of steps: [Step], _ model: GaussianProcessDynamics) -> Double {
    let workspace = model.makeWorkspace(capacity: 1)
    var sum = 0.0
    for step in steps {
      var mean = [0.0, 0, 0, 0]
      var variance = mean
      model.predict(
        count: 1, stride: 1, states: step.state, actions: step.action, mean: &mean,
        variance: &variance, workspace: workspace)
      for d in 2..<4 {
        let spread = variance[d] + model.noiseDeviations[d] * model.noiseDeviations[d]
        let error = step.nextState[d] - step.state[d] - mean[d]
        sum -= 0.5 * (error * error / spread + log(2 * .pi * spread))
      }
    }
    return sum / Double(2 * steps.count)
  }

  /// 60 steps from rest under random forces, less `gain` times what would take energy from the pole.
  private static func pumpedTrial(_ gain: Double, _ stream: inout RandomStream) -> [Step] {
    var state = (0..<4).map { _ in 0.01 * stream.nextGaussian() }
    var random = 0.0
    return (0..<60).map { tick in
      if tick % 3 == 0 { random = stream.nextUniform(in: -10, 10) }
      let force =
        gain == 0 ? random : max(-10, min(10, 0.3 * random - gain * state[3] * cos(state[1])))
      let before = state.map { $0 + 0.01 * stream.nextGaussian() }
      state = advanced(state, force)
      return Step(
        state: before, action: [force],
        nextState: state.map { $0 + 0.01 * stream.nextGaussian() })
    }
  }
}
