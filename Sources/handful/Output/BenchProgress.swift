import Experiment
import Foundation
import Synchronization

/// Tells a person how a bench gets on: a line a seed, and on a terminal how many are done and how long
/// the rest will take.
final class BenchProgress: Sendable {
  private struct State {
    var done = 0
    var running: [UInt64: ContinuousClock.Instant] = [:]
    /// How long the seeds took that were finished here, in seconds.
    var durations: [Double] = []
    var isOver = false
    var repeating = 0
  }

  private let title: String
  private let seedCount: Int
  private let processes: Int
  private let state = Mutex(State())

  init(title: String, seedCount: Int, processes: Int) {
    self.title = title
    self.seedCount = seedCount
    self.processes = processes
  }

  /// Says what begins, and keeps a terminal's last line up to date.
  func begin() {
    Console.shared.line(
      "\(title) · \(seedCount) seeds, \(processes) at a time")
    guard Console.shared.isTerminal else { return }
    Thread { [self] in
      while !state.withLock({ $0.isOver }) {
        Console.shared.progress(line)
        usleep(500_000)
      }
    }.start()
  }

  /// Ends the updates.
  func end() { state.withLock { $0.isOver = true } }

  /// Takes note of an event, from any thread.
  func observe(_ event: BenchRun.Event) {
    switch event {
    case .found: state.withLock { $0.done += 1 }
    case .begun(let seed): state.withLock { $0.running[seed] = .now }
    case .finished(let result):
      let done = state.withLock { state in
        state.done += 1
        state.running[result.seed] = nil
        state.durations.append(result.wallSeconds)
        return state.done
      }
      let rewards = result.trials.map { String(format: "%.2f", $0.meanReward) }
      Console.shared.line(
        "seed \(result.seed)  "
          + (result.solvedAtTrial.map { "solved at trial \($0)" } ?? "not solved")
          + "  rewards \(rewards.joined(separator: " "))"
          + String(format: "  %.0f s", result.wallSeconds) + "  (\(done) of \(seedCount), \(left))")
    case .repeating: state.withLock { $0.repeating += 1 }
    case .repeated: state.withLock { $0.repeating = max(0, $0.repeating - 1) }
    }
  }

  private var line: String {
    let (done, running, repeating) = state.withLock {
      ($0.done, $0.running.count, $0.repeating)
    }
    if repeating > 0 { return "\(repeating) seeds once more over the serial line" }
    return "\(done) of \(seedCount) seeds, \(running) running, \(left)"
  }

  /// How long the rest will take, from what seeds took so far.
  private var left: String {
    let (done, durations) = state.withLock { ($0.done, $0.durations) }
    guard !durations.isEmpty else { return "time left not known yet" }
    let mean = durations.reduce(0, +) / Double(durations.count)
    let seconds = mean * Double(seedCount - done) / Double(min(processes, seedCount))
    if seconds >= 5400 { return String(format: "about %.1f h left", seconds / 3600) }
    if seconds >= 90 { return String(format: "about %.0f min left", seconds / 60) }
    return String(format: "about %.0f s left", seconds)
  }
}
