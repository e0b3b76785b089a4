import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("Judging predictions")
struct EvaluationTests {
  @Test("The true parameters predict to within the measurement's noise, wrong ones don't")
  func truth() throws {
    let trial = try CalibrationPendulum.trial(seed: 30)
    let evaluator = try PredictionEvaluator(recording: trial, robot: CalibrationPendulum.robot)
    let prior = try CalibrationPendulum.prior()
    let right = evaluator.evaluate(prior: prior, parameters: CalibrationPendulum.truth)
    let wrong = evaluator.evaluate(prior: prior, parameters: [0.5, 0.55, 0.02, 0.02, 9.81])
    print("seed 30: median \(right.openLoop.median) rad right, \(wrong.openLoop.median) wrong")
    #expect(right.openLoop.median < 0.006)
    #expect(wrong.openLoop.median > 10 * right.openLoop.median)
    #expect(right.openLoop.unit == "rad")
    #expect(right.oneStep.map(\.unit) == ["rad", "rad/s"])
    #expect(right.oneStep[1].rms < 0.2 * wrong.oneStep[1].rms)
    #expect(right.oneStep[0].coverage == nil)
  }

  @Test("Segments begin every quarter second, last half a second, and hold what was measured")
  func segments() throws {
    let trial = try CalibrationPendulum.trial(seed: 31, seconds: 3)
    let evaluator = try PredictionEvaluator(recording: trial, robot: CalibrationPendulum.robot)
    // 2.995 s of samples: beginnings at 0, 0.25, … 2.25 s.
    #expect(evaluator.segments.count == 10)
    let report = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    let segment = report.openLoop.segments[3]
    #expect(abs(segment.segment.startSeconds - 0.75) < 1e-9)
    #expect(abs(segment.segment.endSeconds - 1.25) < 1e-9)
    #expect(segment.timesSeconds.count == 100)
    #expect(segment.measured[0][9] == trial.samples[160].positions[0])
    var squares = 0.0
    for (a, b) in zip(segment.measured[0], segment.predicted[0]) { squares += (a - b) * (a - b) }
    #expect(abs(segment.rmsError - (squares / 100).squareRoot()) < 1e-12)
  }

  @Test("The worst segment is the one with the push")
  func worst() throws {
    let trial = try CalibrationPendulum.trial(seed: 32, push: 4.1)
    let evaluator = try PredictionEvaluator(recording: trial, robot: CalibrationPendulum.robot)
    let report = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    let worst = report.openLoop.segments[report.openLoop.worst[0]]
    #expect(worst.segment.startSeconds <= 4.1 && worst.segment.endSeconds >= 4.1)
  }

  @Test("A prediction does not depend on how finely the recording was sampled")
  func sampling() throws {
    let fine = try CalibrationPendulum.trial(seed: 33, noise: 0)
    var coarse = fine
    coarse.samples = fine.samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    for k in coarse.samples.indices where 2 * k + 1 < fine.samples.count {
      // The same impulse: the mean of both efforts.
      coarse.samples[k].sentAction[0] =
        0.5 * (fine.samples[2 * k].sentAction[0] + fine.samples[2 * k + 1].sentAction[0])
    }
    let prior = try CalibrationPendulum.prior()
    let medians = try [fine, coarse].map {
      try PredictionEvaluator(recording: $0, robot: CalibrationPendulum.robot)
        .evaluate(prior: prior, parameters: CalibrationPendulum.truth).openLoop.median
    }
    print("seed 33: medians", medians)
    #expect(medians[1] < 0.005)
  }

  @Test("A model's band holds as many steps as it says when its noise is what it claims")
  func coverage() throws {
    let trial = try CalibrationPendulum.trial(seed: 34)
    let evaluator = try PredictionEvaluator(recording: trial, robot: CalibrationPendulum.robot)
    let honest = evaluator.evaluate(
      model: NoisyModel(prior: try CalibrationPendulum.prior(), deviation: 0.5))
    let modest = evaluator.evaluate(
      model: NoisyModel(prior: try CalibrationPendulum.prior(), deviation: 1e-6, shift: 0.5))
    let rate = try #require(honest.oneStep[1].coverage)
    print("seed 34: coverage \(rate)", honest.oneStep[1].rmsZScore as Any)
    // 397 steps, binomial with p = 0.95: three standard deviations.
    #expect(abs(rate - 0.95) < 0.04)
    #expect(abs((try #require(honest.oneStep[1].rmsZScore)) - 1) < 0.15)
    #expect((try #require(modest.oneStep[1].coverage)) < 0.05)
  }

  @Test("A long gap is kept out of segments and steps")
  func gap() throws {
    var trial = try CalibrationPendulum.trial(seed: 35, seconds: 4)
    trial.samples.removeAll { $0.robotTimeSeconds > 2.02 && $0.robotTimeSeconds < 2.4 }
    let evaluator = try PredictionEvaluator(recording: trial, robot: CalibrationPendulum.robot)
    #expect(
      evaluator.segments.allSatisfy { $0.endSeconds <= 2.021 || $0.startSeconds >= 2.39 })
    let report = evaluator.evaluate(
      prior: try CalibrationPendulum.prior(), parameters: CalibrationPendulum.truth)
    #expect(report.openLoop.median < 0.006)
  }

  @Test("A period that isn't positive is refused")
  func badSetting() throws {
    let trial = try CalibrationPendulum.trial(seed: 36, seconds: 2)
    #expect(
      throws: MotionError.badSetting(name: "periodSeconds", value: 0, allowed: "greater than 0")
    ) {
      try PredictionEvaluator(
        recording: trial, robot: CalibrationPendulum.robot,
        settings: PredictionSettings(periodSeconds: 0))
    }
  }
}

/// The true dynamics, wrong by a deterministic pseudo-random error of a given size in the velocity,
/// which its variance admits.
private struct NoisyModel: DynamicsModel {
  let prior: PlantPrior
  let deviation: Double
  var shift = 0.0
  var stateDimensions: Int { 2 }
  var actionDimensions: Int { 1 }
  func makeWorkspace(capacity: Int) -> Int { capacity }
  func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Int
  ) {
    CalibrationPendulum.truth.withUnsafeBufferPointer { phi in
      guard let phi = phi.baseAddress else { return }
      prior.advance(
        count: count, stride: stride, states: states, actions: actions, parameters: phi,
        periodSeconds: 0.02, next: mean)
    }
    var stream = RandomStream(seed: 99)
    for b in 0..<count {
      mean[b] -= states[b]
      mean[stride + b] += deviation * stream.nextGaussian() + shift - states[stride + b]
      variance?[b] = 1e-8
      variance?[stride + b] = deviation * deviation
    }
  }
}
