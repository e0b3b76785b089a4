import Foundation
import Testing

@Suite("A proposed calibration trial, run on the robot", .serialized)
struct ExcitationTests {
  private let scratch: ScratchFolder
  private let robot = calibration("pendulum")

  init() throws { scratch = try ScratchFolder() }

  private func succeeded(_ arguments: [String], exitCode: Int32 = 0) throws -> HandfulProcess.Ended
  {
    let ended = try HandfulProcess.run(arguments)
    try #require(ended.exitCode == exitCode, "\(arguments): \(ended.stderr)")
    return ended
  }

  private func run(_ excitation: String, store: String, _ extra: [String] = []) throws
    -> HandfulProcess.Ended
  {
    try HandfulProcess.run(
      [
        "run", "--robot", robot, "--port", "sim", "--speed", "50", "--excitation", excitation,
        "--store", store, "--json",
      ] + extra)
  }

  private func standardErrors(_ calibration: HandfulProcess.Ended) throws -> [String: Double] {
    let estimates = try #require(try calibration.json()["estimates"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: try estimates.map { estimate in
        (
          try #require(estimate["name"] as? String),
          try #require(estimate["standardError"] as? Double)
        )
      })
  }

  @Test("Its recording shrinks the standard errors of the calibration that proposed it")
  func shrinksStandardErrors() throws {
    let (first, next, all) = (
      scratch.file("first.sqlite"), scratch.file("next.sqlite"), scratch.file("all.sqlite")
    )
    let efforts = scratch.file("next.csv")
    // A first trial that hardly moves it, of a tenth of a newton metre to and fro.
    let weak = scratch.file("weak.csv")
    let lines = (0..<80).map { "\(0.05 * Double($0)),\($0 / 8 % 2 == 0 ? -0.1 : 0.1)" }
    try (["time_s,shoulder_effort_N_m"] + lines).joined(separator: "\n").write(
      toFile: weak, atomically: true, encoding: .utf8)
    let began = try run(weak, store: first)
    try #require(began.exitCode == 0, "\(began.stderr)")
    let before = try succeeded([
      "calibrate", "--robot", robot, "--store", first, "--no-write", "--json", "--suggest", efforts,
    ])
    // The proposal keeps well within the limits.
    let rows = try String(contentsOfFile: efforts, encoding: .utf8).split(separator: "\n")
    #expect(rows.first == "time_s,shoulder_effort_N_m")
    let values = try rows.dropFirst().map { row in
      try #require(row.split(separator: ",").last.flatMap { Double($0) })
    }
    #expect(values.count == 1000)
    #expect(values.allSatisfy { abs($0) <= 0.8 * 2.5 })
    #expect(values.contains { abs($0) > 0.2 })

    let ran = try run(efforts, store: next)
    try #require(ran.exitCode == 0, "\(ran.stderr)")
    let summary = try ran.json()
    #expect(summary["algorithm"] as? String == "excitation")
    #expect(summary["ending"] as? String == "excitation-ran")
    let trials = try #require(summary["trials"] as? [[String: Any]])
    #expect(trials.count == 1 && trials[0]["origin"] as? String == "excitation")
    #expect(trials[0]["durationSeconds"] as? Double == 10)
    #expect(ran.stderr.contains("· excitation") && !ran.stderr.contains("reward"))

    _ = try succeeded(["trials", "merge", "--store", all, first, next])
    let after = try succeeded([
      "calibrate", "--robot", robot, "--store", all, "--no-write", "--json",
    ])
    let (wide, narrow) = (try standardErrors(before), try standardErrors(after))
    print("standard errors before \(wide), after \(narrow)")
    for name in ["mass", "length", "damping"] {
      #expect(try #require(narrow[name]) < 0.1 * #require(wide[name]), "\(name)")
    }
  }

  @Test("A second proposal goes into the same store, and learning doesn't")
  func resume() throws {
    let efforts = scratch.file("efforts.csv")
    let store = scratch.file("store.sqlite")
    try "time_s,shoulder_effort_N_m\n0,0.5\n0.05,0.5\n0.1,-0.5\n0.15,0\n".write(
      toFile: efforts, atomically: true, encoding: .utf8)
    #expect(try run(efforts, store: store).exitCode == 0)
    #expect(try run(efforts, store: store, ["--resume", "--trials", "2"]).exitCode == 0)
    let list = try succeeded(["trials", "list", "--store", store])
    #expect(list.stdout.components(separatedBy: "excitation").count == 3, "\(list.stdout)")
    let learning = try HandfulProcess.run([
      "run", "--robot", robot, "--port", "sim", "--speed", "50", "--store", store, "--resume",
    ])
    #expect(learning.exitCode == 2 && learning.stderr.contains("algorithm excitation"))
  }

  @Test(
    "Efforts that the robot may not or can't run are refused with line, column and remedy",
    arguments: [
      (
        "time_s,shoulder_effort_N_m\n0,0\n0.01,2.6\n0.02,0\n", "efforts.csv:3: shoulder_effort_N_m",
        "effort_limit"
      ),
      ("time_s,shoulder_effort_N_m\n0,0\n0.01,0\n0.025,0\n", "efforts.csv:4", "resample"),
      ("time_s,torque\n0,0\n0.01,0\n", "efforts.csv:1", "calibrate --suggest"),
      ("time_s,shoulder_effort_N_m\n0,0\n0.01,nan\n", "efforts.csv:3", "finite"),
      ("time_s,shoulder_effort_N_m\n0,0\n", "efforts.csv", "at least 2"),
    ])
  func refusals(_ text: String, _ place: String, _ remedy: String) throws {
    let efforts = scratch.file("efforts.csv")
    try text.write(toFile: efforts, atomically: true, encoding: .utf8)
    let ended = try run(efforts, store: scratch.file("store.sqlite"))
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains(place) && ended.stderr.contains(remedy), "\(ended.stderr)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("store.sqlite")))
  }

  /// Full effort for three seconds, on the pendulum's description with a text replaced.
  private func push(_ text: String, _ other: String) throws -> HandfulProcess.Ended {
    let yaml = try String(contentsOfFile: robot + "/robot.yaml", encoding: .utf8)
    try #require(yaml.contains(text))
    let changed = scratch.file("robot.yaml")
    try yaml.replacingOccurrences(of: text, with: other).write(
      toFile: changed, atomically: true, encoding: .utf8)
    let efforts = scratch.file("efforts.csv")
    let lines = (0..<300).map { String(format: "%.2f,2.4", 0.01 * Double($0)) }
    try (["time_s,shoulder_effort_N_m"] + lines).joined(separator: "\n").write(
      toFile: efforts, atomically: true, encoding: .utf8)
    return try HandfulProcess.run([
      "run", "--robot", changed, "--port", "sim", "--speed", "50", "--excitation", efforts,
      "--store", scratch.file("store.sqlite"), "--json",
    ])
  }

  @Test(
    "An excitation too strong for a soft limit is held back there, and one past a hard limit stopped"
  )
  func limits() throws {
    let held = try push(
      "velocity_limit: 25 rad/s", "velocity_limit: 25 rad/s\n    soft_velocity_limit: 1 rad/s")
    #expect(held.exitCode == 0, "\(held.stderr)")
    #expect(held.stderr.contains("clamped shoulder"), "\(held.stderr)")
    try FileManager.default.removeItem(atPath: scratch.file("store.sqlite"))
    let stopped = try push("\nvirtual:", "\nsafety: { energy: { hard: 0.5 J } }\n\nvirtual:")
    #expect(stopped.exitCode == 4, "\(stopped.stderr)")
    let trial = try #require((try stopped.json()["trials"] as? [[String: Any]])?.first)
    #expect(try #require(trial["durationSeconds"] as? Double) < 2.5)
  }

  @Test("Efforts and a policy at once are refused")
  func contradiction() throws {
    let ended = try run(
      scratch.file("none.csv"), store: scratch.file("store.sqlite"), ["--policy", "p.json"])
    #expect(ended.exitCode == 2 && ended.stderr.contains("leave out --policy"))
  }
}
