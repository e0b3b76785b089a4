import Foundation
import Robotics
import Simulation
import Supervisor
import TrialStore

/// One seed of a bench, run to its end in this process: the experiment that `handful run` would run,
/// on a robot in a ``LockstepWorld``.
public struct BenchSeed: Sendable {
  /// The bench's folder.
  public var folder: BenchFolder
  /// The seed.
  public var seed: UInt64

  /// A seed of the bench in a folder.
  public init(folder: BenchFolder, seed: UInt64) {
    self.folder = folder
    self.seed = seed
  }

  /// Runs the seed and keeps its result. A store that an earlier attempt left unfinished is thrown
  /// away: what it began can't be told from what it would have been.
  ///
  /// - Parameter version: This program's version.
  /// - Throws: ``BenchError`` and what ``LearningRun/run()`` throws.
  @discardableResult
  public func run(version: String) throws -> SeedResult {
    let plan = try folder.plan()
    let prior = try keepPrior(plan)
    let configuration = try plan.configuration(seed: seed, prior: prior)
    let storePath = folder.store(seed: seed)
    folder.removeStore(storePath)
    let store = try TrialStore.create(
      at: storePath, experiment: configuration.experimentRecord(version: version))
    let began = ContinuousClock.now
    var worlds: [VirtualWorld] = []
    var result = try runSession(configuration, store, worlds: &worlds)
    var sessions = 1
    var stops: [String] = []
    if case .stopped(let reason) = result.ending { stops.append(reason.code) }
    while case .stopped(let reason) = result.ending, result.trials.count < plan.trialCount {
      // Room for sessions that end before their trial has a sample, and no more.
      guard sessions < 2 * plan.trialCount + 2 else {
        throw BenchError.stopped(seed: seed, ending: reason.code)
      }
      sessions += 1
      result = try runSession(configuration, store, worlds: &worlds)
      if case .stopped(let reason) = result.ending { stops.append(reason.code) }
    }
    switch result.ending {
    case .solved, .notSolved, .stopped: break
    default: throw BenchError.stopped(seed: seed, ending: "\(result.ending)")
    }
    let digest = try StoreDigest.digest(of: store)
    try store.close()
    let kept = SeedResult(
      result, seed: seed, stops: stops, wallSeconds: (ContinuousClock.now - began) / .seconds(1),
      prior: prior,
      digest: digest)
    try folder.keep(kept)
    return kept
  }

  /// From connecting to the end of the experiment, or to a stop for safety: what one process of
  /// `handful run` would do. After a stop the operator begins another, with `--resume` and
  /// `--clear-fault`.
  ///
  /// - Parameter worlds: The worlds after the episodes of all sessions, as the file of a virtual
  ///   robot's process keeps them.
  private func runSession(
    _ configuration: RunConfiguration, _ store: TrialStore, worlds: inout [VirtualWorld]
  ) throws -> RunResult {
    let episodes = try TrialMargins.armedEpisodes(in: store)
    let lockstep = try LockstepWorld(
      robot: configuration.robot, seed: seed, after: worlds.last { $0.episodes == episodes })
    let stopSwitch = StopSwitch()
    let robot = try SupervisedRobot(
      link: lockstep.makeLink(), robot: configuration.robot, stopSwitch: stopSwitch)
    defer { robot.disconnect() }
    try robot.connect(clearFault: true)
    let result = try LearningRun(
      configuration: configuration, store: store, robot: robot, stopSwitch: stopSwitch,
      observe: { _ in }
    ).run()
    robot.disconnect()
    worlds += lockstep.end()
    return result
  }

  /// The seed's prior, by way of the file that `handful run --prior` would read.
  private func keepPrior(_ plan: BenchPlan) throws -> PriorDescription? {
    let robot = try Robot(yaml: plan.robotFileText, file: BenchFolder.robotFileName)
    let path = folder.prior(seed: seed)
    if let text = plan.priorFileText {
      try folder.write(Data(text.utf8), to: (path as NSString).lastPathComponent)
    } else {
      let chosen = try StudyPrior(name: plan.prior, robotFile: folder.robotFile)
      guard let prior = try chosen.description(of: robot, seed: seed) else { return nil }
      let text = PriorFile.yaml(
        prior, robot: robot.name, summary: "the prior '\(plan.prior)' of seed \(seed)")
      try folder.write(Data(text.utf8), to: (path as NSString).lastPathComponent)
    }
    return try PriorFile.prior(contentsOf: path, for: robot)
  }

  /// Compares the seed with its repetition over the serial line, and keeps the verdict.
  ///
  /// - Parameter serialStore: The store that `handful run --port sim` made.
  /// - Throws: ``BenchError``, `StoreError`.
  @discardableResult
  public func compare(withSerialStore serialStore: String) throws -> SerialRepetition {
    let own = try TrialStore.open(at: folder.store(seed: seed))
    let serial = try TrialStore.open(at: serialStore)
    let repetition = SerialRepetition(
      seed: seed, difference: try StoreDigest.firstDifference(own, serial))
    try own.close()
    try serial.close()
    try folder.keep(repetition)
    return repetition
  }
}
