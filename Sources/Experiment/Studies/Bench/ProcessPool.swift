import Foundation
import Glibc
import Synchronization

/// Child processes of this program, a fixed number at a time, which end with it however it ends: each
/// has the reading end of a pipe as its standard input, and ends when the pipe closes.
///
/// Each is in a process group of its own, so that a Ctrl-C meant for this process leaves them to it.
public final class ProcessPool: Sendable {
  /// How a child ended.
  public struct Ended: Sendable {
    /// Its exit code; 128 and the signal's number for one that a signal ended.
    public var exitCode: Int32
    /// What it wrote to stderr.
    public var said: String
  }

  /// The place of the next item that no thread has taken.
  private final class Place: Sendable {
    let next = Atomic<Int>(0)
  }

  private let executable: String
  private let running = Mutex<[Int32: Process]>([:])
  private let isCancelled = Atomic<Bool>(false)

  /// A pool of processes of that program.
  public init(executable: String) { self.executable = executable }

  /// Runs a job for each item, `count` at a time, each on a thread of its own; returns when all that
  /// were begun have ended. None is begun after ``cancel()``, or when `job` returns false.
  public func run<Item: Sendable>(
    _ items: [Item], atATime count: Int, job: @escaping @Sendable (Item) -> Bool
  ) {
    let place = Place()
    let ended = DispatchSemaphore(value: 0)
    let threadCount = max(1, min(count, items.count))
    // Threads of our own: those of a dispatch queue have a niceness of theirs, which children inherit.
    for _ in 0..<threadCount {
      Thread { [self] in
        while !isCancelled.load(ordering: .acquiring) {
          let index = place.next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < items.count else { break }
          if !job(items[index]) { cancel() }
        }
        ended.signal()
      }.start()
    }
    for _ in 0..<threadCount { ended.wait() }
  }

  /// Runs a child with those arguments to its end.
  ///
  /// - Throws: What Foundation throws when a process can't be started.
  public func runChild(_ arguments: [String]) throws -> Ended {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    let input = Pipe()
    let errors = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let identifier = process.processIdentifier
    running.withLock { $0[identifier] = process }
    if isCancelled.load(ordering: .acquiring) { kill(process.processIdentifier, SIGKILL) }
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    running.withLock { _ = $0.removeValue(forKey: identifier) }
    try? input.fileHandleForWriting.close()
    let status = process.terminationStatus
    return Ended(
      exitCode: process.terminationReason == .uncaughtSignal ? 128 + status : status,
      said: String(decoding: said, as: UTF8.self))
  }

  /// Ends the children that run, at once, and begins no more: what a child has not finished is of no
  /// use, and it may have inherited that milder signals are blocked.
  public func cancel() {
    isCancelled.store(true, ordering: .releasing)
    running.withLock { children in
      for process in children.values { kill(process.processIdentifier, SIGKILL) }
    }
  }

  /// Whether it was cancelled.
  public var wasCancelled: Bool { isCancelled.load(ordering: .acquiring) }
}
