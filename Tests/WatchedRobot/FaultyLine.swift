import CPlatform
import Foundation
import Glibc
import LinearAlgebra
import Robotics
import Synchronization

/// A serial line between a host and a robot that damages, loses, repeats, reorders, delays and cuts
/// what passes, from a seed: a pseudo-terminal for the host, relayed to the robot's.
public final class FaultyLine: Sendable {
  /// The path of the port for the host.
  public let path: String

  /// What was done so far, in frames.
  public struct Counts: Sendable, Equatable {
    /// Frames that passed, either way, before anything was done to them.
    public var passed = 0
    /// Frames that were damaged, lost, repeated, moved or cut up, either way.
    public var harmed = 0
  }

  fileprivate struct Control {
    var faults = LineFaults()
    var statesToDrop = 0
    var isRobotDeaf = false
    var isCut = false
    var isOver = false
    var counts = Counts()
  }

  private let control = Mutex(Control())
  private let ended = DispatchSemaphore(value: 0)

  /// A line to the robot at `robotPath`, perfect at first.
  public init(to robotPath: String, seed: UInt64 = 1) throws {
    var slave: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    let master = platform_open_pseudo_terminal(&slave, &name, name.count)
    let robot = open(robotPath, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard master >= 0, robot >= 0, platform_serial_set_raw(slave, 0) >= 0 else {
      throw POSIXError(.EIO)
    }
    path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let hostsEnd = slave
    let thread = Thread { [self] in
      var relay = Relay(host: master, hostsEnd: hostsEnd, robot: robot, seed: seed)
      // It stands for a wire, which no other program can hold up.
      _ = platform_set_fifo_priority(41)
      while control.withLock({ !$0.isOver }) {
        relay.obey(takeOrders())
        relay.step()
        let counts = relay.counts
        control.withLock { $0.counts = counts }
      }
      relay.close()
      ended.signal()
    }
    thread.start()
  }

  /// What the thread is to do; states to drop are handed over once.
  private func takeOrders() -> Control {
    control.withLock { control in
      defer { control.statesToDrop = 0 }
      return control
    }
  }

  /// Lets the line misbehave from now on.
  public func set(_ faults: LineFaults) { control.withLock { $0.faults = faults } }

  /// Loses the next so many states that the robot sends.
  public func dropStates(_ count: Int) { control.withLock { $0.statesToDrop += count } }

  /// Loses everything that the host sends from now on.
  public func deafenRobot() { control.withLock { $0.isRobotDeaf = true } }

  /// Pulls the plug: the host's port hangs up, and the robot hears nothing more.
  public func cut() { control.withLock { $0.isCut = true } }

  /// What was done so far.
  public var counts: Counts { control.withLock { $0.counts } }

  /// Ends the line.
  public func end() {
    let wasOver = control.withLock { control in
      defer { control.isOver = true }
      return control.isOver
    }
    if !wasOver { _ = ended.wait(timeout: .now() + 5) }
  }
}

/// The thread's side of a line.
private struct Relay {
  private var faults = LineFaults()
  private var statesToDrop = 0
  private var isRobotDeaf = false
  private(set) var counts = FaultyLine.Counts()

  private var host: Int32
  private var hostsEnd: Int32
  private let robot: Int32
  private var random: RandomStream
  private var fromHost = Direction()
  private var fromRobot = Direction()
  private var buffer = [UInt8](repeating: 0, count: 4096)

  /// The first byte of a state's payload (PROTOCOL.md); a frame's second, after its stuffing code.
  private static let stateType: UInt8 = 0x84

  /// What is on its way in one direction.
  private struct Direction {
    var partial: [UInt8] = []
    var held: [UInt8]?
    var queue: [(due: Double, bytes: [UInt8])] = []
    var lastDue = 0.0
    var delay = 0.0
  }

  init(host: Int32, hostsEnd: Int32, robot: Int32, seed: UInt64) {
    self.host = host
    self.hostsEnd = hostsEnd
    self.robot = robot
    random = RandomStream(seed: seed, path: [0x11E])
  }

  mutating func obey(_ orders: FaultyLine.Control) {
    faults = orders.faults
    isRobotDeaf = orders.isRobotDeaf
    statesToDrop += orders.statesToDrop
    if orders.isCut { hangUp() }
  }

  /// Waits a little for bytes, and passes on what is due.
  mutating func step() {
    var requests = [
      pollfd(fd: host, events: Int16(POLLIN), revents: 0),
      pollfd(fd: robot, events: Int16(POLLIN), revents: 0),
    ]
    poll(&requests, 2, fromHost.queue.isEmpty && fromRobot.queue.isEmpty ? 2 : 1)
    for frame in frames(host, of: \.fromHost) where !isRobotDeaf {
      pass(frame, through: \.fromHost, growth: 0)
    }
    for frame in frames(robot, of: \.fromRobot) {
      if statesToDrop > 0, frame.count > 2, frame[1] == Relay.stateType {
        statesToDrop -= 1
        counts.harmed += 1
        continue
      }
      let heard = faults.garbled ? frame.map { ~$0 } : frame
      pass(heard, through: \.fromRobot, growth: faults.growingDelaySeconds)
    }
    Relay.deliver(&fromHost, to: robot)
    Relay.deliver(&fromRobot, to: host)
  }

  mutating func hangUp() {
    for descriptor in [host, hostsEnd] where descriptor >= 0 { Glibc.close(descriptor) }
    (host, hostsEnd) = (-1, -1)
  }

  mutating func close() {
    hangUp()
    Glibc.close(robot)
  }

  /// The whole frames that have come.
  private mutating func frames(
    _ descriptor: Int32, of direction: WritableKeyPath<Relay, Direction>
  ) -> [[UInt8]] {
    guard descriptor >= 0 else { return [] }
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return [] }
    var partial = self[keyPath: direction].partial + buffer[..<count]
    var whole: [[UInt8]] = []
    while let end = partial.firstIndex(of: 0) {
      whole.append(Array(partial[...end]))
      partial.removeSubrange(...end)
    }
    self[keyPath: direction].partial = partial
    return whole
  }

  private mutating func happens(_ probability: Double) -> Bool {
    probability > 0 && random.nextUniform() < probability
  }

  private mutating func number(below limit: Int) -> Int {
    min(Int(random.nextUniform() * Double(limit)), limit - 1)
  }

  private mutating func pass(
    _ frame: [UInt8], through direction: WritableKeyPath<Relay, Direction>, growth: Double
  ) {
    counts.passed += 1
    self[keyPath: direction].delay += growth
    var frame = frame
    if happens(faults.dropped) {
      counts.harmed += 1
      return
    }
    if happens(faults.corrupted) {
      counts.harmed += 1
      frame[number(below: frame.count)] ^= UInt8(1 + number(below: 255))
    }
    if happens(faults.garbage) {
      counts.harmed += 1
      frame = (0...number(below: 20)).map { _ in UInt8(number(below: 256)) } + frame
    }
    if happens(faults.reordered), self[keyPath: direction].held == nil {
      counts.harmed += 1
      self[keyPath: direction].held = frame
      return
    }
    send(frame, through: direction)
    if happens(faults.duplicated) {
      counts.harmed += 1
      send(frame, through: direction)
    }
    if let held = self[keyPath: direction].held {
      self[keyPath: direction].held = nil
      send(held, through: direction)
    }
  }

  private mutating func send(
    _ frame: [UInt8], through direction: WritableKeyPath<Relay, Direction>
  ) {
    var pieces = [frame]
    if happens(faults.fragmented), frame.count > 2 {
      counts.harmed += 1
      let cut = 1 + number(below: frame.count - 1)
      pieces = [Array(frame[..<cut]), Array(frame[cut...])]
    }
    for (index, piece) in pieces.enumerated() {
      let pause = index == 0 ? 0 : 0.003 * random.nextUniform()
      var way = self[keyPath: direction]
      // Bytes never overtake each other.
      way.lastDue = max(way.lastDue, Relay.now() + way.delay) + pause
      way.queue.append((way.lastDue, piece))
      self[keyPath: direction] = way
    }
  }

  private static func deliver(_ direction: inout Direction, to descriptor: Int32) {
    let now = now()
    while let first = direction.queue.first, first.due <= now {
      if descriptor >= 0 { _ = Glibc.write(descriptor, first.bytes, first.bytes.count) }
      direction.queue.removeFirst()
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
