import Foundation
import Robotics
import TrialStore

/// A process of its own for the store's tests: to be killed, locked out, or run without rights.
///
///     store-writer record PATH   creates a store and records trials until killed, saying on stdout
///                                what has been stored, a line each, after it has been
///     store-writer trial PATH    the same for a single trial of twenty chunks
///     store-writer hold PATH     opens a store for writing and keeps it until stdin ends
///     store-writer create PATH   creates a store and says 'ok' or the error
///     store-writer read PATH     opens a store for reading and says how many samples it has
///     store-writer write PATH    opens a store for writing and says 'ok' or the error
@main
struct StoreWriter {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else { return say("usage: store-writer VERB PATH") }
    let path = arguments[2]
    do {
      switch arguments[1] {
      case "record":
        try record(path, trialCount: .max)
      case "trial":
        try record(path, trialCount: 1)
      case "hold":
        let store = try TrialStore.open(at: path)
        say("holding \(try store.trialSummaries().count)")
        while readLine() != nil {}
      case "create":
        try TrialStore.create(at: path, experiment: experiment).close()
        say("ok")
      case "read":
        let store = try TrialStore.open(at: path, readOnly: true)
        say("ok \(try store.trials().reduce(0) { $0 + $1.samples.count })")
      case "write":
        try TrialStore.open(at: path).close()
        say("ok")
      default:
        say("unknown verb \(arguments[1])")
      }
    } catch {
      say("error \(error)")
    }
  }

  static var experiment: ExperimentRecord {
    let joint = Joint(
      name: "hinge", isContinuous: true,
      limits: JointLimits(velocity: 20, effort: 2.5, brakingDeceleration: 5))
    return ExperimentRecord(
      robotName: "pendulum", robotFileText: "name: pendulum\n", joints: [joint],
      controlRateHertz: 100, task: "swing-up", algorithm: "black-drops", seed: 7,
      handfulVersion: "0.1.0", createdAtUnixSeconds: 1_700_000_000)
  }

  /// Trials of 200 samples in chunks of 10; every number is known from its trial and tick.
  static func record(_ path: String, trialCount: Int) throws(StoreError) {
    let store = try TrialStore.create(at: path, experiment: experiment)
    for _ in 0..<trialCount {
      let number = try store.beginTrial(
        origin: .random, seed: 1, samplePeriodSeconds: 0.01, startedAtUnixSeconds: 1_700_000_000)
      say("begun \(number)")
      for start in stride(from: 0, to: 200, by: 10) {
        let samples = (start..<start + 10).map { tick in
          Sample(
            tick: tick, robotTimeSeconds: 0.01 * Double(tick),
            hostTimeSeconds: 0.01 * Double(tick) + 0.001,
            positions: [Double(number) + Double(tick) / 1024], velocities: [Double(tick)],
            askedAction: [.nan], sentAction: [0])
        }
        try store.append(samples: samples, toTrial: number)
        say("stored \(number) \(start + 10)")
      }
      try store.finishTrial(number, end: .completed)
      say("finished \(number)")
    }
  }

  /// Writes a line without buffering: it must not be said before it is so, nor lost afterwards.
  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
  }
}
