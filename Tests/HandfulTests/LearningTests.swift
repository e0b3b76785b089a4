import Foundation
import Testing

@Suite("The main job, with the built program over a pseudo-terminal", .serialized)
struct LearningTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ store: String, _ extra: [String]) throws -> HandfulProcess.Ended {
    try HandfulProcess.run(
      [
        "run", "--robot", calibration("pendulum"), "--port", "sim", "--json", "--store",
        scratch.file(store),
      ] + extra, timeoutSeconds: 300)
  }

  @Test("A pendulum learns to swing up without a prior, within four trials")
  func learns() throws {
    let ended = try run("a.sqlite", ["--speed", "50", "--trials", "4", "--seed", "3"])
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let summary = try ended.json()
    #expect(summary["ending"] as? String == "solved")
    let trials = try #require(summary["trials"] as? [[String: Any]])
    #expect(trials.first?["origin"] as? String == "random")
    #expect(trials.last?["solved"] as? Bool == true)
    // What is said for people names the state as replay and model do.
    #expect(ended.stderr.contains("one-step error before this trial: shoulder position 0"))
    for trial in trials {
      let timing = try #require(trial["timing"] as? [String: Any])
      #expect(timing["missedDeadlines"] as? Int == 0)
      #expect(trial["end"] as? String == "completed")
    }
    let check = try HandfulProcess.run(["trials", "check", "--store", scratch.file("a.sqlite")])
    #expect(check.exitCode == 0, "\(check.stdout)")
    let report = scratch.file("report.html")
    #expect(
      try HandfulProcess.run([
        "report", "--store", scratch.file("a.sqlite"), "--out", report,
      ]).exitCode == 0)
    #expect(try String(contentsOfFile: report, encoding: .utf8).contains("<svg"))
  }

  @Test("With a prior whose mass and length are wrong by half, within three trials")
  func learnsWithPrior() throws {
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    let wrong = scratch.file("robot.yaml")
    try text
      .replacingOccurrences(of: "mass: { nominal: 1 kg", with: "mass: { nominal: 1.5 kg")
      .replacingOccurrences(of: "length: { nominal: 1 m", with: "length: { nominal: 0.5 m")
      .write(toFile: wrong, atomically: true, encoding: .utf8)
    let ended = try HandfulProcess.run(
      [
        "run", "--robot", wrong, "--port", "sim", "--json", "--store", scratch.file("p.sqlite"),
        "--algorithm", "gp-mi", "--speed", "50", "--trials", "3", "--seed", "1",
      ], timeoutSeconds: 300)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
  }

  @Test("The same seed gives the same trials and policies, whatever the speed and the threads")
  func deterministic() throws {
    let options = ["--trials", "2", "--seed", "5"]
    _ = try run("a.sqlite", options + ["--speed", "20", "--threads", "1"])
    _ = try run("b.sqlite", options + ["--speed", "100", "--threads", "2"])
    for (format, name) in [("policy", "policy.json"), ("csv", "trials")] {
      for store in ["a", "b"] {
        let ended = try HandfulProcess.run([
          "export", "--store", scratch.file("\(store).sqlite"), "--format", format, "--out",
          scratch.file("\(store)-\(name)"),
        ])
        try #require(ended.exitCode == 0, "\(ended.stderr)")
      }
    }
    #expect(try bytes("a-policy.json") == bytes("b-policy.json"))
    for number in 1...2 {
      #expect(
        try measurements("a-trials/trial-\(number).csv")
          == measurements("b-trials/trial-\(number).csv"))
    }
  }

  @Test("An experiment that was resumed learns the same policy as one that ran through")
  func resumed() throws {
    let options = ["--seed", "6", "--speed", "50"]
    _ = try run("through.sqlite", options + ["--trials", "2"])
    #expect(try run("resumed.sqlite", options + ["--trials", "1"]).exitCode == 3)
    _ = try run("resumed.sqlite", options + ["--trials", "2", "--resume"])
    for store in ["through", "resumed"] {
      _ = try HandfulProcess.run([
        "export", "--store", scratch.file("\(store).sqlite"), "--format", "policy", "--out",
        scratch.file("\(store).json"),
      ])
    }
    #expect(try bytes("through.json") == bytes("resumed.json"))
  }

  @Test("A task that isn't solved within its trials is exit code 3")
  func notSolved() throws {
    let ended = try run("n.sqlite", ["--speed", "50", "--trials", "1"])
    #expect(ended.exitCode == 3)
    #expect(try ended.json()["ending"] as? String == "not-solved")
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: scratch.file(name)))
  }

  /// A trial's CSV without the host's clock, which no run repeats.
  private func measurements(_ name: String) throws -> [[String]] {
    let rows = try String(contentsOfFile: scratch.file(name), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let host = try #require(rows.first?.firstIndex { $0.contains("host") })
    return rows.map { row in row.enumerated().filter { $0.offset != host }.map(\.element) }
  }
}
