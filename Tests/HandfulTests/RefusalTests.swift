import Foundation
import Testing
import WatchedRobot

@Suite("Bad input is refused with what to change, before anything arms", .serialized)
struct RefusalTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ extra: [String], robot: String = "pendulum") throws -> HandfulProcess.Ended {
    try HandfulProcess.run(
      ["run", "--robot", calibration(robot), "--store", scratch.file("store.sqlite")] + extra)
  }

  @Test("A policy that was learnt on another robot, before a store is made or a port looked for")
  func policyOfAnotherRobot() throws {
    let pendulum = try PatientPendulum(in: scratch)
    let ended = try run(["--port", "sim", "--policy", pendulum.push], robot: "cart-pole")
    #expect(ended.exitCode == 2)
    #expect(
      ended.stderr.contains("not for 'cart-pole'; give a policy of this robot"), "\(ended.stderr)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("store.sqlite")))
  }

  @Test("A policy that the way to search can't find, or that is neither a shape nor a file")
  func policyShape() throws {
    let mismatch = try run(["--port", "sim", "--policy", "radial:20", "--search", "trajectories"])
    #expect(mismatch.exitCode == 2)
    #expect(mismatch.stderr.contains("search it by 'black-box'"), "\(mismatch.stderr)")
    let unknown = try run(["--port", "sim", "--policy", "neural"])
    #expect(unknown.exitCode == 2)
    #expect(unknown.stderr.contains("radial:20 or periodic:2"), "\(unknown.stderr)")
  }

  @Test("A port that isn't there")
  func noPort() throws {
    let ended = try run(["--port", "/dev/ttyHANDFUL9"])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("/dev/ttyHANDFUL9"))
    #expect(ended.stderr.contains("handful ports"))
  }

  @Test("A port that another host has: refused with that host's name, which goes on undisturbed")
  func busyPort() throws {
    let pendulum = try PatientPendulum(in: scratch)
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let first = try HandfulProcess([
      "run", "--robot", pendulum.file, "--port", robot.path, "--policy", pendulum.push, "--trials",
      "1", "--store", scratch.file("first.sqlite"),
    ])
    #expect(robot.waitForArmedStates(10))
    let second = try run(["--port", robot.path])
    #expect(second.exitCode == 2)
    #expect(second.stderr.contains("\(first.identifier)"), "\(second.stderr)")
    let ended = first.wait(timeoutSeconds: 30)
    #expect(ended.exitCode == 0, "\(ended.stderr)")
    #expect(robot.account.armings == 1)
  }

  @Test("A wrong rate: bytes come but no hello, and other rates are suggested")
  func wrongBaud() throws {
    let robot = try WatchedRobot(PatientPendulum(in: scratch).robot)
    defer { robot.end() }
    let line = try FaultyLine(to: robot.path)
    defer { line.end() }
    // What a UART makes of another rate: as many bytes, none of them right.
    line.set(LineFaults { $0.garbled = true })
    let ended = try run(["--port", line.path])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("460800 baud") && ended.stderr.contains("no hello"))
    #expect(ended.stderr.contains("115200"), "\(ended.stderr)")
    #expect(robot.account.armings == 0)
  }

  @Test("A port where nobody answers: the time-out says what to look at")
  func silentPort() throws {
    let robot = try WatchedRobot(PatientPendulum(in: scratch).robot)
    defer { robot.end() }
    let line = try FaultyLine(to: robot.path)
    defer { line.end() }
    line.deafenRobot()
    let ended = try run(["--port", line.path])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("No robot answered") && ended.stderr.contains("baud"))
  }

  @Test("A robot of another kind than the description")
  func wrongRobot() throws {
    let robot = try SimulatedRobot("pendulum", extra: ["--fault", "name=anvil"])
    let ended = try run(["--port", robot.port, "--speed", "20"])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("anvil") && ended.stderr.contains("pendulum"))
  }

  @Test("A firmware that speaks another version of the protocol")
  func wrongVersion() throws {
    let robot = try SimulatedRobot(extra: ["--fault", "protocol-version=9"])
    let ended = try run(["--port", robot.port, "--speed", "20"])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("9") && ended.stderr.contains("version"))
  }

  @Test("A robot file with a mistake: its line, its key, and a suggestion")
  func robotFile() throws {
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    let path = scratch.file("robot.yaml")
    try text.replacingOccurrences(of: "effort_limit: 2.5 N m", with: "efort_limit: 2.5 N m").write(
      toFile: path, atomically: true, encoding: .utf8)
    let ended = try HandfulProcess.run([
      "run", "--robot", path, "--store", scratch.file("s.sqlite"), "--port", "sim",
    ])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("robot.yaml:") && ended.stderr.contains("effort_limit"))
  }

  @Test("A task, an algorithm, an option that isn't known")
  func names() throws {
    let task = try run(["--port", "sim", "--task", "swingup"])
    #expect(task.exitCode == 2 && task.stderr.contains("swing-up"))
    let algorithm = try run(["--port", "sim", "--algorithm", "magic"])
    #expect(algorithm.exitCode == 2 && algorithm.stderr.contains("black-drops"))
    #expect(try run(["--prot", "sim"]).exitCode == 2)
    #expect(try run(["--port", "sim", "--trials", "0"]).exitCode == 2)
  }

  @Test("A store in a folder that isn't there; the robot is not greeted")
  func storeFolder() throws {
    let ended = try HandfulProcess.run([
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--store",
      scratch.file("nowhere/store.sqlite"),
    ])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("nowhere"))
    #expect(!ended.stderr.contains("trial 1"))
  }

  @Test("A store that is already there, without --resume")
  func storeExists() throws {
    #expect(try run(["--port", "sim", "--speed", "50", "--trials", "1"]).exitCode == 3)
    let again = try run(["--port", "sim", "--trials", "1"])
    #expect(again.exitCode == 2)
    #expect(again.stderr.contains("--resume"))
  }

  @Test("A store from a newer version, which is left as it is")
  func newerStore() throws {
    #expect(try run(["--port", "sim", "--speed", "50", "--trials", "1"]).exitCode == 3)
    let path = scratch.file("store.sqlite")
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      "import sqlite3; c = sqlite3.connect('\(path)'); c.execute('PRAGMA user_version = 99'); c.close()",
    ]
    try python.run()
    python.waitUntilExit()
    try #require(python.terminationStatus == 0)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let ended = try run(["--port", "sim", "--resume"])
    #expect(ended.exitCode == 2)
    #expect(ended.stderr.contains("99"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test("Resuming with another rate or task names both, as they are in the store and now")
  func resumeOtherRate() throws {
    let text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    try #require(text.contains("control_rate: 100 Hz"))
    #expect(try run(["--port", "sim", "--speed", "50", "--trials", "1"]).exitCode == 3)
    for (old, new, words) in [
      (
        "control_rate: 100 Hz", "control_rate: 200 Hz",
        "the control rate is 100.0 Hz in the store and 200.0 Hz now"
      ),
      ("  swing-up:", "  swing-down:", "the task is swing-up in the store and swing-down now"),
    ] {
      let file = scratch.file("robot.yaml")
      try text.replacingOccurrences(of: old, with: new)
        .write(toFile: file, atomically: true, encoding: .utf8)
      let ended = try HandfulProcess.run([
        "run", "--robot", file, "--port", "sim", "--resume", "--store",
        scratch.file("store.sqlite"),
      ])
      #expect(ended.exitCode == 2)
      #expect(ended.stderr.contains(words), "\(ended.stderr)")
    }
  }

  @Test("Resuming with another seed, algorithm or robot names the difference")
  func resumeMismatch() throws {
    #expect(try run(["--port", "sim", "--speed", "50", "--trials", "1"]).exitCode == 3)
    let seed = try run(["--port", "sim", "--resume", "--seed", "2"])
    #expect(seed.exitCode == 2 && seed.stderr.contains("seed"))
    let algorithm = try run(["--port", "sim", "--resume", "--algorithm", "gp-mi"])
    #expect(algorithm.exitCode == 2 && algorithm.stderr.contains("algorithm"))
    let robot = try run(["--port", "sim", "--resume"], robot: "cart-pole")
    #expect(robot.exitCode == 2 && robot.stderr.contains("cart-pole"))
  }
}
