import CPlatform
import FirmwareProtocol
import Foundation
import HardwareIO
import Robotics
import Synchronization

/// A robot's firmware on a thread of its own at the far end of a pseudo-terminal: honest unless its
/// behaviour says otherwise. Its joints do not move; their positions are the tick.
final class FirmwareDouble: Sendable {
  /// How it answers.
  struct Behaviour: Sendable {
    var protocolVersion = HostHello.currentProtocolVersion
    var robotName: String
    var joints: [JointDescriptor]
    var rateHertz: Double
    /// The rate that the hello gives; the true one unless set.
    var claimedRateHertz: Double?
    /// What the limits read back as.
    var readBack: @Sendable (FirmwareLimits) -> FirmwareLimits = { $0 }
    /// How long hellos go unheard after the first one, as while a boot loader runs.
    var deafSeconds = 0.0
    /// Messages that are refused.
    var refusals: [UInt8: Acknowledgement.Result] = [:]
    /// Messages that go unheard.
    var ignored: Set<UInt8> = []
    /// Whether the actuators can't be turned off.
    var staysArmed = false
    /// Bytes sent before each state.
    var noise: @Sendable (UInt32) -> [UInt8] = { _ in [] }
    /// How often a state is sent: 0 loses it, 2 doubles it.
    var copies: @Sendable (UInt32) -> Int = { _ in 1 }
    /// The greatest frame that it can receive.
    var maximumFrameBytes: UInt16 = 1400
    /// How much faster its clock runs than the host's, in parts per million.
    var driftPartsPerMillion = 0.0

    init(robot: Robot) {
      robotName = robot.name
      rateHertz = robot.link.controlRateHertz
      joints = robot.joints.map {
        JointDescriptor(
          name: $0.name, kind: $0.kind == .revolute ? .revolute : .prismatic,
          isActuated: $0.isActuated, effortCapability: Float($0.limits.effort))
      }
    }
  }

  /// What it got and what it is.
  struct Record: Sendable {
    var messages: [HostMessage] = []
    var mode: RobotMode = .disarmed
    var isStreaming = false
    var statesSent = 0
    var limits: FirmwareLimits?
    /// The host's clock when the robot's end was hung up, in nanoseconds.
    var hungUpAtNanoseconds: Int64 = 0
  }

  /// What a test has it do next.
  enum Deed: Sendable {
    /// Resets: disarmed, silent, and with a hello that nobody asked for.
    case reboot
    /// Begins the stream's ticks anew, without a hello.
    case restartTicks
    /// Sends those bytes.
    case send([UInt8])
    /// Sends those messages.
    case say(RobotMessage)
    /// Hangs up and ends.
    case unplug
  }

  let path: String
  private let terminal: PseudoTerminal
  private let behaviour: Behaviour
  private let record = Mutex(Record())
  private let deeds = Mutex<[Deed]>([])
  private let isDone = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// - Parameter keepsMessages: Whether what the host says is kept for ``messages``.
  init(_ behaviour: Behaviour, keepsMessages: Bool = true) throws {
    terminal = try PseudoTerminal()
    path = terminal.path
    self.behaviour = behaviour
    let thread = Thread { [self] in
      var loop = FirmwareLoop(double: self, keepsMessages: keepsMessages)
      while !isDone.load(ordering: .acquiring), loop.turn() {}
      terminal.hangUp()
      hasEnded.signal()
    }
    thread.start()
  }

  /// What it got and what it is now.
  var now: Record { record.withLock { $0 } }

  /// What the host said so far.
  var messages: [HostMessage] { now.messages }

  func does(_ deed: Deed) { deeds.withLock { $0.append(deed) } }

  /// Ends the thread; the port hangs up.
  func end() {
    isDone.store(true, ordering: .releasing)
    hasEnded.wait()
  }

  /// The firmware's own loop.
  private struct FirmwareLoop {
    let double: FirmwareDouble
    let keepsMessages: Bool
    let decoder = FrameDecoder()
    let encoder = FrameEncoder()
    let start = MonotonicClock.nowNanoseconds()
    var bootCounter: UInt32 = 41
    var deafUntil: Int64?
    var nextState = Int64.max
    var tick: UInt32 = 0
    var answeredTick: UInt32 = .max
    var outgoing = [UInt8](repeating: 0, count: 2048)
    var incoming = [UInt8](repeating: 0, count: 4096)

    init(double: FirmwareDouble, keepsMessages: Bool) {
      self.double = double
      self.keepsMessages = keepsMessages
    }

    var robotTimeMicroseconds: UInt64 {
      let elapsed = Double(MonotonicClock.nowNanoseconds() - start)
      return 1_000_000
        + UInt64(
          elapsed * (1 + double.behaviour.driftPartsPerMillion * 1e-6) / 1000)
    }

    mutating func turn() -> Bool {
      for deed in double.deeds.withLock({ (deeds: inout [Deed]) in
        defer { deeds = [] }
        return deeds
      }) {
        switch deed {
        case .reboot:
          bootCounter += 1
          nextState = .max
          set(mode: .disarmed, isStreaming: false)
          say(.hello(hello(nonce: 0)))
        case .restartTicks: tick = 0
        case .send(let bytes): double.terminal.write(bytes)
        case .say(let message): say(message)
        case .unplug:
          double.record.withLock { $0.hungUpAtNanoseconds = MonotonicClock.nowNanoseconds() }
          return false
        }
      }
      let now = MonotonicClock.nowNanoseconds()
      let wait = min(nextState == .max ? Int64.max : nextState - now, 2_000_000)
      if wait > 0, platform_wait_ready(double.terminal.controller, 0, wait) > 0 { listen() }
      if MonotonicClock.nowNanoseconds() >= nextState { sendState() }
      return true
    }

    mutating func listen() {
      let count = read(double.terminal.controller, &incoming, incoming.count)
      guard count > 0 else { return }
      var received: [HostMessage] = []
      incoming.withUnsafeBytes { bytes in
        decoder.feed(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { payload in
          if let message = try? HostMessage(payload: payload) { received.append(message) }
        }
      }
      for message in received { hear(message) }
    }

    mutating func hear(_ message: HostMessage) {
      if keepsMessages { double.record.withLock { $0.messages.append(message) } }
      let type = message.type.rawValue
      if double.behaviour.ignored.contains(type) { return }
      if let refusal = double.behaviour.refusals[type] { return acknowledge(type, refusal) }
      switch message {
      case .hello(let hello):
        let now = MonotonicClock.nowNanoseconds()
        let deafUntil = self.deafUntil ?? now + Int64(double.behaviour.deafSeconds * 1e9)
        self.deafUntil = deafUntil
        guard now >= deafUntil else { return }
        nextState = .max
        set(mode: double.behaviour.staysArmed ? .armed : .disarmed, isStreaming: false)
        say(.hello(self.hello(nonce: hello.nonce)))
      case .configure(let limits):
        double.record.withLock { $0.limits = limits }
        say(.limits(double.behaviour.readBack(limits)))
      case .stream(let isEnabled):
        tick = 0
        nextState = isEnabled ? MonotonicClock.nowNanoseconds() : .max
        double.record.withLock { $0.isStreaming = isEnabled }
        acknowledge(type, .accepted)
      case .arm:
        set(mode: .armed, isStreaming: nil)
        acknowledge(type, .accepted)
      case .disarm:
        if !double.behaviour.staysArmed { set(mode: .disarmed, isStreaming: nil) }
        acknowledge(type, .accepted)
      case .emergencyStop:
        set(mode: .emergencyStopped, isStreaming: nil)
        acknowledge(type, .accepted)
      case .clearFault:
        set(mode: .disarmed, isStreaming: nil)
        acknowledge(type, .accepted)
      case .command(let command): answeredTick = command.answering
      case .heartbeat: break
      case .echo(let token):
        say(.echo(token: token, robotTimeMicroseconds: robotTimeMicroseconds))
      }
    }

    mutating func sendState() {
      let behaviour = double.behaviour
      let noise = behaviour.noise(tick)
      if !noise.isEmpty { double.terminal.write(noise) }
      let joint = JointState(
        position: Float(tick), velocity: -Float(tick), effort: Float(tick) / 2)
      let state = RobotState(
        tick: tick, robotTimeMicroseconds: robotTimeMicroseconds, mode: double.now.mode,
        fault: .none, answeredTick: answeredTick, lateCommands: 3,
        joints: Array(repeating: joint, count: behaviour.joints.count))
      for _ in 0..<behaviour.copies(tick) { say(.state(state)) }
      double.record.withLock { $0.statesSent += 1 }
      tick += 1
      nextState += Int64(1e9 / behaviour.rateHertz)
    }

    func hello(nonce: UInt32) -> RobotHello {
      let behaviour = double.behaviour
      return RobotHello(
        protocolVersion: behaviour.protocolVersion, nonce: nonce, bootCounter: bootCounter,
        controlRateHertz: Float(behaviour.claimedRateHertz ?? behaviour.rateHertz),
        watchdogMilliseconds: 100, maximumFrameBytes: behaviour.maximumFrameBytes,
        robotName: behaviour.robotName, firmwareVersion: "double", joints: behaviour.joints)
    }

    func set(mode: RobotMode, isStreaming: Bool?) {
      double.record.withLock {
        $0.mode = mode
        if let isStreaming { $0.isStreaming = isStreaming }
      }
    }

    mutating func acknowledge(_ type: UInt8, _ result: Acknowledgement.Result) {
      say(
        .acknowledgement(
          Acknowledgement(messageType: type, result: result, mode: double.now.mode)))
    }

    mutating func say(_ message: RobotMessage) {
      let count = outgoing.withUnsafeMutableBytes { encoder.encode(message, into: $0) }
      double.terminal.write(Array(outgoing[..<count]))
    }
  }
}
