import FirmwareProtocol
import Glibc
import Robotics

// A session's beginning and end: everything that asks and waits for an answer.
extension SerialRobotLink {
  /// Greets the robot, compares it with its file, verifies that its actuators are off, writes the
  /// limits and reads them back.
  ///
  /// - Throws: ``LinkError``: no hello, wrong version or robot, a descriptor that differs, actuators
  ///   that aren't off, limits that aren't accepted, a hang-up.
  public func check(robot: Robot) throws(LinkError) -> RobotHello {
    port.flushInput()
    beginSession(robot: robot)
    inbox.isExchanging = true
    defer { inbox.isExchanging = false }

    let hello = try greet()
    try DescriptorCheck(robot: robot).verify(hello)
    bootCounter = hello.bootCounter
    try verifyActuatorsOff()
    try writeLimits(of: robot)
    return hello
  }

  /// Starts the stream of samples.
  ///
  /// - Throws: ``LinkError``.
  public func startStream() throws(LinkError) {
    _ = try setStream(true, what: "to start its stream")
  }

  /// Stops the stream of samples; the robot disarms if it was armed.
  ///
  /// - Throws: ``LinkError``.
  public func stopStream() throws(LinkError) {
    let acknowledgement = try setStream(false, what: "to stop its stream")
    guard acknowledgement.mode != .armed else {
      throw .notDisarmed(mode: "\(acknowledgement.mode)")
    }
  }

  /// Has the robot begin or end its stream, which it must accept.
  private func setStream(_ isEnabled: Bool, what: String) throws(LinkError) -> Acknowledgement {
    inbox.isExchanging = true
    defer { inbox.isExchanging = false }
    let acknowledgement = try request(.stream(isEnabled: isEnabled), what: what)
    guard acknowledgement.result == .accepted else {
      throw .refused(what: what, reason: acknowledgement.result.reason)
    }
    return acknowledgement
  }

  /// Disarms, stops the stream, closes the port. Repeats both until the robot says that its
  /// actuators are off, or its patience is over (the firmware's watchdog then does it).
  ///
  /// Never throws; may be called again.
  public func stop() {
    guard port.isOpen else { return }
    defer { port.close() }
    inbox.isExchanging = true
    inbox.forgetAnswers()
    let end = clock.nowNanoseconds() + nanoseconds(patience.stopSeconds)
    while clock.nowNanoseconds() < end {
      if case .disconnected = send(.disarm) { return }
      let next = min(clock.nowNanoseconds() + 20_000_000, end)
      // One sample may have been under way before the first disarm was sent.
      let isOff = waitForAnswer(until: next) {
        guard let answer = $0.lastAcknowledgement else { return $0.samplesWithActuatorsOff > 2 }
        return answer.messageType == HostMessageType.disarm.rawValue && answer.mode != .armed
      }
      switch isOff {
      case .answered:
        _ = send(.stream(isEnabled: false))
        return
      case .disconnected: return
      case .timeout: _ = send(.stream(isEnabled: false))
      }
    }
  }

  // MARK: - Steps

  private func greet() throws(LinkError) -> RobotHello {
    let begin = clock.nowNanoseconds()
    let end = begin + nanoseconds(patience.helloSeconds)
    let bytesBefore = bytesSeen
    // Unlike any recent session's, so that an answer to an older hello doesn't match; never 0, which
    // marks the hello at boot.
    let nonce = max(
      UInt32(truncatingIfNeeded: begin / 1000) ^ port.sessionSalt, 1)
    inbox.nonce = nonce
    var sent = 0
    while clock.nowNanoseconds() < end {
      try checkSent(send(.hello(HostHello(nonce: nonce))))
      sent += 1
      let next = min(
        clock.nowNanoseconds() + nanoseconds(patience.helloIntervalSeconds), end)
      switch waitForAnswer(until: next, { $0.hello != nil || $0.foreignVersion != nil }) {
      case .answered:
        guard let hello = inbox.hello else {
          throw .wrongProtocolVersion(
            expected: Int(HostHello.currentProtocolVersion), found: Int(inbox.foreignVersion ?? 0))
        }
        try awaitFurtherHellos(sent: sent)
        return hello
      case .timeout: continue
      case .disconnected: throw .disconnected(path: port.path)
      }
    }
    throw .noHello(
      path: port.path, baud: port.baud, waitedSeconds: patience.helloSeconds,
      bytesReceived: bytesSeen - bytesBefore)
  }

  /// Waits until hellos that were repeated are answered too, or it has been quiet: a late one would
  /// end the stream that starts next.
  private func awaitFurtherHellos(sent: Int) throws(LinkError) {
    while inbox.helloCount < sent {
      let answered = inbox.helloCount
      let quiet = clock.nowNanoseconds() + nanoseconds(patience.helloIntervalSeconds)
      switch waitForAnswer(until: quiet, { $0.helloCount > answered }) {
      case .answered: continue
      case .timeout: return
      case .disconnected: throw .disconnected(path: port.path)
      }
    }
  }

  private func verifyActuatorsOff() throws(LinkError) {
    let acknowledgement = try request(.disarm, what: "to disarm")
    guard acknowledgement.mode != .armed else {
      throw .notDisarmed(mode: "\(acknowledgement.mode)")
    }
  }

  private func writeLimits(of robot: Robot) throws(LinkError) {
    let written = FirmwareLimits(robot: robot)
    for _ in 0..<patience.attempts {
      inbox.forgetAnswers()
      try checkSent(send(.configure(written)))
      let end = clock.nowNanoseconds() + nanoseconds(patience.answerSeconds)
      let type = HostMessageType.configure.rawValue
      let outcome = waitForAnswer(until: end) {
        $0.limits != nil || $0.lastAcknowledgement?.messageType == type
      }
      switch outcome {
      case .timeout: continue
      case .disconnected: throw .disconnected(path: port.path)
      case .answered: break
      }
      guard let readBack = inbox.limits else {
        let reason = inbox.lastAcknowledgement?.result.reason ?? "it gave no reason"
        throw .refused(what: "the limits of the robot file", reason: reason)
      }
      try written.verify(readBack: readBack, robot: robot)
      return
    }
    throw .noAnswer(
      what: "the limits", waitedSeconds: Double(patience.attempts) * patience.answerSeconds)
  }

  // MARK: - Questions and answers

  /// What became of waiting for an answer.
  enum AnswerOutcome {
    case answered
    case timeout
    case disconnected
  }

  /// Sends a message until it is acknowledged.
  func request(_ message: HostMessage, what: String) throws(LinkError) -> Acknowledgement {
    let type = message.type.rawValue
    for _ in 0..<patience.attempts {
      inbox.forgetAnswers()
      try checkSent(send(message))
      let end = clock.nowNanoseconds() + nanoseconds(patience.answerSeconds)
      switch waitForAnswer(until: end, { $0.lastAcknowledgement?.messageType == type }) {
      case .answered:
        if let acknowledgement = inbox.lastAcknowledgement { return acknowledgement }
      case .timeout: continue
      case .disconnected: throw .disconnected(path: port.path)
      }
    }
    throw .noAnswer(
      what: "the request \(what)",
      waitedSeconds: Double(patience.attempts) * patience.answerSeconds)
  }

  /// Reads until `isAnswered` holds or the time is up. Samples that come meanwhile are let go.
  func waitForAnswer(until deadline: Int64, _ isAnswered: (LinkInbox) -> Bool) -> AnswerOutcome {
    while true {
      if isAnswered(inbox) { return .answered }
      inbox.pending.removeAll()
      switch pump(until: deadline) {
      case .input:
        if clock.nowNanoseconds() >= deadline && !isAnswered(inbox) {
          return .timeout
        }
      case .timeout: return isAnswered(inbox) ? .answered : .timeout
      case .disconnected: return .disconnected
      }
    }
  }

  private func checkSent(_ outcome: SendOutcome) throws(LinkError) {
    if case .disconnected = outcome { throw .disconnected(path: port.path) }
  }

  func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
}

extension Acknowledgement.Result {
  /// Why the robot refused, for an error's text.
  var reason: String {
    switch self {
    case .accepted: "it accepted it"
    case .limitsNotSet: "its limits have not been set"
    case .faultLatched:
      "a fault or an emergency stop is latched; clear its cause, then clear the fault"
    case .wrongBootCounter: "it was reset since the check; check it again"
    case .notStreaming: "its states do not stream"
    case .outOfRange:
      "a value is beyond what its firmware can enforce or give; lower the limits in the robot file"
    case .armed: "it is armed; disarm it first"
    case .stopButtonPressed: "its stop button is pressed; release it"
    }
  }
}
