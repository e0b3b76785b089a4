import FirmwareProtocol
import Testing

/// Streams as bad lines make them: whatever comes, nothing crashes, no damaged frame is taken for a
/// good one, and the good ones after the damage come through.
@Suite struct DamagedStreamTests {
  /// What a line does to the bytes of a frame.
  private enum Damage: CaseIterable {
    case flipBit, changeByte, loseByte, doubleByte, insertByte, cutEnd, loseRun, swapBytes, noise
  }

  private static func apply(
    _ damage: Damage, to frame: inout [UInt8], _ generator: inout SeededGenerator
  ) {
    let index = Int.random(in: 0..<frame.count, using: &generator)
    let byte = UInt8.random(in: 0...255, using: &generator)
    switch damage {
    case .flipBit: frame[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
    case .changeByte: frame[index] = byte
    case .loseByte: frame.remove(at: index)
    case .doubleByte: frame.insert(frame[index], at: index)
    case .insertByte: frame.insert(byte, at: index)
    case .cutEnd: frame.removeLast(frame.count - index)
    case .loseRun:
      frame.removeSubrange(index..<Int.random(in: index...frame.count, using: &generator))
    case .swapBytes:
      frame.swapAt(index, Int.random(in: 0..<frame.count, using: &generator))
    case .noise:
      for other in index..<min(index + 16, frame.count) {
        frame[other] = UInt8.random(in: 0...255, using: &generator)
      }
    }
  }

  private static func anyFrame(_ generator: inout SeededGenerator) -> [UInt8] {
    let hostTypes = HostMessageType.allCases
    let robotTypes = RobotMessageType.allCases
    let index = Int.random(in: 0..<hostTypes.count + robotTypes.count, using: &generator)
    return index < hostTypes.count
      ? generator.hostMessage(hostTypes[index]).frame()
      : generator.robotMessage(robotTypes[index - hostTypes.count]).frame()
  }

  @Test(
    "A damaged frame is never accepted, and the second frame after it always is", arguments: 1...8)
  func oneDamagedFrame(seed: UInt64) throws {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var damaged = 0
    var nextLost = 0
    for _ in 0..<2500 {
      let original = DamagedStreamTests.anyFrame(&generator)
      let next = DamagedStreamTests.anyFrame(&generator)
      let last = DamagedStreamTests.anyFrame(&generator)
      let allowed = payloads(in: original) + payloads(in: next) + payloads(in: last)
      try #require(allowed.count == 3)
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
        let damage = Damage.allCases.randomElement(using: &generator) ?? .flipBit
        DamagedStreamTests.apply(damage, to: &bytes, &generator)
      }
      if bytes == original { continue }
      damaged += 1
      let found = payloads(in: bytes + next + last)
      // Damage beside a frame, or undone by more damage, leaves it whole.
      let isWhole = bytes.split(separator: 0).contains(original.dropLast())
      #expect(found.last == allowed[2])
      if !found.dropLast().contains(allowed[1]) { nextLost += 1 }
      for payload in found.dropLast() {
        #expect(
          payload == allowed[1] || (isWhole && payload == allowed[0]),
          "\(hexadecimal(bytes)) from \(hexadecimal(original))")
      }
    }
    print("\(damaged) damaged frames; the next was lost too \(nextLost) times, its 0x00 being lost")
    #expect(damaged > 2000)
  }

  @Test("The frame right after the damage is lost only when the 0x00 between the two was")
  func nextFrame() throws {
    let seed: UInt64 = 51
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<5000 {
      var bytes = DamagedStreamTests.anyFrame(&generator)
      let next = DamagedStreamTests.anyFrame(&generator)
      bytes.removeLast()
      let damage = Damage.allCases.randomElement(using: &generator) ?? .flipBit
      DamagedStreamTests.apply(damage, to: &bytes, &generator)
      let found = payloads(in: bytes + [0] + next)
      #expect(found.last == payloads(in: next).first)
    }
  }

  @Test(
    "Random bytes in random pieces are all accounted for, and none make a frame", arguments: 1...4)
  func noise(seed: UInt64) {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let decoder = FrameDecoder()
    var fed = 0
    var zeros = 0
    var accepted = 0
    for _ in 0..<2000 {
      // Noise with many zeros makes short runs; without any, long ones.
      let greatest = UInt8([3, 31, 255, 255].randomElement(using: &generator) ?? 255)
      let least: UInt8 = Bool.random(using: &generator) ? 0 : 1
      let piece = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
        UInt8.random(in: least...greatest, using: &generator)
      }
      fed += piece.count
      zeros += piece.count { $0 == 0 }
      piece.withUnsafeBytes { decoder.feed($0) { _ in accepted += 1 } }
    }
    var ended = 0
    [UInt8](repeating: 0, count: 1).withUnsafeBytes { decoder.feed($0) { _ in ended += 1 } }
    #expect(accepted == 0 && ended == 0)
    #expect(decoder.framesAccepted == 0)
    // Every byte but the 0x00 that ended no run is discarded.
    #expect(decoder.bytesDiscarded >= fed - zeros)
    #expect(decoder.bytesDiscarded <= fed + 1)
    #expect(decoder.framesRejected <= zeros + 1 + fed / ProtocolLimits.maximumFrameBytes)
  }

  @Test("A byte is in an accepted frame, discarded, or a lone 0x00, however the stream is cut")
  func accounting() {
    let seed: UInt64 = 61
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var stream: [UInt8] = []
    for _ in 0..<3000 {
      var bytes = DamagedStreamTests.anyFrame(&generator)
      if UInt8.random(in: 0...3, using: &generator) == 0 {
        let damage = Damage.allCases.randomElement(using: &generator) ?? .flipBit
        DamagedStreamTests.apply(damage, to: &bytes, &generator)
      }
      stream += bytes
    }
    stream.append(0)
    let whole = FrameDecoder()
    let expected = payloads(in: stream, by: whole)
    #expect(expected.count > 2000 && whole.framesRejected > 200)

    let pieces = FrameDecoder()
    var found: [[UInt8]] = []
    var start = 0
    while start < stream.count {
      let end = min(start + Int.random(in: 1...100, using: &generator), stream.count)
      found += payloads(in: Array(stream[start..<end]), by: pieces)
      start = end
    }
    #expect(found == expected)
    #expect(pieces.framesAccepted == whole.framesAccepted)
    #expect(pieces.framesRejected == whole.framesRejected)
    #expect(pieces.bytesDiscarded == whole.bytesDiscarded)

    // The straightforward reading: split at 0x00, and look up which runs were accepted.
    var accepted = 0
    var discarded = 0
    for run in stream.split(separator: 0) {
      if payloads(in: Array(run) + [0]).isEmpty {
        discarded += run.count + 1
      } else {
        accepted += 1
      }
    }
    #expect(accepted == whole.framesAccepted)
    #expect(discarded == whole.bytesDiscarded)
  }

  @Test("A payload of random bytes in a right frame is a message or an error, never a crash")
  func randomPayloads() {
    let seed: UInt64 = 71
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var messages = 0
    var errors: Set<String> = []
    for _ in 0..<30_000 {
      var payload: [UInt8]
      if Bool.random(using: &generator) {
        payload = payloads(in: DamagedStreamTests.anyFrame(&generator)).first ?? []
        let damage = Damage.allCases.randomElement(using: &generator) ?? .flipBit
        DamagedStreamTests.apply(damage, to: &payload, &generator)
      } else {
        payload = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
      }
      payload.withUnsafeBytes { bytes in
        do throws(MessageError) {
          let message = try HostMessage(payload: bytes)
          messages += 1
          #expect(message.payloadBytes == payload.count)
        } catch {
          errors.insert(error.name)
        }
        do throws(MessageError) {
          let message = try RobotMessage(payload: bytes)
          messages += 1
          #expect(message.payloadBytes == payload.count)
        } catch {
          errors.insert(error.name)
        }
      }
    }
    print("\(messages) decoded; errors: \(errors.sorted().joined(separator: ", "))")
    #expect(messages > 1000)
    #expect(errors.count == 8)
  }
}
