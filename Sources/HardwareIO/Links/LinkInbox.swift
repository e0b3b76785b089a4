import FirmwareProtocol

/// Sorts what a robot says: samples into their queue, answers to where the asker looks.
///
/// While the stream runs nothing here allocates: reports and acknowledgements are kept as bytes and
/// read when somebody asks.
final class LinkInbox {
  /// The samples that wait to be received.
  private(set) var pending = PendingSamples(jointCount: 0, capacity: 1)
  /// Whether the robot's answers are awaited one by one, and a hello is no sign of a reset.
  var isExchanging = false
  /// Whether a hello came that nobody asked for, or ticks began anew.
  private(set) var isRebooted = false
  private(set) var samplesLost = 0
  private(set) var samplesOutOfOrder = 0

  /// The nonce of our hello; answers to others' don't count.
  var nonce: UInt32 = 0
  /// The answer to our hello.
  private(set) var hello: RobotHello?
  /// The version of an answer to our hello in another version of the protocol, whose rest can't be
  /// read.
  private(set) var foreignVersion: UInt8?
  /// The number of answers to our hellos.
  private(set) var helloCount = 0
  /// The limits that came during an exchange.
  private(set) var limits: FirmwareLimits?
  /// The last answer to an echo, and when it came.
  private(set) var echo: EchoView?
  private(set) var echoHostTimeNanoseconds: Int64 = 0
  /// The number of samples since they were last counted anew that showed the actuators off.
  var samplesWithActuatorsOff = 0

  private var hasTick = false
  private var lastTick: UInt32 = 0
  private var backwardsInARow = 0
  private var acknowledgementBytes: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  private let faultBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 15, alignment: 8)

  /// So many samples out of order in a row are no reordering: their ticks began anew.
  private static let reorderingLimit = 8

  init() { faultBytes.initializeMemory(as: UInt8.self, repeating: 0) }

  deinit { faultBytes.deallocate() }

  /// Whether neither a sample nor a reset waits to be received.
  var isEmpty: Bool { pending.count == 0 && !isRebooted }

  /// Forgets everything, for a new session.
  func reset(jointCount: Int, capacity: Int) {
    pending = PendingSamples(jointCount: jointCount, capacity: capacity)
    isRebooted = false
    samplesLost = 0
    samplesOutOfOrder = 0
    hello = nil
    foreignVersion = nil
    helloCount = 0
    acknowledgementBytes.0 = 0
    faultBytes[0] = 0
    forgetAnswers()
    forgetSamples()
  }

  /// Forgets samples that wait, and the tick to compare the next with.
  func forgetSamples() {
    pending.removeAll()
    hasTick = false
    backwardsInARow = 0
  }

  /// Forgets answers, before a question is asked.
  func forgetAnswers() {
    limits = nil
    echo = nil
    acknowledgementBytes.0 = 0
    samplesWithActuatorsOff = 0
  }

  /// The last acknowledgement, if any came since answers were forgotten.
  var lastAcknowledgement: Acknowledgement? {
    guard acknowledgementBytes.0 != 0 else { return nil }
    let message = withUnsafeBytes(of: acknowledgementBytes) { try? RobotMessage(payload: $0) }
    guard case .acknowledgement(let acknowledgement) = message else { return nil }
    return acknowledgement
  }

  /// The last fault that was reported in this session.
  var lastFaultReport: FaultReport? {
    guard faultBytes[0] != 0 else { return nil }
    let message = try? RobotMessage(payload: UnsafeRawBufferPointer(faultBytes))
    guard case .fault(let report) = message else { return nil }
    return report
  }

  /// Takes the payload of one whole frame.
  func take(_ payload: UnsafeRawBufferPointer, hostTimeNanoseconds: Int64) {
    guard let first = payload.first, let type = RobotMessageType(rawValue: first) else { return }
    switch type {
    case .state:
      if let state = StateView(payload: payload) {
        take(state, hostTimeNanoseconds: hostTimeNanoseconds)
      }
    case .echo:
      echo = EchoView(payload: payload)
      echoHostTimeNanoseconds = hostTimeNanoseconds
    case .acknowledgement:
      guard payload.count == 4 else { return }
      acknowledgementBytes = (payload[0], payload[1], payload[2], payload[3])
      // What came before the stream's start belongs to an earlier one; what comes after counts from
      // the first, since a world that waits for its host holds until each state is answered.
      if isExchanging && payload[1] == HostMessageType.stream.rawValue { forgetSamples() }
    case .fault:
      if payload.count == faultBytes.count { faultBytes.copyMemory(from: payload) }
    case .hello:
      takeHello(payload)
    case .limits:
      guard isExchanging else { return }
      if case .limits(let limits)? = try? RobotMessage(payload: payload) { self.limits = limits }
    }
  }

  /// A hello while samples stream means a reset, even one that answers ours late: the stream has
  /// stopped. During an exchange it does when the robot that was greeted has booted since.
  private func takeHello(_ payload: UnsafeRawBufferPointer) {
    // In all versions: type, version, nonce at 2, boot counter at 6.
    guard isExchanging, payload.count >= 10 else {
      isRebooted = true
      return
    }
    let nonce = UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
    let boot = UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 6, as: UInt32.self))
    if let hello, hello.bootCounter != boot { isRebooted = true }
    guard nonce == self.nonce else { return }
    if payload[1] != HostHello.currentProtocolVersion {
      foreignVersion = payload[1]
    } else if case .hello(let hello)? = try? RobotMessage(payload: payload) {
      self.hello = hello
      helloCount += 1
    }
  }

  private func take(_ state: StateView, hostTimeNanoseconds: Int64) {
    guard state.jointCount == pending.jointCount else { return }
    if state.mode != .armed { samplesWithActuatorsOff += 1 }
    if hasTick {
      // Ticks wrap around after 2³² periods; the difference tells which of two is later.
      let ahead = Int32(bitPattern: state.tick &- lastTick)
      guard ahead > 0 else {
        samplesOutOfOrder += 1
        backwardsInARow += 1
        // During an exchange a stream may be starting anew, with an acknowledgement that was lost.
        if !isExchanging && backwardsInARow >= LinkInbox.reorderingLimit { isRebooted = true }
        return
      }
      samplesLost += Int(ahead) - 1
    }
    hasTick = true
    backwardsInARow = 0
    lastTick = state.tick
    pending.append(state, hostTimeNanoseconds: hostTimeNanoseconds)
  }
}
