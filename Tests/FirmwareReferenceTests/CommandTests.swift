import CHandfulRobot
import FirmwareProtocol
import Testing

/// The watchdog, the limits, and what becomes of a command, by the specification's rules.
@Suite("The C reference's own safety")
struct CommandTests {
  /// A robot armed at time 0, with so many states sent.
  static func armed(
    limits: FirmwareLimits = testLimits(), states: Int = 1
  ) throws -> ReferenceRobot {
    let robot = ReferenceRobot(testFirmware())
    try robot.take(.hello(HostHello(nonce: 1)))
    try robot.take(.configure(limits))
    try robot.take(.stream(isEnabled: true))
    for _ in 0..<states { robot.measure([0], [0], atMicroseconds: 0) }
    try robot.take(.arm(bootCounter: 7))
    #expect(robot.isMotorOn)
    return robot
  }

  static func command(
    answering: UInt32 = 0, at apply: UInt64, expires: UInt64? = nil, efforts: [Float] = [1]
  ) -> HostMessage {
    .command(
      Command(
        answering: answering, applyAtMicroseconds: apply,
        expiresAtMicroseconds: expires ?? apply + 20_000, efforts: efforts))
  }

  // MARK: Watchdog

  @Test(
    "The watchdog counts from arming, and cuts as soon as its time has passed",
    arguments: [10, 50, 100, 1000] as [UInt16])
  func watchdogFromArming(_ milliseconds: UInt16) throws {
    let robot = try Self.armed(limits: testLimits(watchdogMilliseconds: milliseconds))
    let time = UInt64(milliseconds) * 1000
    handful_robot_advance(robot.robot, time)
    #expect(robot.isMotorOn)
    handful_robot_advance(robot.robot, time + 1)
    #expect(!robot.isMotorOn && robot.mode == RobotMode.faulted.rawValue)
    let expected = FaultReport(
      code: .watchdog, robotTimeMicroseconds: time + 1, value: Float(Double(time + 1) * 1e-6))
    #expect(try robotMessages(in: robot.takeOutput()) == [.fault(expected)])
  }

  @Test("Accepted commands start the watchdog anew; dropped ones, heartbeats and echoes don't")
  func watchdogFromCommands() throws {
    let robot = try Self.armed(states: 3)
    try robot.take(Self.command(answering: 1, at: 52_000), at: 50_000)
    try robot.take(Self.command(answering: 1, at: 92_000), at: 90_000)
    try robot.take(Self.command(answering: 2, at: 80_000, expires: 95_000), at: 95_000)
    try robot.take(.heartbeat(answering: 2), at: 140_000)
    try robot.take(.echo(token: 1), at: 141_000)
    handful_robot_advance(robot.robot, 150_000)
    #expect(robot.isMotorOn)
    handful_robot_advance(robot.robot, 150_001)
    #expect(!robot.isMotorOn && robot.fault == FaultCode.watchdog.rawValue)
  }

  @Test("A command that comes when the watchdog's time has passed doesn't save the robot")
  func commandAfterTheWatchdog() throws {
    let robot = try Self.armed()
    try robot.take(Self.command(at: 101_000), at: 100_001)
    #expect(!robot.isMotorOn && robot.fault == FaultCode.watchdog.rawValue)
  }

  // MARK: Commands

  @Test("A command takes effect at its time, not before, and a late one at once")
  func effectAtItsTime() throws {
    let robot = try Self.armed(states: 2)
    try robot.take(Self.command(at: 2000, efforts: [1.5]), at: 300)
    handful_robot_advance(robot.robot, 1999)
    #expect(robot.motorEfforts == [0] && robot.robot.pointee.answered_tick == 0xFFFF_FFFF)
    handful_robot_advance(robot.robot, 2000)
    #expect(robot.motorEfforts == [1.5] && robot.robot.pointee.answered_tick == 0)
    #expect(robot.robot.pointee.late_commands == 0)
    try robot.take(Self.command(answering: 1, at: 12_000, efforts: [-1]), at: 12_001)
    #expect(robot.motorEfforts == [-1] && robot.robot.pointee.late_commands == 1)
  }

  @Test("Expired, repeated, overtaken and premature commands are dropped")
  func dropped() throws {
    let robot = try Self.armed(states: 4)
    try robot.take(Self.command(answering: 1, at: 2000, efforts: [0.5]), at: 1000)
    handful_robot_advance(robot.robot, 2000)
    let dropped = [
      Self.command(answering: 2, at: 2000, expires: 2500),  // expired at its time of coming
      Self.command(answering: 1, at: 4000),  // a duplicate
      Self.command(answering: 0, at: 4000),  // overtaken
      Self.command(answering: 4, at: 4000),  // answers a state not sent yet
      Self.command(answering: 2, at: 102_501),  // beyond the watchdog's time
    ]
    for message in dropped {
      #expect(try robot.take(message, at: 2500).isEmpty)
      #expect(robot.robot.pointee.accepted_tick == 1 && robot.robot.pointee.waiting_count == 0)
      #expect(robot.robot.pointee.watchdog_start_us == 1000)
    }
    try robot.take(Self.command(answering: 2, at: 102_500), at: 2500)
    #expect(robot.robot.pointee.accepted_tick == 2 && robot.robot.pointee.waiting_count == 1)
  }

  @Test("Eight commands wait, a ninth is dropped, and of those due the latest answer wins")
  func waiting() throws {
    let robot = try Self.armed(states: 10)
    for tick in 0..<9 as Range<UInt32> {
      try robot.take(
        Self.command(answering: tick, at: 9000 - UInt64(tick) * 100, efforts: [Float(tick) / 8]),
        at: 100)
    }
    #expect(robot.robot.pointee.waiting_count == 8 && robot.robot.pointee.accepted_tick == 7)
    handful_robot_advance(robot.robot, 8500)
    #expect(robot.motorEfforts == [7 / 8] && robot.robot.pointee.waiting_count == 5)
    handful_robot_advance(robot.robot, 9000)
    #expect(robot.motorEfforts == [4 / 8] && robot.robot.pointee.waiting_count == 0)
  }

  @Test("Efforts are clamped to the joint's limit, infinite ones too; NaN and a wrong count fault")
  func efforts() throws {
    for (asked, given) in [
      (Float(3), Float(2)), (-3, -2), (.infinity, 2), (-.infinity, -2), (1.75, 1.75),
    ] {
      let robot = try Self.armed()
      try robot.take(Self.command(at: 100, efforts: [asked]), at: 200)
      #expect(robot.motorEfforts == [given])
    }
    for (efforts, joint) in [([Float.nan], UInt8(0)), ([], 255), ([1, 1], 255)] {
      let robot = try Self.armed()
      let answers = try robot.take(Self.command(at: 100, efforts: efforts), at: 200)
      #expect(!robot.isMotorOn && robot.fault == FaultCode.invalidCommand.rawValue)
      guard case .fault(let report)? = answers.first else {
        Issue.record("no fault but \(answers)")
        continue
      }
      #expect(report.joint == joint && report.value.isNaN)
    }
  }

  @Test("Late commands are counted up to 65535")
  func lateCommandsSaturate() throws {
    let robot = try Self.armed(states: 2)
    robot.robot.pointee.late_commands = 65_534
    try robot.take(Self.command(answering: 0, at: 100), at: 200)
    try robot.take(Self.command(answering: 1, at: 100), at: 200)
    #expect(robot.robot.pointee.late_commands == 65_535)
  }

  // MARK: Limits

  @Test("A joint past a limit turns the motor off before the state is sent")
  func limits() throws {
    for (position, velocity, fault) in [
      (Float(4), Float(20), FaultCode.none), (4.01, 0, .positionLimit), (-4.01, 0, .positionLimit),
      (0, 20.1, .velocityLimit), (0, -20.1, .velocityLimit), (.infinity, 0, .positionLimit),
    ] {
      let robot = try Self.armed()
      robot.measure([position], [velocity], atMicroseconds: 10_000)
      #expect(robot.fault == fault.rawValue)
      #expect(robot.isMotorOn == (fault == .none))
      let sent = try robotMessages(in: robot.takeOutput())
      guard case .state(let state)? = sent.last else {
        Issue.record("no state but \(sent)")
        continue
      }
      #expect(state.fault == fault && state.tick == 1)
      #expect(state.mode == (fault == .none ? .armed : .faulted))
      if case .fault(let report)? = sent.first {
        #expect(report.value == (fault == .velocityLimit ? velocity : position))
      }
    }
  }

  @Test("Nothing is past a limit while disarmed")
  func limitsWhileDisarmed() throws {
    let robot = try TransitionTests.robot(in: .disarmed)
    robot.measure([9], [90], atMicroseconds: 20_000)
    #expect(robot.fault == 0)
  }
}
