/// A command, read in place from its payload: what a robot's control loop uses instead of
/// ``Command``, because it allocates nothing.
///
/// The view is valid as long as the payload's memory is: inside the decoder's closure. Efforts that
/// are not numbers are given as they are; the robot must refuse them.
public struct CommandView {
  @usableFromInline let base: UnsafeRawPointer
  /// The number of joints.
  public let jointCount: Int

  /// A view of the payload; nil unless it is a whole command.
  @inlinable
  public init?(payload: UnsafeRawBufferPointer) {
    guard let base = payload.baseAddress, payload.count >= 22,
      payload[0] == HostMessageType.command.rawValue
    else { return nil }
    let jointCount = Int(payload[1])
    guard jointCount <= ProtocolLimits.maximumJoints, payload.count == 22 + 4 * jointCount
    else { return nil }
    self.base = base
    self.jointCount = jointCount
  }

  /// The tick of the state that the command answers.
  @inlinable public var answering: UInt32 { load(2, UInt32.self) }
  /// When it takes effect, in microseconds of the robot's clock.
  @inlinable public var applyAtMicroseconds: UInt64 { load(6, UInt64.self) }
  /// When it is too old to take effect at all, in microseconds of the robot's clock.
  @inlinable public var expiresAtMicroseconds: UInt64 { load(14, UInt64.self) }

  /// The effort of a joint (N m or N); may be NaN or infinite.
  @inlinable
  public func effort(_ joint: Int) -> Float {
    precondition(joint >= 0 && joint < jointCount, "no such joint in the command")
    return Float(bitPattern: load(22 + 4 * joint, UInt32.self))
  }

  @inlinable
  func load<Value: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, _ type: Value.Type
  ) -> Value {
    Value(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
