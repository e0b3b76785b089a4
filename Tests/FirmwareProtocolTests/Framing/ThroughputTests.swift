import FirmwareProtocol
import Foundation
import Testing

/// How fast a stream is decoded and messages are encoded on this machine.
///
/// The floor asserted is a quarter of what is measured, so that a slower machine passes and an
/// accidental byte-by-byte path doesn't.
@Suite(.serialized) struct ThroughputTests {
  /// What a build must manage; a debug build a twentieth of it.
  private static func floor(_ megabytesPerSecond: Double) -> Double {
    #if DEBUG
      return megabytesPerSecond / 20
    #else
      return megabytesPerSecond
    #endif
  }

  /// The time that this thread has had of a processor, which other load doesn't stretch, in seconds.
  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Prints and gives the megabytes a second that `body`, which tells its bytes, gets through.
  private static func rate(_ what: String, _ body: () -> Int) -> Double {
    let start = processorSeconds()
    let bytes = body()
    let rate = 1e-6 * Double(bytes) / (processorSeconds() - start)
    print("\(what): \(Int(rate.rounded())) MB/s of one core")
    return rate
  }

  /// States as a real robot sends them, framed one after the other, about `bytes` in all.
  static func stateStream(jointCount: Int, bytes: Int) -> [UInt8] {
    let encoder = FrameEncoder()
    var stream: [UInt8] = []
    stream.reserveCapacity(bytes + ProtocolLimits.maximumFrameBytes)
    var buffer = [UInt8](repeating: 0, count: ProtocolLimits.maximumFrameBytes)
    var tick: UInt32 = 0
    while stream.count < bytes {
      let values = (0..<jointCount).map { 0.37 * Double($0 + 1) + 1e-3 * Double(tick) }
      let count = buffer.withUnsafeMutableBytes { buffer in
        values.withUnsafeBufferPointer { values in
          encoder.encodeState(
            tick: tick, robotTimeMicroseconds: 2000 * UInt64(tick), mode: .armed, fault: .none,
            answeredTick: tick &- 1, lateCommands: 0, positions: values, velocities: values,
            efforts: values, into: buffer)
        }
      }
      stream += buffer[0..<count]
      tick += 1
    }
    return stream
  }

  @Test("A stream of states is decoded far faster than any serial line", arguments: [1, 6, 18, 32])
  func decoding(jointCount: Int) {
    let stream = ThroughputTests.stateStream(jointCount: jointCount, bytes: 2_000_000)
    let decoder = FrameDecoder()
    var states = 0
    let rate = ThroughputTests.rate("decoding states of \(jointCount) joints") {
      for _ in 0..<20 {
        stream.withUnsafeBytes { bytes in
          decoder.feed(bytes) { if StateView(payload: $0) != nil { states += 1 } }
        }
      }
      return 20 * stream.count
    }
    #expect(states == decoder.framesAccepted)
    #expect(decoder.framesRejected == 0)
    #expect(rate > ThroughputTests.floor(100))
  }

  @Test("A stream in pieces of 64 bytes, as a USB adapter gives it, is decoded as fast")
  func pieces() {
    let stream = ThroughputTests.stateStream(jointCount: 6, bytes: 2_000_000)
    let decoder = FrameDecoder()
    var states = 0
    let rate = ThroughputTests.rate("decoding states of 6 joints in pieces of 64 bytes") {
      stream.withUnsafeBytes { bytes in
        for _ in 0..<10 {
          var start = 0
          while start < bytes.count {
            let end = min(start + 64, bytes.count)
            decoder.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { _ in states += 1 }
            start = end
          }
        }
      }
      return 10 * stream.count
    }
    #expect(states == decoder.framesAccepted)
    #expect(rate > ThroughputTests.floor(100))
  }

  @Test("Commands are encoded far faster than any serial line")
  func encoding() {
    let encoder = FrameEncoder()
    var buffer = [UInt8](repeating: 0, count: ProtocolLimits.maximumFrameBytes)
    let efforts = [0.25, -1.5, 0, 3.75, 0.1, -0.2]
    let rate = ThroughputTests.rate("encoding commands of 6 joints") {
      var bytes = 0
      buffer.withUnsafeMutableBytes { buffer in
        efforts.withUnsafeBufferPointer { efforts in
          for tick in 0..<200_000 as Range<UInt32> {
            bytes += encoder.encodeCommand(
              answering: tick, applyAtMicroseconds: 2000 * UInt64(tick) + 1500,
              expiresAtMicroseconds: 2000 * UInt64(tick) + 21_500, efforts: efforts, into: buffer)
          }
        }
      }
      return bytes
    }
    #expect(rate > ThroughputTests.floor(50))
  }
}
