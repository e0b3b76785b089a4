extension HostMessage {
  /// The number of bytes of the message's payload: the type byte and the body.
  public var payloadBytes: Int {
    switch self {
    case .hello: 6
    case .configure(let limits): FirmwareLimits.payloadBytes(jointCount: limits.joints.count)
    case .stream: 2
    case .arm, .heartbeat, .echo: 5
    case .disarm, .emergencyStop, .clearFault: 1
    case .command(let command): Command.payloadBytes(jointCount: command.efforts.count)
    }
  }

  /// Reads a message from its payload.
  ///
  /// Efforts that are not numbers are read as they are: refusing them is for the robot's state
  /// machine, which then says so with a fault.
  ///
  /// - Parameter payload: The type byte and the body, as ``FrameDecoder`` gives them.
  /// - Throws: ``MessageError`` when the payload isn't exactly one of the host's messages.
  public init(payload: UnsafeRawBufferPointer) throws(MessageError) {
    guard let first = payload.first else { throw .empty }
    guard let type = HostMessageType(rawValue: first) else {
      throw .unknownType(found: first, allowed: 0x01...0x0A)
    }
    var reader = PayloadReader(payload, message: "host \(type)")
    switch type {
    case .hello:
      try reader.expectLength(6)
      let version = try reader.read(UInt8.self, "protocol version")
      let nonce = try reader.read(UInt32.self, "nonce")
      self = .hello(HostHello(protocolVersion: version, nonce: nonce))
    case .configure:
      self = .configure(try FirmwareLimits(&reader))
    case .stream:
      try reader.expectLength(2)
      self = .stream(isEnabled: try reader.readBool("switch"))
    case .arm:
      try reader.expectLength(5)
      self = .arm(bootCounter: try reader.read(UInt32.self, "boot counter"))
    case .disarm:
      try reader.expectLength(1)
      self = .disarm
    case .command:
      self = .command(try Command(&reader))
    case .heartbeat:
      try reader.expectLength(5)
      self = .heartbeat(answering: try reader.read(UInt32.self, "tick"))
    case .emergencyStop:
      try reader.expectLength(1)
      self = .emergencyStop
    case .clearFault:
      try reader.expectLength(1)
      self = .clearFault
    case .echo:
      try reader.expectLength(5)
      self = .echo(token: try reader.read(UInt32.self, "token"))
    }
  }

  /// Throws unless the message can be encoded: counts and texts within ``ProtocolLimits``.
  ///
  /// Encoding a message that can't be is a programming error; check those made from a person's
  /// input.
  ///
  /// - Throws: ``MessageError``.
  public func validate() throws(MessageError) {
    switch self {
    case .configure(let limits):
      try validateJointCount(limits.joints.count, message: "host configure")
    case .command(let command):
      try validateJointCount(command.efforts.count, message: "host command")
    default: break
    }
  }

  func write(to writer: inout PayloadWriter) {
    writer.write(type.rawValue)
    switch self {
    case .hello(let hello):
      writer.write(hello.protocolVersion)
      writer.write(hello.nonce)
    case .configure(let limits): limits.write(to: &writer)
    case .stream(let isEnabled): writer.write(isEnabled)
    case .arm(let bootCounter): writer.write(bootCounter)
    case .command(let command): command.write(to: &writer)
    case .heartbeat(let tick): writer.write(tick)
    case .echo(let token): writer.write(token)
    case .disarm, .emergencyStop, .clearFault: break
    }
  }
}

extension Command {
  /// The number of bytes of a command's payload for so many joints.
  public static func payloadBytes(jointCount: Int) -> Int { 22 + 4 * jointCount }

  init(_ reader: inout PayloadReader) throws(MessageError) {
    let jointCount = try reader.readJointCount()
    try reader.expectLength(Command.payloadBytes(jointCount: jointCount))
    let answering = try reader.read(UInt32.self, "tick")
    let applyAt = try reader.read(UInt64.self, "time of effect")
    let expiresAt = try reader.read(UInt64.self, "expiry")
    var efforts: [Float] = []
    efforts.reserveCapacity(jointCount)
    for _ in 0..<jointCount { efforts.append(try reader.readFloat("effort")) }
    self.init(
      answering: answering, applyAtMicroseconds: applyAt, expiresAtMicroseconds: expiresAt,
      efforts: efforts)
  }

  func write(to writer: inout PayloadWriter) {
    writer.write(UInt8(efforts.count))
    writer.write(answering)
    writer.write(applyAtMicroseconds)
    writer.write(expiresAtMicroseconds)
    for effort in efforts { writer.write(effort) }
  }
}

extension FirmwareLimits {
  /// The number of bytes of the payload of limits for so many joints, asked for or in force.
  public static func payloadBytes(jointCount: Int) -> Int { 4 + 16 * jointCount }

  init(_ reader: inout PayloadReader) throws(MessageError) {
    let jointCount = try reader.readJointCount()
    try reader.expectLength(FirmwareLimits.payloadBytes(jointCount: jointCount))
    let watchdog = try reader.read(UInt16.self, "watchdog time")
    var joints: [Joint] = []
    joints.reserveCapacity(jointCount)
    for _ in 0..<jointCount {
      let lower = try reader.readFloat("lower position limit")
      let upper = try reader.readFloat("upper position limit")
      let velocity = try reader.readFloat("velocity limit")
      let effort = try reader.readFloat("effort limit")
      joints.append(
        Joint(positionLower: lower, positionUpper: upper, velocity: velocity, effort: effort))
    }
    self.init(watchdogMilliseconds: watchdog, joints: joints)
  }

  func write(to writer: inout PayloadWriter) {
    writer.write(UInt8(joints.count))
    writer.write(watchdogMilliseconds)
    for joint in joints {
      writer.write(joint.positionLower)
      writer.write(joint.positionUpper)
      writer.write(joint.velocity)
      writer.write(joint.effort)
    }
  }
}

func validateJointCount(_ count: Int, message: String) throws(MessageError) {
  if count > ProtocolLimits.maximumJoints {
    throw .tooManyJoints(message: message, found: count, allowed: ProtocolLimits.maximumJoints)
  }
}
