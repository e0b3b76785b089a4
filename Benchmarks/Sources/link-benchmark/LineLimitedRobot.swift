import CLinkBaseline
import Foundation
import HardwareIO
import Robotics
import Simulation
import Synchronization

/// A robot at the far end of a pseudo-terminal that passes bytes as a serial line does: one after the
/// other, ten bits each, both ways at once. The firmware is the virtual robots'; its joints stand
/// still.
final class LineLimitedRobot: Sendable {
  /// What went over the line.
  struct Counts: Sendable {
    var toHost = 0
    var toRobot = 0
    /// The longest that a byte waited for the line to be free, in nanoseconds.
    var longestQueueNanoseconds: Int64 = 0
  }

  let path: String
  private let master: Int32
  private let slave: Int32
  private let shared = Mutex(Counts())
  private let isDone = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ robot: Robot) throws {
    var slave: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    master = baseline_open_pseudo_terminal(&slave, &name, name.count)
    guard master >= 0 else { throw POSIXError(.EIO) }
    self.slave = slave
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    Thread { [self] in
      _ = baseline_become_real_time(40)
      run(robot)
      baseline_become_ordinary()
      hasEnded.signal()
    }.start()
  }

  /// What went over the line so far.
  var counts: Counts { shared.withLock { $0 } }

  func end() {
    isDone.store(true, ordering: .releasing)
    hasEnded.wait()
    close(slave)
    close(master)
  }

  /// One direction of the line: each byte is through when the line has had the time for it.
  private struct Direction {
    let nanosecondsPerByte: Int64
    var bytes: [UInt8] = []
    var next = 0
    /// When the byte at `next` is through.
    var due: Int64 = .max
    /// When the line is free again.
    var free: Int64 = 0
    var longestQueue: Int64 = 0

    init(baud: Int) { nanosecondsPerByte = 10_000_000_000 / Int64(baud) }

    mutating func put(_ new: some Collection<UInt8>, at now: Int64) {
      guard !new.isEmpty else { return }
      longestQueue = max(longestQueue, free - now)
      let start = max(now, free)
      if next == bytes.count { due = start + nanosecondsPerByte }
      bytes += new
      free = start + Int64(new.count) * nanosecondsPerByte
    }

    /// The bytes that are through by now.
    mutating func take(at now: Int64) -> ArraySlice<UInt8> {
      guard next < bytes.count, due <= now else { return [] }
      let count = min(Int((now - due) / nanosecondsPerByte) + 1, bytes.count - next)
      let slice = bytes[next..<next + count]
      next += count
      due += Int64(count) * nanosecondsPerByte
      if next == bytes.count {
        bytes.removeAll(keepingCapacity: true)
        next = 0
        due = .max
      }
      return slice
    }
  }

  private func run(_ robot: Robot) {
    let logic = FirmwareLogic(description: FirmwareDescription(robot: robot), bootCounter: 3)
    let still = [Float](repeating: 0, count: robot.joints.count)
    var toHost = Direction(baud: robot.link.baud)
    var toRobot = Direction(baud: robot.link.baud)
    let start = MonotonicClock.nowNanoseconds()
    let period = Int64(robot.link.controlPeriodSeconds * 1e9)
    var nextState = start
    var buffer = [UInt8](repeating: 0, count: 4096)
    // A UART hands over what came in lumps of some bytes; this is how finely the line is looked at.
    let grain: Int64 = 50_000
    var wake = start
    while !isDone.load(ordering: .acquiring) {
      wake = max(wake + grain, MonotonicClock.nowNanoseconds())
      MonotonicClock.sleep(untilNanoseconds: wake)
      let now = MonotonicClock.nowNanoseconds()
      let count = read(master, &buffer, buffer.count)
      if count > 0 { toRobot.put(buffer[..<count], at: now) }
      let heard = toRobot.take(at: now)
      let micros = UInt64((now - start) / 1000)
      heard.withUnsafeBytes { logic.receive($0, atMicroseconds: micros) }
      logic.advance(toMicroseconds: micros)
      if now >= nextState {
        nextState += period
        logic.measure(positions: still, velocities: still)
      }
      toHost.put(logic.takeOutput(), at: now)
      let said = toHost.take(at: now)
      said.withUnsafeBytes { if !$0.isEmpty { _ = write(master, $0.baseAddress, $0.count) } }
      shared.withLock {
        $0.toHost += said.count
        $0.toRobot += heard.count
        $0.longestQueueNanoseconds = toHost.longestQueue
      }
    }
  }
}
