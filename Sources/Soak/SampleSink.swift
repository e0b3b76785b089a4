import Foundation
import Robotics
import TrialStore

/// Where a scenario's samples go: into a list that stands for what the disk has promised to keep,
/// and for some scenarios into a real store as well.
final class SampleSink {
  struct DiskError: Error {}

  /// What was acknowledged of each trial.
  private(set) var acknowledged: [[Sample]] = []
  private let errorAfterSamples: Int?
  private var total = 0
  private var hasFailed = false
  /// Whether it was used after it had failed in the trial at hand.
  private(set) var wasUsedAfterFailure = false

  private let path: String?
  private var store: TrialStore?
  private var number = 0

  /// - Parameter path: Where the real store is to be; nil for none.
  init(robot: Robot, errorAfterSamples: Int?, path: String?) throws {
    self.errorAfterSamples = errorAfterSamples
    self.path = path
    if let path {
      store = try TrialStore.create(
        at: path,
        experiment: ExperimentRecord(
          robot: robot, robotFileText: "", task: "soak", algorithm: "none", seed: 0,
          handfulVersion: "soak", createdAtUnixSeconds: 0))
    }
  }

  func beginTrial(seed: UInt64, periodSeconds: Double) throws {
    acknowledged.append([])
    hasFailed = false
    if let store {
      number = try store.beginTrial(
        origin: .random, seed: seed >> 12, samplePeriodSeconds: periodSeconds,
        startedAtUnixSeconds: 0)
    }
  }

  func append(_ samples: [Sample]) throws {
    if hasFailed { wasUsedAfterFailure = true }
    if let errorAfterSamples, total + samples.count > errorAfterSamples {
      hasFailed = true
      throw DiskError()
    }
    try store?.append(samples: samples, toTrial: number)
    total += samples.count
    acknowledged[acknowledged.count - 1] += samples
  }

  func endTrial(_ end: TrialEnd) throws { try store?.finishTrial(number, end: end) }

  // MARK: - Crashes

  /// What a killed host leaves on disk, opened as the next host would: the reason why it does not
  /// hold what was acknowledged, or nil.
  ///
  /// SQLite's files as they are at this instant are what another process would find after kill -9.
  func lossAfterKill() throws -> String? {
    guard let path else { return nil }
    let copy = path + "-killed"
    defer { Self.remove(copy) }
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    let reopened = try TrialStore.open(at: copy)
    _ = try reopened.markUnfinishedTrials()
    let loss = Self.loss(of: acknowledged, in: try reopened.trials())
    try reopened.close()
    return loss
  }

  /// Closes the real store and reads it again.
  func close() throws -> String? {
    guard let path, let store else { return nil }
    try store.close()
    self.store = nil
    let reopened = try TrialStore.open(at: path, readOnly: true)
    let loss = Self.loss(of: acknowledged, in: try reopened.trials())
    try reopened.close()
    Self.remove(path)
    return loss
  }

  private static func loss(of acknowledged: [[Sample]], in trials: [Trial]) -> String? {
    guard trials.count == acknowledged.count else {
      return "\(trials.count) trials are stored of \(acknowledged.count)"
    }
    for (promised, trial) in zip(acknowledged, trials) {
      guard trial.samples.count == promised.count else {
        return "trial \(trial.number) has \(trial.samples.count) samples of \(promised.count)"
      }
      for (one, other) in zip(promised, trial.samples) where bits(one) != bits(other) {
        return "sample \(one.tick) of trial \(trial.number) differs from what was acknowledged"
      }
    }
    return nil
  }

  private static func bits(_ sample: Sample) -> [UInt64] {
    (sample.positions + sample.velocities + sample.askedAction + sample.sentAction).map(
      \.bitPattern) + [UInt64(sample.tick), UInt64(sample.flags.rawValue)]
  }

  private static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-lock"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
  }
}
