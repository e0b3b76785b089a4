import Foundation
import Learner
import Robotics
import TrialStore

extension RunConfiguration {
  /// The record of this experiment in its store.
  ///
  /// - Parameter version: This program's version.
  public func experimentRecord(version: String) -> ExperimentRecord {
    ExperimentRecord(
      robot: robot, robotFileText: robotFileText, task: task.name,
      algorithm: source,
      settingsJSON: settingsJSON(withFiles: true), seed: seed, handfulVersion: version,
      createdAtUnixSeconds: Date().timeIntervalSince1970)
  }

  /// Refuses to go on with an experiment that another seed, algorithm or settings would make another
  /// experiment. The number of threads changes nothing and may differ.
  ///
  /// - Throws: ``ExperimentError/storeMismatch(what:stored:wanted:)``.
  public func ensureResumable(_ stored: ExperimentRecord) throws {
    let wanted = experimentRecord(version: stored.handfulVersion)
    if stored.algorithm != wanted.algorithm {
      throw ExperimentError.storeMismatch(
        what: "algorithm", stored: stored.algorithm, wanted: wanted.algorithm)
    }
    if stored.seed != wanted.seed {
      throw ExperimentError.storeMismatch(
        what: "seed", stored: String(stored.seed), wanted: String(wanted.seed))
    }
    try ensureSameFiles(stored)
    // A store of an earlier version doesn't know its prior's files.
    let knowsFiles = (try? StoredSettings(of: stored))?.files != nil
    let wantedSettings = settingsJSON(withFiles: knowsFiles)
    if stored.settingsJSON != wantedSettings {
      throw ExperimentError.storeMismatch(
        what: "settings", stored: stored.settingsJSON, wanted: wantedSettings)
    }
  }

  /// Refuses files of the prior that have changed since.
  private func ensureSameFiles(_ stored: ExperimentRecord) throws {
    guard let files = (try? StoredSettings(of: stored))?.files, let now = priorFiles else { return }
    let changed = files.filter { !now.contains($0) } + now.filter { !files.contains($0) }
    guard let first = changed.first else { return }
    throw ExperimentError.priorFileChanged(name: first.name)
  }

  /// The files of the prior in use; nil without one.
  private var priorFiles: [FileDigest]? {
    settings.algorithm == .gpMI ? robot.prior.map(FileDigest.all) : nil
  }

  /// The settings that decide what is learnt: the learner's, without the number of threads, and the
  /// prior in use with the digests of its files.
  private func settingsJSON(withFiles: Bool) -> String {
    var learning = settings
    learning.threads = 1
    let decisive = StoredSettings(
      learning: learning, prior: settings.algorithm == .gpMI ? robot.prior?.withoutFolders : nil,
      files: withFiles ? priorFiles : nil)
    return (try? JSONEncoder.handful.encode(decisive)).map { String(decoding: $0, as: UTF8.self) }
      ?? "{}"
  }
}

/// The settings of an experiment as its store keeps them.
public struct StoredSettings: Codable, Sendable {
  /// How it learns.
  public var learning: LearningSettings
  /// The prior in use, the file of its simulator by its name alone; nil without one.
  private var prior: PriorDescription?
  /// The prior's files; nil without a prior, and in stores of versions that didn't keep them.
  let files: [FileDigest]?

  /// The prior in use, with the file of its simulator where the robot's description has it; nil
  /// without one.
  public func prior(of robot: Robot) -> PriorDescription? {
    guard var prior else { return nil }
    func placed(_ name: String?, _ path: String?) -> String? {
      guard let name, let path, (path as NSString).lastPathComponent == name else { return name }
      return path
    }
    prior.libraryPath = placed(prior.libraryPath, robot.prior?.libraryPath)
    if let name = prior.mujoco?.path {
      prior.mujoco?.path = placed(name, robot.prior?.mujoco?.path) ?? name
    }
    return prior
  }

  /// The settings that a store was made with.
  ///
  /// - Throws: ``ExperimentError/nothingToDo(what:)`` when another version of the program wrote them.
  public init(of record: ExperimentRecord) throws {
    do {
      self = try JSONDecoder.handful.decode(Self.self, from: Data(record.settingsJSON.utf8))
    } catch {
      throw ExperimentError.nothingToDo(
        what: "version \(record.handfulVersion) of this program made the store, with settings that "
          + "this one (it would not learn the same) doesn't have")
    }
  }

  init(learning: LearningSettings, prior: PriorDescription?, files: [FileDigest]?) {
    self.learning = learning
    self.prior = prior
    self.files = files
  }
}

extension PriorDescription {
  /// The same with its simulator's file by its name alone, as it is the same on another machine.
  fileprivate var withoutFolders: PriorDescription {
    var prior = self
    prior.libraryPath = prior.libraryPath.map { ($0 as NSString).lastPathComponent }
    if let path = prior.mujoco?.path {
      prior.mujoco?.path = (path as NSString).lastPathComponent
    }
    return prior
  }
}
