import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Bands over segments, as wide as the training recordings ask for")
struct BandWideningTests {
  private func evaluator(seed: UInt64) throws -> PredictionEvaluator {
    try PredictionEvaluator(
      recording: try CalibrationPendulum.trial(seed: seed, seconds: 8),
      robot: CalibrationPendulum.robot, settings: PredictionSettings(periodSeconds: 0.05))
  }

  @Test("They are widened by the recording that asks for most, and never narrowed")
  func most() throws {
    let evaluator = try evaluator(seed: 51)
    let prior = try CalibrationPendulum.prior()
    let truth = CalibrationPendulum.truth
    func loop(spread: Double) -> PredictionReport.OpenLoop {
      let drawn = (0..<16).map { k in
        truth.map { $0 * (1 + spread * (Double(k) / 7.5 - 1)) }
      }
      return evaluator.evaluate(prior: prior, parameters: truth, drawn: drawn, seed: 1).openLoop
    }
    var wrong = loop(spread: 0.001)
    for s in wrong.segments.indices {
      for k in wrong.segments[s].measured[0].indices { wrong.segments[s].measured[0][k] += 0.05 }
    }
    let (wide, excess) = (loop(spread: 0.3), try #require(wrong.bandExcess(probability: 0.95)))
    #expect(try #require(wide.bandExcess(probability: 0.95)) < 1)
    #expect([wide].bandWidening(probability: 0.95) == 1)
    #expect(excess > 1 && [wide, wrong].bandWidening(probability: 0.95) == excess)
    #expect([PredictionReport.OpenLoop]().bandWidening(probability: 0.95) == 1)
  }

  @Test(
    "A process without a prior is judged where it has not been, and its bands come nearer to what they should"
  )
  func leftOut() throws {
    let training = try evaluator(seed: 52)
    let tested = try evaluator(seed: 53)
    let settings = GaussianProcessSettings()
    let model = try GaussianProcessDynamics.fit(
      steps: training.motion.steps(periodSeconds: 0.05),
      features: FeatureMap(robot: CalibrationPendulum.robot), periodSeconds: 0.05, seed: 1)
    func loop(_ evaluator: PredictionEvaluator) -> PredictionReport.OpenLoop {
      evaluator.evaluate(
        model: model, uncertainty: StepUncertainty(noiseDeviations: model.noiseDeviations),
        bandSamples: 32, seed: 1
      ).openLoop
    }
    let leftOut = try GaussianProcessDynamics.leftOutPredictions(
      of: [training], excluding: [], fitted: model, settings: settings, bandSamples: 32, seed: 1,
      threads: 2)
    // Every segment once, in order.
    #expect(leftOut.count == 1 && leftOut[0].segments.map(\.segment) == training.segments)
    // A quarter that a model has not seen is foretold worse than one that it has.
    let known = loop(training)
    func median(_ loop: PredictionReport.OpenLoop) -> Double {
      loop.segments.map(\.rmsError).sorted()[loop.segments.count / 2]
    }
    print("median \(median(leftOut[0])) rad left out, \(median(known)) rad seen")
    #expect(median(leftOut[0]) > 1.2 * median(known))
    let widening = (leftOut + [known]).bandWidening(probability: 0.95)
    var bands = loop(tested)
    let before = try #require(bands.coverage)
    bands.widenBands(by: widening)
    let after = try #require(bands.coverage)
    print("coverage of another recording \(before), widened \(after), seeds 52 and 53")
    #expect(abs(after - 0.95) < abs(before - 0.95))
  }
}
