import FirmwareProtocol
import Foundation
import Robotics
import Testing
import WatchedRobot

@Suite("Faults end in actuators off, the trial kept and marked, exit code 4", .serialized)
struct FaultTests {
  private let scratch: ScratchFolder
  private let pendulum: PatientPendulum
  private let store: String

  init() throws {
    scratch = try ScratchFolder()
    pendulum = try PatientPendulum(in: scratch)
    store = scratch.file("store.sqlite")
  }

  /// Starts a run of trials that push the pendulum, which needs no learning.
  private func start(
    port: String, robot: PatientPendulum? = nil, _ extra: [String] = []
  ) throws -> HandfulProcess {
    let robot = robot ?? pendulum
    return try HandfulProcess(
      [
        "run", "--robot", robot.file, "--port", port, "--policy", robot.push, "--store", store,
        "--trials", "2",
      ] + extra)
  }

  /// Goes on with the store on the same robot, and expects that to work.
  private func expectResume(port: String, location: SourceLocation = #_sourceLocation) throws {
    let resumed = try start(port: port, ["--resume"]).wait(timeoutSeconds: 60)
    #expect(resumed.exitCode == 0, "\(resumed.stderr)", sourceLocation: location)
    let kept = try KeptTrials(store)
    #expect(kept.count == 2, sourceLocation: location)
    #expect(kept.sampleCount(2) >= 150, sourceLocation: location)
    let check = try HandfulProcess.run(["trials", "check", "--store", store])
    #expect(check.exitCode == 0, "\(check.stdout)", sourceLocation: location)
  }

  // MARK: The host

  @Test("The host stalls for longer than the watchdog: the robot disarms itself and stays disarmed")
  func hostStalls() throws {
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let host = try start(port: robot.path)
    #expect(robot.waitForArmedStates(60))
    host.signal(SIGSTOP)
    #expect(robot.wait(timeoutSeconds: 5) { $0.mode != .armed }, "it stayed armed")
    let off = robot.account
    #expect(off.faultAtOff == .watchdog)
    let seconds = try #require(off.secondsFromSilenceToOff)
    print("host stalled: actuators off \(seconds) s after its last command")
    #expect(seconds <= pendulum.watchdogSeconds)
    // It wakes, sees what happened, and leaves the robot as it is.
    host.signal(SIGCONT)
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    #expect(robot.account.armings == 1 && !robot.account.hadForbiddenEffort)
    let kept = try KeptTrials(store)
    #expect(kept.sampleCount(1) >= 40)
    #expect(
      ["stale-sample", "samples-lost", "firmware-fault"].contains {
        kept.ending(1).contains($0)
      }, "\(kept.ending(1))")
    try expectResume(port: robot.path)
  }

  @Test("The host is killed: the robot disarms itself, the store is sound, --resume goes on")
  func hostKilled() throws {
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let host = try start(port: robot.path)
    #expect(robot.waitForArmedStates(100))
    host.signal(SIGKILL)
    #expect(host.wait(timeoutSeconds: 5).exitCode == 128 + SIGKILL)
    #expect(robot.wait(timeoutSeconds: 5) { $0.mode != .armed }, "it stayed armed")
    let off = robot.account
    #expect(off.faultAtOff == .watchdog)
    let seconds = try #require(off.secondsFromSilenceToOff)
    print("host killed: actuators off \(seconds) s after its last command")
    #expect(seconds <= pendulum.watchdogSeconds)
    #expect(try KeptTrials(store).sampleCount(1) >= 20)
    try expectResume(port: robot.path)
    #expect(try KeptTrials(store).ending(1).contains("host-died"))
  }

  // MARK: The operator

  @Test(
    "Ctrl-C and SIGTERM in the middle of a trial: the effort is gone at once, the trial is kept",
    arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) throws {
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let host = try start(port: robot.path)
    #expect(robot.waitForArmedStates(60))
    let pressed = robot.account.seconds
    host.signal(signal)
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    let account = robot.account
    let off = try #require(account.offAtSeconds)
    print("signal \(signal): effort gone after \(account.effortAtSeconds - pressed) s")
    // One control period and the command's way; the rest is the machine's handing on of a signal.
    // That the stop itself takes no longer than the next sample is `RobotFaultTests`' to show.
    #expect(account.effortAtSeconds - pressed < 0.1)
    #expect(off - pressed < 0.15 && account.faultAtOff == FaultCode.none)
    #expect(account.armings == 1)
    let kept = try KeptTrials(store)
    #expect(kept.ending(1).contains("interrupted"), "\(kept.ending(1))")
    #expect(kept.sampleCount(1) >= 40)
    try expectResume(port: robot.path)
  }

  @Test("A second Ctrl-C, while the robot is being braked, is the emergency stop, and latches")
  func secondInterrupt() throws {
    let braked = try PatientPendulum(in: scratch, onStop: "brake")
    let robot = try WatchedRobot(braked.robot)
    defer { robot.end() }
    let host = try start(port: robot.path, robot: braked)
    #expect(robot.waitForArmedStates(50))
    host.signal(SIGINT)
    #expect(host.waitFor("stopping"))
    let pressed = robot.account.seconds
    host.signal(SIGINT)
    #expect(host.wait(timeoutSeconds: 10).exitCode == 4)
    let account = robot.account
    #expect(account.mode == .emergencyStopped)
    let off = try #require(account.offAtSeconds)
    print("second Ctrl-C: actuators off after \(off - pressed) s")
    #expect(off - pressed < 0.1)
    // It is latched until the operator says that it may be cleared.
    let refused = try start(port: robot.path, robot: braked, ["--resume"]).wait()
    #expect(refused.exitCode == 2 && refused.stderr.contains("--clear-fault"))
    #expect(robot.account.armings == 1)
    let cleared = try start(port: robot.path, robot: braked, ["--resume", "--clear-fault"]).wait()
    #expect(cleared.exitCode == 0, "\(cleared.stderr)")
  }

  @Test("Ctrl-C while it learns: nothing moves, nothing is lost, exit code 130")
  func interruptedLearning() throws {
    let host = try HandfulProcess([
      "run", "--robot", calibration("pendulum"), "--port", "sim", "--speed", "50", "--store", store,
      "--trials", "2",
    ])
    #expect(host.waitFor("reward"))
    host.signal(SIGINT)
    let ended = host.wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 130, "\(ended.stderr)")
    #expect(try KeptTrials(store).count == 1)
  }

  // MARK: The robot

  @Test("The robot's process is killed in the middle of a trial")
  func robotKilled() throws {
    let robot = try SimulatedRobot(file: pendulum.file, speed: 1)
    let host = try start(port: robot.port)
    #expect(try KeptTrials.wait(in: store, samples: 40))
    robot.process.signal(SIGKILL)
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    #expect(ended.stderr.contains("unplugged") && ended.stderr.contains("--resume"))
    let kept = try KeptTrials(store)
    #expect(kept.sampleCount(1) >= 40)
    #expect(kept.ending(1).contains("disconnected"))
  }

  @Test(
    "What a robot does wrong by itself ends the trial, which is kept up to there and marked",
    arguments: [
      ("reboot-at=60", "rebooted"), ("stop-button-at=60", "firmware-fault"),
      ("die-at=60", "disconnected"), ("glitch-at=60:10:2", "implausible-sensor"),
      ("stuck-at=30", "stuck-sensor"),
    ])
  func provoked(fault: String, code: String) throws {
    let robot = try SimulatedRobot(file: pendulum.file, speed: 20, extra: ["--fault", fault])
    let ended = try start(port: robot.port, ["--speed", "20"]).wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    let kept = try KeptTrials(store)
    #expect(kept.ending(1).contains(code), "\(kept.ending(1))")
    #expect(kept.sampleCount(1) >= 25 && kept.sampleCount(1) <= 62)
  }

  @Test("A robot that freezes for longer than the budget forgives")
  func frozen() throws {
    let robot = try SimulatedRobot(
      file: pendulum.file, speed: 1, extra: ["--fault", "freeze-at=60:1.5"])
    let ended = try start(port: robot.port).wait(timeoutSeconds: 20)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    let kept = try KeptTrials(store)
    #expect(kept.ending(1).contains("samples-lost"), "\(kept.ending(1))")
    #expect(kept.sampleCount(1) >= 25)
  }
}
