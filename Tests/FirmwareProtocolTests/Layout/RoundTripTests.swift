import FirmwareProtocol
import Testing

/// Messages survive the wire: encoded, framed, unframed and decoded.
@Suite struct RoundTripTests {
  private static let messagesPerType = 400

  @Test("A host's message of any type comes out as it went in", arguments: HostMessageType.allCases)
  func hostMessages(type: HostMessageType) throws {
    let seed = 100 + UInt64(type.rawValue)
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<RoundTripTests.messagesPerType {
      let message = generator.hostMessage(type)
      let frame = message.frame()
      let found = payloads(in: frame)
      try #require(found.count == 1)
      #expect(found[0].count == message.payloadBytes)
      let decoded = try found[0].withUnsafeBytes { try HostMessage(payload: $0) }
      #expect(decoded == message)
    }
  }

  @Test(
    "A robot's message of any type comes out as it went in", arguments: RobotMessageType.allCases)
  func robotMessages(type: RobotMessageType) throws {
    let seed = 100 + UInt64(type.rawValue)
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<RoundTripTests.messagesPerType {
      let message = generator.robotMessage(type)
      let frame = message.frame()
      let found = payloads(in: frame)
      try #require(found.count == 1)
      #expect(found[0].count == message.payloadBytes)
      let decoded = try found[0].withUnsafeBytes { try RobotMessage(payload: $0) }
      #expect(decoded == message)
    }
  }

  @Test("An effort that is not a number is decoded, for the robot to refuse")
  func notANumber() throws {
    let message = HostMessage.command(
      Command(
        answering: 1, applyAtMicroseconds: 2, expiresAtMicroseconds: 3, efforts: [.nan, 1]))
    let found = payloads(in: message.frame())
    let decoded = try #require(found.first).withUnsafeBytes { try HostMessage(payload: $0) }
    guard case .command(let command) = decoded else {
      Issue.record("decoded as \(decoded)")
      return
    }
    #expect(command.efforts[0].isNaN)
    #expect(command.efforts[1] == 1)
  }
}
