import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Bands around predictions over segments")
struct PredictionBandsTests {
  @Test(
    "Where parameters are drawn around the true ones, bands hold the share that they are meant to",
    arguments: [40, 41] as [UInt64])
  func honest(seed: UInt64) throws {
    // The prediction is made with parameters that are as far off as the draws say.
    var stream = RandomStream(seed: seed)
    func drawn() -> [Double] {
      zip(CalibrationPendulum.truth, [0.07, 0.02, 0.01, 0.01, 0.0]).map {
        $0 + $1 * stream.nextGaussian()
      }
    }
    let evaluator = try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: seed), robot: CalibrationPendulum.robot)
    let draws = (0..<200).map { _ in drawn() }
    let report = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth, drawn: draws,
      seed: seed)
    let coverage = try #require(report.openLoop.coverage)
    print("seed \(seed): coverage \(coverage)")
    #expect(coverage > 0.95)
    // Without any doubt of the parameters only the start's and the measurement's noise are left.
    let sure = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth,
      drawn: draws.map { _ in CalibrationPendulum.truth }, seed: seed)
    let narrow = try #require(sure.openLoop.coverage)
    #expect(narrow > 0.85)
    func width(_ report: PredictionReport) throws -> Double {
      let segment = report.openLoop.segments[4]
      let lower = try #require(segment.lower?[0].last)
      return try #require(segment.upper?[0].last) - lower
    }
    #expect(try width(report) > 2 * width(sure))
    // A prior that is wrong and sure of it is found out.
    let wrong = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: [0.5, 0.55, 0.02, 0.02, 9.81],
      drawn: draws.map { _ in [0.5, 0.55, 0.02, 0.02, 9.81] }, seed: seed)
    #expect(try #require(wrong.openLoop.coverage) < 0.5)
  }

  @Test("Bands that are too narrow hold what they should once widened by what they lack")
  func widened() throws {
    let evaluator = try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: 42), robot: CalibrationPendulum.robot)
    let wrong = [0.5, 0.55, 0.02, 0.02, 9.81]
    var loop = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: wrong,
      drawn: Array(repeating: wrong, count: 8), seed: 1
    ).openLoop
    #expect(try #require(loop.coverage) < 0.5)
    let excess = try #require(loop.bandExcess(probability: 0.95))
    #expect(excess > 1)
    let before = try #require(loop.segments[4].upper?[0].last)
    loop.widenBands(by: excess)
    #expect(abs(try #require(loop.coverage) - 0.95) < 0.01)
    #expect(try #require(loop.segments[4].upper?[0].last) > before)
  }

  @Test("A predictor without draws has no band, and says so")
  func none() throws {
    let report = try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: 42, seconds: 3),
      robot: CalibrationPendulum.robot
    ).evaluate(prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    #expect(report.openLoop.coverage == nil && report.openLoop.segments[0].lower == nil)
    #expect(report.oneStepSeries[0].reaches == nil)
    #expect(report.oneStepSeries[1].errors.count == report.oneStepSeries[1].timesSeconds.count)
  }

  @Test("A push by hand is found by whatever predictor, named by its time, and left out of errors")
  func pushes() throws {
    let evaluator = try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: 32, push: 4.1),
      robot: CalibrationPendulum.robot)
    let report = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    let found = evaluator.disturbances(in: report)
    #expect(found.count == 1)
    let push = try #require(found.first)
    #expect(push.fromSeconds <= 4.1 && push.toSeconds >= 4.1)
    #expect(push.toSeconds - push.fromSeconds < 1)
    let rest = report.openLoop.errors(outside: found)
    #expect(rest.count < report.openLoop.segments.count)
    #expect(
      try #require(rest.max()) < 0.1 * report.openLoop.segments[report.openLoop.worst[0]].rmsError)
    let calm = try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: 32), robot: CalibrationPendulum.robot)
    let undisturbed = calm.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    #expect(calm.disturbances(in: undisturbed).isEmpty)
  }
}
