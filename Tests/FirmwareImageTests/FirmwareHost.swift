import FirmwareProtocol
import Glibc

/// A host that says what a test wants it to, over a pseudo-terminal.
final class FirmwareHost {
  private let descriptor: Int32
  private let decoder = FrameDecoder()
  private var waiting: [RobotMessage] = []
  /// The robot's hello in this session.
  private(set) var hello: RobotHello?

  /// Limits that don't get in the way.
  static let wideLimits = limits()

  /// Limits of the one joint.
  static func limits(
    lower: Float = -.infinity, upper: Float = .infinity, velocity: Float = 25, effort: Float = 2.5
  ) -> FirmwareLimits {
    FirmwareLimits(
      watchdogMilliseconds: 100,
      joints: [
        .init(positionLower: lower, positionUpper: upper, velocity: velocity, effort: effort)
      ])
  }

  /// What didn't come.
  struct Missing: Error { var what: String }

  /// Opens the line and greets until the robot answers: an emulator takes up to a second to notice
  /// that its line was opened.
  init(port: String) throws {
    descriptor = open(port, O_RDWR | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw Missing(what: "port \(port)") }
    var settings = termios()
    tcgetattr(descriptor, &settings)
    cfmakeraw(&settings)
    tcsetattr(descriptor, TCSANOW, &settings)
    send([0])
    try greet()
  }

  deinit { close(descriptor) }

  // MARK: - Messages

  /// Sends bytes as they are.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { sent += count } else { usleep(500) }
    }
  }

  /// Sends a message.
  func send(_ message: HostMessage) { send(message.frame()) }

  /// Sends a payload, whatever it is, in a good frame.
  func send(payload: [UInt8]) {
    var frame = [UInt8](
      repeating: 0, count: ProtocolLimits.frameBytes(payloadBytes: payload.count))
    let count = payload.withUnsafeBytes { bytes in
      frame.withUnsafeMutableBytes { FrameEncoder().encode(payload: bytes, into: $0) }
    }
    send(Array(frame[..<count]))
  }

  /// The next message; nil when none comes in time.
  func receive(timeoutSeconds: Double = 1) -> RobotMessage? {
    let deadline = now() + timeoutSeconds
    while waiting.isEmpty {
      let left = deadline - now()
      guard left > 0 else { return nil }
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, Int32(left * 1000) + 1) > 0 else { return nil }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return nil }
      buffer[..<count].withUnsafeBytes { bytes in
        decoder.feed(bytes) { payload in
          if let message = try? RobotMessage(payload: payload) { waiting.append(message) }
        }
      }
    }
    return waiting.removeFirst()
  }

  /// Waits for the first message of which something can be made.
  func wait<Found>(
    for what: String, timeoutSeconds: Double = 2, _ find: (RobotMessage) -> Found?
  ) throws -> Found {
    let deadline = now() + timeoutSeconds
    while now() < deadline {
      if let message = receive(timeoutSeconds: deadline - now()), let found = find(message) {
        return found
      }
    }
    throw Missing(what: what)
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: - A session

  /// Begins a session.
  func greet() throws {
    for nonce in UInt32(1)...10 {
      send(.hello(HostHello(nonce: nonce)))
      hello = try? wait(for: "hello", timeoutSeconds: 0.5) {
        if case .hello(let hello) = $0, hello.nonce == nonce { hello } else { nil }
      }
      if hello != nil { return }
    }
    throw Missing(what: "answer to hello")
  }

  /// Sends a message and waits for its acknowledgement.
  func acknowledgement(of message: HostMessage) throws -> Acknowledgement {
    send(message)
    return try wait(for: "acknowledgement of \(message)") {
      if case .acknowledgement(let answer) = $0, answer.messageType == message.type.rawValue {
        answer
      } else {
        nil
      }
    }
  }

  /// Sends an echo and waits for its answer.
  ///
  /// - Returns: The robot's clock in microseconds.
  @discardableResult
  func echo(token: UInt32) throws -> UInt64 {
    send(.echo(token: token))
    return try wait(for: "echo \(token)") {
      if case .echo(let answer, let time) = $0, answer == token { time } else { nil }
    }
  }

  /// The limits that the robot says are in force.
  func configure(_ limits: FirmwareLimits) throws -> FirmwareLimits {
    send(.configure(limits))
    return try wait(for: "limits") { if case .limits(let limits) = $0 { limits } else { nil } }
  }

  /// Configures, streams, and arms.
  func arm(_ limits: FirmwareLimits = FirmwareHost.wideLimits) throws {
    _ = try configure(limits)
    _ = try acknowledgement(of: .stream(isEnabled: true))
    let answer = try acknowledgement(of: .arm(bootCounter: hello?.bootCounter ?? 0))
    guard answer.result == .accepted else { throw Missing(what: "arming: \(answer)") }
  }

  /// What came of answering states.
  struct Conversation {
    var states: [RobotState] = []
    var faults: [FaultReport] = []
    var hellos: [RobotHello] = []
  }

  /// Answers states until enough have come, or one that ends it: with that effort (N m) while the
  /// robot is armed, with heartbeats otherwise.
  func converse(
    states count: Int, effort: Float = 0, until isLast: (RobotState) -> Bool = { _ in false }
  ) -> Conversation {
    let priority = RaisedPriority()
    defer { priority.restore() }
    var conversation = Conversation()
    while conversation.states.count < count, let message = receive() {
      switch message {
      case .state(let state):
        conversation.states.append(state)
        if state.mode == .armed {
          send(command(answering: state, effort: effort))
        } else {
          send(.heartbeat(answering: state.tick))
        }
        if isLast(state) { return conversation }
      case .fault(let report): conversation.faults.append(report)
      case .hello(let hello): conversation.hellos.append(hello)
      default: break
      }
    }
    return conversation
  }

  /// The usual answer: in effect 8 ms after the state, too old two periods later.
  func command(answering state: RobotState, effort: Float) -> HostMessage {
    let time = state.robotTimeMicroseconds
    return .command(
      Command(
        answering: state.tick, applyAtMicroseconds: time + 8000,
        expiresAtMicroseconds: time + 28000, efforts: [effort]))
  }

  /// Real-time priority for this thread, where it may have it: the answers have 28 ms.
  private struct RaisedPriority {
    private var policy: Int32 = 0
    private var parameters = sched_param()

    init() {
      pthread_getschedparam(pthread_self(), &policy, &parameters)
      var raised = sched_param(sched_priority: 3)
      pthread_setschedparam(pthread_self(), SCHED_FIFO, &raised)
    }

    func restore() {
      var parameters = parameters
      pthread_setschedparam(pthread_self(), policy, &parameters)
    }
  }
}
