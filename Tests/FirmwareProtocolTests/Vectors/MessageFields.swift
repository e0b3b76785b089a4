import FirmwareProtocol

/// Messages as named fields, the way vector files write them; fields are named as in the
/// specification's tables.
extension HostMessage {
  var fields: [String: FieldValue] {
    var fields: [String: FieldValue] = ["message": .text("host \(type)")]
    switch self {
    case .hello(let hello):
      fields["protocol_version"] = FieldValue(hello.protocolVersion)
      fields["nonce"] = FieldValue(hello.nonce)
    case .configure(let limits): fields.merge(limits.fields) { $1 }
    case .stream(let isEnabled): fields["enabled"] = .flag(isEnabled)
    case .arm(let bootCounter): fields["boot_counter"] = FieldValue(bootCounter)
    case .command(let command):
      fields["answering"] = FieldValue(command.answering)
      fields["apply_at"] = FieldValue(command.applyAtMicroseconds)
      fields["expires_at"] = FieldValue(command.expiresAtMicroseconds)
      fields["efforts"] = .list(command.efforts.map { FieldValue($0) })
    case .heartbeat(let answering): fields["answering"] = FieldValue(answering)
    case .echo(let token): fields["token"] = FieldValue(token)
    case .disarm, .emergencyStop, .clearFault: break
    }
    return fields
  }
}

extension RobotMessage {
  var fields: [String: FieldValue] {
    var fields: [String: FieldValue] = ["message": .text("robot \(type)")]
    switch self {
    case .hello(let hello):
      fields["protocol_version"] = FieldValue(hello.protocolVersion)
      fields["nonce"] = FieldValue(hello.nonce)
      fields["boot_counter"] = FieldValue(hello.bootCounter)
      fields["control_rate"] = FieldValue(hello.controlRateHertz)
      fields["watchdog"] = FieldValue(hello.watchdogMilliseconds)
      fields["maximum_frame"] = FieldValue(hello.maximumFrameBytes)
      fields["robot_name"] = .text(hello.robotName)
      fields["firmware_version"] = .text(hello.firmwareVersion)
      fields["joints"] = .list(
        hello.joints.map {
          .fields([
            "name": .text($0.name), "kind": FieldValue($0.kind.rawValue),
            "actuated": .flag($0.isActuated),
            "effort_capability": FieldValue($0.effortCapability),
          ])
        })
    case .limits(let limits): fields.merge(limits.fields) { $1 }
    case .acknowledgement(let acknowledgement):
      fields["message_type"] = FieldValue(acknowledgement.messageType)
      fields["result"] = FieldValue(acknowledgement.result.rawValue)
      fields["mode"] = FieldValue(acknowledgement.mode.rawValue)
    case .state(let state):
      fields["tick"] = FieldValue(state.tick)
      fields["time"] = FieldValue(state.robotTimeMicroseconds)
      fields["mode"] = FieldValue(state.mode.rawValue)
      fields["fault"] = FieldValue(state.fault.rawValue)
      fields["answered_tick"] = FieldValue(state.answeredTick)
      fields["late_commands"] = FieldValue(state.lateCommands)
      fields["joints"] = .list(
        state.joints.map {
          .fields([
            "position": FieldValue($0.position), "velocity": FieldValue($0.velocity),
            "effort": FieldValue($0.effort),
          ])
        })
    case .fault(let report):
      fields["code"] = FieldValue(report.code.rawValue)
      fields["joint"] = FieldValue(report.joint)
      fields["time"] = FieldValue(report.robotTimeMicroseconds)
      fields["value"] = FieldValue(report.value)
    case .echo(let token, let robotTimeMicroseconds):
      fields["token"] = FieldValue(token)
      fields["time"] = FieldValue(robotTimeMicroseconds)
    }
    return fields
  }
}

extension FirmwareLimits {
  fileprivate var fields: [String: FieldValue] {
    [
      "watchdog": FieldValue(watchdogMilliseconds),
      "joints": .list(
        joints.map {
          .fields([
            "position_lower": FieldValue($0.positionLower),
            "position_upper": FieldValue($0.positionUpper),
            "velocity_limit": FieldValue($0.velocity), "effort_limit": FieldValue($0.effort),
          ])
        }),
    ]
  }
}

extension MessageError {
  /// The error's name in vector files.
  var name: String {
    switch self {
    case .empty: "empty"
    case .unknownType: "unknown type"
    case .wrongLength: "wrong length"
    case .truncated: "truncated"
    case .unknownValue: "unknown value"
    case .tooManyJoints: "too many joints"
    case .textTooLong: "text too long"
    case .invalidText: "invalid text"
    }
  }
}
