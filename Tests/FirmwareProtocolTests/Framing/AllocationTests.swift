import CAllocationCounter
import FirmwareProtocol
import Testing

/// The control thread may not allocate: neither decoding, nor the views, nor encoding does.
@Suite struct AllocationTests {
  /// How often this thread asked for memory in `body`, the second time: the first may make the
  /// runtime's own tables.
  private func allocations(in body: () -> Void) -> UInt64 {
    body()
    let before = allocation_count_of_this_thread()
    body()
    return allocation_count_of_this_thread() - before
  }

  @Test("The count sees an array being made")
  func counting() {
    var kept: [[Int]] = []
    let count = allocations {
      for index in 0..<10 { kept.append([Int](repeating: index, count: 3)) }
    }
    #expect(count >= 10)
    #expect(kept.count == 20)
  }

  @Test("Decoding a stream of states and damage allocates nothing")
  func decoding() {
    let stream =
      ThroughputTests.stateStream(jointCount: 6, bytes: 100_000)
      + [UInt8](repeating: 0x55, count: 3000) + [0]
      + ThroughputTests.stateStream(jointCount: 18, bytes: 100_000)
    let decoder = FrameDecoder()
    var sum: Float = 0
    let count = allocations {
      stream.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          let end = min(start + 50, bytes.count)
          decoder.feed(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { payload in
            guard let state = StateView(payload: payload) else { return }
            for joint in 0..<state.jointCount { sum += state.position(joint) }
          }
          start = end
        }
      }
    }
    #expect(decoder.framesAccepted > 1000 && decoder.framesRejected == 2)
    #expect(sum > 0)
    #expect(count == 0)
  }

  @Test("Encoding commands, states and heartbeats, and viewing commands, allocates nothing")
  func encoding() {
    let encoder = FrameEncoder()
    let decoder = FrameDecoder()
    var buffer = [UInt8](repeating: 0, count: ProtocolLimits.maximumFrameBytes)
    let values = [0.25, -1.5, 0, 3.75, 0.1, -0.2]
    var bytes = 0
    var sum: Float = 0
    let count = allocations {
      buffer.withUnsafeMutableBytes { buffer in
        values.withUnsafeBufferPointer { values in
          // Unoptimised, iterating over a range of UInt32 would itself allocate.
          var tick: UInt32 = 0
          while tick < 1000 {
            let command = encoder.encodeCommand(
              answering: tick, applyAtMicroseconds: UInt64(tick), expiresAtMicroseconds: 9,
              efforts: values, into: buffer)
            decoder.feed(UnsafeRawBufferPointer(rebasing: buffer[..<command])) { payload in
              if let view = CommandView(payload: payload) { sum += view.effort(3) }
            }
            bytes += encoder.encodeState(
              tick: tick, robotTimeMicroseconds: UInt64(tick), mode: .armed, fault: .none,
              answeredTick: tick, lateCommands: 0, positions: values, velocities: values,
              efforts: values, into: buffer)
            bytes += encoder.encode(.heartbeat(answering: tick), into: buffer)
            bytes += encoder.encode(.echo(token: tick) as HostMessage, into: buffer)
            bytes += encoder.encode(HostMessage.emergencyStop, into: buffer)
            tick += 1
          }
        }
      }
    }
    #expect(bytes > 100_000)
    #expect(sum == 7500)
    #expect(count == 0)
  }
}
