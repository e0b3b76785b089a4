/// The first byte of each of the host's payloads.
public enum HostMessageType: UInt8, Sendable, CaseIterable {
  /// ``HostMessage/hello(_:)``.
  case hello = 0x01
  /// ``HostMessage/configure(_:)``.
  case configure = 0x02
  /// ``HostMessage/stream(isEnabled:)``.
  case stream = 0x03
  /// ``HostMessage/arm(bootCounter:)``.
  case arm = 0x04
  /// ``HostMessage/disarm``.
  case disarm = 0x05
  /// ``HostMessage/command(_:)``.
  case command = 0x06
  /// ``HostMessage/heartbeat(answering:)``.
  case heartbeat = 0x07
  /// ``HostMessage/emergencyStop``.
  case emergencyStop = 0x08
  /// ``HostMessage/clearFault``.
  case clearFault = 0x09
  /// ``HostMessage/echo(token:)``.
  case echo = 0x0A
}

/// The first byte of each of the robot's payloads.
public enum RobotMessageType: UInt8, Sendable, CaseIterable {
  /// ``RobotMessage/hello(_:)``.
  case hello = 0x81
  /// ``RobotMessage/limits(_:)``.
  case limits = 0x82
  /// ``RobotMessage/acknowledgement(_:)``.
  case acknowledgement = 0x83
  /// ``RobotMessage/state(_:)``.
  case state = 0x84
  /// ``RobotMessage/fault(_:)``.
  case fault = 0x85
  /// ``RobotMessage/echo(token:robotTimeMicroseconds:)``.
  case echo = 0x86
}

extension HostMessage {
  /// The first byte of the message's payload.
  public var type: HostMessageType {
    switch self {
    case .hello: .hello
    case .configure: .configure
    case .stream: .stream
    case .arm: .arm
    case .disarm: .disarm
    case .command: .command
    case .heartbeat: .heartbeat
    case .emergencyStop: .emergencyStop
    case .clearFault: .clearFault
    case .echo: .echo
    }
  }
}

extension RobotMessage {
  /// The first byte of the message's payload.
  public var type: RobotMessageType {
    switch self {
    case .hello: .hello
    case .limits: .limits
    case .acknowledgement: .acknowledgement
    case .state: .state
    case .fault: .fault
    case .echo: .echo
    }
  }
}
