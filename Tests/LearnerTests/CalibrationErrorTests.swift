import Foundation
import Learner
import Robotics
import Simulation
import Testing

@Suite("What calibrating refuses")
struct CalibrationErrorTests {
  private func fit(
    _ trials: [Trial], prior: (any PriorModel)? = nil,
    description: PriorDescription = CalibrationPendulum.description(tuning: ["mass"]),
    settings: CalibrationSettings = CalibrationPendulum.quick
  ) throws(CalibrationError) {
    guard let model = prior ?? (try? CalibrationPendulum.prior()) else { return }
    _ = try Calibrator.fit(
      recordings: trials, robot: CalibrationPendulum.robot, prior: model,
      description: description, settings: settings, seed: 1)
  }

  private func trial(seconds: Double = 2) throws -> Trial {
    try CalibrationPendulum.trial(seed: 20, seconds: seconds)
  }

  @Test("No recordings")
  func none() {
    #expect(throws: CalibrationError.noRecordings) { try fit([]) }
  }

  @Test("A recording of one sample")
  func oneSample() throws {
    var short = try trial()
    short.samples = [short.samples[0]]
    #expect(
      throws: CalibrationError.recording(.tooFewSamples(trial: 20, found: 1, needed: 8))
    ) { try fit([short]) }
    #expect(
      CalibrationError.recording(.tooFewSamples(trial: 20, found: 1, needed: 8)).description
        == "trial 20 has 1 samples and needs at least 8; record for longer")
  }

  @Test("A NaN among the positions is named by sample")
  func notANumber() throws {
    var broken = try trial()
    broken.samples[17].positions = [.nan]
    #expect(
      throws: CalibrationError.recording(
        .notFinite(trial: 20, sample: 17, quantity: "position"))
    ) { try fit([broken]) }
  }

  @Test("Time that stands still")
  func time() throws {
    var broken = try trial()
    broken.samples[5].robotTimeSeconds = broken.samples[4].robotTimeSeconds
    #expect(
      throws: CalibrationError.recording(
        .timeNotIncreasing(trial: 20, sample: 5, seconds: 0.02, before: 0.02))
    ) { try fit([broken]) }
  }

  @Test("A recording shorter than a segment")
  func short() throws {
    #expect(throws: CalibrationError.self) { try fit([try trial(seconds: 0.3)]) }
  }

  @Test("A recording of which everything is excluded")
  func allExcluded() throws {
    var settings = CalibrationPendulum.quick
    settings.excluded = [RecordedRange(trialNumber: 20, fromSeconds: 0, toSeconds: 10)]
    #expect(throws: CalibrationError.tooFewSegments(found: 6, left: 0, needed: 3)) {
      try fit([try trial()], settings: settings)
    }
  }

  @Test("A prior that diverges wherever it is tried")
  func divergingPrior() throws {
    #expect(throws: CalibrationError.priorDiverges(tried: 17)) {
      try fit([try trial()], prior: DivergingPrior())
    }
  }

  @Test("Nothing to tune, bounds the wrong way round, a parameter that isn't described")
  func descriptions() throws {
    let recording = try trial()
    #expect(
      throws: CalibrationError.nothingTunable(
        parameters: ["mass", "length", "damping", "friction", "gravity"])
    ) { try fit([recording], description: CalibrationPendulum.description(tuning: [])) }
    var description = CalibrationPendulum.description(tuning: ["mass"])
    description.parameters[0].lower = 2
    #expect(throws: CalibrationError.badBounds(parameter: "mass", lower: 2, upper: 1.5)) {
      try fit([recording], description: description)
    }
    description.parameters.removeFirst()
    #expect(
      throws: CalibrationError.missingParameter(
        name: "mass", given: ["length", "damping", "friction", "gravity"])
    ) { try fit([recording], description: description) }
  }
}

/// A prior whose every prediction is NaN.
private struct DivergingPrior: PriorModel {
  var stateDimensions: Int { 2 }
  var actionDimensions: Int { 1 }
  var parameterNames: [String] { ["mass"] }
  func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double, next: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count {
      next[i] = .nan
      next[stride + i] = .nan
    }
  }
}
