import FirmwareProtocol
import Simulation
import Testing

/// Every message in every mode, by the table of `firmware-protocol/PROTOCOL.md`, 'The robot's state
/// machine'.
@Suite("The firmware's state machine")
struct FirmwareTransitionTests {
  static let boot: UInt32 = 7
  static let modes: [RobotMode] = [.disarmed, .armed, .faulted, .emergencyStopped]

  /// A firmware in a mode, configured and streaming, one state sent; faulted by the watchdog.
  static func firmware(in mode: RobotMode) throws -> FirmwareLogic {
    let logic = FirmwareLogic(
      description: FirmwareDescription(robot: testRobot()), bootCounter: boot)
    try logic.take(.hello(HostHello(nonce: 1)))
    try logic.take(.configure(testLimits()))
    try logic.take(.stream(isEnabled: true))
    logic.measure(positions: [0], velocities: [0])
    switch mode {
    case .disarmed: break
    case .armed: try logic.take(.arm(bootCounter: boot))
    case .faulted:
      try logic.take(.arm(bootCounter: boot))
      logic.advance(toMicroseconds: 101_000)
    case .emergencyStopped: try logic.take(.emergencyStop)
    }
    _ = logic.takeOutput()
    #expect(logic.mode == mode)
    return logic
  }

  static func acknowledgement(
    _ type: HostMessageType, _ result: Acknowledgement.Result, _ mode: RobotMode
  ) -> [RobotMessage] {
    [.acknowledgement(Acknowledgement(messageType: type.rawValue, result: result, mode: mode))]
  }

  @Test(
    "Hello turns off, stops the stream and forgets the limits; what is latched stays",
    arguments: modes)
  func hello(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let fault = logic.fault
    let answers = try logic.take(.hello(HostHello(nonce: 99)), at: 102_000)
    guard case .hello(let hello) = answers.first, answers.count == 1 else {
      Issue.record("no hello but \(answers)")
      return
    }
    #expect(hello.nonce == 99 && hello.bootCounter == Self.boot)
    #expect(hello.robotName == "test-pendulum" && hello.joints.count == 1)
    #expect(logic.mode == (mode == .armed ? .disarmed : mode) && logic.fault == fault)
    #expect(!logic.isStreaming && logic.limits == nil)
  }

  @Test("Configure is refused while armed and read back otherwise", arguments: modes)
  func configure(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let asked = testLimits(watchdogMilliseconds: 50, lower: -2, upper: 3, velocity: 9, effort: 1)
    let answers = try logic.take(.configure(asked), at: 102_000)
    #expect(
      answers
        == (mode == .armed ? Self.acknowledgement(.configure, .armed, .armed) : [.limits(asked)]))
    #expect(logic.limits == (mode == .armed ? testLimits() : asked))
    #expect(logic.mode == mode)
  }

  @Test("Asking for a stream that runs changes nothing", arguments: modes)
  func streamOn(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(.stream(isEnabled: true), at: 102_000)
    #expect(answers == Self.acknowledgement(.stream, .accepted, mode))
    #expect(logic.nextTick == 1 && logic.isStreaming)
  }

  @Test("A stream that was off starts at tick 0", arguments: modes.filter { $0 != .armed })
  func streamStarts(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    try logic.take(.stream(isEnabled: false), at: 102_000)
    let answers = try logic.take(.stream(isEnabled: true), at: 103_000)
    #expect(answers == Self.acknowledgement(.stream, .accepted, mode))
    #expect(logic.nextTick == 0 && logic.lateCommands == 0 && logic.streamCount == 2)
  }

  @Test("Stopping the stream turns off", arguments: modes)
  func streamOff(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let after = mode == .armed ? .disarmed : mode
    let answers = try logic.take(.stream(isEnabled: false), at: 102_000)
    #expect(answers == Self.acknowledgement(.stream, .accepted, after))
    #expect(!logic.isStreaming && logic.mode == after)
  }

  @Test("Arming works from disarmed only", arguments: modes)
  func arm(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(.arm(bootCounter: Self.boot), at: 102_000)
    let (result, after): (Acknowledgement.Result, RobotMode) =
      switch mode {
      case .disarmed: (.accepted, .armed)
      case .armed: (.armed, .armed)
      case .faulted, .emergencyStopped: (.faultLatched, mode)
      }
    #expect(answers == Self.acknowledgement(.arm, result, after))
    #expect(logic.mode == after && logic.efforts == [0])
  }

  @Test("Disarming clears nothing that is latched", arguments: modes)
  func disarm(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let after = mode == .armed ? .disarmed : mode
    let answers = try logic.take(.disarm, at: 102_000)
    #expect(answers == Self.acknowledgement(.disarm, .accepted, after))
    #expect(logic.mode == after)
  }

  @Test("A command has an effect while armed only", arguments: modes)
  func command(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(
      .command(
        Command(
          answering: 0, applyAtMicroseconds: 12_000, expiresAtMicroseconds: 200_000, efforts: [1])),
      at: 10_000)
    #expect(answers.isEmpty && logic.efforts == [0])
    logic.advance(toMicroseconds: 12_000)
    #expect(logic.efforts == [mode == .armed ? 1 : 0])
    #expect(logic.mode == mode && logic.heardTick == 0)
  }

  @Test("A heartbeat is noted and changes nothing, the watchdog included", arguments: modes)
  func heartbeat(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(.heartbeat(answering: 0), at: 90_000)
    #expect(answers.isEmpty && logic.mode == mode && logic.heardTick == 0)
    logic.advance(toMicroseconds: 101_000)
    #expect(logic.mode == (mode == .armed ? .faulted : mode))
  }

  @Test("The emergency stop latches from every mode and keeps the fault", arguments: modes)
  func emergencyStop(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let fault = logic.fault
    let answers = try logic.take(.emergencyStop, at: 102_000)
    #expect(answers == Self.acknowledgement(.emergencyStop, .accepted, .emergencyStopped))
    #expect(logic.mode == .emergencyStopped && logic.fault == fault)
  }

  @Test("Clearing a fault disarms, and is refused while armed", arguments: modes)
  func clearFault(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(.clearFault, at: 102_000)
    #expect(
      answers
        == (mode == .armed
          ? Self.acknowledgement(.clearFault, .armed, .armed)
          : Self.acknowledgement(.clearFault, .accepted, .disarmed)))
    #expect(logic.fault == .none)
  }

  @Test("An echo comes back with the robot's clock", arguments: modes)
  func echo(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    let answers = try logic.take(.echo(token: 5), at: 102_345)
    #expect(answers == [.echo(token: 5, robotTimeMicroseconds: 102_345)])
    #expect(logic.mode == mode)
  }

  @Test(
    "The stop button latches from every mode; clearing is refused while it is pressed",
    arguments: modes)
  func stopButton(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    logic.pressStopButton()
    #expect(logic.mode == .emergencyStopped && logic.efforts == [0])
    #expect(logic.fault == (mode == .faulted ? .watchdog : .emergencyStopButton))
    let reports = try messages(in: logic.takeOutput())
    #expect(reports.count == (mode == .faulted ? 0 : 1))
    let answers = try logic.take(.clearFault)
    #expect(answers == Self.acknowledgement(.clearFault, .stopButtonPressed, .emergencyStopped))
    logic.releaseStopButton()
    #expect(logic.mode == .emergencyStopped)
    try logic.take(.clearFault)
    #expect(logic.mode == .disarmed && logic.fault == .none)
  }

  @Test("A sensor that fails latches from every mode; the first fault is kept", arguments: modes)
  func sensorFault(_ mode: RobotMode) throws {
    let logic = try Self.firmware(in: mode)
    logic.measure(positions: [.nan], velocities: [0])
    #expect(logic.mode == (mode == .emergencyStopped ? .emergencyStopped : .faulted))
    #expect(logic.fault == (mode == .faulted ? .watchdog : .sensor))
  }

  @Test("Arming says what is missing, in the order of the specification")
  func armingRefused() throws {
    let logic = FirmwareLogic(
      description: FirmwareDescription(robot: testRobot()), bootCounter: Self.boot)
    #expect(
      try logic.take(.arm(bootCounter: 8)).last
        == Self.acknowledgement(.arm, .wrongBootCounter, .disarmed).first)
    #expect(
      try logic.take(.arm(bootCounter: Self.boot)).last
        == Self.acknowledgement(.arm, .limitsNotSet, .disarmed).first)
    try logic.take(.configure(testLimits()))
    #expect(
      try logic.take(.arm(bootCounter: Self.boot)).last
        == Self.acknowledgement(.arm, .notStreaming, .disarmed).first)
    try logic.take(.stream(isEnabled: true))
    #expect(
      try logic.take(.arm(bootCounter: Self.boot)).last
        == Self.acknowledgement(.arm, .accepted, .armed).first)
  }

  @Test("A boot says hello once, unasked, with nonce 0")
  func bootHello() throws {
    let logic = FirmwareLogic(
      description: FirmwareDescription(robot: testRobot()), bootCounter: Self.boot)
    guard case .hello(let hello) = try messages(in: logic.takeOutput()).first else {
      Issue.record("no hello at boot")
      return
    }
    #expect(hello.nonce == 0 && hello.bootCounter == Self.boot)
    #expect(logic.mode == .disarmed && !logic.hasOutput)
  }

  @Test(
    "A host of another version gets a hello, and is then heard only for hello and emergency stop")
  func otherVersion() throws {
    let logic = try Self.firmware(in: .armed)
    let answers = try logic.take(.hello(HostHello(protocolVersion: 2, nonce: 3)))
    guard case .hello(let hello) = answers.first else {
      Issue.record("no hello but \(answers)")
      return
    }
    #expect(hello.protocolVersion == HostHello.currentProtocolVersion)
    #expect(logic.mode == .disarmed)
    #expect(try logic.take(.configure(testLimits())).isEmpty)
    #expect(try logic.take(.echo(token: 1)).isEmpty)
    #expect(try logic.take(.emergencyStop).count == 1 && logic.mode == .emergencyStopped)
    try logic.take(.hello(HostHello(nonce: 4)))
    #expect(try logic.take(.echo(token: 1)).count == 1)
  }
}
