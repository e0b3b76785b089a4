import Foundation
import Testing

@Suite("The operator at a terminal, with the built program", .serialized)
struct OperatorTests {
  private let scratch: ScratchFolder
  /// A pendulum whose link forgives a busy machine.
  private let robotFile: String

  init() throws {
    scratch = try ScratchFolder()
    robotFile = scratch.file("robot.yaml")
    try Self.patient().write(toFile: robotFile, atomically: true, encoding: .utf8)
  }

  private static func patient() throws -> String {
    try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
      .replacingOccurrences(of: "watchdog: 100 ms", with: "watchdog: 1 s")
      .replacingOccurrences(of: "sample_age_limit: 50 ms", with: "sample_age_limit: 900 ms")
      .replacingOccurrences(of: "loss_budget: 4", with: "loss_budget: 60")
  }

  private func arguments(_ extra: [String]) -> [String] {
    [
      "run", "--robot", robotFile, "--port", "sim", "--store", scratch.file("store.sqlite"),
    ] + extra
  }

  private func start(_ extra: [String] = []) throws -> TerminalProcess {
    try TerminalProcess(arguments(extra))
  }

  /// The first trial's samples' host times, in seconds of the monotonic clock, and how it ended.
  private func firstTrial() throws -> (times: [Double], end: String) {
    let script = """
      import json, sqlite3
      c = sqlite3.connect('\(scratch.file("store.sqlite"))')
      print(c.execute("select json from events where kind = 'margins'").fetchone()[0])
      """
    let python = Process()
    let output = Pipe()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "-c", script]
    python.standardOutput = output
    try python.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    python.waitUntilExit()
    let margins = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let start = try #require(margins["startMonotonicSeconds"] as? Double)
    let shown = try HandfulProcess.run([
      "trials", "show", "--json", "--store", scratch.file("store.sqlite"), "1",
    ]).json()
    let samples = try #require(shown["samples"] as? [[String: Any]])
    return (
      samples.compactMap { $0["hostTimeSeconds"] as? Double }.map { start + $0 },
      "\(shown["end"] ?? "")"
    )
  }

  @Test("Space stops the robot within a control period, and the terminal is as before")
  func space() throws {
    // On a machine that is busy with other tests a thread may wait for its turn: the best of three.
    var least = Double.infinity
    for _ in 0..<3 where least > 0.01 {
      try? FileManager.default.removeItem(atPath: scratch.file("store.sqlite"))
      let terminal = try start()
      #expect(terminal.waitFor("trial 1:"))
      usleep(800_000)
      #expect(terminal.isRaw)
      let pressed = terminal.type(" ")
      #expect(terminal.wait() == 4, "\(terminal.shown)")
      #expect(terminal.shown.contains("the emergency stop was pressed"))
      #expect(terminal.isAsBefore)
      let trial = try firstTrial()
      #expect(trial.end.contains("emergency-stop"))
      #expect(trial.times.count > 20)
      let last = try #require(trial.times.last)
      #expect(last - pressed < 0.5)
      least = min(least, last - pressed)
    }
    print("last sample stored \(least * 1000) ms after the key")
    #expect(least <= 0.01)
  }

  @Test("Ctrl-C at the terminal stops in good order, and the terminal is as before")
  func controlC() throws {
    let terminal = try start()
    #expect(terminal.waitFor("trial 1:"))
    usleep(300_000)
    // Ctrl-Z does nothing: a suspended host would leave its robot to the watchdog.
    terminal.type("\u{1A}")
    usleep(300_000)
    terminal.type("\u{03}")
    #expect(terminal.wait() == 4, "\(terminal.shown)")
    #expect(terminal.shown.contains("the operator asked to stop"))
    #expect(terminal.isAsBefore)
    #expect(try firstTrial().end.contains("interrupted"))
  }

  @Test("A program that crashes leaves the terminal as before", arguments: [SIGSEGV, SIGQUIT])
  func crash(_ number: Int32) throws {
    let terminal = try start()
    #expect(terminal.waitFor("trial 1:"))
    #expect(terminal.isRaw)
    terminal.signal(number)
    #expect(terminal.wait() == 128 + number)
    #expect(terminal.isAsBefore)
  }

  @Test("A terminal that is closed stops the robot")
  func hangUp() throws {
    let terminal = try start()
    #expect(terminal.waitFor("trial 1:"))
    usleep(300_000)
    terminal.signal(SIGHUP)
    #expect(terminal.wait() == 4)
    #expect(try firstTrial().end.contains("interrupted"))
  }

  @Test(
    "The dead-man's key: held, the trial runs; let go, the robot stops; no key reaches the shell")
  func deadMan() throws {
    let terminal = try start(["--dead-man"])
    #expect(terminal.waitFor("hold a key down"))
    usleep(800_000)
    // Home, but nobody holds the key: no sample of a trial yet.
    #expect(!terminal.shown.contains("trial 1:"))
    terminal.hold("x")
    #expect(terminal.waitFor("trial 1:"))
    usleep(1_000_000)
    terminal.release()
    #expect(terminal.wait() == 4, "\(terminal.shown)")
    #expect(terminal.shown.contains("the dead-man's key was let go"))
    #expect(terminal.isAsBefore)
    let trial = try firstTrial()
    #expect(trial.end.contains("interrupted"))
    #expect(trial.times.count > 50 && trial.times.count < 390)
    #expect(terminal.leftOver == 0)
  }

  @Test("With --confirm a trial waits for Enter, and q ends in good order")
  func confirm() throws {
    let asked = try start(["--confirm"])
    #expect(asked.waitFor("Enter to go, q to end"))
    usleep(500_000)
    #expect(!asked.shown.contains("trial 1 of"))
    asked.type("q")
    #expect(asked.wait() == 130, "\(asked.shown)")
    #expect(asked.isAsBefore)
    let gone = try start(["--confirm", "--resume", "--trials", "1", "--speed", "20"])
    #expect(gone.waitFor("Enter to go, q to end"))
    gone.type("\n")
    #expect(gone.wait() == 3, "\(gone.shown)")
    #expect(gone.isAsBefore)
  }

  @Test("A reset by the operator waits for Enter, and for the sensors")
  func operatorReset() throws {
    try Self.patient().replacingOccurrences(
      of: "reset:\n", with: "reset:\n  strategy: operator\n"
    )
    .replacingOccurrences(of: "time_limit: 30 s", with: "time_limit: 300 s")
    .write(toFile: robotFile, atomically: true, encoding: .utf8)
    let terminal = try start(["--trials", "1", "--speed", "5"])
    #expect(terminal.waitFor("bring the robot home by hand"))
    usleep(500_000)
    #expect(!terminal.shown.contains("trial 1:"))
    terminal.type("\n")
    #expect(terminal.wait() == 3, "\(terminal.shown)")
  }

  @Test("A stop file that appears is the emergency stop; one that is there already is refused")
  func stopFile() throws {
    let file = scratch.file("stop")
    let terminal = try start(["--stop-file", file])
    #expect(terminal.waitFor("trial 1:"))
    usleep(500_000)
    try Data().write(to: URL(fileURLWithPath: file))
    #expect(terminal.wait() == 4, "\(terminal.shown)")
    #expect(terminal.shown.contains("the emergency stop was pressed"))
    #expect(try firstTrial().end.contains("emergency-stop"))
    let again = try HandfulProcess.run(arguments(["--resume", "--stop-file", file]))
    #expect(again.exitCode == 2)
    #expect(
      again.stderr == "error: the stop file \(file) is there; remove it once the robot may move\n")
    let never = try HandfulProcess.run(arguments(["--resume", "--stop-file", "/no/where/stop"]))
    #expect(never.exitCode == 2)
    #expect(never.stderr.contains("there is no folder /no/where"))
  }

  @Test("What needs someone at a terminal is refused without one")
  func noTerminal() throws {
    for option in ["--dead-man", "--confirm"] {
      let ended = try HandfulProcess.run(arguments([option]))
      #expect(ended.exitCode == 2)
      #expect(
        ended.stderr
          == "error: \(option) needs someone at a terminal, and stdin is none; run it from a "
          + "terminal, in the foreground, or leave it out\n")
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("store.sqlite")))
  }

  @Test("A time budget ends the experiment before the trial that would pass it, resumed or not")
  func timeBudget() throws {
    let options = ["--json", "--speed", "50", "--trials", "5", "--time-budget", "7"]
    let ended = try HandfulProcess.run(arguments(options))
    #expect(ended.exitCode == 3, "\(ended.stderr)")
    let summary = try ended.json()
    #expect(summary["ending"] as? String == "time-budget-spent")
    #expect((summary["trials"] as? [Any])?.count == 1)
    let armed = try #require(summary["armedSeconds"] as? Double)
    #expect(armed > 4 && armed < 4.2)
    let resumed = try HandfulProcess.run(arguments(options + ["--resume"]))
    #expect(try resumed.json()["armedSeconds"] as? Double == armed)
    #expect(try resumed.json()["ending"] as? String == "time-budget-spent")
    let short = try HandfulProcess.run(arguments(["--resume", "--time-budget", "3"]))
    #expect(short.exitCode == 2)
    #expect(
      short.stderr
        == "error: --time-budget is 3.0 s, but one trial of 'swing-up' takes 4.0 s; give "
        + "a greater one\n")
  }

  @Test("An energy budget ends the experiment too")
  func energyBudget() throws {
    let ended = try HandfulProcess.run(
      arguments(["--json", "--speed", "50", "--trials", "5", "--energy-budget", "0.5"]))
    #expect(ended.exitCode == 3, "\(ended.stderr)")
    #expect(try ended.json()["ending"] as? String == "energy-budget-spent")
    #expect(try ended.json()["energyJoules"] as? Double ?? 0 > 0.5)
    #expect(ended.stderr.contains("--energy-budget"))
  }

  @Test("A dry run arms nothing and stores nothing, and finds what a trial would meet")
  func dryRun() throws {
    let ended = try HandfulProcess.run(arguments(["--json", "--speed", "50", "--dry-run"]))
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    let summary = try ended.json()
    #expect(summary["fine"] as? Bool == true)
    #expect(summary["decisions"] as? Int == 40)
    #expect(summary["lostSamples"] as? Int == 0)
    #expect(ended.stderr.contains("nothing was armed"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("store.sqlite")))
  }

  @Test("A trial's margins are kept with it and shown, with units")
  func margins() throws {
    let ended = try HandfulProcess.run(arguments(["--speed", "50", "--trials", "1"]))
    #expect(ended.exitCode == 3)
    #expect(ended.stderr.contains("limits  shoulder: speed "))
    let shown = try HandfulProcess.run([
      "trials", "show", "--store", scratch.file("store.sqlite"), "1",
    ])
    let line = try #require(
      shown.stdout.split(separator: "\n").first { $0.hasPrefix("event: margins: ") })
    #expect(line.contains("of 25 rad/s") && line.contains("of 2.5 N m"))
    #expect(line.hasSuffix(" J"))
  }

  @Test("A description that would not be safe is refused before the robot is greeted")
  func unsafeDescription() throws {
    let ended = try HandfulProcess.run([
      "run", "--robot", try unstoppable(), "--port", "sim", "--store", scratch.file("s.sqlite"),
    ])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("would use up its braking distance"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("s.sqlite")))
  }

  private func unstoppable() throws -> String {
    let path = scratch.file("unstoppable.yaml")
    try String(contentsOfFile: calibration("cart-pole") + "/robot.yaml", encoding: .utf8)
      .replacingOccurrences(of: "velocity_limit: 10 m/s", with: "velocity_limit: 1 m/s")
      .write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}
