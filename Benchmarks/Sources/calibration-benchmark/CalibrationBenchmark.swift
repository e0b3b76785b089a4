import BenchmarkArguments
import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation

/// Counts how often the intervals that a calibration states hold the truth.
///
///     swift run -c release calibration-benchmark [repetitions] [first seed]
///
/// Each repetition records a simulated rod for 8 s under smooth random torques, with an encoder of 4096
/// counts and noise of 1 mrad, and calibrates mass, length, damping and friction on it. Repetitions
/// differ in torques and noise; each has its own seed.
@main
struct CalibrationBenchmark {
  static let names = ["mass", "length", "damping", "friction"]
  static let truth = [0.7, 0.45, 0.06, 0.05, 9.81]
  static let robot = Robot(
    name: "simulated",
    joints: [
      Joint(
        name: "pivot", isContinuous: true,
        limits: JointLimits(velocity: 20, effort: 3, brakingDeceleration: 5))
    ])

  static func main() throws {
    var arguments = BenchmarkArguments(usage: "calibration-benchmark [repetitions] [first seed]")
    let repetitions = arguments.wholeWord("the number of repetitions", 1...1_000_000) ?? 400
    let first = arguments.wholeWord("the first seed", 0...1_000_000_000) ?? 1
    arguments.end()
    let began = ContinuousClock.now
    let results = try Parallel.map(blocks: repetitions, threads: 2) { index in
      try calibrate(seed: UInt64(first + index))
    }
    print("seeds \(first) to \(first + repetitions - 1), \(ContinuousClock.now - began)\n")
    print("| parameter | in the 95 % interval | mean error / standard error | its deviation |")
    print("| --- | --- | --- | --- |")
    for (p, name) in names.enumerated() {
      var held = 0
      var scores: [Double] = []
      for result in results {
        let estimate = result.estimates[p]
        if let ends = estimate.interval95, ends[0] <= truth[p], truth[p] <= ends[1] { held += 1 }
        if let error = estimate.standardError, error > 0 {
          scores.append((estimate.value - truth[p]) / error)
        }
      }
      let mean = scores.reduce(0, +) / Double(scores.count)
      let deviation =
        (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1))
        .squareRoot()
      print(
        String(
          format: "| %@ | %d of %d (%.1f %%) | %+.2f | %.2f |", name as NSString, held,
          repetitions, 100 * Double(held) / Double(repetitions), mean, deviation))
    }
  }

  static func calibrate(seed: UInt64) throws -> CalibrationResult {
    try Calibrator.fit(
      recordings: [try recording(seed: seed)], robot: robot,
      prior: try PlantPrior(plantName: "pendulum"), description: description,
      settings: CalibrationSettings(
        actionDelay: .fixed(seconds: 0), screenedStarts: 16, starts: 2, folds: 0, threads: 1),
      seed: seed)
  }

  static var description: PriorDescription {
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

  static func recording(seed: UInt64, seconds: Double = 8) throws -> Trial {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: seed, path: [7])
    let phases = (0..<4).map { _ in 2 * Double.pi * stream.nextUniform() }
    var state = [0.3, 0.0]
    var samples: [Sample] = []
    let period = 0.005
    let counts = 2 * Double.pi / 4096
    for tick in 0..<Int(seconds / period) {
      let time = Double(tick) * period
      var torque = 0.0
      for (k, phase) in phases.enumerated() {
        torque += 0.6 * sin((1.1 + 1.7 * Double(k)) * time + phase)
      }
      let measured = ((state[0] + 0.001 * stream.nextGaussian()) / counts).rounded() * counts
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: time, hostTimeSeconds: time, positions: [measured],
          velocities: [state[1]], askedAction: [torque], sentAction: [torque]))
      var next = state
      plant.advance(
        count: 1, stride: 1, states: &state, actions: [torque], parameters: truth,
        periodSeconds: period, next: &next)
      state = next
    }
    return Trial(
      number: 1, robot: "simulated", task: "", origin: .imported, seed: seed,
      samplePeriodSeconds: period, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }
}
