import Foundation
import Testing

@Suite("An experiment that is killed again and again, and resumed", .serialized)
struct ResumeTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func arguments(_ store: String) -> [String] {
    [
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "10", "--seed", "8",
      "--trials", "4", "--threads", "2", "--json", "--store", scratch.file(store),
    ]
  }

  /// When to kill, in microseconds: at a twentieth to a half of what the experiment takes here, from a
  /// small generator of the test's own (Knuth's MMIX constants).
  private func delays(seed: UInt64, count: Int, experimentSeconds: Double) -> [UInt32] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let share = 0.05 + 0.45 * Double(state >> 33) / Double(UInt64(1) << 31)
      return UInt32(share * experimentSeconds * 1e6)
    }
  }

  @Test(
    "Killed with signal 9 at random instants, it ends as one that ran through: same trials, same policy",
    arguments: [UInt64(1), 2])
  func killedAndResumed(seed: UInt64) throws {
    let began = ContinuousClock.now
    let through = try HandfulProcess.run(arguments("through.sqlite"), timeoutSeconds: 300)
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try #require([0, 3].contains(through.exitCode), "\(through.stderr)")
    var kills = 0
    for delay in delays(seed: seed, count: 9, experimentSeconds: seconds) {
      let isThere = FileManager.default.fileExists(atPath: scratch.file("killed.sqlite"))
      let host = try HandfulProcess(arguments("killed.sqlite") + (isThere ? ["--resume"] : []))
      usleep(delay)
      host.signal(SIGKILL)
      if host.wait(timeoutSeconds: 60).exitCode == 128 + SIGKILL { kills += 1 } else { break }
    }
    let last = try HandfulProcess.run(
      arguments("killed.sqlite") + ["--resume"], timeoutSeconds: 300)
    #expect(last.exitCode == through.exitCode, "\(last.stderr)")
    #expect(kills >= 3, "it was hardly ever killed")

    let expected = try export("through")
    let found = try export("killed")
    #expect(found.policy == expected.policy)
    let whole = found.trials.filter { !$0.isCut }
    #expect(whole.count == expected.trials.count)
    for (one, other) in zip(whole, expected.trials) {
      #expect(one.lines == other.lines, "trial \(one.number) is not what it was without a kill")
    }
    // What was cut short is the beginning of the same trial, as it was run again.
    for cut in found.trials where cut.isCut {
      let again = try #require(whole.first { $0.number > cut.number })
      #expect(Array(again.lines.prefix(cut.lines.count)) == cut.lines, "trial \(cut.number)")
    }
    print(
      "seed \(seed): killed \(kills) times, \(found.trials.count - whole.count) trials cut short, "
        + "\(whole.count) trials as without a kill")
    let check = try HandfulProcess.run([
      "trials", "check", "--store", scratch.file("killed.sqlite"),
    ])
    #expect(check.exitCode == 0, "\(check.stdout)")
  }

  private struct StoredTrial {
    var number: Int
    var isCut: Bool
    var lines: [[String]]
  }

  /// The last policy, and what each trial measured and sent.
  private func export(_ name: String) throws -> (policy: Data, trials: [StoredTrial]) {
    let store = scratch.file("\(name).sqlite")
    for (format, path) in [("policy", "\(name).json"), ("csv", "\(name)-trials")] {
      let ended = try HandfulProcess.run([
        "export", "--store", store, "--format", format, "--out", scratch.file(path),
      ])
      try #require(ended.exitCode == 0, "\(ended.stderr)")
    }
    let list = try HandfulProcess.run(["trials", "list", "--json", "--store", store])
    let summaries = try #require(
      try JSONSerialization.jsonObject(with: Data(list.stdout.utf8)) as? [[String: Any]])
    let trials = try summaries.map { summary in
      let number = try #require(summary["number"] as? Int)
      return StoredTrial(
        number: number, isCut: "\(summary["end"] ?? "")".contains("host-died"),
        lines: try measurements("\(name)-trials/trial-\(number).csv"))
    }
    let policy = try Data(contentsOf: URL(fileURLWithPath: scratch.file("\(name).json")))
    return (policy, trials)
  }

  /// A trial's lines without the host's clock, which no run repeats, nor whether a command came late.
  private func measurements(_ name: String) throws -> [[String]] {
    guard FileManager.default.fileExists(atPath: scratch.file(name)) else { return [] }
    let rows = try String(contentsOfFile: scratch.file(name), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let host = try #require(rows.first?.firstIndex { $0.contains("host") })
    return rows.map { row in row.enumerated().filter { $0.offset != host }.map(\.element) }
  }
}
