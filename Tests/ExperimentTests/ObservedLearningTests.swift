import Experiment
import Foundation
import Learner
import Robotics
import Supervisor
import Testing
import TrialStore

/// A pendulum with a coarse encoder, no other sensor, and efforts that act two periods late.
@Suite("Learning with filtered velocities and late efforts", .serialized)
struct ObservedLearningTests {
  private let folder = NSTemporaryDirectory() + "handful-observed-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// What came of an experiment.
  private func run(
    trials: Int = 3, search: SearchSettings.Method = .trajectories,
    _ change: (inout Robot) -> Void = { _ in }
  ) throws -> RunResult {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    var robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum-encoder/robot.yaml").path)
    change(&robot)
    var settings = LearningSettings(algorithm: .gpMI, threads: 2)
    settings.search.method = search
    let configuration = RunConfiguration(
      robot: robot, robotFileText: "", task: robot.tasks[0], settings: settings, trialCount: trials,
      seed: 1)
    let store = try TrialStore.create(
      at: folder + "/store.sqlite", experiment: configuration.experimentRecord(version: "test"))
    let world = try LockstepWorld(robot: robot, seed: 1)
    let stopSwitch = StopSwitch()
    let supervised = try SupervisedRobot(
      link: world.makeLink(), robot: robot, stopSwitch: stopSwitch)
    defer { supervised.disconnect() }
    try supervised.connect()
    let result = try LearningRun(
      configuration: configuration, store: store, robot: supervised, stopSwitch: stopSwitch,
      observe: { _ in }
    ).run()
    try store.close()
    return result
  }

  @Test("With filter and delay in the state, the swing-up is learnt from one random trial")
  func learnt() throws {
    let result = try run()
    #expect(result.ending == .solved)
    #expect(result.solvedAtTrial == 2)
    // The search knew what would come: it simulated the filter and the delay.
    let last = try #require(result.trials.last)
    #expect(abs(last.meanReward - (last.predictedReward ?? 0)) < 0.05)
  }

  @Test("On the same robot without them it is not, nor does the prediction come true")
  func withoutState() throws {
    let result = try run { $0.state = StateSettings() }
    #expect(result.ending == .notSolved)
    #expect(result.trials.allSatisfy { $0.meanReward < 0.4 })
  }

  @Test("The black-box search simulates filter and delay too: what it predicts comes true")
  func blackBox() throws {
    let last = try #require(try run(trials: 2, search: .blackBox).trials.last)
    let predicted = try #require(last.predictedReward)
    #expect(abs(last.meanReward - predicted) < 0.1)
    #expect(last.meanReward > 0.1)
  }
}
