import FirmwareProtocol
import Testing

/// Byte stuffing as the specification words it, a byte at a time: the oracle of the fast one.
func stuffed(_ content: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  var piece: [UInt8] = []
  var endsFull = false
  for byte in content {
    endsFull = false
    if byte == 0 {
      result += [UInt8(piece.count + 1)] + piece
      piece = []
    } else {
      piece.append(byte)
      if piece.count == 254 {
        result += [0xFF] + piece
        piece = []
        endsFull = true
      }
    }
  }
  return endsFull ? result : result + [UInt8(piece.count + 1)] + piece
}

/// Frames of every length, and the decoder's own rules.
@Suite struct FramingTests {
  @Test("A payload of any length is stuffed as the specification words it, and comes back")
  func everyLength() {
    let seed: UInt64 = 81
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let decoder = FrameDecoder()
    for count in 1...ProtocolLimits.maximumPayloadBytes {
      // From no zeros to nothing but zeros.
      let zerosOf256 = [0, 1, 8, 64, 256][count % 5]
      let payload = (0..<count).map { _ in
        Int.random(in: 0..<256, using: &generator) < zerosOf256
          ? 0 : UInt8.random(in: 1...255, using: &generator)
      }
      let checksum = payload.withUnsafeBytes { Checksum.crc32c($0) }
      let content = payload + withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
      let encoded = frame(payload: payload)
      #expect(encoded == stuffed(content) + [0])
      #expect(payloads(in: encoded, by: decoder) == [payload])
    }
  }

  @Test("An encoder writes nothing past the frame's greatest length, nor needs more room")
  func room() {
    let message = HostMessage.heartbeat(answering: 0x0101_0101)
    let greatest = ProtocolLimits.frameBytes(payloadBytes: message.payloadBytes)
    var buffer = [UInt8](repeating: 0xAA, count: greatest + 8)
    let count = buffer.withUnsafeMutableBytes {
      FrameEncoder().encode(message, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<greatest]))
    }
    #expect(Array(buffer[..<count]) == message.frame())
    #expect(buffer[greatest...].allSatisfy { $0 == 0xAA })
  }

  @Test("A decoder that is reset forgets the frame begun and goes on")
  func reset() {
    let frame = HostMessage.echo(token: 7).frame()
    let decoder = FrameDecoder()
    #expect(payloads(in: Array(frame.prefix(5)), by: decoder).isEmpty)
    decoder.reset()
    #expect(payloads(in: frame, by: decoder).count == 1)
    #expect(decoder.framesRejected == 0)
    #expect(decoder.bytesDiscarded == 5)
  }

  @Test("A decoder that is reset in a flood takes the next frame without a 0x00 before it")
  func resetInFlood() {
    let frame = HostMessage.echo(token: 7).frame()
    let decoder = FrameDecoder(maximumFrameBytes: 32)
    #expect(payloads(in: [UInt8](repeating: 9, count: 50), by: decoder).isEmpty)
    decoder.reset()
    #expect(payloads(in: frame, by: decoder).count == 1)
    #expect(decoder.framesRejected == 1)
    #expect(decoder.bytesDiscarded == 50)
  }

  @Test("A trailing 0x01 after a full piece adds nothing")
  func redundantEnd() {
    let payload = (0..<250).map { UInt8(1 + $0) }
    var longer = frame(payload: payload)
    #expect(longer.count == 256)
    longer.insert(1, at: longer.count - 1)
    #expect(payloads(in: longer) == [payload])
  }
}
