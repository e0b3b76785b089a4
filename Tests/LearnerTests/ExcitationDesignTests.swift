import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

@Suite("The next trial of a calibration")
struct ExcitationDesignTests {
  @Test("The proposed trial keeps the limits, and its recording tells as much as it promised")
  func proposal() throws {
    let description = CalibrationPendulum.description(
      tuning: ["mass", "length", "damping", "friction"])
    let prior = try CalibrationPendulum.prior()
    // A weak recording: it hardly moves.
    let weak = try Calibrator.fit(
      recordings: [try CalibrationPendulum.trial(seed: 61, effort: 0.15)],
      robot: CalibrationPendulum.robot, prior: prior, description: description,
      settings: CalibrationPendulum.quick, seed: 61)
    let proposal = try ExcitationDesign.propose(
      after: weak, robot: CalibrationPendulum.robot, prior: prior, description: description,
      settings: .init(seconds: 8, candidates: 30), seed: 62)
    #expect(proposal.fastest[0] <= 0.8 * 20)
    #expect(proposal.efforts[0].allSatisfy { abs($0) <= 0.8 * 3 })
    for gain in proposal.gains { #expect(gain.after <= gain.before * (1 + 1e-9)) }
    let again = try ExcitationDesign.propose(
      after: weak, robot: CalibrationPendulum.robot, prior: prior, description: description,
      settings: .init(seconds: 8, candidates: 30), seed: 62)
    #expect(again.efforts[0][100] == proposal.efforts[0][100])

    // Run it on the simulated robot, and calibrate on both recordings.
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: 63)
    var state = [0.0, 0.0]
    var samples: [Sample] = []
    for (tick, torque) in proposal.efforts[0].enumerated() {
      let time = Double(tick) * proposal.periodSeconds
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: time, hostTimeSeconds: time,
          positions: [state[0] + 0.001 * stream.nextGaussian()], velocities: [state[1]],
          askedAction: [torque], sentAction: [torque]))
      var next = state
      plant.advance(
        count: 1, stride: 1, states: &state, actions: [torque],
        parameters: CalibrationPendulum.truth, periodSeconds: proposal.periodSeconds, next: &next)
      state = next
    }
    let trial = Trial(
      number: 2, robot: "test", task: "", origin: .imported, seed: 63,
      samplePeriodSeconds: proposal.periodSeconds, startedAtUnixSeconds: 0, end: .completed,
      samples: samples)
    let better = try Calibrator.fit(
      recordings: [try CalibrationPendulum.trial(seed: 61, effort: 0.15), trial],
      robot: CalibrationPendulum.robot, prior: prior, description: description,
      settings: CalibrationPendulum.quick, seed: 61)
    for (before, after) in zip(weak.estimates, better.estimates) {
      let (a, b) = (before.standardError ?? .infinity, try #require(after.standardError))
      print("seed 61: \(before.name) ± \(a), with the proposed trial ± \(b) \(before.unit)")
    }
    let mass = try #require(better.estimates.first)
    #expect(abs(mass.value - 0.7) < 4 * (mass.standardError ?? 0))
    #expect((mass.standardError ?? 1) < 0.5 * (weak.estimates[0].standardError ?? 0))
  }

  @Test("A robot that may hardly move gets no proposal, and is told why")
  func noRoom() throws {
    var robot = CalibrationPendulum.robot
    robot.joints[0].limits.velocity = 1e-6
    let description = CalibrationPendulum.description(tuning: ["mass"])
    let result = try Calibrator.fit(
      recordings: [try CalibrationPendulum.trial(seed: 64, seconds: 3)],
      robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
      description: description, settings: CalibrationPendulum.quick, seed: 64)
    #expect(throws: CalibrationError.noExcitation(tried: 5)) {
      try ExcitationDesign.propose(
        after: result, robot: robot, prior: try CalibrationPendulum.prior(),
        description: description, settings: .init(seconds: 3, candidates: 5), seed: 1)
    }
  }
}
