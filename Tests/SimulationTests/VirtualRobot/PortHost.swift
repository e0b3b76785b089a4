import CPlatform
import FirmwareProtocol
import Foundation
import Robotics
import Simulation
import Synchronization

/// A server that runs on a thread of its own.
final class ServerThread: @unchecked Sendable {
  let path: String
  private let server: VirtualRobotServer
  private let isStopped = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  /// Why it ended; to be read after `stop` only.
  private(set) var end: VirtualRobotServer.End?

  init(
    _ robot: Robot, seed: UInt64 = 1, speed: Double, faults: VirtualRobotFaults = .none,
    holdSeconds: Double = 1
  ) throws {
    server = try VirtualRobotServer(robot: robot, seed: seed, speed: speed, faults: faults)
    server.holdSeconds = holdSeconds
    path = server.portPath
    Thread.detachNewThread { [self] in
      end = server.run(until: { isStopped.load(ordering: .relaxed) })
      ended.signal()
    }
  }

  /// Stops the server and waits for its end.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    ended.wait()
    ended.signal()
  }
}

/// A small host on a serial port, for tests.
final class PortHost {
  enum Failure: Error, Equatable { case cannotOpen(Int32), silent, hungUp }

  private(set) var states: [RobotState] = []
  private(set) var faults: [FaultReport] = []
  private(set) var hello: RobotHello?
  let decoder = FrameDecoder()
  private let port: Int32
  private var waiting: [RobotMessage] = []

  init(_ path: String) throws {
    port = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK)
    guard port >= 0 else { throw Failure.cannotOpen(errno) }
    _ = platform_serial_set_raw(port, 460_800)
    _ = platform_serial_flush(port, 1)
    write([0])
  }

  deinit { close(port) }

  private func write(_ bytes: [UInt8]) { _ = Glibc.write(port, bytes, bytes.count) }

  func send(_ message: HostMessage) { write(message.frame()) }

  /// The next message, waited for two seconds at most.
  func next() throws -> RobotMessage {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while waiting.isEmpty {
      guard platform_wait_ready(port, 0, 2_000_000_000) == 1 else { throw Failure.silent }
      let count = read(port, &buffer, buffer.count)
      guard count > 0 else { throw Failure.hungUp }
      buffer[..<count].withUnsafeBytes { bytes in
        decoder.feed(bytes) { payload in
          if let message = try? RobotMessage(payload: payload) { waiting.append(message) }
        }
      }
    }
    let message = waiting.removeFirst()
    switch message {
    case .state(let state): states.append(state)
    case .fault(let report): faults.append(report)
    case .hello(let found): hello = found
    default: break
    }
    return message
  }

  /// Greets the robot, configures it and starts the stream; asks again when nothing comes.
  func begin(limits: FirmwareLimits = testLimits()) throws {
    func ask(_ message: HostMessage, until isAnswer: (RobotMessage) -> Bool) throws {
      send(message)
      while true {
        do {
          if isAnswer(try next()) { return }
        } catch Failure.silent { send(message) }
      }
    }
    try ask(.hello(HostHello(nonce: 77))) {
      if case .hello(let hello) = $0 { hello.nonce == 77 } else { false }
    }
    try ask(.configure(limits)) { if case .limits = $0 { true } else { false } }
    try ask(.stream(isEnabled: true)) {
      if case .acknowledgement(let answer) = $0 { answer.messageType == 3 } else { false }
    }
  }

  /// Answers states until `count` of them have come, arming after the first three.
  func run(
    states count: Int, delayMicroseconds: UInt64, effort: (RobotState) -> Float
  ) throws {
    while states.count < count {
      guard case .state(let state) = try next() else { continue }
      if state.tick == 2, let hello { send(.arm(bootCounter: hello.bootCounter)) }
      guard state.mode == .armed else {
        send(.heartbeat(answering: state.tick))
        continue
      }
      let apply = state.robotTimeMicroseconds + delayMicroseconds
      send(
        .command(
          Command(
            answering: state.tick, applyAtMicroseconds: apply,
            expiresAtMicroseconds: apply + 20_000, efforts: [effort(state)])))
    }
  }
}
