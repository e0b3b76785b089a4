import Foundation
import Learner
import Robotics
import Simulation
import Testing

@Suite("Predictions of a real pendulum")
struct EvaluationRealRecordingTests {
  @Test(
    "Calibrating on one recording predicts the other",
    .enabled(if: RealPendulum.isPresent, RealPendulum.absence),
    arguments: [
      ("system-identification", "energy-shaping"), ("energy-shaping", "system-identification"),
    ])
  func calibratedPredicts(_ fitted: String, _ tested: String) throws {
    let robot = try RealPendulum.robot()
    let (prior, description) = try RealPendulum.prior()
    let clock = ContinuousClock()
    let start = clock.now
    let result = try Calibrator.fit(
      recordings: [try RealPendulum.trial(fitted, number: 1)], robot: robot, prior: prior,
      description: description, seed: 1)
    print("calibrated in \(clock.now - start)")
    for e in result.estimates {
      print(e.name, e.value, e.standardError as Any, e.unit, e.boundHit as Any)
    }
    print(result.undetermined.map(\.meaning), result.conditionNumber)
    print("delay \(result.actionDelaySeconds)", result.delays.map { ($0.delaySeconds, $0.cost) })
    print("segments", result.usedSegmentCount, result.segmentCount, result.disturbances)
    print("held out", result.heldOutBefore as Any, result.heldOutAfter as Any)
    print("fitted", result.fittedBefore, result.fittedAfter)
    for delay in [result.actionDelaySeconds, 0] {
      let evaluator = try PredictionEvaluator(
        recording: try RealPendulum.trial(tested, number: 2), robot: robot,
        settings: PredictionSettings(actionDelaySeconds: delay))
      let nominal = prior.parameterNames.map { name in
        description.parameters.first { $0.name == name }?.nominal ?? .nan
      }
      let before = evaluator.evaluate(prior: prior, parameters: nominal)
      let after = evaluator.evaluate(prior: prior, parameters: result.parameters)
      print(
        "\(fitted) -> \(tested), delay \(delay): nominal", before.openLoop.median,
        before.openLoop.quantile90, "calibrated", after.openLoop.median, after.openLoop.quantile90)
      print("one step", before.oneStep.map(\.rms), after.oneStep.map(\.rms))
      print("worst", after.openLoop.worst.map { after.openLoop.segments[$0].segment.startSeconds })
    }
  }
}
