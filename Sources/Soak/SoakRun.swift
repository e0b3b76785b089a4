import Foundation
import HardwareIO
import Synchronization

/// Many scenarios on all cores: seeds in order from a first one, until there were enough or the time
/// is up.
public struct SoakRun: Sendable {
  /// The first seed.
  public var firstSeed: UInt64
  /// The number of scenarios at most; nil for no bound.
  public var scenarioLimit: Int?
  /// For how long to begin new scenarios, in seconds; nil for no bound.
  public var seconds: Double?
  /// The number of episodes after which no scenario is begun; nil for no bound.
  public var episodeLimit: Int?
  /// The number of threads.
  public var threads: Int
  /// The kinds of faults to choose from.
  public var kinds: [FaultKind]
  /// Every so many scenarios one writes a real store; 0 for none.
  public var storeInterval: Int
  /// Every so many scenarios one is run twice and must be the same both times; 0 for none.
  public var repeatInterval: Int
  /// Where real stores go.
  public var scratchDirectory: String

  /// A soak from its parts.
  public init(
    firstSeed: UInt64 = 1, scenarioLimit: Int? = nil, seconds: Double? = nil,
    episodeLimit: Int? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    kinds: [FaultKind] = FaultKind.allCases, storeInterval: Int = 500, repeatInterval: Int = 100,
    scratchDirectory: String = NSTemporaryDirectory()
  ) {
    self.firstSeed = firstSeed
    self.scenarioLimit = scenarioLimit
    self.seconds = seconds
    self.episodeLimit = episodeLimit
    self.threads = threads
    self.kinds = kinds
    self.storeInterval = storeInterval
    self.repeatInterval = repeatInterval
    self.scratchDirectory = scratchDirectory
  }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - progress: Called now and then, from any thread, with the report so far.
  ///   - onFailure: Called with each scenario that found something wrong, from any thread.
  public func run(
    progress: @escaping @Sendable (SoakReport) -> Void = { _ in },
    onFailure: @escaping @Sendable (ScenarioResult) -> Void = { _ in }
  ) -> SoakReport {
    let begin = MonotonicClock.nowNanoseconds()
    let end = seconds.map { begin + Int64($0 * 1e9) }
    let next = Atomic<UInt64>(0)
    let total = Mutex(SoakReport(firstSeed: firstSeed))
    let directory = scratchDirectory + "/handful-soak-" + UUID().uuidString
    try? FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    DispatchQueue.concurrentPerform(iterations: max(threads, 1)) { thread in
      var nextProgress = begin + 10_000_000_000
      while true {
        let now = MonotonicClock.nowNanoseconds()
        if let end, now >= end { return }
        if let episodeLimit, total.withLock({ $0.episodes }) >= episodeLimit { return }
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if let scenarioLimit, index >= UInt64(scenarioLimit) { return }
        let seed = firstSeed &+ index
        SeedsInHand.note(seed, thread: thread)
        let result = scenario(seed, index: index, directory: directory)
        if !result.violations.isEmpty { onFailure(result) }
        let report = total.withLock { report in
          report.add(result)
          report.seconds = Double(MonotonicClock.nowNanoseconds() - begin) * 1e-9
          return report
        }
        if thread == 0, now >= nextProgress {
          nextProgress = now + 10_000_000_000
          progress(report)
        }
      }
    }
    return total.withLock { $0 }
  }

  private func scenario(_ seed: UInt64, index: UInt64, directory: String) -> ScenarioResult {
    func isDue(_ interval: Int) -> Bool { interval > 0 && index % UInt64(interval) == 0 }
    let hasStore = isDue(storeInterval)
    do {
      var scenario = try Scenario(
        seed: seed, kinds: kinds, storePath: hasStore ? "\(directory)/\(seed).sqlite" : nil)
      var result = scenario.run()
      result.usedStore = hasStore
      if isDue(repeatInterval) {
        var again = try Scenario(seed: seed, kinds: kinds)
        result.wasRepeated = true
        if again.run().digest != result.digest {
          result.violations.append("the same seed gave another course the second time")
        }
      }
      return result
    } catch {
      var result = ScenarioResult(seed: seed)
      result.violations = ["the scenario could not begin: \(error)"]
      return result
    }
  }
}

/// What a soak found.
public struct SoakReport: Sendable {
  /// The first seed.
  public var firstSeed: UInt64
  /// The number of scenarios, whose seeds follow each other.
  public var scenarios = 0
  /// The number of episodes that were begun.
  public var episodes = 0
  /// The number of samples that were acknowledged.
  public var samples = 0
  /// The number of scenarios that wrote a real store.
  public var stores = 0
  /// The number of scenarios that were run twice.
  public var repeats = 0
  /// How often each kind of fault struck.
  public var strikes: [FaultKind: Int] = [:]
  /// How often episodes ended for each reason.
  public var reasons: [String: Int] = [:]
  /// The scenarios that found something wrong; the first hundred.
  public var failures: [ScenarioResult] = []
  /// The number of scenarios that found something wrong.
  public var failureCount = 0
  /// How long it took, in seconds.
  public var seconds = 0.0

  init(firstSeed: UInt64) { self.firstSeed = firstSeed }

  mutating func add(_ result: ScenarioResult) {
    scenarios += 1
    episodes += result.episodes
    samples += result.samples
    stores += result.usedStore ? 1 : 0
    repeats += result.wasRepeated ? 1 : 0
    strikes.merge(result.strikes, uniquingKeysWith: +)
    reasons.merge(result.reasons, uniquingKeysWith: +)
    guard !result.violations.isEmpty else { return }
    failureCount += 1
    if failures.count < 100 { failures.append(result) }
  }

  /// The report as a person reads it.
  public var text: String {
    func lines(_ counts: [(String, Int)]) -> [String] {
      counts.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }.map {
        "  \(String(repeating: " ", count: max(0, 10 - "\($0.1)".count)))\($0.1)  \($0.0)"
      }
    }
    let last = firstSeed &+ UInt64(max(scenarios - 1, 0))
    var text = [
      "\(episodes) episodes in \(scenarios) scenarios (seeds \(firstSeed) to \(last)), "
        + "\(Int(seconds.rounded())) s, \(Int(Double(episodes) / max(seconds, 1e-3))) episodes/s",
      "\(samples) samples acknowledged; \(stores) scenarios with a real store; "
        + "\(repeats) run twice",
      "faults that struck:",
    ]
    text += lines(strikes.map { ($0.key.rawValue, $0.value) })
    text.append("episodes ended with:")
    text += lines(reasons.map { ($0.key, $0.value) })
    text.append("failures: \(failureCount)")
    for failure in failures {
      text.append("  seed \(failure.seed): \(failure.violations.joined(separator: "; "))")
    }
    return text.joined(separator: "\n")
  }
}
