import Foundation
import Learner
import Robotics
import Simulation
import Testing

@Suite("Predictions of a real double pendulum", .serialized)
struct EvaluationDoublePendulumTests {
  private static let data = RealPendulum.data.deletingLastPathComponent()
    .appendingPathComponent("double-pendulum")
  private static let isPresent = FileManager.default.fileExists(
    atPath: data.appendingPathComponent("excitation-1.csv").path)

  private func trial(_ name: String, _ robot: Robot, number: Int) throws -> Trial {
    try CSVRecording.read(
      contentsOf: Self.data.appendingPathComponent("\(name).csv").path, robot: robot,
      number: number
    ).trial
  }

  @Test(
    "Calibrated on one excitation, the prior predicts another and a swing-up",
    .enabled(if: isPresent, RealPendulum.absence))
  func calibratedPredicts() throws {
    let robot = try Robot(
      contentsOf: RealPendulum.root.appendingPathComponent(
        "calibration/dfki-double-pendulum/robot.yaml"
      ).path)
    let description = try #require(robot.prior)
    let prior = try PlantPrior(
      plantName: description.model, stepSeconds: description.stepSeconds)
    // Fewer starts and no search for the delay, which is found to be none, take a third of the time
    // and end at 0.223 rad where the default settings end at 0.209 (Benchmarks/RESULTS.md).
    let result = try Calibrator.fit(
      recordings: [try trial("excitation-1", robot, number: 1)], robot: robot, prior: prior,
      description: description,
      settings: CalibrationSettings(
        actionDelay: .fixed(seconds: 0), screenedStarts: 32, starts: 2, folds: 0), seed: 1)
    print("not determined:", result.undetermined.map(\.meaning))
    for estimate in result.estimates {
      print(" ", estimate.name, estimate.value, "±", estimate.standardError ?? .nan, estimate.unit)
    }
    #expect(result.undetermined.contains { $0.meaning.contains("mass1 and centre1") })
    var calibrated = description
    for (name, value) in zip(prior.parameterNames, result.parameters) {
      let place = try #require(calibrated.parameters.firstIndex { $0.name == name })
      calibrated.parameters[place].nominal = value
      calibrated.parameters[place].isTunable = false
    }
    let settings = PredictionSettings(periodSeconds: 0.05)
    let predictor = try RecordedPredictor(
      training: [
        try PredictionEvaluator(
          recording: try trial("excitation-1", robot, number: 1), robot: robot, settings: settings)
      ], robot: robot, prior: PriorForFit(model: prior, description: calibrated), seed: 1)
    for (name, median, quantile) in [
      ("excitation-2", 0.045, 0.080), ("swing-up-1", 0.035, 0.24),
    ] {
      let evaluator = try PredictionEvaluator(
        recording: try trial(name, robot, number: 2), robot: robot,
        settings: settings)
      let found = evaluator.evaluate(prior: prior, parameters: result.parameters).openLoop
      print("excitation-1 → \(name): \(found.median) / \(found.quantile90) rad")
      #expect(found.median < median)
      #expect(found.quantile90 < quantile)
      let learnt = try predictor.report(on: evaluator)
      let inside = learnt.openLoop.medians(shares: try #require(learnt.openLoop.shares)).insideCount
      print("  gp-mi \(learnt.openLoop.median) rad, \(inside) segments in the region of its data")
      print("  bands hold", learnt.oneStep.compactMap(\.coverage))
      #expect(learnt.openLoop.median <= 1.05 * found.median)
      // excitation-1 swings at one amplitude; nothing else comes near all its states and efforts.
      #expect(inside < evaluator.segments.count / 4)
    }
  }
}
