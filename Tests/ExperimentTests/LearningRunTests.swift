import Experiment
import Foundation
import HardwareIO
import Learner
import Robotics
import Simulation
import Supervisor
import Synchronization
import Testing
import TrialStore

@Suite("An experiment, in one process with its virtual robot", .serialized)
struct LearningRunTests {
  /// A virtual robot that serves on a thread of its own until the test ends.
  private final class Served: Sendable {
    let path: String
    private let isOver = Atomic<Bool>(false)

    init(_ robot: Robot, faults: VirtualRobotFaults = .none) throws {
      let server = try VirtualRobotServer(robot: robot, seed: 1, speed: 50, faults: faults)
      path = server.portPath
      nonisolated(unsafe) let moved = server
      Thread { [self] in moved.run(until: { isOver.load(ordering: .relaxed) }) }.start()
    }

    func end() { isOver.store(true, ordering: .relaxed) }
  }

  private let folder = NSTemporaryDirectory() + "handful-run-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func configuration(trials: Int) throws -> RunConfiguration {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let robot = try Robot(
      contentsOf: package.appendingPathComponent("calibration/pendulum/robot.yaml").path)
    return RunConfiguration(
      robot: robot, robotFileText: "", task: robot.tasks[0],
      settings: LearningSettings(threads: 2), trialCount: trials, seed: 1)
  }

  private func store(_ configuration: RunConfiguration) throws -> TrialStore {
    let path = folder + "/store.sqlite"
    return FileManager.default.fileExists(atPath: path)
      ? try TrialStore.open(at: path)
      : try TrialStore.create(at: path, experiment: configuration.experimentRecord(version: "test"))
  }

  private func run(
    _ configuration: RunConfiguration, faults: VirtualRobotFaults = .none,
    stopSwitch: StopSwitch = StopSwitch(),
    observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) throws -> RunResult {
    let served = try Served(configuration.robot, faults: faults)
    defer { served.end() }
    let link = try SerialRobotLink(path: served.path, robot: configuration.robot, speed: 50)
    let robot = try SupervisedRobot(
      link: link, robot: configuration.robot, stopSwitch: stopSwitch)
    defer { robot.disconnect() }
    try robot.connect()
    let store = try store(configuration)
    let result = try LearningRun(
      configuration: configuration, store: store, robot: robot, stopSwitch: stopSwitch,
      observe: observe
    ).run()
    try store.close()
    return result
  }

  @Test("A first trial too short to learn from is followed by another random one, not by an error")
  func shortFirstTrial() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var faults = VirtualRobotFaults()
    faults.rebootAtTick = 25
    let first = try run(try configuration(trials: 3), faults: faults)
    #expect(first.ending == .stopped(.rebooted))
    #expect(first.trials.count == 1)
    let second = try run(try configuration(trials: 3))
    #expect(second.trials.map(\.trial.origin) == [.random, .random, .policy])
    #expect(second.episodes.count == 1)
    #expect(second.trials[0].trial.end != .completed)
  }

  @Test(
    "A policy learnt before a run ended is not learnt again, and its prediction stays its trial's")
  func resumeAfterLearning() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let through = try run(try configuration(trials: 2))
    #expect(through.episodes.count == 1)
    let learnt = Mutex(0)
    let again = try run(try configuration(trials: 2)) { event in
      if case .learnt = event { learnt.withLock { $0 += 1 } }
    }
    #expect(learnt.withLock { $0 } == 0)
    #expect(again.trials[1].predictedReward == through.episodes[0].predictedReturn.mean)
    #expect(again.trials[0].predictedReward == nil)
  }

  @Test(
    "A search that the operator stops keeps its best policy, and resumed it learns what it would have",
    arguments: [SearchSettings.Method.trajectories, .blackBox])
  func interruptedSearch(method: SearchSettings.Method) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = try configuration(trials: 2)
    configuration.settings.search.method = method
    let stopSwitch = StopSwitch()
    let reports = Atomic<Int>(0)
    let stopped = try run(configuration, stopSwitch: stopSwitch) { event in
      guard case .learning(.searching) = event else { return }
      // Not at the first: by then something has been found.
      if reports.add(1, ordering: .relaxed).newValue == 2 { stopSwitch.press(.stop) }
    }
    #expect(stopped.ending == .interrupted)
    #expect(stopped.trials.count == 1 && stopped.episodes.isEmpty)
    let kept = try store(configuration)
    let events = try kept.events().filter { $0.kind == "search-interrupted" }
    let data = LearningData(
      trials: try kept.trials(), robot: configuration.robot, task: configuration.task)
    try kept.close()
    #expect(events.count == 1 && events[0].trial == 1)
    let best = try JSONDecoder.handful.decode(
      LearntEpisode.self, from: Data(try #require(events.first).json.utf8))
    #expect(best.policy.weights.allSatisfy { $0.isFinite } && best.unfinishedSearch != nil)

    let resumed = try run(configuration)
    let whole = try configuration.makeLearner().learn(
      episode: 1, steps: data.steps, measurementNoise: data.measurementNoise)
    let learnt = try #require(resumed.episodes.first)
    #expect(learnt.policy == whole.policy && learnt.evaluations == whole.evaluations)
    #expect(learnt.unfinishedSearch == nil)
  }

  @Test("A policy that is given runs its trials and learns nothing")
  func givenPolicy() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = try configuration(trials: 2)
    let learnt = try run(configuration)
    try FileManager.default.removeItem(atPath: folder + "/store.sqlite")
    configuration.policy = learnt.episodes[0].policy
    let result = try run(configuration)
    #expect(result.ending == .policyRan)
    #expect(result.trials.allSatisfy { $0.trial.origin == .policy })
    #expect(result.episodes.isEmpty)
  }
}
