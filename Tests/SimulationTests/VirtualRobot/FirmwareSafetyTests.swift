import FirmwareProtocol
import LinearAlgebra
import Simulation
import Testing

/// What the firmware guards by itself: the watchdog, its limits, and which commands it takes.
@Suite("The firmware's own safety")
struct FirmwareSafetyTests {
  /// An armed firmware at time 0 with states up to `nextTick` sent.
  static func armed(limits: FirmwareLimits = testLimits(), states: Int = 1) throws -> FirmwareLogic
  {
    let logic = FirmwareLogic(description: FirmwareDescription(robot: testRobot()), bootCounter: 7)
    try logic.take(.hello(HostHello(nonce: 1)))
    try logic.take(.configure(limits))
    try logic.take(.stream(isEnabled: true))
    for _ in 0..<states { logic.measure(positions: [0], velocities: [0]) }
    try logic.take(.arm(bootCounter: 7))
    #expect(logic.mode == .armed)
    return logic
  }

  static func command(
    answering: UInt32 = 0, at apply: UInt64, expires: UInt64? = nil, efforts: [Float] = [1]
  ) -> HostMessage {
    .command(
      Command(
        answering: answering, applyAtMicroseconds: apply,
        expiresAtMicroseconds: expires ?? apply + 20_000, efforts: efforts))
  }

  // MARK: Watchdog

  @Test(
    "The watchdog counts from arming and cuts within a millisecond",
    arguments: [20, 50, 100] as [UInt16])
  func watchdogFromArming(_ milliseconds: UInt16) throws {
    let logic = try Self.armed(limits: testLimits(watchdogMilliseconds: milliseconds))
    let time = UInt64(milliseconds) * 1000
    logic.advance(toMicroseconds: time)
    #expect(logic.mode == .armed)
    logic.advance(toMicroseconds: time + 1)
    #expect(logic.mode == .faulted && logic.fault == .watchdog && logic.efforts == [0])
    let expected = FaultReport(
      code: .watchdog, robotTimeMicroseconds: time + 1, value: Float(Double(time + 1) * 1e-6))
    #expect(try messages(in: logic.takeOutput()) == [.fault(expected)])
  }

  @Test("Each accepted command starts the watchdog anew; a dropped one doesn't")
  func watchdogFromCommands() throws {
    let logic = try Self.armed(states: 3)
    try logic.take(Self.command(answering: 1, at: 52_000), at: 50_000)
    try logic.take(Self.command(answering: 1, at: 92_000), at: 90_000)
    try logic.take(Self.command(answering: 2, at: 80_000, expires: 95_000), at: 95_000)
    logic.advance(toMicroseconds: 150_000)
    #expect(logic.mode == .armed)
    logic.advance(toMicroseconds: 150_001)
    #expect(logic.fault == .watchdog)
  }

  @Test("A robot that the watchdog stopped stays off until it is cleared and armed")
  func watchdogLatches() throws {
    let logic = try Self.armed(states: 3)
    logic.advance(toMicroseconds: 200_000)
    try logic.take(Self.command(answering: 2, at: 202_000), at: 201_000)
    logic.advance(toMicroseconds: 210_000)
    #expect(logic.mode == .faulted && logic.efforts == [0])
    try logic.take(.clearFault)
    #expect(logic.mode == .disarmed)
  }

  // MARK: Commands

  @Test("A command takes effect at its time, not before, and is named in the state")
  func effectAtItsTime() throws {
    let logic = try Self.armed()
    try logic.take(Self.command(at: 2000, efforts: [1.5]), at: 300)
    logic.advance(toMicroseconds: 1999)
    #expect(logic.efforts == [0] && logic.answeredTick == FirmwareLogic.noTick)
    logic.advance(toMicroseconds: 2000)
    #expect(logic.efforts == [1.5] && logic.answeredTick == 0 && logic.lateCommands == 0)
  }

  @Test("A late command takes effect at once and is counted")
  func lateCommand() throws {
    let logic = try Self.armed()
    try logic.take(Self.command(at: 2000), at: 2000)
    #expect(logic.lateCommands == 0)
    logic.measure(positions: [0], velocities: [0])
    try logic.take(Self.command(answering: 1, at: 12_000, efforts: [-1]), at: 12_001)
    #expect(logic.lateCommands == 1 && logic.efforts == [-1] && logic.answeredTick == 1)
  }

  @Test("A command at or after its expiry is dropped and not counted")
  func expiredCommand() throws {
    let logic = try Self.armed()
    try logic.take(Self.command(at: 2000, expires: 5000), at: 5000)
    logic.advance(toMicroseconds: 6000)
    #expect(logic.efforts == [0] && logic.lateCommands == 0)
    #expect(logic.answeredTick == FirmwareLogic.noTick)
  }

  @Test("Duplicates, commands overtaken, and answers to states not sent are dropped")
  func staleCommands() throws {
    let logic = try Self.armed(states: 3)
    try logic.take(Self.command(answering: 1, at: 2000, efforts: [1]), at: 1000)
    try logic.take(Self.command(answering: 1, at: 2000, efforts: [2]), at: 1100)
    try logic.take(Self.command(answering: 0, at: 2000, efforts: [2]), at: 1200)
    try logic.take(Self.command(answering: 3, at: 2000, efforts: [2]), at: 1300)
    logic.advance(toMicroseconds: 2000)
    #expect(logic.efforts == [1] && logic.answeredTick == 1)
  }

  @Test("A command for a time past the watchdog's is dropped")
  func farCommand() throws {
    let logic = try Self.armed(states: 2)
    try logic.take(Self.command(at: 101_001), at: 1000)
    try logic.take(Self.command(answering: 1, at: 101_000), at: 1000)
    logic.advance(toMicroseconds: 101_000)
    #expect(logic.answeredTick == 1)
  }

  @Test("Of several commands due, the one that answers the latest state wins")
  func latestWins() throws {
    let logic = try Self.armed(states: 4)
    try logic.take(Self.command(answering: 1, at: 4000, efforts: [1]), at: 1000)
    try logic.take(Self.command(answering: 2, at: 3000, efforts: [2]), at: 1000)
    logic.advance(toMicroseconds: 5000)
    #expect(logic.efforts == [2] && logic.answeredTick == 2)
  }

  @Test("Eight commands can wait, a ninth is dropped")
  func roomToWait() throws {
    let logic = try Self.armed(states: 10)
    for tick in 0..<9 as Range<UInt32> {
      try logic.take(Self.command(answering: tick, at: 2000 + UInt64(tick)), at: 1000)
    }
    logic.advance(toMicroseconds: 3000)
    #expect(logic.answeredTick == 7)
  }

  @Test(
    "Efforts are clamped to the limit in force, infinite ones too",
    arguments: [
      (2, 1.25), (-2, -1.25), (1, 1), (.infinity, 1.25), (-.infinity, -1.25),
    ] as [(Float, Float)])
  func clamping(_ asked: Float, _ given: Float) throws {
    let logic = try Self.armed(limits: testLimits(effort: 1.25))
    try logic.take(Self.command(at: 2000, efforts: [asked]), at: 1000)
    logic.advance(toMicroseconds: 2000)
    #expect(logic.efforts == [given] && logic.mode == .armed)
  }

  @Test("An effort that is not a number turns off at once")
  func notANumber() throws {
    let logic = try Self.armed(states: 2)
    try logic.take(Self.command(at: 2000), at: 1000)
    logic.advance(toMicroseconds: 2000)
    let answers = try logic.take(Self.command(answering: 1, at: 4000, efforts: [.nan]), at: 3000)
    guard case .fault(let report) = answers.first else {
      Issue.record("no fault but \(answers)")
      return
    }
    #expect(report.code == .invalidCommand && report.joint == 0 && report.value.isNaN)
    #expect(logic.mode == .faulted && logic.efforts == [0])
  }

  @Test("A command for another number of joints turns off at once")
  func wrongJointCount() throws {
    let logic = try Self.armed()
    let answers = try logic.take(Self.command(at: 2000, efforts: [1, 1]), at: 1000)
    guard case .fault(let report) = answers.first else {
      Issue.record("no fault but \(answers)")
      return
    }
    #expect(report.code == .invalidCommand && report.joint == 255)
    #expect(logic.mode == .faulted)
  }

  // MARK: Limits

  @Test(
    "Past a position or velocity limit the firmware turns off, and the state says so",
    arguments: [
      (-1.01, 0, .positionLimit), (2.01, 0, .positionLimit), (0, 3.01, .velocityLimit),
      (0, -3.01, .velocityLimit), (-1, 3, .none), (2, -3, .none),
    ] as [(Float, Float, FaultCode)])
  func limits(_ position: Float, _ velocity: Float, _ code: FaultCode) throws {
    let logic = try Self.armed(limits: testLimits(lower: -1, upper: 2, velocity: 3))
    logic.measure(positions: [position], velocities: [velocity])
    let sent = try messages(in: logic.takeOutput())
    guard case .state(let state) = sent.last else {
      Issue.record("no state but \(sent)")
      return
    }
    #expect(state.mode == (code == .none ? .armed : .faulted) && state.fault == code)
    guard code != .none else { return }
    let value = code == .positionLimit ? position : velocity
    #expect(
      sent.first
        == .fault(FaultReport(code: code, joint: 0, robotTimeMicroseconds: 0, value: value)))
  }

  @Test("Disarmed, a robot may be anywhere")
  func disarmedAnywhere() throws {
    let logic = try Self.armed(limits: testLimits(lower: -1, upper: 2, velocity: 3))
    try logic.take(.disarm)
    logic.measure(positions: [5], velocities: [50])
    #expect(logic.mode == .disarmed && logic.fault == .none)
  }

  @Test(
    "Limits that can't be enforced are refused and change nothing",
    arguments: [
      testLimits(watchdogMilliseconds: 9), testLimits(watchdogMilliseconds: 1001),
      testLimits(lower: 1, upper: 1), testLimits(lower: .nan), testLimits(upper: .nan),
      testLimits(velocity: 0), testLimits(velocity: .nan), testLimits(effort: -1),
      testLimits(effort: 2.6), testLimits(effort: .nan),
      FirmwareLimits(watchdogMilliseconds: 100, joints: []),
    ])
  func unenforceable(_ asked: FirmwareLimits) throws {
    let logic = try Self.armed()
    try logic.take(.disarm)
    let answers = try logic.take(.configure(asked))
    #expect(answers == FirmwareTransitionTests.acknowledgement(.configure, .outOfRange, .disarmed))
    #expect(logic.limits == testLimits())
  }

  // MARK: Bytes

  @Test("However the bytes are cut, the answers are the same")
  func chunking() throws {
    func conversation(cut: (inout RandomStream) -> Int) throws -> [UInt8] {
      let logic = FirmwareLogic(
        description: FirmwareDescription(robot: testRobot()), bootCounter: 7)
      var bytes: [UInt8] = []
      let spoken: [HostMessage] = [
        .hello(HostHello(nonce: 5)), .configure(testLimits()), .stream(isEnabled: true),
        .echo(token: 77), .arm(bootCounter: 7), Self.command(at: 3), .emergencyStop, .clearFault,
      ]
      for message in spoken { bytes += message.frame() }
      // Garbage in front of a good frame costs nothing but itself.
      bytes = [1, 2, 3, 0] + bytes
      var random = RandomStream(seed: 21)
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(cut(&random)))
        rest = rest.dropFirst(piece.count)
        piece.withUnsafeBytes { logic.receive($0, atMicroseconds: 1) }
      }
      return logic.takeOutput()
    }
    let whole = try conversation { _ in .max }
    #expect(try messages(in: whole).count == 8)
    #expect(try conversation { _ in 1 } == whole)
    #expect(try conversation { 1 + Int($0.nextUniform() * 9) } == whole)
  }
}
