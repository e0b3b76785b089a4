/// The sizes that the protocol fixes, the same for every implementation.
public enum ProtocolLimits {
  /// The greatest number of joints of a robot.
  public static let maximumJoints = 32
  /// The greatest number of UTF-8 bytes of a name or version.
  public static let maximumTextBytes = 32
  /// The greatest number of bytes of a payload: a robot's hello with 32 joints and the longest
  /// names.
  public static let maximumPayloadBytes = 19 + 2 * (1 + 32) + 32 * (7 + 32)
  /// The greatest number of bytes of a frame, with its closing 0x00: what a buffer that takes any
  /// message must hold.
  public static let maximumFrameBytes = frameBytes(payloadBytes: maximumPayloadBytes)
  /// The number of bytes of the checksum that follows a payload.
  public static let checksumBytes = 4

  /// The greatest number of bytes that the frame of a payload of so many bytes can take, with its
  /// closing 0x00.
  ///
  /// Byte stuffing adds one byte per 254 bytes begun, so frames are this long exactly, or a byte
  /// per 254 shorter.
  public static func frameBytes(payloadBytes: Int) -> Int {
    let content = payloadBytes + checksumBytes
    return content + (content + 253) / 254 + 1
  }
}
