import FirmwareProtocol

/// The streams of `streams.json`: garbage, damage, cuts and boundaries of framing, and what a
/// decoder must make of each.
///
/// What is expected is written here, not computed by the decoder.
enum StreamVectors {
  static func file() -> VectorFile<StreamVector> {
    VectorFile(
      description:
        "Streams of bytes, the payloads a decoder must give, the runs it must reject, and their "
        + "bytes.",
      vectors: vectors)
  }

  private static let stop = HostMessage.emergencyStop.frame()
  private static let echo = HostMessage.echo(token: 0xDEAD_BEEF).frame()
  private static let heartbeat = HostMessage.heartbeat(answering: 258).frame()
  private static let stopPayload: [UInt8] = [0x08]
  private static let echoPayload: [UInt8] = [0x0A, 0xEF, 0xBE, 0xAD, 0xDE]
  private static let heartbeatPayload: [UInt8] = [0x07, 0x02, 0x01, 0x00, 0x00]

  private static func stream(
    _ name: String, _ bytes: [UInt8], payloads: [[UInt8]] = [], rejected: Int = 0,
    discarded: Int = 0, maximumFrame: Int = ProtocolLimits.maximumFrameBytes
  ) -> StreamVector {
    StreamVector(
      name: name, bytes: hexadecimal(bytes), maximumFrame: maximumFrame,
      payloads: payloads.map { hexadecimal($0) }, rejected: rejected, discarded: discarded)
  }

  /// A payload of so many bytes, none of them zero.
  private static func nonzero(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(1 + $0 % 255) } }

  private static func changed(_ frame: [UInt8], _ index: Int, _ byte: UInt8) -> [UInt8] {
    var frame = frame
    frame[index] = byte
    return frame
  }

  private static let vectors: [StreamVector] =
    [
      stream("nothing", []),
      stream("one frame", echo, payloads: [echoPayload]),
      stream("a flushing 0x00, then a frame", [0] + echo, payloads: [echoPayload]),
      stream("several 0x00 are no frames", [0, 0, 0] + stop + [0, 0], payloads: [stopPayload]),
      stream(
        "three frames", echo + stop + heartbeat,
        payloads: [echoPayload, stopPayload, heartbeatPayload]),
      stream("a frame without its 0x00 is not given yet", Array(echo.dropLast())),
      stream(
        "garbage, a flushing 0x00, then a frame", [0x55, 0xAA, 0x13] + [0] + stop,
        payloads: [stopPayload], rejected: 1, discarded: 4),
      stream(
        "garbage straight before a frame costs that frame alone", [0x55, 0xAA] + echo + stop,
        payloads: [stopPayload], rejected: 1, discarded: 2 + echo.count),
      stream(
        "a bit flipped in the payload", changed(echo, 2, echo[2] ^ 0x10) + stop,
        payloads: [stopPayload], rejected: 1, discarded: echo.count),
      stream(
        "a bit flipped in the checksum",
        changed(echo, echo.count - 2, echo[echo.count - 2] ^ 1)
          + stop, payloads: [stopPayload], rejected: 1, discarded: echo.count),
      stream(
        "a stuffing byte that points past the end", changed(echo, 0, 0xF0) + stop,
        payloads: [stopPayload], rejected: 1, discarded: echo.count),
      stream(
        "a byte turned to 0x00 makes two runs, both wrong", changed(echo, 3, 0) + stop,
        payloads: [stopPayload], rejected: 2, discarded: echo.count),
      stream(
        "a lost 0x00 joins two frames, both lost", Array(echo.dropLast()) + stop + heartbeat,
        payloads: [heartbeatPayload], rejected: 1, discarded: echo.count - 1 + stop.count),
      stream(
        "a lost byte", Array(echo[0..<4] + echo[5...]) + stop, payloads: [stopPayload], rejected: 1,
        discarded: echo.count - 1),
      stream(
        "a doubled byte", Array(echo[0...4] + echo[4...]) + stop, payloads: [stopPayload],
        rejected: 1, discarded: echo.count + 1),
      stream("a frame twice is two frames", stop + stop, payloads: [stopPayload, stopPayload]),
      stream(
        "a frame cut by a reset, then a frame", Array(echo[0..<5]) + [0] + heartbeat,
        payloads: [heartbeatPayload], rejected: 1, discarded: 6),
      stream(
        "an empty payload with a right checksum", [1, 1, 1, 1, 1, 0], rejected: 1, discarded: 6),
      stream("a single stuffing byte", [1, 0], rejected: 1, discarded: 2),
      stream(
        "an unstuffed checksum of three bytes", [4, 1, 2, 3, 0], rejected: 1, discarded: 5),
    ] + stuffingBoundaries + sizeBoundaries

  /// Contents of 253 to 255 and 508 bytes, around where byte stuffing starts a new piece.
  private static let stuffingBoundaries: [StreamVector] =
    [249, 250, 251, 504].map {
      let payload = nonzero($0)
      return stream(
        "a payload of \($0) bytes without 0x00", frame(payload: payload), payloads: [payload])
    }
    + [250, 504].map {
      let payload = [UInt8](repeating: 0, count: $0)
      return stream("a payload of \($0) bytes 0x00", frame(payload: payload), payloads: [payload])
    }

  private static let sizeBoundaries: [StreamVector] = {
    let limit = 32
    let longest = nonzero(limit - 6)
    let tooLong = nonzero(limit - 5)
    let longestFrame = frame(payload: longest)
    let tooLongFrame = frame(payload: tooLong)
    return [
      stream(
        "a frame of exactly the greatest size", longestFrame, payloads: [longest],
        maximumFrame: limit),
      stream(
        "a frame one byte too long, then a frame", tooLongFrame + stop, payloads: [stopPayload],
        rejected: 1, discarded: tooLongFrame.count, maximumFrame: limit),
      stream(
        "a flood without 0x00, then a frame", [UInt8](repeating: 0xFF, count: 200) + [0] + stop,
        payloads: [stopPayload], rejected: 1, discarded: 201, maximumFrame: limit),
      stream(
        "a flood without end", [UInt8](repeating: 0x55, count: 100), rejected: 1, discarded: 100,
        maximumFrame: limit),
    ]
  }()
}
