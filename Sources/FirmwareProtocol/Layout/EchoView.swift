/// The answer to an echo, read in place from its payload: what the control thread uses instead of
/// ``RobotMessage/echo(token:robotTimeMicroseconds:)``, because it allocates nothing whatever the
/// payload holds.
public struct EchoView {
  /// The token of the echo that this answers.
  public let token: UInt32
  /// The robot's clock when it answered, in microseconds.
  public let robotTimeMicroseconds: UInt64

  /// The echo in the payload; nil unless it is a whole one.
  @inlinable
  public init?(payload: UnsafeRawBufferPointer) {
    guard payload.count == 13, payload[0] == RobotMessageType.echo.rawValue else { return nil }
    token = UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    robotTimeMicroseconds = UInt64(
      littleEndian: payload.loadUnaligned(fromByteOffset: 5, as: UInt64.self))
  }
}
