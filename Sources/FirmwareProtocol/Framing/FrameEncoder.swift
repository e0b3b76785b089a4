/// Writes messages as frames into a caller's buffer, allocating nothing.
///
///     let encoder = FrameEncoder()
///     let count = encoder.encode(.heartbeat(answering: tick), into: buffer)
///     // send buffer[0..<count]
///
/// A frame is the payload and its CRC-32C, byte-stuffed, then 0x00. A buffer of
/// ``ProtocolLimits/maximumFrameBytes`` takes any message. A buffer that is too small, and a message
/// beyond ``ProtocolLimits``, are programming errors; see ``HostMessage/validate()``.
public struct FrameEncoder: Sendable {
  /// An encoder; making the first one prepares the checksum's tables.
  public init() { Checksum.prepare() }

  /// Writes the frame of a host's message, and gives the number of its bytes, closing 0x00 included.
  public func encode(_ message: HostMessage, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    frame(payloadBytes: message.payloadBytes, into: buffer) { message.write(to: &$0) }
  }

  /// Writes the frame of a robot's message, and gives the number of its bytes, closing 0x00
  /// included.
  public func encode(_ message: RobotMessage, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    frame(payloadBytes: message.payloadBytes, into: buffer) { message.write(to: &$0) }
  }

  /// Writes the frame of a command, as ``HostMessage/command(_:)`` without an array, and gives the
  /// number of its bytes.
  ///
  /// - Parameters:
  ///   - answering: The tick of the state that the command answers.
  ///   - applyAtMicroseconds: When it takes effect, in the robot's clock.
  ///   - expiresAtMicroseconds: When it is too old to take effect, in the robot's clock.
  ///   - efforts: The effort of each joint (N m or N), sent as the nearest single.
  ///   - buffer: Where the frame goes.
  public func encodeCommand(
    answering: UInt32, applyAtMicroseconds: UInt64, expiresAtMicroseconds: UInt64,
    efforts: UnsafeBufferPointer<Double>, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(efforts.count <= ProtocolLimits.maximumJoints, "a command has too many joints")
    return frame(payloadBytes: Command.payloadBytes(jointCount: efforts.count), into: buffer) {
      writer in
      writer.write(HostMessageType.command.rawValue)
      writer.write(UInt8(efforts.count))
      writer.write(answering)
      writer.write(applyAtMicroseconds)
      writer.write(expiresAtMicroseconds)
      for effort in efforts { writer.write(Float(effort)) }
    }
  }

  /// Writes the frame of a state, as ``RobotMessage/state(_:)`` without an array, and gives the
  /// number of its bytes.
  ///
  /// - Parameters:
  ///   - tick: Counts the control periods since the stream began.
  ///   - robotTimeMicroseconds: When the sensors were read, in the robot's clock.
  ///   - mode: Whether the actuators are on.
  ///   - fault: The latched fault.
  ///   - answeredTick: The tick that the command now in effect answered; 0xFFFFFFFF before the
  ///     first.
  ///   - lateCommands: The number of commands that came late, since the stream began.
  ///   - positions: The position of each joint (rad or m), sent as the nearest single, as all three.
  ///   - velocities: The velocity of each joint (rad/s or m/s).
  ///   - efforts: The effort in force at each joint (N m or N).
  ///   - buffer: Where the frame goes.
  public func encodeState(
    tick: UInt32, robotTimeMicroseconds: UInt64, mode: RobotMode, fault: FaultCode,
    answeredTick: UInt32, lateCommands: UInt16, positions: UnsafeBufferPointer<Double>,
    velocities: UnsafeBufferPointer<Double>, efforts: UnsafeBufferPointer<Double>,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let jointCount = positions.count
    precondition(jointCount <= ProtocolLimits.maximumJoints, "a state has too many joints")
    precondition(
      velocities.count == jointCount && efforts.count == jointCount,
      "a state needs as many velocities and efforts as positions")
    return frame(payloadBytes: RobotState.payloadBytes(jointCount: jointCount), into: buffer) {
      writer in
      writer.write(RobotMessageType.state.rawValue)
      RobotState.writeHead(
        jointCount: jointCount, tick: tick, robotTimeMicroseconds: robotTimeMicroseconds,
        mode: mode, fault: fault, answeredTick: answeredTick, lateCommands: lateCommands,
        to: &writer)
      for joint in 0..<jointCount {
        writer.write(Float(positions[joint]))
        writer.write(Float(velocities[joint]))
        writer.write(Float(efforts[joint]))
      }
    }
  }

  /// Frames a payload that is already bytes, whatever they are.
  package func encode(
    payload: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    frame(payloadBytes: payload.count, into: buffer) { writer in
      for byte in payload { writer.write(byte) }
    }
  }

  /// Has the payload written where stuffing it in place leaves the frame at the buffer's start.
  @inline(__always)
  private func frame(
    payloadBytes: Int, into buffer: UnsafeMutableRawBufferPointer,
    _ writePayload: (inout PayloadWriter) -> Void
  ) -> Int {
    let frameBytes = ProtocolLimits.frameBytes(payloadBytes: payloadBytes)
    guard let target = buffer.baseAddress, buffer.count >= frameBytes else {
      preconditionFailure("a frame of \(frameBytes) bytes needs a larger buffer")
    }
    let contentBytes = payloadBytes + ProtocolLimits.checksumBytes
    let content = target + (frameBytes - 1 - contentBytes)
    var writer = PayloadWriter(content)
    writePayload(&writer)
    let checksum = Checksum.crc32c(content, count: payloadBytes)
    (content + payloadBytes).storeBytes(of: checksum.littleEndian, as: UInt32.self)
    let stuffed = ByteStuffing.stuff(content, count: contentBytes, into: target)
    target.storeBytes(of: 0, toByteOffset: stuffed, as: UInt8.self)
    return stuffed + 1
  }
}

extension HostMessage {
  /// The message's frame, closing 0x00 included; for set-up and tests, since it allocates.
  public func frame() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: ProtocolLimits.frameBytes(payloadBytes: payloadBytes)) {
      $1 = FrameEncoder().encode(self, into: UnsafeMutableRawBufferPointer($0))
    }
  }
}

extension RobotMessage {
  /// The message's frame, closing 0x00 included; for set-up and tests, since it allocates.
  public func frame() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: ProtocolLimits.frameBytes(payloadBytes: payloadBytes)) {
      $1 = FrameEncoder().encode(self, into: UnsafeMutableRawBufferPointer($0))
    }
  }
}
