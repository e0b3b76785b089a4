import FirmwareProtocol

/// The messages of `host-messages.json` and `robot-messages.json`: every type, and its boundaries.
enum ValidVectors {
  static let host: [(name: String, message: HostMessage)] = [
    ("hello", .hello(HostHello(protocolVersion: 1, nonce: 0x1234_5678))),
    ("hello of a future version", .hello(HostHello(protocolVersion: 255, nonce: 0xFFFF_FFFF))),
    (
      "configure, a pendulum",
      .configure(
        FirmwareLimits(
          watchdogMilliseconds: 100,
          joints: [
            .init(positionLower: -.infinity, positionUpper: .infinity, velocity: 20, effort: 2.5)
          ]))
    ),
    (
      "configure, a cart-pole",
      .configure(
        FirmwareLimits(
          watchdogMilliseconds: 50,
          joints: [
            .init(positionLower: -0.35, positionUpper: 0.35, velocity: 3, effort: 10),
            .init(positionLower: -.infinity, positionUpper: .infinity, velocity: 30, effort: 0),
          ]))
    ),
    (
      "configure, 32 joints",
      .configure(
        FirmwareLimits(
          watchdogMilliseconds: 65535,
          joints: (0..<32).map {
            .init(
              positionLower: -Float($0) - 1, positionUpper: Float($0) + 1,
              velocity: Float($0) + 0.5,
              effort: Float($0) / 4)
          }))
    ),
    ("stream on", .stream(isEnabled: true)),
    ("stream off", .stream(isEnabled: false)),
    ("arm", .arm(bootCounter: 7)),
    ("arm, greatest boot counter", .arm(bootCounter: .max)),
    ("disarm", .disarm),
    (
      "command, a pendulum",
      .command(
        Command(
          answering: 41, applyAtMicroseconds: 5_418_000, expiresAtMicroseconds: 5_438_000,
          efforts: [-1.25]))
    ),
    (
      "command, six joints",
      .command(
        Command(
          answering: 70_000, applyAtMicroseconds: 0x0000_0100_0000_0000,
          expiresAtMicroseconds: 0x0000_0100_0000_4E20,
          efforts: [0, 0.5, -0.5, 3.25, -3.25, 0.1]))
    ),
    (
      "command, 18 joints",
      .command(
        Command(
          answering: 1, applyAtMicroseconds: 20_000, expiresAtMicroseconds: 40_000,
          efforts: (0..<18).map { Float($0) - 8.5 }))
    ),
    (
      "command, no joints",
      .command(
        Command(answering: 0, applyAtMicroseconds: 0, expiresAtMicroseconds: 0, efforts: []))
    ),
    (
      "command, 32 joints and greatest numbers",
      .command(
        Command(
          answering: .max, applyAtMicroseconds: .max, expiresAtMicroseconds: .max,
          efforts: [Float](repeating: -.greatestFiniteMagnitude, count: 32)))
    ),
    (
      "command with efforts that aren't finite",
      .command(
        Command(
          answering: 2, applyAtMicroseconds: 3, expiresAtMicroseconds: 4,
          efforts: [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude]))
    ),
    ("heartbeat", .heartbeat(answering: 258)),
    ("emergency stop", .emergencyStop),
    ("clear fault", .clearFault),
    ("echo", .echo(token: 0xDEAD_BEEF)),
    ("echo, token of zeros", .echo(token: 0)),
  ]

  static let robot: [(name: String, message: RobotMessage)] = [
    (
      "hello, a pendulum",
      .hello(
        RobotHello(
          protocolVersion: 1, nonce: 0x1234_5678, bootCounter: 7, controlRateHertz: 100,
          watchdogMilliseconds: 100, maximumFrameBytes: 64, robotName: "pendulum",
          firmwareVersion: "1.4.0",
          joints: [
            JointDescriptor(name: "pivot", kind: .revolute, isActuated: true, effortCapability: 2.5)
          ]))
    ),
    (
      "hello, a cart-pole with names beyond ASCII",
      .hello(
        RobotHello(
          protocolVersion: 1, nonce: 1, bootCounter: 0xFFFF_FFFF, controlRateHertz: 62.5,
          watchdogMilliseconds: 50, maximumFrameBytes: 1344, robotName: "倒立振子",
          firmwareVersion: "β-2",
          joints: [
            JointDescriptor(
              name: "schlitten-ö", kind: .prismatic, isActuated: true, effortCapability: 12),
            JointDescriptor(
              name: "pole", kind: .revolute, isActuated: false, effortCapability: 0),
          ]))
    ),
    (
      "hello at boot, empty names, no joints",
      .hello(
        RobotHello(
          protocolVersion: 1, nonce: 0, bootCounter: 0, controlRateHertz: 0.5,
          watchdogMilliseconds: 0, maximumFrameBytes: 0, robotName: "", firmwareVersion: "",
          joints: []))
    ),
    (
      "hello, the greatest payload",
      .hello(
        RobotHello(
          protocolVersion: 255, nonce: .max, bootCounter: .max, controlRateHertz: 1e4,
          watchdogMilliseconds: .max, maximumFrameBytes: .max,
          robotName: String(repeating: "r", count: 32),
          firmwareVersion: String(repeating: "v", count: 32),
          joints: (0..<32).map {
            JointDescriptor(
              name: "joint-" + String(repeating: "\($0 % 10)", count: 26), kind: .prismatic,
              isActuated: true, effortCapability: 1.5)
          }))
    ),
    (
      "limits, a pendulum",
      .limits(
        FirmwareLimits(
          watchdogMilliseconds: 100,
          joints: [
            .init(positionLower: -.infinity, positionUpper: .infinity, velocity: 20, effort: 2.5)
          ]))
    ),
    (
      "acknowledgement, arm accepted",
      .acknowledgement(Acknowledgement(messageType: 0x04, result: .accepted, mode: .armed))
    ),
    (
      "acknowledgement, arm refused for a latched fault",
      .acknowledgement(Acknowledgement(messageType: 0x04, result: .faultLatched, mode: .faulted))
    ),
    (
      "acknowledgement, clear refused for the button",
      .acknowledgement(
        Acknowledgement(
          messageType: 0x09, result: .stopButtonPressed, mode: .emergencyStopped))
    ),
    (
      "state, a pendulum at the first tick",
      .state(
        RobotState(
          tick: 0, robotTimeMicroseconds: 5_000_000, mode: .disarmed, fault: .none,
          answeredTick: .max, lateCommands: 0,
          joints: [JointState(position: 0, velocity: 0, effort: 0)]))
    ),
    (
      "state, a pendulum under way",
      .state(
        RobotState(
          tick: 41, robotTimeMicroseconds: 5_410_000, mode: .armed, fault: .none,
          answeredTick: 40, lateCommands: 0,
          joints: [JointState(position: 3.140625, velocity: -0.5, effort: -1.25)]))
    ),
    (
      "state, 18 joints",
      .state(
        RobotState(
          tick: 256, robotTimeMicroseconds: 7_560_001, mode: .armed, fault: .none,
          answeredTick: 254, lateCommands: 258,
          joints: (0..<18).map {
            JointState(position: Float($0) + 0.25, velocity: -Float($0) - 0.1, effort: 0.3)
          }))
    ),
    (
      "state, 32 joints and greatest numbers",
      .state(
        RobotState(
          tick: .max, robotTimeMicroseconds: .max, mode: .emergencyStopped, fault: .driver,
          answeredTick: .max, lateCommands: .max,
          joints: (0..<32).map { _ in
            JointState(
              position: .greatestFiniteMagnitude, velocity: -.greatestFiniteMagnitude,
              effort: .nan)
          }))
    ),
    (
      "fault, watchdog",
      .fault(
        FaultReport(code: .watchdog, joint: 255, robotTimeMicroseconds: 9_120_300, value: 0.1))
    ),
    (
      "fault, position limit",
      .fault(
        FaultReport(
          code: .positionLimit, joint: 2, robotTimeMicroseconds: 9_120_300, value: -1.75))
    ),
    (
      "fault, a command that isn't a number",
      .fault(
        FaultReport(code: .invalidCommand, joint: 0, robotTimeMicroseconds: 0, value: .nan))
    ),
    ("echo", .echo(token: 0xDEAD_BEEF, robotTimeMicroseconds: 5_123_456)),
  ]

  static func hostFile() -> VectorFile<ValidVector> {
    VectorFile(
      description: "The host's messages: fields, payload and frame.",
      vectors: host.map { vector(name: $0.name, fields: $0.message.fields, $0.message.frame()) })
  }

  static func robotFile() -> VectorFile<ValidVector> {
    VectorFile(
      description: "The robot's messages: fields, payload and frame.",
      vectors: robot.map { vector(name: $0.name, fields: $0.message.fields, $0.message.frame()) })
  }

  static func vector(
    name: String, fields: [String: FieldValue], _ frame: [UInt8]
  ) -> ValidVector {
    ValidVector(
      name: name, fields: fields, payload: hexadecimal(payloads(in: frame).first ?? []),
      frame: hexadecimal(frame))
  }
}
