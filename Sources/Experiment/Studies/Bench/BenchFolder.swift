import Foundation
import Glibc
import Learner
import Robotics

/// The folder of a bench, with a file a seed: whatever was finished when the bench ended, by Ctrl-C or
/// `kill -9`, is there when it goes on.
///
/// | file | what it is |
/// | --- | --- |
/// | `plan.json`, `robot.yaml` | what is measured |
/// | `seed-N.json` | the result of a seed, written whole or not at all when it is finished |
/// | `seed-N.sqlite` | its store, as `handful run` would keep it |
/// | `seed-N.prior.yaml` | its prior, where there is one |
/// | `serial-N.json` | that the seed was repeated over the serial line, and whether it was the same |
/// | `results.json`, `learning-curves.svg` | what came of it all |
public struct BenchFolder: Sendable {
  /// The folder's path.
  public let path: String

  static let robotFileName = "robot.yaml"

  /// A folder, there or not.
  public init(path: String) { self.path = path }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The store of a seed.
  public func store(seed: UInt64) -> String { file("seed-\(seed).sqlite") }

  /// The prior of a seed.
  public func prior(seed: UInt64) -> String { file("seed-\(seed).prior.yaml") }

  /// The robot's description.
  public var robotFile: String { file(Self.robotFileName) }

  // MARK: - The plan

  /// Makes a locked folder ready for a plan, or finds it made for the same plan.
  ///
  /// A folder in which no bench was made (it has no plan) is never cleared: what has the names of a
  /// bench's files there is someone's.
  ///
  /// - Parameter restarts: Whether what a bench has left there is thrown away first.
  /// - Throws: ``BenchError``.
  public func prepare(for plan: BenchPlan, restarts: Bool) throws(BenchError) {
    let isBench = FileManager.default.fileExists(atPath: file("plan.json"))
    if isBench && restarts {
      // The plan last: with it, whatever a kill leaves is known for a bench's.
      results().filter { $0 != "plan.json" }.forEach(remove)
      remove("plan.json")
    }
    if !isBench, let other = results().first {
      throw .unusableFile(
        path: file(other), reason: "no bench has made it; give an empty folder as --out")
    }
    if let stored: BenchPlan = try read("plan.json") {
      try plan.ensureContinues(stored, folder: path)
    } else {
      // The plan first: with it, whatever else is missing after a kill is known for a bench's.
      try write(plan, to: "plan.json")
    }
    try write(Data(plan.robotFileText.utf8), to: Self.robotFileName)
  }

  /// The plan that the folder was made for.
  ///
  /// - Throws: ``BenchError/unusableFile(path:reason:)``.
  public func plan() throws(BenchError) -> BenchPlan {
    guard let plan: BenchPlan = try read("plan.json") else {
      throw .unusableFile(path: file("plan.json"), reason: "there is no such file")
    }
    return plan
  }

  /// The files that have the names of a bench's.
  private func results() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { name in
      ["seed-", "serial-"].contains { name.hasPrefix($0) }
        || [
          "plan.json", Self.robotFileName, "results.json", "learning-curves.svg",
        ].contains(name)
    }.sorted()
  }

  private func remove(_ name: String) { try? FileManager.default.removeItem(atPath: file(name)) }

  /// Makes the folder where it isn't there, and keeps other benches out of it until the process ends.
  ///
  /// - Throws: ``BenchError/busy(folder:)``, ``BenchError/unusableFile(path:reason:)``.
  public func lock() throws(BenchError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unusableFile(path: path, reason: "the folder can't be made; check its parent's rights")
    }
    let descriptor = open(file(".lock"), O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .unusableFile(path: file(".lock"), reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .busy(folder: path)
    }
  }

  // MARK: - Seeds

  /// The result of a seed; nil when it isn't finished.
  public func result(seed: UInt64) throws(BenchError) -> SeedResult? {
    try read("seed-\(seed).json")
  }

  /// Keeps the result of a seed.
  func keep(_ result: SeedResult) throws(BenchError) {
    try write(result, to: "seed-\(result.seed).json")
  }

  /// How a seed's repetition over the serial line came out; nil when it wasn't repeated.
  public func repetition(seed: UInt64) throws(BenchError) -> SerialRepetition? {
    try read("serial-\(seed).json")
  }

  /// Keeps how a seed's repetition came out.
  func keep(_ repetition: SerialRepetition) throws(BenchError) {
    try write(repetition, to: "serial-\(repetition.seed).json")
  }

  /// Removes what repetitions of a seed left behind that were killed.
  func removeSerialStores(seed: UInt64) {
    results().filter { $0.hasPrefix("serial-\(seed)-") }.forEach(remove)
  }

  /// Removes a store with the files that are kept beside it: SQLite's and the virtual robot's world.
  func removeStore(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-lock", "-journal", "-world"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
  }

  // MARK: - Files

  private func read<Value: Decodable>(_ name: String) throws(BenchError) -> Value? {
    guard let data = FileManager.default.contents(atPath: file(name)) else { return nil }
    do {
      return try JSONDecoder.handful.decode(Value.self, from: data)
    } catch {
      throw .unusableFile(
        path: file(name), reason: "it isn't what a bench writes; remove it, or give another --out")
    }
  }

  func write(_ value: some Encodable, to name: String) throws(BenchError) {
    let encoder = JSONEncoder.handful
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw .unusableFile(path: file(name), reason: "it can't be encoded")
    }
    try write(data, to: name)
  }

  /// Writes a file whole or not at all, as far as other processes can see.
  func write(_ data: Data, to name: String) throws(BenchError) {
    do {
      try data.write(to: URL(fileURLWithPath: file(name)), options: .atomic)
    } catch {
      throw .unusableFile(
        path: file(name), reason: "it can't be written: \((error as NSError).localizedDescription)")
    }
  }
}

/// How a seed that was repeated over the serial line compares with the bench's own.
public struct SerialRepetition: Sendable, Equatable, Codable {
  /// The seed.
  public var seed: UInt64
  /// What first differs, in a sentence; nil when trials and policies are the same, bit for bit.
  public var difference: String?
}
