import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// A simulated pendulum whose parameters are known, recorded with an encoder's steps and noise.
struct CalibrationPendulum {
  static let truth = [0.7, 0.45, 0.06, 0.05, 9.81]
  static let robot = Robot(
    name: "test",
    joints: [
      Joint(
        name: "pivot", isContinuous: true,
        limits: JointLimits(velocity: 20, effort: 3, brakingDeceleration: 5))
    ])

  static func description(tuning names: Set<String>) -> PriorDescription {
    let rows: [(String, String, Double, Double, Double)] = [
      ("mass", "kg", 0.5, 0.2, 1.5), ("length", "m", 0.55, 0.2, 0.9),
      ("damping", "N m s/rad", 0.02, 0, 0.5), ("friction", "N m", 0.02, 0, 0.3),
      ("gravity", "m/s^2", 9.81, 0, 15),
    ]
    return PriorDescription(
      model: "pendulum", stepSeconds: 0.005,
      parameters: rows.map {
        PriorParameter(
          name: $0.0, unit: $0.1, nominal: $0.2, lower: $0.3, upper: $0.4,
          isTunable: names.contains($0.0))
      })
  }

  /// A rod with a motor, driven by smooth random torque; `push` adds a torque that isn't recorded
  /// for 0.1 s from that time on.
  static func trial(
    seed: UInt64, seconds: Double = 8, parameters: [Double] = truth, effort: Double = 1.2,
    noise: Double = 0.001, push: Double? = nil, pushTorque: Double = 12
  ) throws -> Trial {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: seed, path: [7])
    let phases = (0..<4).map { _ in 2 * Double.pi * stream.nextUniform() }
    var state = [0.3, 0.0]
    var samples: [Sample] = []
    let period = 0.005
    let counts = 2 * Double.pi / 4096
    for tick in 0..<Int(seconds / period) {
      let t = Double(tick) * period
      var torque = 0.0
      for (k, phase) in phases.enumerated() { torque += sin((1.1 + 1.7 * Double(k)) * t + phase) }
      torque *= effort / 2
      let measured = ((state[0] + noise * stream.nextGaussian()) / counts).rounded() * counts
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: t, hostTimeSeconds: t, positions: [measured],
          velocities: [state[1]], askedAction: [torque], sentAction: [torque]))
      let isPushed = push.map { t >= $0 && t < $0 + 0.1 } ?? false
      let actions = [torque + (isPushed ? pushTorque : 0)]
      var next = state
      plant.advance(
        count: 1, stride: 1, states: &state, actions: actions, parameters: parameters,
        periodSeconds: period, next: &next)
      state = next
    }
    return Trial(
      number: Int(seed), robot: "test", task: "", origin: .imported, seed: seed,
      samplePeriodSeconds: period, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }

  static func prior() throws -> PlantPrior { try PlantPrior(plantName: "pendulum") }

  static let quick = CalibrationSettings(
    actionDelay: .fixed(seconds: 0), screenedStarts: 16, starts: 2, folds: 0)
}

@Suite("Calibrating a simulated pendulum")
struct CalibrationTests {
  @Test("Known parameters are found within three standard errors, and held-out errors shrink")
  func knownParameters() throws {
    let result = try Calibrator.fit(
      recordings: [
        try CalibrationPendulum.trial(seed: 1), try CalibrationPendulum.trial(seed: 2),
      ], robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
      description: CalibrationPendulum.description(
        tuning: ["mass", "length", "damping", "friction"]), seed: 3)
    for (estimate, truth) in zip(result.estimates, CalibrationPendulum.truth) {
      let error = try #require(estimate.standardError)
      print("seed 3: \(estimate.name) \(estimate.value) ± \(error), truth \(truth)")
      #expect(abs(estimate.value - truth) < 3 * error)
      #expect(error < 0.1 * truth)
    }
    let before = try #require(result.heldOutBefore)
    let after = try #require(result.heldOutAfter)
    #expect(after.median < 0.1 * before.median)
    #expect(after.median < 0.01)
    #expect(result.usedSegmentCount == result.segmentCount)
    #expect(result.disturbances.isEmpty)
    #expect(result.undetermined.isEmpty)
    #expect(result.actionDelaySeconds == 0)
    #expect(result.parameters.last == 9.81)
  }

  @Test("95 % intervals hold the truth about 95 times in a hundred")
  func coverage() throws {
    let repetitions = 60
    let prior = try CalibrationPendulum.prior()
    let description = CalibrationPendulum.description(
      tuning: ["mass", "length", "damping", "friction"])
    var hits = [0, 0, 0, 0]
    for seed in 0..<repetitions {
      let result = try Calibrator.fit(
        recordings: [try CalibrationPendulum.trial(seed: UInt64(100 + seed))],
        robot: CalibrationPendulum.robot, prior: prior, description: description,
        settings: CalibrationPendulum.quick, seed: UInt64(seed))
      for p in 0..<4 {
        guard let interval = result.estimates[p].interval95 else { continue }
        let truth = CalibrationPendulum.truth[p]
        if interval[0] <= truth && truth <= interval[1] { hits[p] += 1 }
      }
    }
    print("seeds 100 to 159: of \(repetitions) intervals, \(hits) hold the truth")
    // Of 60 draws with probability 0.95, fewer than 52 have probability 0.0097.
    for count in hits { #expect(count >= 52) }
  }

  @Test("A push is found, named to within half a second, and kept out of the fit")
  func push() throws {
    let result = try Calibrator.fit(
      recordings: [try CalibrationPendulum.trial(seed: 5, push: 4.1)],
      robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
      description: CalibrationPendulum.description(
        tuning: ["mass", "length", "damping", "friction"]),
      settings: CalibrationPendulum.quick, seed: 1)
    print("seed 5: disturbed at", result.disturbances)
    #expect(result.disturbances.count == 1)
    let found = try #require(result.disturbances.first)
    #expect(found.trialNumber == 5)
    #expect(found.fromSeconds <= 4.15 && found.toSeconds >= 4.1)
    #expect(found.fromSeconds > 3.5 && found.toSeconds < 4.8)
    #expect(result.usedSegmentCount < result.segmentCount)
    for (estimate, truth) in zip(result.estimates, CalibrationPendulum.truth) {
      #expect(abs(estimate.value - truth) < 4 * (try #require(estimate.standardError)))
    }
  }

  @Test("Without gravity only mass · length² is determined, and the result says so")
  func inertiaAlone() throws {
    var description = CalibrationPendulum.description(tuning: ["mass", "length"])
    description.parameters[4].nominal = 0
    description.parameters[2].nominal = 0.06
    description.parameters[3].nominal = 0.05
    var parameters = CalibrationPendulum.truth
    parameters[4] = 0
    let result = try Calibrator.fit(
      recordings: [try CalibrationPendulum.trial(seed: 6, parameters: parameters)],
      robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
      description: description, settings: CalibrationPendulum.quick, seed: 1)
    print("seed 6:", result.undetermined, result.conditionNumber)
    #expect(
      result.undetermined.map(\.meaning) == [
        "mass and length: only mass · length^2 is determined"
      ])
    let (mass, length) = (result.estimates[0].value, result.estimates[1].value)
    #expect(abs(mass * length * length / (0.7 * 0.45 * 0.45) - 1) < 0.02)
    #expect(result.conditionNumber > 1e3)
  }

  @Test("Swinging freely determines ratios alone: without torque nothing has a scale")
  func ratiosAlone() throws {
    let result = try Calibrator.fit(
      recordings: [
        try CalibrationPendulum.trial(seed: 7, parameters: [0.7, 0.45, 0.06, 0, 9.81], effort: 0)
      ], robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
      description: {
        var description = CalibrationPendulum.description(tuning: ["mass", "damping", "length"])
        description.parameters[3].nominal = 0
        return description
      }(), settings: CalibrationPendulum.quick, seed: 1)
    print("seed 7:", result.undetermined)
    #expect(
      result.undetermined.map(\.meaning) == ["mass and damping: only mass / damping is determined"])
    #expect(abs(result.estimates[1].value - 0.45) < 0.01)
  }

  @Test("A parameter without effect is said to be unknown, and stays at its nominal value")
  func noEffect() throws {
    // At rest, hanging: damping never acts.
    var trial = try CalibrationPendulum.trial(seed: 8, effort: 0, noise: 0.0005)
    var stream = RandomStream(seed: 8)
    for k in trial.samples.indices {
      trial.samples[k].positions = [0.001 * stream.nextGaussian()]
    }
    let result = try Calibrator.fit(
      recordings: [trial], robot: CalibrationPendulum.robot,
      prior: try CalibrationPendulum.prior(),
      description: CalibrationPendulum.description(tuning: ["damping"]),
      settings: CalibrationPendulum.quick, seed: 1)
    print("seed 8:", result.undetermined, result.estimates)
    #expect(result.undetermined.count == 1)
    #expect(result.undetermined.first?.weights.keys.sorted() == ["damping"])
    #expect(abs(result.estimates[0].value - 0.02) < 0.01)
  }

  @Test("A lag of the torque is found")
  func delay() throws {
    var trial = try CalibrationPendulum.trial(seed: 9)
    // What was recorded with a sample acted two samples before.
    let efforts = trial.samples.map(\.sentAction)
    for k in trial.samples.indices where k >= 2 { trial.samples[k].sentAction = efforts[k - 2] }
    var settings = CalibrationPendulum.quick
    settings.actionDelay = .automatic
    let result = try Calibrator.fit(
      recordings: [trial], robot: CalibrationPendulum.robot,
      prior: try CalibrationPendulum.prior(),
      description: CalibrationPendulum.description(
        tuning: ["mass", "length", "damping", "friction"]), settings: settings, seed: 1)
    print("seed 9: delay \(result.actionDelaySeconds) s", result.delays)
    #expect(abs(result.actionDelaySeconds + 0.01) <= 0.0026)
  }

  @Test("The same log and seed give the same result on one thread and on two")
  func threads() throws {
    let results = try [1, 2].map { threads in
      var settings = CalibrationPendulum.quick
      settings.threads = threads
      return try Calibrator.fit(
        recordings: [try CalibrationPendulum.trial(seed: 10, seconds: 3)],
        robot: CalibrationPendulum.robot, prior: try CalibrationPendulum.prior(),
        description: CalibrationPendulum.description(tuning: ["mass", "length"]),
        settings: settings, seed: 4)
    }
    #expect(results[0] == results[1])
  }
}
