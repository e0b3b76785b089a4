import FirmwareProtocol
import Foundation

/// What the decoder makes of random bytes and of frames with random damage, and how fast it is.
///
/// Random numbers are SplitMix64's (Steele, Lea, Flood, OOPSLA 2014), from a seed.
struct DecoderBytes {
  let byteCount: Int
  let seed: UInt64

  /// The damage done to some frames of a stream.
  private enum Damage: CaseIterable {
    case flipBit, setByte, dropByte, doubleByte, insertByte, swapBytes, cutTail, zeroByte
  }

  func run() {
    say("decoder, seed \(seed)")
    throughput()
    random()
    mutated()
  }

  private func frames(_ count: Int, _ numbers: inout SplitMix) -> [[UInt8]] {
    (0..<count).map { index in
      let joints = (0..<Int(1 + numbers.next() % 18)).map { _ in
        JointState(
          position: Float(bitPattern: UInt32(truncatingIfNeeded: numbers.next())),
          velocity: Float(bitPattern: UInt32(truncatingIfNeeded: numbers.next())),
          effort: Float(index))
      }
      return RobotMessage.state(
        RobotState(
          tick: UInt32(index), robotTimeMicroseconds: numbers.next(), mode: .armed, fault: .none,
          answeredTick: UInt32(index), lateCommands: 0, joints: joints)
      ).frame()
    }
  }

  private func throughput() {
    var numbers = SplitMix(state: seed)
    let stream = frames(4096, &numbers).flatMap { $0 }
    let decoder = FrameDecoder()
    var accepted = 0
    let rounds = max(byteCount / stream.count, 1)
    let begin = DispatchTime.now().uptimeNanoseconds
    stream.withUnsafeBytes { bytes in
      for _ in 0..<rounds { decoder.feed(bytes) { _ in accepted += 1 } }
    }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    say(
      String(
        format: "  whole frames: %.0f MB/s (%d bytes, %d frames, %d rejected)",
        Double(rounds * stream.count) / seconds / 1e6, rounds * stream.count, accepted,
        decoder.framesRejected))
  }

  private func random() {
    var numbers = SplitMix(state: seed &+ 1)
    let decoder = FrameDecoder()
    var block = [UInt64](repeating: 0, count: 1 << 13)
    var accepted = 0
    var fed = 0
    while fed < byteCount / 2 {
      for index in block.indices { block[index] = numbers.next() }
      block.withUnsafeBytes { bytes in
        decoder.feed(bytes) { _ in accepted += 1 }
        fed += bytes.count
      }
    }
    say(
      "  random: \(fed) bytes, \(accepted) frames accepted, \(decoder.framesRejected) rejected")
  }

  private func mutated() {
    var numbers = SplitMix(state: seed &+ 2)
    let pool = frames(4096, &numbers)
    let decoder = FrameDecoder()
    var known = Set<UInt64>()
    for frame in pool {
      frame.withUnsafeBytes { decoder.feed($0) { known.insert(Self.fingerprint($0)) } }
    }
    var fed = 0
    var (intact, owed, accepted, forged, missing) = (0, 0, 0, 0, 0)
    var stream: [UInt8] = []
    var isPreviousIntact = true
    while fed < byteCount / 2 {
      stream.removeAll(keepingCapacity: true)
      var owedHere = 0
      for _ in 0..<1024 {
        let frame = pool[Int(numbers.next() % UInt64(pool.count))]
        let isIntact = numbers.next() % 4 != 0
        if isIntact {
          intact += 1
          if isPreviousIntact { owedHere += 1 }
          stream += frame
        } else {
          stream += Self.damaged(frame, &numbers)
        }
        isPreviousIntact = isIntact
      }
      // Cut anywhere, as a port's reads do.
      var acceptedHere = 0
      stream.withUnsafeBytes { bytes in
        var offset = 0
        while offset < bytes.count {
          let count = min(1 + Int(numbers.next() % 512), bytes.count - offset)
          decoder.feed(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])) {
            acceptedHere += 1
            if !known.contains(Self.fingerprint($0)) { forged += 1 }
          }
          offset += count
        }
      }
      fed += stream.count
      owed += owedHere
      accepted += acceptedHere
      if acceptedHere < owedHere { missing += owedHere - acceptedHere }
    }
    say(
      "  mutated: \(fed) bytes, one frame in four damaged: \(accepted) accepted of \(intact) intact, "
        + "\(forged) that nobody sent; of \(owed) intact frames after an intact one \(missing) missing"
    )
  }

  private static func damaged(_ frame: [UInt8], _ numbers: inout SplitMix) -> [UInt8] {
    var bytes = frame
    for _ in 0...(numbers.next() % 3) where bytes.count > 2 {
      let place = Int(numbers.next() % UInt64(bytes.count))
      switch Damage.allCases[Int(numbers.next() % UInt64(Damage.allCases.count))] {
      case .flipBit: bytes[place] ^= 1 << UInt8(numbers.next() % 8)
      case .setByte: bytes[place] = UInt8(truncatingIfNeeded: numbers.next())
      case .dropByte: bytes.remove(at: place)
      case .doubleByte: bytes.insert(bytes[place], at: place)
      case .insertByte: bytes.insert(UInt8(truncatingIfNeeded: numbers.next()), at: place)
      case .swapBytes: bytes.swapAt(place, Int(numbers.next() % UInt64(bytes.count)))
      case .cutTail: bytes.removeLast(min(bytes.count - 1, 1 + Int(numbers.next() % 16)))
      case .zeroByte: bytes[place] = 0
      }
    }
    return bytes
  }

  /// FNV-1a of a payload, to know it again.
  private static func fingerprint(_ payload: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in payload { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}

/// SplitMix64.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
