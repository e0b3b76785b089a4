extension RobotMessage {
  /// The number of bytes of the message's payload: the type byte and the body.
  public var payloadBytes: Int {
    switch self {
    case .hello(let hello): hello.payloadBytes
    case .limits(let limits): FirmwareLimits.payloadBytes(jointCount: limits.joints.count)
    case .acknowledgement: 4
    case .state(let state): RobotState.payloadBytes(jointCount: state.joints.count)
    case .fault: 15
    case .echo: 13
    }
  }

  /// Reads a message from its payload.
  ///
  /// - Parameter payload: The type byte and the body, as ``FrameDecoder`` gives them.
  /// - Throws: ``MessageError`` when the payload isn't exactly one of the robot's messages.
  public init(payload: UnsafeRawBufferPointer) throws(MessageError) {
    guard let first = payload.first else { throw .empty }
    guard let type = RobotMessageType(rawValue: first) else {
      throw .unknownType(found: first, allowed: 0x81...0x86)
    }
    var reader = PayloadReader(payload, message: "robot \(type)")
    switch type {
    case .hello:
      self = .hello(try RobotHello(&reader))
    case .limits:
      self = .limits(try FirmwareLimits(&reader))
    case .acknowledgement:
      try reader.expectLength(4)
      let messageType = try reader.read(UInt8.self, "message type")
      let result = try reader.readCase(
        Acknowledgement.Result.self, "result", upTo: .stopButtonPressed)
      let mode = try reader.readCase(RobotMode.self, "mode", upTo: .emergencyStopped)
      self = .acknowledgement(
        Acknowledgement(messageType: messageType, result: result, mode: mode))
    case .state:
      self = .state(try RobotState(&reader))
    case .fault:
      try reader.expectLength(15)
      let code = try reader.readCase(FaultCode.self, "fault", upTo: .driver)
      let joint = try reader.read(UInt8.self, "joint")
      let time = try reader.read(UInt64.self, "time")
      let value = try reader.readFloat("value")
      self = .fault(
        FaultReport(code: code, joint: joint, robotTimeMicroseconds: time, value: value))
    case .echo:
      try reader.expectLength(13)
      let token = try reader.read(UInt32.self, "token")
      let time = try reader.read(UInt64.self, "time")
      self = .echo(token: token, robotTimeMicroseconds: time)
    }
  }

  /// Throws unless the message can be encoded: counts and texts within ``ProtocolLimits``.
  ///
  /// Encoding a message that can't be is a programming error; check those made from a person's
  /// input, such as a hello whose names come from a file.
  ///
  /// - Throws: ``MessageError``.
  public func validate() throws(MessageError) {
    switch self {
    case .hello(let hello):
      try validateJointCount(hello.joints.count, message: "robot hello")
      try validateText(hello.robotName, "robot's name")
      try validateText(hello.firmwareVersion, "firmware version")
      for joint in hello.joints { try validateText(joint.name, "joint's name") }
    case .limits(let limits):
      try validateJointCount(limits.joints.count, message: "robot limits")
    case .state(let state):
      try validateJointCount(state.joints.count, message: "robot state")
    default: break
    }
  }

  func write(to writer: inout PayloadWriter) {
    writer.write(type.rawValue)
    switch self {
    case .hello(let hello): hello.write(to: &writer)
    case .limits(let limits): limits.write(to: &writer)
    case .acknowledgement(let acknowledgement):
      writer.write(acknowledgement.messageType)
      writer.write(acknowledgement.result.rawValue)
      writer.write(acknowledgement.mode.rawValue)
    case .state(let state): state.write(to: &writer)
    case .fault(let report):
      writer.write(report.code.rawValue)
      writer.write(report.joint)
      writer.write(report.robotTimeMicroseconds)
      writer.write(report.value)
    case .echo(let token, let robotTimeMicroseconds):
      writer.write(token)
      writer.write(robotTimeMicroseconds)
    }
  }
}

extension RobotHello {
  fileprivate var payloadBytes: Int {
    var bytes = 19 + 1 + robotName.utf8.count + 1 + firmwareVersion.utf8.count
    for joint in joints { bytes += 7 + joint.name.utf8.count }
    return bytes
  }

  fileprivate init(_ reader: inout PayloadReader) throws(MessageError) {
    let version = try reader.read(UInt8.self, "protocol version")
    let nonce = try reader.read(UInt32.self, "nonce")
    let bootCounter = try reader.read(UInt32.self, "boot counter")
    let controlRate = try reader.readFloat("control rate")
    let watchdog = try reader.read(UInt16.self, "watchdog time")
    let maximumFrameBytes = try reader.read(UInt16.self, "greatest frame")
    let jointCount = try reader.readJointCount()
    let robotName = try reader.readText("robot's name")
    let firmwareVersion = try reader.readText("firmware version")
    var joints: [JointDescriptor] = []
    joints.reserveCapacity(jointCount)
    for _ in 0..<jointCount {
      let kind = try reader.readCase(
        JointDescriptor.Kind.self, "joint's kind", upTo: .prismatic)
      let isActuated = try reader.readBool("joint's actuation")
      let effort = try reader.readFloat("joint's effort capability")
      let name = try reader.readText("joint's name")
      joints.append(
        JointDescriptor(name: name, kind: kind, isActuated: isActuated, effortCapability: effort))
    }
    try reader.expectLength(reader.offset)
    self.init(
      protocolVersion: version, nonce: nonce, bootCounter: bootCounter,
      controlRateHertz: controlRate, watchdogMilliseconds: watchdog,
      maximumFrameBytes: maximumFrameBytes, robotName: robotName,
      firmwareVersion: firmwareVersion, joints: joints)
  }

  fileprivate func write(to writer: inout PayloadWriter) {
    writer.write(protocolVersion)
    writer.write(nonce)
    writer.write(bootCounter)
    writer.write(controlRateHertz)
    writer.write(watchdogMilliseconds)
    writer.write(maximumFrameBytes)
    writer.write(UInt8(joints.count))
    writer.write(robotName)
    writer.write(firmwareVersion)
    for joint in joints {
      writer.write(joint.kind.rawValue)
      writer.write(joint.isActuated)
      writer.write(joint.effortCapability)
      writer.write(joint.name)
    }
  }
}

extension RobotState {
  /// The number of bytes of a state's payload for so many joints.
  public static func payloadBytes(jointCount: Int) -> Int { 22 + 12 * jointCount }

  fileprivate init(_ reader: inout PayloadReader) throws(MessageError) {
    let jointCount = try reader.readJointCount()
    try reader.expectLength(RobotState.payloadBytes(jointCount: jointCount))
    let tick = try reader.read(UInt32.self, "tick")
    let time = try reader.read(UInt64.self, "time")
    let mode = try reader.readCase(RobotMode.self, "mode", upTo: .emergencyStopped)
    let fault = try reader.readCase(FaultCode.self, "fault", upTo: .driver)
    let answeredTick = try reader.read(UInt32.self, "answered tick")
    let lateCommands = try reader.read(UInt16.self, "count of late commands")
    var joints: [JointState] = []
    joints.reserveCapacity(jointCount)
    for _ in 0..<jointCount {
      let position = try reader.readFloat("position")
      let velocity = try reader.readFloat("velocity")
      let effort = try reader.readFloat("effort")
      joints.append(JointState(position: position, velocity: velocity, effort: effort))
    }
    self.init(
      tick: tick, robotTimeMicroseconds: time, mode: mode, fault: fault,
      answeredTick: answeredTick, lateCommands: lateCommands, joints: joints)
  }

  fileprivate func write(to writer: inout PayloadWriter) {
    Self.writeHead(
      jointCount: joints.count, tick: tick, robotTimeMicroseconds: robotTimeMicroseconds,
      mode: mode, fault: fault, answeredTick: answeredTick, lateCommands: lateCommands,
      to: &writer)
    for joint in joints {
      writer.write(joint.position)
      writer.write(joint.velocity)
      writer.write(joint.effort)
    }
  }

  /// What stands before the joints.
  @inline(__always)
  static func writeHead(
    jointCount: Int, tick: UInt32, robotTimeMicroseconds: UInt64, mode: RobotMode,
    fault: FaultCode, answeredTick: UInt32, lateCommands: UInt16, to writer: inout PayloadWriter
  ) {
    writer.write(UInt8(jointCount))
    writer.write(tick)
    writer.write(robotTimeMicroseconds)
    writer.write(mode.rawValue)
    writer.write(fault.rawValue)
    writer.write(answeredTick)
    writer.write(lateCommands)
  }
}

private func validateText(_ text: String, _ field: String) throws(MessageError) {
  if text.utf8.count > ProtocolLimits.maximumTextBytes {
    throw .textTooLong(
      message: "robot hello", field: field, foundBytes: text.utf8.count,
      allowedBytes: ProtocolLimits.maximumTextBytes)
  }
}
