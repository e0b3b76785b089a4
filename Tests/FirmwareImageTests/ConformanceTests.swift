import FirmwareProtocol
import Foundation
import Testing

@Suite(
  "The compiled firmware speaks the protocol", .serialized,
  .enabled(if: Board.areAvailable, "run `make firmware` to build the images"))
struct ConformanceTests {
  @Test("It says who it is", arguments: Board.allCases)
  func hello(board: Board) throws {
    let emulator = try Emulator(board)
    let hello = try #require(try FirmwareHost(port: emulator.port).hello)
    #expect(hello.protocolVersion == 1)
    #expect(hello.robotName == "pendulum")
    #expect(hello.controlRateHertz == 100)
    #expect(hello.watchdogMilliseconds == 100)
    #expect(
      hello.joints == [
        JointDescriptor(name: "shoulder", kind: .revolute, isActuated: true, effortCapability: 2.5)
      ])
    let command = Command(
      answering: 0, applyAtMicroseconds: 0, expiresAtMicroseconds: 0, efforts: [0])
    #expect(
      Int(hello.maximumFrameBytes)
        >= ProtocolLimits.frameBytes(payloadBytes: HostMessage.command(command).payloadBytes))
  }

  @Test(
    "It reads its limits back bit for bit, and keeps them when it refuses others",
    arguments: Board.allCases)
  func limits(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    let limits = FirmwareHost.limits(lower: -0.1, upper: .pi, velocity: 1.0 / 3, effort: 0.7)
    #expect(try host.configure(limits) == limits)
    let beyond = FirmwareHost.limits(effort: 2.6)
    #expect(try host.acknowledgement(of: .configure(beyond)).result == .outOfRange)
    _ = try host.acknowledgement(of: .stream(isEnabled: true))
    #expect(
      try host.acknowledgement(of: .arm(bootCounter: host.hello?.bootCounter ?? 0)).result
        == .accepted)
    let states = host.converse(states: 10, effort: -2).states
    #expect(states.last?.joints.first?.effort == -0.7)
  }

  @Test(
    "Its states come at the control rate of its own clock, and none is missing",
    arguments: Board.allCases)
  func stream(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    _ = try host.acknowledgement(of: .stream(isEnabled: true))
    let states = host.converse(states: 150).states
    #expect(states.map(\.tick) == Array(0..<150))
    let start = try #require(states.first?.robotTimeMicroseconds)
    let late = states.map { Int($0.robotTimeMicroseconds - start) - 10_000 * Int($0.tick) }
    #expect(late.allSatisfy { abs($0) <= board.lateness }, "\(late)")
    #expect(late.sorted()[75] <= 500, "\(late)")
    #expect(try host.acknowledgement(of: .stream(isEnabled: false)).result == .accepted)
  }

  @Test("It refuses to arm by the first reason that holds", arguments: Board.allCases)
  func armingRefused(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    let boot = try #require(host.hello?.bootCounter)
    func result(_ counter: UInt32) throws -> Acknowledgement.Result {
      try host.acknowledgement(of: .arm(bootCounter: counter)).result
    }
    #expect(try result(boot &+ 1) == .wrongBootCounter)
    #expect(try result(boot) == .limitsNotSet)
    _ = try host.configure(FirmwareHost.wideLimits)
    #expect(try result(boot) == .notStreaming)
    _ = try host.acknowledgement(of: .stream(isEnabled: true))
    #expect(try result(boot) == .accepted)
    #expect(try result(boot) == .armed)
    #expect(try host.acknowledgement(of: .disarm).mode == .disarmed)
    #expect(emulator.waitForEvent("motor off") != nil)
  }

  @Test("Damaged frames do nothing, and cost none but themselves", arguments: Board.allCases)
  func damage(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    _ = try host.configure(FirmwareHost.wideLimits)
    let arm = HostMessage.arm(bootCounter: host.hello?.bootCounter ?? 0).frame()
    var random = SystemRandomNumberGenerator()
    for round in 0..<100 {
      var damaged = arm
      let index = Int.random(in: 0..<(arm.count - 1), using: &random)
      damaged[index] ^= UInt8.random(in: 1...255, using: &random)
      host.send(damaged)
      if round % 10 == 0 {
        host.send((0..<200).map { _ in UInt8.random(in: 1...255, using: &random) } + [0])
        try host.echo(token: UInt32(round))
      }
    }
    try host.echo(token: 1000)
    #expect(emulator.times(of: "motor on").isEmpty)
    #expect(try host.acknowledgement(of: .disarm).mode == .disarmed)
  }

  @Test("Payloads that are no message are ignored", arguments: Board.allCases)
  func refusedPayloads(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    let file = Board.package.appendingPathComponent(
      "firmware-protocol/vectors/refused-payloads.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let vectors = try #require(object?["vectors"] as? [[String: Any]])
    var token: UInt32 = 0
    for vector in vectors where vector["direction"] as? String == "host" {
      let text = try #require(vector["payload"] as? String)
      let payload = stride(from: 0, to: text.count, by: 2).compactMap { offset in
        UInt8(text.dropFirst(offset).prefix(2), radix: 16)
      }
      host.send(payload: payload)
      token += 1
      host.send(.echo(token: token))
      guard case .echo(token, _)? = host.receive() else {
        Issue.record("an answer to '\(vector["name"] ?? "")'")
        continue
      }
    }
    #expect(token > 10)
  }

  @Test(
    "What it measures is what the pendulum does, and what it commands is what the motor gives",
    arguments: Board.allCases)
  func moves(board: Board) throws {
    let emulator = try Emulator(board)
    let host = try FirmwareHost(port: emulator.port)
    try host.arm()
    let states = host.converse(states: 60, effort: 1.5).states.filter { $0.mode == .armed }
    let torque = try #require(emulator.plant()?.torque)
    #expect(abs(torque - 1.5) < 0.001)
    let first = states.first { $0.joints.first?.effort == 1.5 }
    let begin = try #require(first)
    var angle = Double(begin.joints[0].position)
    var velocity = Double(begin.joints[0].velocity)
    var time = begin.robotTimeMicroseconds
    let stepSeconds = 1e-5
    for state in states where state.tick > begin.tick {
      while time < state.robotTimeMicroseconds {
        // I θ¨ = u − b θ˙ − ½ m g l sin θ, by semi-implicit steps of 10 µs.
        let sum: Double = 1.5 - 0.01 * velocity - 4.91 * sin(angle)
        velocity += 3 * stepSeconds * sum
        angle += stepSeconds * velocity
        time += 10
      }
      #expect(abs(Double(state.joints[0].position) - angle) < 0.02)
      #expect(abs(Double(state.joints[0].velocity) - velocity) < 0.15)
    }
    #expect(angle > 0.3)
  }
}
