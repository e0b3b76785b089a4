import Foundation
import Testing

@Suite("Replaying a log from the command line", .serialized)
struct ReplayTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// One learnt run of the pendulum, made once for all tests: two trials, a policy between them.
  private static let store: String = {
    let folder = NSTemporaryDirectory() + "handful-replay-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let store = folder + "/run.sqlite"
    let ended = try? HandfulProcess.run([
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "50", "--trials", "3",
      "--algorithm", "gp-mi", "--store", store,
    ])
    if ended?.exitCode != 0 { print(ended?.stderr ?? "the run did not start") }
    return store
  }()

  private func replay(_ arguments: String..., robot: String? = nil) throws -> HandfulProcess.Ended {
    try HandfulProcess.run(
      ["replay", "--robot", robot ?? calibration("pendulum"), "--store", Self.store] + arguments)
  }

  /// The pendulum's description with other text in it.
  private func description(_ text: String, _ other: String) throws -> String {
    let yaml = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    try #require(yaml.contains(text))
    let path = scratch.file("robot.yaml")
    try yaml.replacingOccurrences(of: text, with: other).write(
      toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("The policy comes out of the same log and seed again, bit for bit, whatever the threads")
  func relearn() throws {
    for threads in ["1", "3"] {
      let ended = try replay("--relearn", "--threads", threads, "--json")
      #expect(ended.exitCode == 0, "\(ended.stderr)")
      let episodes = try #require(
        try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [[String: Any]])
      #expect(!episodes.isEmpty && episodes.allSatisfy { $0["isSame"] as? Bool == true })
    }
  }

  // MARK: - Limits

  @Test("Today's limits let the log pass when they are those it was made with: exit 0")
  func sameLimits() throws {
    let ended = try replay("--limits")
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(ended.stdout.contains("none of"))
    #expect(ended.stdout.contains("limits shoulder: speed"))
  }

  @Test("What only predictions look at is refused beside what asks for something else")
  func contradiction() throws {
    for mode in [["--limits"], ["--relearn"], ["--compare-policy", "policy:1"]] {
      let ended = try HandfulProcess.run(
        ["replay", "--robot", calibration("pendulum"), "--store", Self.store, "--train", "1"] + mode
      )
      #expect(ended.exitCode == 2)
      #expect(ended.stderr.contains("--train is for predictions"), "\(ended.stderr)")
    }
  }

  @Test(
    "A lower velocity limit would have stopped trials: exit 1, with rule, joint, time and value")
  func lowerVelocityLimit() throws {
    let robot = try description("velocity_limit: 25 rad/s", "velocity_limit: 3 rad/s")
    let ended = try replay("--limits", robot: robot)
    #expect(ended.exitCode == 1)
    #expect(ended.stdout.contains("shoulder: velocity-limit at "))
    #expect(ended.stdout.contains("over its limit of 3 rad/s"))
    #expect(ended.stdout.contains("would have been stopped at"))
    let json = try replay("--limits", "--json", robot: robot)
    let trials = try #require(
      try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [[String: Any]])
    let stops = try #require(trials.last?["stops"] as? [[String: Any]])
    let first = try #require(stops.first)
    #expect(first["rule"] as? String == "velocity-limit" && first["limit"] as? Double == 3)
    #expect(try #require(first["value"] as? Double).magnitude > 3)
    #expect(try #require(first["firstSeconds"] as? Double) > 0)
  }

  @Test(
    "A lower effort limit would have clamped, which stops nothing: exit 0, and the count is told")
  func lowerEffortLimit() throws {
    let robot = try description("effort_limit: 2.5 N m", "effort_limit: 1.2 N m")
    let ended = try replay("--limits", robot: robot)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(ended.stdout.contains("effort-limit changed the effort"))
    #expect(ended.stdout.contains("efforts would have been sent otherwise"))
  }

  // MARK: - Predictors

  @Test("Two priors are compared on the same segments, with differences and their spread")
  func priors() throws {
    func prior(_ name: String, mass: Double) throws -> String {
      let path = scratch.file("\(name).yaml")
      try """
      handful: 1
      robot: pendulum
      prior:
        model: pendulum
        parameters:
          mass: { nominal: \(mass) kg, tunable: false }
          length: { nominal: 1 m, tunable: false }
          damping: { nominal: 0.01 N m s/rad, tunable: false }
          friction: { nominal: 0 N m, tunable: false }
          gravity: { nominal: 9.82 m/s^2, tunable: false }
      """.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    let (right, heavy) = try (prior("right", mass: 1), prior("heavy", mass: 1.6))
    let ended = try replay("--compare-prior", right, "--compare-prior", heavy, "--json")
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [[String: Any]])
    let last = try #require(rows.compactMap { $0["trial"] as? Int }.max())
    func row(_ name: String) throws -> [String: Any] {
      try #require(rows.first { $0["predictor"] as? String == name && $0["trial"] as? Int == last })
    }
    // The right one is the robot file's: no segment differs. The heavy one is worse on all that move.
    let same = try #require(try row("prior right")["comparison"] as? [String: Any])
    #expect(
      same["medianDifference"] as? Double == 0 && same["against"] as? String == "nominal prior")
    let worse = try #require(try row("prior heavy")["comparison"] as? [String: Any])
    #expect(try #require(worse["medianDifference"] as? Double) > 0.02)
    let quartiles = try #require(worse["quartiles"] as? [Double])
    #expect(quartiles.count == 2 && quartiles[0] <= quartiles[1] && quartiles[0] > 0)
    // Models without a prior, on it, and on those compared; with bands and their coverage.
    for name in ["gp", "gp-mi", "gp-mi on heavy"] {
      let coverage = try #require(try row(name)["openLoopCoverage"] as? Double, "\(name)")
      #expect(coverage > 0 && coverage <= 1)
    }
  }

  @Test("Predictions are drawn with their bands, as SVG and as a page with the tables")
  func figures() throws {
    let svg = scratch.file("replay.svg")
    let html = scratch.file("replay.html")
    for path in [svg, html] {
      let ended = try replay("--trials", "2", "--out", path)
      #expect(ended.exitCode == 0, "\(ended.stderr)")
    }
    let drawing = try String(contentsOfFile: svg, encoding: .utf8)
    #expect(drawing.hasPrefix("<svg") && drawing.contains("gp-mi") && drawing.contains("measured"))
    #expect(drawing.contains("% in band"))
    let page = try String(contentsOfFile: html, encoding: .utf8)
    #expect(page.contains("<table>") && page.contains("nominal prior") && page.contains("<svg"))
    let other = try replay("--out", scratch.file("replay.pdf"))
    #expect(other.exitCode == 2 && other.stderr.contains(".svg or .html"))
  }

  // MARK: - Policies

  @Test("A policy that does nothing is compared with the learnt one on states and in models")
  func policies() throws {
    let learnt = scratch.file("learnt.json")
    let exported = try HandfulProcess.run([
      "export", "--store", Self.store, "--format", "policy", "--out", learnt,
    ])
    try #require(exported.exitCode == 0)
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: learnt)))
        as? [String: Any])
    let weights = try #require(object["weights"] as? [Double])
    object["weights"] = weights.map { _ in 0 }
    let idle = scratch.file("idle.json")
    try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: idle))

    let ended = try replay("--compare-policy", learnt, "--compare-policy", idle, "--json")
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let json = try ended.json()
    let actions = try #require((json["actions"] as? [[String: Any]])?.first)
    #expect(actions["joint"] as? String == "shoulder" && actions["unit"] as? String == "N m")
    let largest = try #require(actions["largest"] as? Double)
    #expect(largest > 0.5 && largest <= 2.5)
    #expect(try #require(actions["rms"] as? Double) <= largest)
    let returns = try #require(json["returns"] as? [[String: Any]])
    #expect(returns.count == 4)
    for model in ["black-drops", "gp-mi"] {
      let found = try #require(
        returns.first { $0["policy"] as? String == "idle" && $0["model"] as? String == model })
      // The learnt policy swings up; one that does nothing hangs and earns next to nothing.
      let difference = try #require(found["difference"] as? Double)
      let error = try #require(found["differenceError"] as? Double)
      #expect(difference < -0.2 && error > 0 && difference < -5 * error, "\(model)")
      #expect(try #require(found["mean"] as? Double) < 0.05)
    }
  }

  // MARK: - Bad input

  @Test("What can't be compared is refused, with what there is")
  func refusals() throws {
    let unknown = try replay("--compare-policy", "policy:9")
    #expect(unknown.exitCode == 2 && unknown.stderr.contains("policy:1"))
    let alone = try replay("--compare-policy", "policy:1")
    #expect(alone.exitCode == 2 && alone.stderr.contains("the last one stored"))
    let both = try replay("--limits", "--relearn")
    #expect(both.exitCode == 2 && both.stderr.contains("one at a time"))
    let otherRobot = try replay("--limits", robot: calibration("cart-pole"))
    #expect(otherRobot.exitCode == 2 && otherRobot.stderr.contains("pendulum"))
    let noTrial = try replay("--limits", "--trials", "8")
    #expect(noTrial.exitCode == 2 && noTrial.stderr.contains("no trial 8"))
  }
}
