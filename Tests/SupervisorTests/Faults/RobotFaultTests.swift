import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Supervisor
import Testing
import WatchedRobot

/// At a speed above the wall's the robot waits for its host: every time below is exact.
@Suite(
  "What a robot, its sensors, a policy and an operator do in the middle of a trial", .serialized)
struct RobotFaultTests {
  private func bench(
    _ robot: Robot, _ change: (inout VirtualRobotFaults) -> Void = { _ in },
    stopSwitch: StopSwitch = StopSwitch()
  ) throws -> Bench {
    var faults = VirtualRobotFaults()
    change(&faults)
    return try Bench(robot, speed: 20, faults: faults, stopSwitch: stopSwitch)
  }

  /// Lets the actuators' limits and the trial's end be checked the same way everywhere.
  private func expectOff(
    _ bench: Bench, _ episode: Bench.Episode, location: SourceLocation = #_sourceLocation
  ) {
    #expect(!episode.result.outcome.machine.state.mayBeArmed, sourceLocation: location)
    let account = bench.watched.account
    #expect(account.mode != .armed && !account.hadForbiddenEffort, sourceLocation: location)
    #expect(account.armings == 1, "it was armed again", sourceLocation: location)
    #expect(account.greatestEffort <= 2.5, sourceLocation: location)
  }

  /// From the last command with effort to actuators off, in the robot's clock.
  private func expectOffWithinWatchdog(
    _ bench: Bench, location: SourceLocation = #_sourceLocation
  ) throws {
    let account = bench.watched.account
    let off = try #require(account.offAtSeconds, sourceLocation: location)
    #expect(
      off - account.effortAtSeconds <= bench.robot.link.watchdogSeconds, sourceLocation: location)
  }

  @Test("A firmware that restarts is off at once, never silently continued, and not armed again")
  func reboot() throws {
    let bench = try bench(Bench.pendulumFile()) { $0.rebootAtTick = 40 }
    let episode = try bench.run(push(2))
    #expect(episode.code == "rebooted")
    #expect(episode.samples.count >= 35 && episode.samples.count <= 41)
    expectOff(bench, episode)
  }

  @Test("The robot's own stop button turns it off within a control period, and stays latched")
  func stopButton() throws {
    let bench = try bench(Bench.pendulumFile()) { $0.pressStopButtonAtTick = 40 }
    let episode = try bench.run(push(2))
    #expect(
      episode.result.outcome.stopReason
        == .firmwareFault(code: FaultCode.emergencyStopButton.rawValue))
    expectOff(bench, episode)
    let account = bench.watched.account
    #expect(account.mode == .emergencyStopped)
    let off = try #require(account.offAtSeconds)
    #expect(account.effortAtSeconds <= off)
    #expect(throws: SupervisorError.self) { try bench.runAgain() }
  }

  @Test("A policy's NaN never reaches the wire, and the actuators are off two periods later")
  func notANumber() throws {
    let bench = try bench(Bench.pendulumFile())
    let episode = try bench.run(ClosurePolicy { step, _ in step == 4 ? .nan : 2 })
    #expect(episode.result.outcome.stopReason == .nonFiniteAction(joint: 0))
    let last = try #require(episode.samples.last)
    #expect(last.tick == 40 && last.askedAction[0].isNaN && last.sentAction == [0])
    expectOff(bench, episode)
    let account = bench.watched.account
    let off = try #require(account.offAtSeconds)
    #expect(off - account.effortAtSeconds < 0.03)
  }

  @Test("A policy's effort beyond the limit reaches the robot clamped; both numbers are kept")
  func clamped() throws {
    let bench = try bench(Bench.pendulumFile())
    let episode = try bench.run(push(1e6))
    #expect(episode.result.outcome.stopReason == nil)
    #expect(episode.samples[5].askedAction == [1e6] && episode.samples[5].sentAction == [2.5])
    #expect(bench.watched.account.greatestEffort == 2.5)
  }

  @Test("A joint that could just be braked before its limit is, and the plant itself stays inside")
  func brakedBeforeLimit() throws {
    var robot = try Bench.pendulumFile(trialSeconds: 2)
    robot.joints[0].isContinuous = false
    robot.joints[0].limits.positionLower = -0.7
    robot.joints[0].limits.positionUpper = 0.7
    robot.joints[0].stopBehaviour = .brake
    let bench = try bench(robot)
    let episode = try bench.run(push(2.5))
    guard case .brakingDistance(0, let position, let stop, 0.7)? = episode.result.outcome.stopReason
    else {
      Issue.record("\(episode.code ?? "the trial ran through")")
      return
    }
    // It was stopped for where it would have come to a stand, not for where it was.
    #expect(position < 0.7 && stop > 0.7)
    expectOff(bench, episode)
    #expect(bench.watched.account.highestPosition < 0.7)
    #expect(bench.watched.account.faultAtOff == FaultCode.none)
  }

  @Test("One jump of an encoder is bridged and marked; the trial goes on")
  func oneGlitch() throws {
    let bench = try bench(Bench.pendulumFile()) { $0.glitch = .init(tick: 40, jump: 10) }
    let episode = try bench.run(push(2))
    #expect(episode.result.outcome.stopReason == nil)
    let marked = episode.samples.filter { $0.flags.contains(.glitch) }
    #expect(marked.count == 1)
    #expect(episode.samples.allSatisfy { abs($0.positions[0]) < 2 })
  }

  @Test("A second jump in a row ends the trial; the actuators are off a period later")
  func twoGlitches() throws {
    let bench = try bench(Bench.pendulumFile()) {
      $0.glitch = .init(tick: 40, count: 2, jump: 10)
    }
    let episode = try bench.run(push(2))
    #expect(episode.code == "implausible-sensor")
    expectOff(bench, episode)
    try expectOffWithinWatchdog(bench)
    #expect(episode.samples.count >= 39 && episode.samples.count <= 42)
  }

  @Test("An encoder that stops dead while its joint is driven ends the trial within 0.2 s")
  func stuckSensor() throws {
    let bench = try bench(Bench.pendulumFile(trialSeconds: 2)) {
      $0.stuckSensor = .init(tick: 30)
    }
    let episode = try bench.run(push(2.5))
    guard case .stuckSensor(0, _, let seconds)? = episode.result.outcome.stopReason else {
      Issue.record("\(episode.code ?? "the trial ran through")")
      return
    }
    #expect(abs(seconds - 0.1) < 0.011)
    #expect(episode.samples.count < 30 + 20)
    expectOff(bench, episode)
    try expectOffWithinWatchdog(bench)
  }

  @Test("A pendulum that friction holds against its motor is no stuck encoder")
  func heldByFriction() throws {
    var robot = try Bench.pendulumFile(trialSeconds: 4)
    robot.virtualRobot?.parameters["friction"] = 1
    robot.virtualRobot?.parameters["damping"] = 0.3
    robot.virtualRobot?.positionNoise = [0]
    // The plant's friction lets a joint creep; a coarse encoder doesn't see it.
    robot.virtualRobot?.encoderCounts = [1000]
    let bench = try bench(robot)
    let episode = try bench.run(push(2))
    #expect(episode.result.outcome.stopReason == nil, "\(episode.code ?? "")")
    // It did come to a stand that no count interrupts, under full effort.
    let last = episode.samples.suffix(30).map { $0.positions[0] }
    #expect(Set(last).count == 1 && abs(last[0]) > 0.1, "\(last)")
  }

  @Test("A firmware that doesn't add up its encoder's turns: positions go on past the seam")
  func wrapAround() throws {
    var robot = try Bench.pendulumFile(trialSeconds: 1.2)
    // Light enough that the motor lifts it over the top.
    robot.virtualRobot?.parameters["mass"] = 0.3
    let bench = try bench(robot) { $0.wrapsPositions = true }
    let episode = try bench.run(push(1.6))
    let positions = episode.samples.map { $0.positions[0] }
    #expect((positions.max() ?? 0) > 2 * .pi, "it never went round")
    #expect(zip(positions, positions.dropFirst()).allSatisfy { abs($1 - $0) < 0.5 })
    #expect(!episode.samples.contains { $0.flags.contains(.glitch) })
    #expect(episode.code == nil, "\(String(describing: episode.result.outcome.stopReason))")
  }

  @Test("The operator's stop takes the effort away at the very next sample")
  func operatorStop() throws {
    try expectStop(.stop, code: "operator-stop", mode: .disarmed)
  }

  @Test("The emergency stop turns the actuators off at the very next sample, and latches")
  func emergencyStop() throws {
    try expectStop(.emergencyStop, code: "emergency-stop", mode: .emergencyStopped)
  }

  private func expectStop(_ request: StopSwitch.Request, code: String, mode: RobotMode) throws {
    let stop = StopSwitch()
    let bench = try bench(Bench.pendulumFile(), stopSwitch: stop)
    let episode = try bench.run(
      ClosurePolicy { step, _ in
        if step == 5 { stop.press(request) }
        return 2
      })
    #expect(episode.code == code)
    // Pressed while the policy decides on tick 50: that tick's command is the last with effort.
    #expect(episode.samples.last?.tick == 50)
    expectOff(bench, episode)
    let account = bench.watched.account
    #expect(account.mode == mode)
    // The command for tick 50 takes effect 2 ms after it and holds until the answer to tick 51
    // does, a control period later.
    let off = try #require(account.offAtSeconds)
    let period = bench.robot.link.controlPeriodSeconds
    let first = try #require(account.changes.first { $0.mode == .armed }?.seconds)
    print("\(code): effort until \(account.effortAtSeconds - first) s, off at \(off - first) s")
    #expect(off - account.effortAtSeconds <= 2 * period)
    #expect(episode.samples.count == 51)
  }
}
