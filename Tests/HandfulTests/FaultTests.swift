import Foundation
import Testing

@Suite("Faults end in actuators off, the trial kept and marked, exit code 4", .serialized)
struct FaultTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func start(port: String, _ extra: [String] = []) throws -> HandfulProcess {
    try HandfulProcess(
      [
        "run", "--robot", calibration("pendulum"), "--port", port, "--json", "--store",
        scratch.file("store.sqlite"), "--trials", "2",
      ] + extra)
  }

  private func trials() throws -> [[String: Any]] {
    let ended = try HandfulProcess.run([
      "trials", "list", "--json", "--store", scratch.file("store.sqlite"),
    ])
    return try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [[String: Any]] ?? []
  }

  /// How a trial ended, as the store tells it.
  private func ending(_ trial: [String: Any]?) -> String { "\(trial?["end"] ?? "")" }

  @Test("The robot's process is killed in the middle of a trial")
  func robotKilled() throws {
    let robot = try SimulatedRobot(speed: 1)
    let host = try start(port: robot.port)
    #expect(host.waitFor("trial 1"))
    usleep(2_500_000)
    robot.process.signal(SIGKILL)
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    #expect(ended.stderr.contains("unplugged"))
    let kept = try #require(try trials().first)
    #expect((kept["sampleCount"] as? Int ?? 0) > 50)
    #expect(ending(kept).contains("disconnected"))
  }

  @Test("Ctrl-C in the middle of a trial: the robot is stopped, and the run goes on with --resume")
  func interrupted() throws {
    let host = try start(port: "sim", ["--speed", "1"])
    #expect(host.waitFor("trial 1"))
    usleep(2_500_000)
    host.signal(SIGINT)
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    let first = try trials().first
    #expect(ending(first).contains("interrupted"))
    let resumed = try HandfulProcess.run([
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "50", "--resume",
      "--store", scratch.file("store.sqlite"), "--trials", "2",
    ])
    #expect(resumed.exitCode == 0 || resumed.exitCode == 3, "\(resumed.stderr)")
    #expect(try trials().count == 2)
  }

  @Test("Ctrl-C while it learns: nothing moves, nothing is lost, exit code 130")
  func interruptedLearning() throws {
    let host = try start(port: "sim", ["--speed", "50"])
    #expect(host.waitFor("reward"))
    host.signal(SIGINT)
    let ended = host.wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 130, "\(ended.stderr)")
    #expect(try trials().count == 1)
  }

  @Test("The host is killed in the middle of a trial: the robot disarms itself, the store is sound")
  func hostKilled() throws {
    let robot = try SimulatedRobot(speed: 1)
    let host = try start(port: robot.port)
    #expect(host.waitFor("trial 1"))
    usleep(2_500_000)
    host.signal(SIGKILL)
    #expect(host.wait(timeoutSeconds: 5).exitCode == 128 + SIGKILL)
    let resumed = try HandfulProcess.run([
      "run", "--robot", calibration("pendulum"), "--port", robot.port, "--resume", "--store",
      scratch.file("store.sqlite"), "--trials", "2",
    ])
    #expect(resumed.exitCode == 0 || resumed.exitCode == 3, "\(resumed.stderr)")
    let kept = try trials()
    #expect(kept.count == 2)
    #expect((kept.first?["sampleCount"] as? Int ?? 0) > 20)
    #expect(ending(kept.first).contains("host-died"))
  }

  @Test(
    "What a robot does wrong by itself",
    arguments: [
      ("reboot-at=150", "rebooted"), ("freeze-at=150", "samples-lost"),
      ("stop-button-at=150", "firmware-fault"), ("die-at=150", "disconnected"),
    ])
  func provoked(fault: String, code: String) throws {
    let robot = try SimulatedRobot(speed: 1, extra: ["--fault", fault])
    let ended = try start(port: robot.port).wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    let kept = try trials()
    #expect(ending(kept.first).contains(code), "\(kept)")
  }
}
