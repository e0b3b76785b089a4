import CHandfulRobot
import FirmwareProtocol
import Testing

/// Every message in every mode by the table of `firmware-protocol/PROTOCOL.md`, 'The robot's state
/// machine', written out here once more.
@Suite("The C reference's state machine")
struct TransitionTests {
  /// What a message does in a mode: the answer, the mode after, and the fault after.
  struct Outcome {
    var answer: [RobotMessage]
    var mode: RobotMode
    var fault: FaultCode
  }

  static let modes: [RobotMode] = [.disarmed, .armed, .faulted, .emergencyStopped]

  /// A robot in a mode at 10 ms; faulted by a sensor.
  static func robot(in mode: RobotMode) throws -> ReferenceRobot {
    let robot = ReferenceRobot(testFirmware())
    try robot.take(.hello(HostHello(nonce: 1)))
    try robot.take(.configure(testLimits()))
    try robot.take(.stream(isEnabled: true))
    robot.measure([0], [0], atMicroseconds: 0)
    switch mode {
    case .disarmed: break
    case .armed: try robot.take(.arm(bootCounter: 7), at: 10_000)
    case .faulted: robot.measure([.nan], [0], atMicroseconds: 10_000)
    case .emergencyStopped: try robot.take(.emergencyStop, at: 10_000)
    }
    _ = robot.takeOutput()
    #expect(robot.mode == mode.rawValue)
    #expect(robot.isMotorOn == (mode == .armed))
    return robot
  }

  static func ack(
    _ type: HostMessageType, _ result: Acknowledgement.Result, _ mode: RobotMode
  ) -> [RobotMessage] {
    [.acknowledgement(Acknowledgement(messageType: type.rawValue, result: result, mode: mode))]
  }

  /// The table's row of a message: the outcome in each of `modes`.
  static func row(_ message: HostMessage) -> [Outcome] {
    let off: [RobotMode] = [.disarmed, .disarmed, .faulted, .emergencyStopped]
    let kept: [FaultCode] = [.none, .none, .sensor, .none]
    func row(
      _ answers: [[RobotMessage]], _ after: [RobotMode], _ faults: [FaultCode] = kept
    ) -> [Outcome] {
      (0..<4).map { Outcome(answer: answers[$0], mode: after[$0], fault: faults[$0]) }
    }
    switch message {
    case .hello: return row([[], [], [], []], off)
    case .configure(let limits):
      let set: [RobotMessage] = [.limits(limits)]
      return row([set, ack(.configure, .armed, .armed), set, set], modes)
    case .stream(let isEnabled):
      let after = isEnabled ? modes : off
      return row(after.map { ack(.stream, .accepted, $0) }, after)
    case .arm:
      return row(
        [
          ack(.arm, .accepted, .armed), ack(.arm, .armed, .armed),
          ack(.arm, .faultLatched, .faulted), ack(.arm, .faultLatched, .emergencyStopped),
        ], [.armed, .armed, .faulted, .emergencyStopped])
    case .disarm: return row(off.map { ack(.disarm, .accepted, $0) }, off)
    case .command, .heartbeat: return row([[], [], [], []], modes)
    case .emergencyStop:
      let stopped = [RobotMode](repeating: .emergencyStopped, count: 4)
      return row(stopped.map { ack(.emergencyStop, .accepted, $0) }, stopped)
    case .clearFault:
      let clear = ack(.clearFault, .accepted, .disarmed)
      return row(
        [clear, ack(.clearFault, .armed, .armed), clear, clear],
        [.disarmed, .armed, .disarmed, .disarmed], [.none, .none, .none, .none])
    case .echo(let token):
      let echo = RobotMessage.echo(token: token, robotTimeMicroseconds: 12_000)
      return row([[echo], [echo], [echo], [echo]], modes)
    }
  }

  static let everyMessage: [HostMessage] = [
    .hello(HostHello(nonce: 99)), .configure(testLimits(watchdogMilliseconds: 50, effort: 1)),
    .stream(isEnabled: true), .stream(isEnabled: false), .arm(bootCounter: 7), .disarm,
    .command(
      Command(
        answering: 0, applyAtMicroseconds: 15_000, expiresAtMicroseconds: 30_000, efforts: [1])),
    .heartbeat(answering: 0), .emergencyStop, .clearFault, .echo(token: 5),
  ]

  @Test("Each message does what the table says in each mode", arguments: everyMessage)
  func table(_ message: HostMessage) throws {
    for (mode, expected) in zip(Self.modes, Self.row(message)) {
      let robot = try Self.robot(in: mode)
      let offCount = robot.offCount
      let answer = try robot.take(message, at: 12_000)
      if case .hello = message {
        guard case .hello(let hello) = answer.first, answer.count == 1 else {
          Issue.record("\(mode): no hello but \(answer)")
          continue
        }
        #expect(hello.nonce == 99 && hello.bootCounter == 7 && hello.joints.count == 1)
        #expect(!robot.robot.pointee.is_streaming && !robot.robot.pointee.has_limits)
      } else {
        #expect(answer == expected.answer, "\(mode)")
      }
      #expect(robot.mode == expected.mode.rawValue, "\(mode)")
      #expect(robot.fault == expected.fault.rawValue, "\(mode)")
      #expect(robot.isMotorOn == (expected.mode == .armed), "\(mode)")
      if mode == .armed && expected.mode != .armed { #expect(robot.offCount == offCount + 1) }
    }
  }

  @Test("The stop button latches from every mode, and clearing waits for its release")
  func stopButton() throws {
    for mode in Self.modes {
      let robot = try Self.robot(in: mode)
      handful_robot_set_stop_button(robot.robot, true, 12_000)
      #expect(robot.mode == RobotMode.emergencyStopped.rawValue && !robot.isMotorOn)
      let kept = mode == .faulted
      #expect(robot.fault == (kept ? FaultCode.sensor : .emergencyStopButton).rawValue)
      let reports = try robotMessages(in: robot.takeOutput())
      #expect(reports.count == (kept ? 0 : 1))
      if case .fault(let report)? = reports.first {
        #expect(report.joint == 255 && report.robotTimeMicroseconds == 12_000)
        #expect(report.value.bitPattern == 0x7FC0_0000)
      }
      #expect(
        try robot.take(.clearFault, at: 13_000)
          == Self.ack(.clearFault, .stopButtonPressed, .emergencyStopped))
      handful_robot_set_stop_button(robot.robot, false, 14_000)
      #expect(robot.mode == RobotMode.emergencyStopped.rawValue)
      #expect(
        try robot.take(.clearFault, at: 15_000) == Self.ack(.clearFault, .accepted, .disarmed))
    }
  }

  @Test("A driver's error and a sensor's latch in every mode; the first fault is kept")
  func faultsFoundAlways() throws {
    for mode in Self.modes {
      for isDriver in [false, true] {
        let robot = try Self.robot(in: mode)
        if isDriver {
          handful_robot_report_driver_fault(robot.robot, 0, 81, 12_000)
        } else {
          robot.measure([0], [.nan], atMicroseconds: 12_000)
        }
        #expect(
          robot.mode == (mode == .emergencyStopped ? mode : RobotMode.faulted).rawValue)
        let found: FaultCode = isDriver && mode != .faulted ? .driver : .sensor
        #expect(robot.fault == found.rawValue && !robot.isMotorOn)
      }
    }
  }

  @Test("A fault whose cause persists is latched again after clearing")
  func persistentFault() throws {
    let robot = try Self.robot(in: .faulted)
    try robot.take(.clearFault, at: 12_000)
    #expect(robot.mode == RobotMode.disarmed.rawValue)
    robot.measure([.nan], [0], atMicroseconds: 20_000)
    #expect(robot.mode == RobotMode.faulted.rawValue)
    let reports = try robotMessages(in: robot.takeOutput()).filter {
      if case .fault = $0 { true } else { false }
    }
    #expect(reports.count == 1)
  }

  @Test("Arming says what is missing, in the order of the specification")
  func armingRefused() throws {
    let robot = ReferenceRobot(testFirmware())
    _ = robot.takeOutput()
    #expect(
      try robot.take(.arm(bootCounter: 8)) == Self.ack(.arm, .wrongBootCounter, .disarmed))
    #expect(try robot.take(.arm(bootCounter: 7)) == Self.ack(.arm, .limitsNotSet, .disarmed))
    try robot.take(.configure(testLimits()))
    #expect(try robot.take(.arm(bootCounter: 7)) == Self.ack(.arm, .notStreaming, .disarmed))
    try robot.take(.stream(isEnabled: true))
    #expect(!robot.isMotorOn)
    #expect(try robot.take(.arm(bootCounter: 7)) == Self.ack(.arm, .accepted, .armed))
    #expect(robot.isMotorOn && robot.motorEfforts == [0])
  }

  @Test("A host of another version gets a hello, and is heard only for hello and emergency stop")
  func otherVersion() throws {
    let robot = try Self.robot(in: .armed)
    guard
      case .hello(let hello)? = try robot.take(.hello(HostHello(protocolVersion: 2, nonce: 3)))
        .first
    else {
      Issue.record("no hello")
      return
    }
    #expect(hello.protocolVersion == 1 && hello.nonce == 3 && !robot.isMotorOn)
    for message in Self.everyMessage {
      if case .hello = message { continue }
      if case .emergencyStop = message { continue }
      #expect(try robot.take(message).isEmpty)
    }
    #expect(robot.mode == RobotMode.disarmed.rawValue)
    #expect(try robot.take(.emergencyStop).count == 1)
    #expect(robot.mode == RobotMode.emergencyStopped.rawValue)
    try robot.take(.hello(HostHello(nonce: 4)))
    #expect(try robot.take(.echo(token: 1)).count == 1)
  }

  @Test(
    "Limits that the firmware can't enforce are refused, and leave those in force",
    arguments: [
      testLimits(watchdogMilliseconds: 9), testLimits(watchdogMilliseconds: 1001),
      testLimits(lower: 1, upper: 1), testLimits(lower: .nan), testLimits(upper: .nan),
      testLimits(velocity: 0), testLimits(velocity: -1), testLimits(velocity: .nan),
      testLimits(effort: -0.5), testLimits(effort: 2.6), testLimits(effort: .infinity),
      testLimits(effort: .nan), FirmwareLimits(watchdogMilliseconds: 100, joints: []),
      FirmwareLimits(
        watchdogMilliseconds: 100, joints: testLimits().joints + testLimits().joints),
    ])
  func unenforceableLimits(_ limits: FirmwareLimits) throws {
    let robot = try Self.robot(in: .disarmed)
    #expect(
      try robot.take(.configure(limits)) == Self.ack(.configure, .outOfRange, .disarmed))
    #expect(robot.robot.pointee.limits.0.effort == 2)
    #expect(robot.robot.pointee.watchdog_ms == 100)
  }

  @Test("The limits at the edge of what can be enforced are taken")
  func limitsAtTheEdge() throws {
    let robot = try Self.robot(in: .disarmed)
    for limits in [
      testLimits(watchdogMilliseconds: 10), testLimits(watchdogMilliseconds: 1000),
      testLimits(lower: -.infinity, upper: .infinity, velocity: .infinity, effort: 2.5),
      testLimits(effort: 0),
    ] {
      #expect(try robot.take(.configure(limits)) == [.limits(limits)])
    }
  }
}
