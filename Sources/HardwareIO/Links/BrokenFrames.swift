/// Frames that the port took a part of, and how to make sure that none of them is ever completed.
///
/// What follows a frame that was broken off is a 0x00, to end the part that the robot may have. If
/// only that 0x00 had been missing it would complete the frame, and a command that was reported as
/// not sent would act. So a byte goes before it that differs from the last one of every frame broken
/// off since the port last took one whole: the result is then longer than the frame, or another.
package struct BrokenFrames {
  /// A bit for each value of a last byte.
  private var lastBytes = SIMD4<UInt64>(repeating: 0)

  /// None.
  package init() {}

  /// Whether a part of a frame may wait at the robot.
  package private(set) var isPending = false

  /// A frame was not taken whole; `lastByte` is its last one before the 0x00.
  package mutating func note(lastByte: UInt8) {
    isPending = true
    lastBytes[Int(lastByte) / 64] |= 1 << UInt64(lastByte % 64)
  }

  /// A frame was taken whole, with what went before it.
  package mutating func clear() { self = BrokenFrames() }

  /// The byte to send before the 0x00. Not 0x01, which may add nothing to a frame.
  package var breaker: UInt8 {
    for byte in UInt8(2)...UInt8.max {
      if lastBytes[Int(byte) / 64] & (1 << UInt64(byte % 64)) == 0 { return byte }
    }
    // 254 frames in a row were broken off; the robot's watchdog has long since turned it off.
    return 2
  }
}
