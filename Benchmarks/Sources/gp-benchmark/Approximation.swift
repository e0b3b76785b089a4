import Foundation
import Learner
import LinearAlgebra
import Robotics

extension GPBenchmark {
  /// Errors of models of 4000 steps: through inducing points, and exact on some of the steps, evenly
  /// spread or farthest apart; and of a model of a million steps.
  static func compareApproximations() throws {
    let steps = cartPoleSteps(4000 + 500)
    let (known, held) = (Array(steps.prefix(4000)), Array(steps.suffix(500)))
    print(
      "| model of 4000 steps | seconds to fit | root mean square error of each change, left out |")
    print("| --- | --- | --- |")
    func show(_ name: String, _ steps: [Step], _ most: Int, _ inducing: Int = 1000) throws {
      var settings = settings
      settings.maximumPointCount = most
      settings.sparse.inducingPointCount = inducing
      let clock = ContinuousClock()
      let start = clock.now
      let model = try GaussianProcessDynamics.fit(
        steps: steps, features: features, periodSeconds: 0.05, settings: settings, seed: 1,
        threads: 2)
      let seconds = (clock.now - start) / .seconds(1)
      let inducing = model.summary.outputs.compactMap { $0.approximation }.map {
        String(format: "%d (%.2g %%)", $0.inducingPointCount, 100 * $0.unexplainedVariance)
      }
      print(
        "| \(name)\(inducing.isEmpty ? "" : ": " + inducing.joined(separator: ", ")) | "
          + String(format: "%.1f", seconds) + " | "
          + errors(model, held).map { String(format: "%.5f", $0) }.joined(separator: ", ") + " |")
      fflush(nil)
    }
    for inducing in [100, 200, 500, 1000] {
      try show("at most \(inducing) inducing points", known, 1000, inducing)
    }
    for count in [200, 500, 1000] {
      try show(
        "exact on \(count), evenly spread", (0..<count).map { known[$0 * 4000 / count] }, count)
      try show("exact on \(count), farthest apart", farthestApart(known, count), count)
    }
    let million = cartPoleSteps(1_000_000)
    try show("of a million steps, those that are looked at", million, 1000)
  }

  private static func errors(_ model: GaussianProcessDynamics, _ held: [Step]) -> [Double] {
    let count = held.count
    let states = (0..<4).flatMap { d in held.map { $0.state[d] } }
    var mean = states
    model.predict(
      count: count, stride: count, states: states, actions: held.map { $0.action[0] }, mean: &mean,
      variance: nil, workspace: model.makeWorkspace(capacity: count))
    return (0..<4).map { d in
      let squares = (0..<count).map { b in
        pow(held[b].nextState[d] - held[b].state[d] - mean[d * count + b], 2)
      }
      return (squares.reduce(0, +) / Double(count)).squareRoot()
    }
  }

  /// Always the step whose nearest chosen one is farthest (Gonzalez 1985), in standard deviations.
  private static func farthestApart(_ steps: [Step], _ most: Int) -> [Step] {
    let points = steps.map { step in
      [
        step.state[0], cos(step.state[1]), sin(step.state[1]), step.state[2], step.state[3],
        step.action[0],
      ]
    }
    let scales = (0..<6).map { d -> Double in
      let values = points.map { $0[d] }
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
        .squareRoot()
    }
    var distances = [Double](repeating: .infinity, count: steps.count)
    var chosen = [steps.count - 1]
    while chosen.count < most {
      let last = points[chosen[chosen.count - 1]]
      for n in points.indices {
        var square = 0.0
        for d in 0..<6 { square += pow((points[n][d] - last[d]) / scales[d], 2) }
        distances[n] = min(distances[n], square)
      }
      chosen.append(distances.indices.max { distances[$0] < distances[$1] } ?? 0)
    }
    return chosen.sorted().map { steps[$0] }
  }
}
