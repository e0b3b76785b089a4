import Foundation
import Synchronization

/// A bench: the seeds that aren't finished yet, each in a process of its own, as many at a time as
/// there are cores; then a sample of them once more over the serial line.
public final class BenchRun: Sendable {
  /// What happens.
  public enum Event: Sendable {
    /// A seed that had been finished by an earlier bench in the folder.
    case found(SeedResult)
    /// A seed begins.
    case begun(seed: UInt64)
    /// A seed is finished.
    case finished(SeedResult)
    /// A seed is being repeated over the serial line.
    case repeating(seed: UInt64)
    /// A seed was repeated.
    case repeated(SerialRepetition)
  }

  private let folder: BenchFolder
  private let plan: BenchPlan
  private let pool: ProcessPool
  private let processes: Int
  private let observe: @Sendable (Event) -> Void
  private let failure = Mutex<(any Error)?>(nil)

  /// A bench in a folder that was prepared for its plan.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - plan: The plan.
  ///   - executable: The path of `handful`.
  ///   - processes: How many seeds at a time.
  ///   - observe: Told of every event, from any thread.
  public init(
    folder: BenchFolder, plan: BenchPlan, executable: String, processes: Int,
    observe: @escaping @Sendable (Event) -> Void
  ) {
    self.folder = folder
    self.plan = plan
    self.processes = processes
    self.observe = observe
    pool = ProcessPool(executable: executable)
  }

  /// Ends the children that run, and begins no more; what is finished is kept.
  public func cancel() { pool.cancel() }

  /// Whether it was cancelled.
  public var wasCancelled: Bool { pool.wasCancelled }

  /// Runs the seeds.
  ///
  /// - Parameters:
  ///   - seeds: The seeds.
  ///   - repeating: Which of them to repeat over the serial line.
  /// - Throws: ``BenchError``; what was finished is kept nevertheless.
  public func run(seeds: [UInt64], repeating: [UInt64]) throws {
    var missing: [UInt64] = []
    for seed in seeds {
      if let result = try folder.result(seed: seed) {
        observe(.found(result))
      } else {
        missing.append(seed)
      }
    }
    pool.run(missing, atATime: processes) { [self] seed in attempt { try run(seed) } }
    if let error = failure.withLock({ $0 }) { throw error }
    var unrepeated: [UInt64] = []
    for seed in repeating {
      if let repetition = try folder.repetition(seed: seed) {
        observe(.repeated(repetition))
      } else {
        unrepeated.append(seed)
      }
    }
    pool.run(unrepeated, atATime: processes) { [self] seed in
      attempt { try repeatOverSerialLine(seed) }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// - Returns: Whether it went well; the first error is kept, unless it is of being cancelled.
  private func attempt(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      if !pool.wasCancelled { failure.withLock { $0 = $0 ?? error } }
      return false
    }
  }

  private func run(_ seed: UInt64) throws {
    observe(.begun(seed: seed))
    try runChild(
      ["bench-seed", "--folder", folder.path, "--seed", String(seed)], seed: seed, allowed: [0])
    guard let result = try folder.result(seed: seed) else {
      throw BenchError.seedFailed(seed: seed, exitCode: 0, said: "it left no result")
    }
    observe(.finished(result))
  }

  private func repeatOverSerialLine(_ seed: UInt64) throws {
    observe(.repeating(seed: seed))
    // A run that a killed bench left behind may still be writing to its own.
    let store = folder.file("serial-\(seed)-\(ProcessInfo.processInfo.processIdentifier).sqlite")
    folder.removeSerialStores(seed: seed)
    var arguments = [
      "run", "--robot", folder.robotFile, "--task", plan.task, "--port", "sim", "--speed", "100",
      "--algorithm", plan.settings.algorithm.rawValue,
      "--search", plan.settings.search.method.rawValue, "--trials", String(plan.trialCount),
      "--seed", String(seed), "--threads", "1", "--store", store,
    ]
    if plan.prior != "none" { arguments += ["--prior", folder.prior(seed: seed)] }
    // 3 is a task that wasn't solved, which is a result; after a stop for safety (4) the operator goes
    // on, as long as there are trials.
    var sessions = 1
    while try runChild(arguments, seed: seed, allowed: [0, 3, 4]) == 4 {
      guard sessions < 2 * plan.trialCount + 2 else { break }
      if sessions == 1 { arguments += ["--resume", "--clear-fault"] }
      sessions += 1
    }
    let repetition = try BenchSeed(folder: folder, seed: seed).compare(withSerialStore: store)
    if repetition.difference == nil { folder.removeStore(store) }
    observe(.repeated(repetition))
  }

  @discardableResult
  private func runChild(
    _ arguments: [String], seed: UInt64, allowed: [Int32]
  ) throws -> Int32 {
    let ended = try pool.runChild(arguments)
    guard allowed.contains(ended.exitCode) else {
      let last = ended.said.split(separator: "\n").suffix(3).joined(separator: " ")
      throw BenchError.seedFailed(seed: seed, exitCode: ended.exitCode, said: last)
    }
    return ended.exitCode
  }
}
