import Foundation
import Robotics
import Supervisor
import Testing

@Suite("An episode on a robot")
struct EpisodeTests {
  @Test(
    "A trial runs its horizon: every tick a sample, every tenth a decision, actuators off at its end"
  )
  func trial() throws {
    let double = RobotDouble(robot: pendulum())
    let (result, samples) = try run(
      double, policy: ClosurePolicy { step, _ in step == 0 ? 1 : 0.5 })
    #expect(result.outcome.stopReason == nil)
    #expect(result.outcome.isDisarmVerified)
    #expect(double.mode == .disarmed)
    #expect(samples.map(\.tick) == Array(0...100))
    #expect(
      samples.filter { $0.flags.contains(.decision) }.map(\.tick)
        == stride(from: 0, to: 100, by: 10).map { $0 })
    #expect(samples[0..<10].allSatisfy { $0.sentAction == [1] })
    #expect(samples[10..<100].allSatisfy { $0.sentAction == [0.5] })
    #expect(samples[100].sentAction == [0])
    #expect(samples.allSatisfy { abs($0.robotTimeSeconds - 0.01 * Double($0.tick)) < 1e-9 })
  }

  @Test("An episode tells how long the actuators were on, and the work they did")
  func use() throws {
    let double = RobotDouble(robot: pendulum())
    let robot = try SupervisedRobot(
      link: double, robot: double.robot, stopSwitch: StopSwitch())
    try robot.connect()
    var samples: [Sample] = []
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 1 }, robot: double.robot, task: double.robot.tasks[0])
    let outcome = try robot.runEpisode(plan) { samples += $0 }.outcome
    // A trial of 1 s, and a few ticks of arming and stopping.
    #expect(outcome.use.armedSeconds > 1 && outcome.use.armedSeconds < 1.1)
    // The samples' own account: 1 N m in force over each control period.
    let work = samples.dropFirst().reduce(0) { $0 + abs($1.velocities[0]) * 0.01 }
    #expect(abs(outcome.use.energyJoules - work) < 0.05 * work)
    #expect(outcome.jointMargins[0].largestEffort == 1)
    #expect(outcome.jointMargins[0].largestSpeed == samples.map { abs($0.velocities[0]) }.max())
  }

  @Test(
    "A robot that hangs still is not driven; one that swings is, within the reset's effort limit")
  func reset() throws {
    let still = RobotDouble(robot: pendulum())
    #expect(try !run(still).0.outcome.resetDrove)
    let swinging = RobotDouble(robot: pendulum(), position: 1, velocity: 2)
    let (result, samples) = try run(swinging)
    #expect(result.outcome.resetDrove)
    #expect(abs(samples[0].positions[0]) <= 0.035)
    #expect(abs(samples[0].velocities[0]) <= 0.05)
    let firstTrialTick = swinging.sentEfforts.count - 101
    let reset = swinging.sentEfforts.prefix(firstTrialTick)
    #expect(reset.allSatisfy { abs($0.effort) <= 1 })
    #expect(reset.contains { abs($0.effort) > 0.1 })
  }

  @Test("Whole turns don't count: a pendulum that hangs after three turns starts its trial at zero")
  func turns() throws {
    let double = RobotDouble(robot: pendulum(), position: 6 * .pi)
    let (result, samples) = try run(double)
    #expect(result.outcome.stopReason == nil)
    #expect(abs(samples[0].positions[0]) < 1e-9)
  }

  @Test("A robot that can't come home is a fault after the reset's time, not a loop")
  func resetFails() throws {
    let double = RobotDouble(robot: pendulum(), position: 1)
    double.faults.blocksHome = true
    let (result, samples) = try run(double)
    guard case .resetFailed(let seconds, 0, 1, 0) = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(seconds > 20 && seconds < 20.1)
    #expect(samples.isEmpty)
    #expect(double.mode == .disarmed)
  }

  @Test("What the policy asks beyond the limit is sent clamped, and both are kept")
  func clamped() throws {
    let double = RobotDouble(robot: pendulum())
    let (_, samples) = try run(double, policy: ClosurePolicy { _, _ in 7 })
    #expect(samples[3].askedAction == [7])
    #expect(samples[3].sentAction == [2.5])
    #expect(samples[3].flags.contains(.clamped))
    #expect(double.sentEfforts.allSatisfy { abs($0.effort) <= 2.5 })
  }

  @Test(
    "A policy that gives NaN stops the trial at that very sample; NaN is kept as asked, never sent")
  func notANumber() throws {
    let double = RobotDouble(robot: pendulum())
    let (result, samples) = try run(
      double, policy: ClosurePolicy { step, _ in step == 3 ? .nan : 0.3 })
    #expect(result.outcome.stopReason == .nonFiniteAction(joint: 0))
    #expect(samples.last?.tick == 30)
    #expect(samples.last?.askedAction[0].isNaN == true)
    #expect(samples.last?.sentAction == [0])
    #expect(double.sentEfforts.allSatisfy { $0.effort.isFinite })
    #expect(double.mode == .disarmed)
  }

  @Test("A joint that brakes too late for its limit is stopped inside it")
  func braking() throws {
    var robot = pendulum(isContinuous: false, range: -0.6...0.6, stop: .brake)
    robot.joints[0].limits.brakingDeceleration = 2
    let double = RobotDouble(robot: robot)
    let (result, samples) = try run(double, policy: ClosurePolicy { _, _ in 2.5 })
    guard case .brakingDistance = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(samples.allSatisfy { abs($0.positions[0]) < 0.6 })
    #expect(abs(double.position) < 0.6)
    #expect(double.mode == .disarmed)
  }

  @Test("The operator's stop ends the trial within a control period, actuators off")
  func operatorStop() throws {
    let stop = StopSwitch()
    let double = RobotDouble(robot: pendulum())
    let (result, samples) = try run(
      double,
      policy: ClosurePolicy { step, _ in
        if step == 5 { stop.press(.stop) }
        return 1
      }, stop: stop)
    #expect(result.outcome.stopReason == .operatorStop)
    #expect(samples.last?.tick == 50)
    #expect(
      double.sentEfforts.last { $0.effort == 1 }?.tick
        == double.sentEfforts[double.sentEfforts.count - 2].tick)
    #expect(double.mode == .disarmed)
  }

  @Test("The emergency stop latches within a control period")
  func emergencyStop() throws {
    let stop = StopSwitch()
    let double = RobotDouble(robot: pendulum())
    let (result, samples) = try run(
      double,
      policy: ClosurePolicy { step, _ in
        if step == 5 { stop.press(.emergencyStop) }
        return 1
      }, stop: stop)
    #expect(result.outcome.stopReason == .emergencyStop)
    #expect(result.outcome.machine.state == .emergencyStopped)
    #expect(samples.last?.tick == 50)
    #expect(double.mode == .emergencyStopped)
  }

  @Test("A sink that can't store stops the robot, and what it took before is all it was given")
  func storeFails() throws {
    struct DiskFull: Error {}
    let double = RobotDouble(robot: pendulum())
    let robot = try supervised(double)
    var taken = 0
    let slow = ClosurePolicy { _, _ in
      usleep(500)
      return 1
    }
    let result = try robot.runEpisode(plan(double, slow, decisions: 20_000)) { samples in
      taken += samples.count
      throw DiskFull()
    }
    #expect(result.outcome.stopReason == .storeFailed)
    #expect(result.storeError is DiskFull)
    #expect(taken > 0)
    #expect(double.mode == .disarmed)
  }

  /// Every fault that a robot can bring about, and the reason that must be given for it.
  enum Provoked: CaseIterable {
    case disconnect
    case reboot
    case silence
    case loss
    case glitches
    case driver
    case button
    case refusedArm
    case stubborn

    func apply(to faults: inout RobotDouble.Faults) {
      switch self {
      case .disconnect: faults.disconnectAt = 60
      case .reboot: faults.rebootAt = 60
      case .silence: faults.silentFrom = 60
      case .loss: faults.loseTicks = 60...64
      case .glitches: faults.glitchAt = [60, 61]
      case .driver: faults.firmwareFaultAt = 60
      case .button: faults.stopButtonAt = 60
      case .refusedArm: faults.refusesToArm = true
      case .stubborn: faults.ignoresDisarm = true
      }
    }

    var code: String {
      switch self {
      case .disconnect: "disconnected"
      case .reboot: "rebooted"
      case .silence, .loss: "samples-lost"
      case .glitches: "implausible-sensor"
      // One that won't disarm is cut by its own watchdog, as commands have stopped.
      case .driver, .button, .stubborn: "firmware-fault"
      case .refusedArm: "will-not-arm"
      }
    }
  }

  @Test(
    "A fault ends the trial with its reason; nothing hangs, nothing stays armed",
    arguments: Provoked.allCases)
  func faults(_ provoked: Provoked) throws {
    let double = RobotDouble(robot: pendulum())
    provoked.apply(to: &double.faults)
    let (result, samples) = try run(double, policy: ClosurePolicy { _, _ in 1 })
    #expect(result.outcome.stopReason?.code == provoked.code)
    #expect(!result.outcome.machine.state.mayBeArmed)
    // Before the fault the trial's samples are all there: it began some twenty ticks in.
    if provoked != .refusedArm { #expect(samples.count >= 30) }
    // A robot that could still be heard was seen to be off; otherwise its watchdog is trusted.
    switch provoked {
    case .disconnect, .reboot, .silence: break
    default: #expect(double.mode != .armed)
    }
  }

  @Test("One lost sample within the budget is marked, and the trial goes on")
  func forgivenLoss() throws {
    let double = RobotDouble(robot: pendulum())
    double.faults.loseTicks = 60...61
    let (result, samples) = try run(double, policy: ClosurePolicy { _, _ in 0.2 })
    #expect(result.outcome.stopReason == nil)
    #expect(samples.count == 99)
    #expect(samples.filter { $0.flags.contains(.afterLoss) }.count == 1)
  }

  @Test("One glitch is bridged, marked, and the trial goes on")
  func forgivenGlitch() throws {
    let double = RobotDouble(robot: pendulum())
    double.faults.glitchAt = [60]
    let (result, samples) = try run(double, policy: ClosurePolicy { _, _ in 0.2 })
    #expect(result.outcome.stopReason == nil)
    let marked = samples.filter { $0.flags.contains(.glitch) }
    #expect(marked.count == 1)
    #expect(marked.allSatisfy { abs($0.positions[0]) < 1 })
  }

  // MARK: - Commands that the port refuses

  @Test(
    "A command that the port refuses is not stored as sent: its sample says so and has the one before"
  )
  func refusedCommand() throws {
    let double = RobotDouble(robot: pendulum())
    // The trial's first tick is found in a run without faults; the double's course repeats.
    let (_, before) = try run(double, policy: ClosurePolicy { _, _ in 0 })
    let first = try #require(double.sentEfforts.last?.tick) - UInt32(before.count - 1)
    let again = RobotDouble(robot: pendulum())
    again.faults.refusesCommandsAt = [first + 10, first + 11]
    let (result, samples) = try run(again, policy: ClosurePolicy { step, _ in 0.1 * Double(step) })
    #expect(result.outcome.stopReason == nil)
    #expect(samples.filter { $0.flags.contains(.notSent) }.map(\.tick) == [10, 11])
    #expect(samples[9...12].map(\.sentAction) == [[0], [0], [0], [0.1]])
    #expect(samples[10].askedAction == [0.1])
    #expect(!again.sentEfforts.contains { $0.tick == first + 10 })
  }

  @Test("After a refused command an effort changes from the one in force, not from the refused one")
  func rateAfterRefusal() throws {
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    let double = RobotDouble(robot: robot)
    let (_, before) = try run(double, policy: ClosurePolicy { _, _ in 0 })
    let first = try #require(double.sentEfforts.last?.tick) - UInt32(before.count - 1)
    let again = RobotDouble(robot: robot)
    again.faults.refusesCommandsAt = [first + 2]
    let (_, samples) = try run(again, policy: ClosurePolicy { _, _ in 2.5 })
    #expect(samples[0...4].map { $0.sentAction[0] } == [0.5, 1, 1, 1.5, 2])
  }

  @Test("A port that hangs up on a command ends the episode there, and the sample doesn't claim it")
  func hangUpOnWrite() throws {
    let double = RobotDouble(robot: pendulum())
    let (_, before) = try run(double, policy: ClosurePolicy { _, _ in 0 })
    let first = try #require(double.sentEfforts.last?.tick) - UInt32(before.count - 1)
    let again = RobotDouble(robot: pendulum())
    again.faults.hangsUpOnWriteAt = first + 10
    let (result, samples) = try run(again, policy: ClosurePolicy { step, _ in 0.1 * Double(step) })
    guard case .disconnected = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(result.outcome.machine.state == .faulted)
    #expect(samples.count == 11)
    #expect(samples[10].flags.contains(.notSent) && samples[10].sentAction == [0])
  }

  // MARK: - First samples

  @Test("A glitch in an episode's first sample, or its second, ends nothing, whatever the hold")
  func firstSampleGlitch() throws {
    for tick in UInt32(1)...2 {
      var robot = pendulum()
      robot.reset.holdSeconds = 0.01
      let double = RobotDouble(robot: robot)
      double.faults.glitchAt = [tick]
      let (result, samples) = try run(double)
      #expect(result.outcome.stopReason == nil, "\(tick)")
      #expect(samples.count == 101)
    }
  }

  @Test("Sensors of which no two samples agree never let the robot arm; the reset says why")
  func neverBelieved() throws {
    let double = RobotDouble(robot: pendulum())
    double.faults.glitchAt = Set(stride(from: 1, to: 5000, by: 2))
    let (result, samples) = try run(double)
    guard case .implausibleSensor(joint: 0, _, _) = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(double.armedAt.isEmpty && samples.isEmpty)
    #expect(result.outcome.resetSeconds > 20)
  }

  // MARK: - Readings of the motors

  private func heated() -> RobotDouble {
    var robot = pendulum()
    robot.joints[0].limits.motor = MotorLimits(
      temperatureCelsius: GradedLimit(soft: 60, hard: 80))
    let double = RobotDouble(robot: robot)
    double.motorReadings = .temperature
    return double
  }

  @Test("A motor that gets hot loses effort, then the robot is brought to a stand")
  func hotMotor() throws {
    let double = heated()
    double.faults.celsius = { 30 + 0.5 * Double($0) }
    let (result, samples) = try run(double, policy: ClosurePolicy { _, _ in 0.5 })
    guard case .temperatureLimit(joint: 0, let celsius, 80) = result.outcome.stopReason else {
      Issue.record("\(String(describing: result.outcome.stopReason))")
      return
    }
    #expect(celsius == 80.5)
    #expect(result.outcome.machine.state == .settled && double.mode == .disarmed)
    let clamped = samples.filter { $0.flags.contains(.clamped) }
    #expect(!clamped.isEmpty && clamped.allSatisfy { abs($0.sentAction[0]) < 0.5 })
    let clamp = try #require(result.outcome.clamps.first)
    #expect(clamp.rule == "temperature" && clamp.joint == "shoulder" && clamp.asked == 0.5)
    let margin = try #require(result.outcome.jointMargins[0].temperature)
    #expect(margin[0] >= 80.5 && margin[1] == 80)
  }

  @Test("A limit of what a link doesn't report is refused before anything arms")
  func notReported() throws {
    let double = heated()
    double.motorReadings = [.current, .voltage]
    #expect {
      _ = try SupervisedRobot(link: double, robot: double.robot, stopSwitch: StopSwitch())
    } throws: {
      ($0 as? SupervisorError)?.description
        == "joint 'shoulder' has a limit for its temperature, but its link does not report one, so "
        + "nothing would guard it; remove temperature from the robot file (the firmware's own driver "
        + "fault still stops the robot)"
    }
  }

  @Test("After a fault no further episode is permitted on the same connection")
  func noSecondEpisode() throws {
    let double = RobotDouble(robot: pendulum())
    double.faults.firmwareFaultAt = 60
    let robot = try supervised(double)
    _ = try robot.runEpisode(plan(double, ClosurePolicy { _, _ in 0 })) { _ in }
    #expect(throws: SupervisorError.notPermitted(what: "an episode", state: .faulted)) {
      _ = try robot.runEpisode(plan(double, ClosurePolicy { _, _ in 0 })) { _ in }
    }
  }

  @Test("A home outside the limits is refused before anything arms")
  func homeOutside() {
    var robot = pendulum(isContinuous: false, range: -1...1)
    robot.reset.homePositions = [1.5]
    #expect(
      throws: SupervisorError.homeOutsideLimits(
        joint: "shoulder", home: 1.5, lower: -1, upper: 1, unit: "rad")
    ) {
      _ = try SupervisedRobot(
        link: RobotDouble(robot: robot), robot: robot, stopSwitch: StopSwitch())
    }
  }

  private func supervised(
    _ double: RobotDouble, stop: StopSwitch = StopSwitch()
  ) throws -> SupervisedRobot {
    let robot = try SupervisedRobot(link: double, robot: double.robot, stopSwitch: stop)
    try robot.connect()
    return robot
  }

  private func plan(
    _ double: RobotDouble, _ policy: any Policy, decisions: Int? = nil
  ) -> TrialPlan {
    TrialPlan(
      policy: policy, robot: double.robot, task: double.robot.tasks[0], decisionCount: decisions)
  }

  private func run(
    _ double: RobotDouble, policy: any Policy = ClosurePolicy { _, _ in 0 },
    stop: StopSwitch = StopSwitch()
  ) throws -> (EpisodeResult, [Sample]) {
    let robot = try supervised(double, stop: stop)
    var samples: [Sample] = []
    let result = try robot.runEpisode(plan(double, policy)) { samples += $0 }
    return (result, samples)
  }
}
