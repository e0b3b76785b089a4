import Foundation
import Learner
import Robotics

extension GPBenchmark {
  /// What a trial's 60 steps cost that are added to a model, beside conditioning its processes on all steps
  /// anew and a warm fit; one thread, processor.
  static func measureAdding() throws {
    print("Milliseconds: min / median / max; 4 outputs, one thread\n")
    print("| N | 60 steps added by blocks | N + 60 conditioned anew | warm fit of N + 60 |")
    print("| --- | --- | --- | --- |")
    for count in [60, 120, 240, 480] {
      let all = cartPoleSteps(count + 60)
      let more = Array(all.suffix(60))
      let model = try fit(Array(all.prefix(count)), threads: 1)
      let points = all.flatMap { step in
        let x = step.state
        return [x[0], cos(x[1]), sin(x[1]), x[2], x[3], step.action[0]]
      }
      let added = try times(25) { _ = try model.adding(more) }
      let anew = try times(25) {
        for (dimension, output) in model.outputs.enumerated() {
          _ = try GaussianProcess(
            points: points, targets: all.map { $0.nextState[dimension] - $0.state[dimension] },
            mean: output.mean, hyperparameters: output.hyperparameters)
        }
      }
      let warm = try times(5) { _ = try fit(all, threads: 1, warmStart: model) }
      print("| \(count) | \(line(added)) | \(line(anew)) | \(line(warm)) |")
    }
  }
}
