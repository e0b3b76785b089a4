/// A robot's state, read in place from its payload: what the control thread uses instead of
/// ``RobotState``, because it allocates nothing.
///
///     decoder.feed(bytes) { payload in
///       guard let state = StateView(payload: payload) else { return }
///       for joint in 0..<state.jointCount { positions[joint] = Double(state.position(joint)) }
///     }
///
/// The view is valid as long as the payload's memory is: inside the decoder's closure.
public struct StateView {
  @usableFromInline let base: UnsafeRawPointer
  /// The number of joints.
  public let jointCount: Int
  /// Whether the actuators are on.
  public let mode: RobotMode
  /// The latched fault.
  public let fault: FaultCode

  /// A view of the payload; nil unless it is a whole, valid state.
  @inlinable
  public init?(payload: UnsafeRawBufferPointer) {
    guard let base = payload.baseAddress, payload.count >= 22,
      payload[0] == RobotMessageType.state.rawValue
    else { return nil }
    let jointCount = Int(payload[1])
    guard jointCount <= ProtocolLimits.maximumJoints, payload.count == 22 + 12 * jointCount,
      let mode = RobotMode(rawValue: payload[14]), let fault = FaultCode(rawValue: payload[15])
    else { return nil }
    self.base = base
    self.jointCount = jointCount
    self.mode = mode
    self.fault = fault
  }

  /// Counts the control periods since the stream began.
  @inlinable public var tick: UInt32 { load(2, UInt32.self) }
  /// When the sensors were read, in microseconds of the robot's clock.
  @inlinable public var robotTimeMicroseconds: UInt64 { load(6, UInt64.self) }
  /// The tick that the command now in effect answered; 0xFFFFFFFF before the first.
  @inlinable public var answeredTick: UInt32 { load(16, UInt32.self) }
  /// The number of commands that came late, since the stream began.
  @inlinable public var lateCommands: UInt16 { load(20, UInt16.self) }

  /// The position of a joint, not wrapped (rad or m).
  @inlinable public func position(_ joint: Int) -> Float { value(joint, 0) }
  /// The velocity of a joint (rad/s or m/s).
  @inlinable public func velocity(_ joint: Int) -> Float { value(joint, 1) }
  /// The effort in force at a joint (N m or N).
  @inlinable public func effort(_ joint: Int) -> Float { value(joint, 2) }

  @inlinable
  func value(_ joint: Int, _ quantity: Int) -> Float {
    precondition(joint >= 0 && joint < jointCount, "no such joint in the state")
    return Float(bitPattern: load(22 + 12 * joint + 4 * quantity, UInt32.self))
  }

  @inlinable
  func load<Value: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, _ type: Value.Type
  ) -> Value {
    Value(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
