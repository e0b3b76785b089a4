import FirmwareProtocol
import HardwareIO
import Testing

/// A frame that was reported as not sent must never act: not even when the 0x00 before the next one
/// was all that it lacked.
@Suite struct BrokenFrameTests {
  /// A line that takes so many bytes of each of the next writes, then everything.
  private final class FullLine: SimulatedLine {
    var room: [Int] = []
    private(set) var taken: [UInt8] = []
    private(set) var lastWrite = 0
    let clock: any HostClock = SystemClock()
    let sessionSalt: UInt32 = 0
    let isOpen = true

    func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome { .nothing }
    func waitForInput(timeoutNanoseconds: Int64) -> SerialPort.WaitOutcome { .timeout }
    func flushInput() {}
    func close() {}

    func write(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
      lastWrite = bytes.count
      guard !room.isEmpty else {
        taken += bytes
        return .sent
      }
      let count = room.removeFirst()
      taken += bytes.prefix(count)
      return count < bytes.count ? .timeout : .sent
    }
  }

  private static let senders: [@Sendable (SerialRobotLink) -> SendOutcome] = [
    { $0.sendDisarm() }, { $0.sendHeartbeat() }, { $0.sendArm() }, { $0.sendClearFault() },
    { $0.sendEmergencyStop() },
  ]

  /// The types of the messages that a robot makes of what the line took.
  private func heard(_ bytes: [UInt8]) -> [UInt8] {
    let decoder = FrameDecoder()
    var types: [UInt8] = []
    bytes.withUnsafeBytes { bytes in decoder.feed(bytes) { types.append($0[0]) } }
    return types
  }

  /// Sends the messages of those indices over a line with so much room for each but the last.
  private func send(_ messages: [Int], room: [Int]) -> (heard: [UInt8], lastWrite: Int) {
    let line = FullLine()
    let link = SerialRobotLink(port: SerialPort(line: line, path: "full", baud: 115_200))
    #expect(Self.senders[0](link) == .sent)
    line.room = room
    for message in messages { _ = Self.senders[message](link) }
    return (Array(heard(line.taken).dropFirst()), line.lastWrite)
  }

  @Test("Broken off after any byte, a frame is lost and the next one is heard")
  func once() {
    for first in Self.senders.indices {
      for second in Self.senders.indices {
        let length = send([first], room: []).lastWrite
        let whole = send([second], room: []).heard
        for room in 0..<length {
          #expect(
            send([first, second], room: [room]).heard == whole, "\(first) after \(room) bytes")
        }
      }
    }
  }

  @Test("Two and three broken off in a row, each after any byte, are lost as well")
  func repeatedly() {
    for first in Self.senders.indices {
      let length = send([first], room: []).lastWrite
      let whole = send([3], room: []).heard
      for room in max(0, length - 4)..<length {
        // With the three bytes that end the one before.
        for next in 0..<length + 3 {
          #expect(send([first, first, 3], room: [room, next]).heard == whole)
          for third in 0..<4 {
            #expect(send([first, first, first, 3], room: [room, next, third]).heard == whole)
          }
        }
      }
    }
  }

  @Test("A line that loses a byte of what spoils a broken frame does not complete it")
  func byteLost() {
    for broken in Self.senders.indices {
      for next in Self.senders.indices {
        let whole = send([next], room: []).heard
        let length = send([broken], room: []).lastWrite
        let line = FullLine()
        let link = SerialRobotLink(port: SerialPort(line: line, path: "full", baud: 115_200))
        #expect(Self.senders[0](link) == .sent)
        // All but the last 0x00.
        line.room = [length - 1]
        _ = Self.senders[broken](link)
        let end = line.taken.count
        _ = Self.senders[next](link)
        for lost in end..<end + 2 {
          var bytes = line.taken
          bytes.remove(at: lost)
          #expect(Array(heard(bytes).dropFirst()) == whole, "\(broken), byte \(lost - end) lost")
        }
      }
    }
  }

  @Test("Once a frame has gone through whole, nothing goes before the next")
  func mended() {
    let length = send([0], room: []).lastWrite
    #expect(send([0, 0], room: [3]).lastWrite == length + 3)
    #expect(send([0, 0, 0], room: [3]).lastWrite == length)
  }

  @Test("After as many broken frames as there are bytes, sending goes on")
  func everyByte() {
    var frames = BrokenFrames()
    #expect(!frames.isPending)
    for byte in UInt8(0)...UInt8.max {
      frames.note(lastByte: byte)
      #expect(frames.breaker > 1)
      if byte < 255 { #expect(frames.breaker > byte) }
    }
    #expect(frames.isPending)
    frames.clear()
    #expect(!frames.isPending && frames.breaker == 2)
  }
}
