import Experiment
import Foundation
import Robotics
import Testing
import TrialStore

@Suite("Whether two experiments are the same, bit for bit")
struct StoreDigestTests {
  private let folder = NSTemporaryDirectory() + "handful-digest-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// A store of one trial of three samples and what was learnt from it, changed a little.
  private func store(
    _ name: String, position: Double = 0.25, hostSeconds: Double = 0.001, policy: String = "{}",
    sampleCount: Int = 3
  ) throws -> TrialStore {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    let store = try TrialStore.create(
      at: "\(folder)/\(name).sqlite",
      experiment: ExperimentRecord(
        robot: robot, robotFileText: "", task: "swing-up", algorithm: "none", seed: 1,
        handfulVersion: "test", createdAtUnixSeconds: 0))
    let number = try store.beginTrial(
      origin: .random, seed: 1, samplePeriodSeconds: 0.01, startedAtUnixSeconds: 0)
    try store.append(
      samples: (0..<sampleCount).map {
        Sample(
          tick: $0, robotTimeSeconds: 0.01 * Double($0), hostTimeSeconds: hostSeconds,
          positions: [$0 == 1 ? position : 0], velocities: [0], askedAction: [1],
          sentAction: [1])
      }, toTrial: number)
    try store.finishTrial(number, end: .completed)
    try store.recordEpisode(
      EpisodeRecord(
        number: 1, afterTrial: 1, seed: 1, policyJSON: policy, modelJSON: "{}",
        predictedReturn: 0, fitSeconds: 1, searchSeconds: 1))
    return store
  }

  @Test("The host's clock may differ, and nothing else: the last bit of a position is told")
  func differences() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let one = try store("one")
    let digest = try StoreDigest.digest(of: one)
    let late = try store("late", hostSeconds: 0.7)
    #expect(try StoreDigest.firstDifference(one, late) == nil)
    #expect(try StoreDigest.digest(of: late) == digest)
    for (other, difference) in [
      (try store("moved", position: 0.25.nextUp), "sample 1 of trial 1 differs"),
      (try store("policy", policy: "{ }"), "the policy learnt after trial 1 differs"),
      (try store("short", sampleCount: 2), "trial 1 has 3 samples and 2"),
    ] {
      #expect(try StoreDigest.firstDifference(one, other) == difference)
      #expect(try StoreDigest.digest(of: other) != digest)
    }
  }
}
