import FirmwareProtocol
import Glibc
import Testing

@Suite(
  "The compiled firmware turns its motor off by itself", .serialized,
  .enabled(if: Board.areAvailable, "run `make firmware` to build the images"))
struct SafetyTests {
  @Test(
    "When the host falls silent: within the watchdog's time by the firmware's clock",
    arguments: Board.allCases)
  func watchdog(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    let answered = host.converse(states: 40, effort: 1).states
    let last = try #require(answered.last?.robotTimeMicroseconds)
    let report = try host.wait(for: "fault") {
      if case .fault(let report) = $0 { report } else { nil }
    }
    #expect(report.code == .watchdog)
    #expect(report.value > 0.1)
    #expect(report.value <= 0.1 + Float(board.lateness) * 1e-6)
    // The bench saw the motor's pin go off, by its own count of the same time.
    let off = try #require(emulator.waitForEvent("motor off"))
    #expect(off > Int(last) + 100_000)
    #expect(off <= Int(last) + 100_000 + 28_000 + board.lateness)
    #expect(abs(off - Int(report.robotTimeMicroseconds)) <= board.lateness)
    #expect(host.converse(states: 5).states.last?.mode == .faulted)
    #expect(emulator.plant()?.torque == 0)
  }

  @Test("When the host sends heartbeats but no commands", arguments: Board.allCases)
  func heartbeatsOnly(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    for _ in 0..<30 {
      guard case .state(let state)? = host.receive() else { continue }
      host.send(.heartbeat(answering: state.tick))
    }
    let on = try #require(emulator.waitForEvent("motor on"))
    let off = try #require(emulator.waitForEvent("motor off"))
    #expect(off - on >= 100_000)
    #expect(off - on <= 100_000 + board.lateness)
  }

  @Test("At its velocity limit", arguments: Board.allCases)
  func velocityLimit(board: Board) throws {
    let report = try fault(board, FirmwareHost.limits(velocity: 1))
    #expect(report.code == .velocityLimit)
    #expect(abs(report.value) > 1 && abs(report.value) < 1.3)
  }

  @Test("At its position limit", arguments: Board.allCases)
  func positionLimit(board: Board) throws {
    let report = try fault(board, FirmwareHost.limits(lower: -0.2, upper: 0.2))
    #expect(report.code == .positionLimit)
    #expect(report.value > 0.2 && report.value < 0.25)
  }

  /// Pushes until the firmware finds a fault, and checks that the same state says so.
  private func fault(_ board: Board, _ limits: FirmwareLimits) throws -> FaultReport {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm(limits)
    let pushed = host.converse(states: 100, effort: 2.5) { $0.mode == .faulted }
    let last = try #require(pushed.states.last)
    #expect(last.mode == .faulted)
    #expect(last.joints.first?.effort == 0)
    let off = try #require(emulator.waitForEvent("motor off"))
    #expect(abs(off - Int(last.robotTimeMicroseconds)) <= board.lateness)
    #expect(emulator.plant()?.torque == 0)
    return try #require(pushed.faults.first ?? host.converse(states: 5).faults.first)
  }

  @Test(
    "When its stop button is pressed, until it is released and cleared",
    arguments: Board.allCases)
  func stopButton(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    _ = host.converse(states: 20, effort: 1)
    emulator.tell("p")
    let stopped = host.converse(states: 100, effort: 1) { $0.mode == .emergencyStopped }
    #expect(stopped.states.last?.mode == .emergencyStopped)
    #expect(stopped.states.last?.fault == .emergencyStopButton)
    let pressed = try #require(emulator.waitForEvent("stop pressed"))
    let off = try #require(emulator.waitForEvent("motor off"))
    #expect(off - pressed <= board.lateness)
    #expect(try host.acknowledgement(of: .clearFault).result == .stopButtonPressed)
    emulator.tell("r")
    usleep(50_000)
    #expect(try host.acknowledgement(of: .clearFault).mode == .disarmed)
    let boot = try #require(host.hello?.bootCounter)
    #expect(try host.acknowledgement(of: .arm(bootCounter: boot)).mode == .armed)
  }

  @Test("When the encoder can't be believed, and it stays so", arguments: Board.allCases)
  func sensor(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    _ = host.converse(states: 20, effort: 1)
    emulator.tell("e")
    let ended = host.converse(states: 100, effort: 1) { $0.mode == .faulted }
    #expect(ended.states.last?.fault == .sensor)
    #expect(emulator.waitForEvent("motor off") != nil)
    _ = try host.acknowledgement(of: .clearFault)
    #expect(host.converse(states: 5).states.last?.fault == .sensor)
    let boot = try #require(host.hello?.bootCounter)
    #expect(try host.acknowledgement(of: .arm(bootCounter: boot)).result == .faultLatched)
  }

  @Test("When it is reset; and it says that it was", arguments: Board.allCases)
  func reset(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    let boot = try #require(host.hello?.bootCounter)
    _ = host.converse(states: 20, effort: 1)
    emulator.tell("b")
    try expectReboot(host, since: boot)
    #expect(emulator.plant()?.torque == 0)
  }

  @Test(
    "When it hangs: its board's own watchdog cuts the motor and restarts it",
    arguments: Board.allCases)
  func hang(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    let boot = try #require(host.hello?.bootCounter)
    _ = host.converse(states: 20, effort: 1)
    emulator.tell("h")
    let hung = try #require(emulator.waitForEvent("hang"))
    let off = try #require(emulator.waitForEvent("motor off"))
    #expect(off - hung <= board.hangLimit)
    try expectReboot(host, since: boot)
  }

  /// A hello that nobody asked for, with another boot counter, and the old one good for nothing.
  private func expectReboot(_ host: FirmwareHost, since boot: UInt32) throws {
    let hello = try host.wait(for: "hello after boot", timeoutSeconds: 5) {
      if case .hello(let hello) = $0 { hello } else { nil }
    }
    #expect(hello.nonce == 0)
    #expect(hello.bootCounter != boot)
    try host.greet()
    _ = try host.configure(FirmwareHost.wideLimits)
    _ = try host.acknowledgement(of: .stream(isEnabled: true))
    #expect(
      try host.acknowledgement(of: .arm(bootCounter: boot)).result == .wrongBootCounter)
  }
}
