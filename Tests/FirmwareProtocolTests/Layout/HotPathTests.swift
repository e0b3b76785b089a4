import FirmwareProtocol
import Testing

/// The forms without arrays, which the control threads use, say the same as the messages.
@Suite struct HotPathTests {
  @Test("A command encoded from doubles is the frame of the message with the nearest singles")
  func encodingCommands() {
    let seed: UInt64 = 41
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let encoder = FrameEncoder()
    var buffer = [UInt8](repeating: 0xAA, count: ProtocolLimits.maximumFrameBytes)
    for jointCount in 0...ProtocolLimits.maximumJoints {
      let efforts = (0..<jointCount).map { _ in Double.random(in: -9...9, using: &generator) }
      let answering = generator.anyInteger(UInt32.self)
      let applyAt = generator.anyInteger(UInt64.self)
      let expiresAt = generator.anyInteger(UInt64.self)
      let count = buffer.withUnsafeMutableBytes { buffer in
        efforts.withUnsafeBufferPointer {
          encoder.encodeCommand(
            answering: answering, applyAtMicroseconds: applyAt, expiresAtMicroseconds: expiresAt,
            efforts: $0, into: buffer)
        }
      }
      let message = HostMessage.command(
        Command(
          answering: answering, applyAtMicroseconds: applyAt, expiresAtMicroseconds: expiresAt,
          efforts: efforts.map { Float($0) }))
      #expect(Array(buffer[0..<count]) == message.frame())
    }
  }

  @Test("A state encoded from doubles is the frame of the message with the nearest singles")
  func encodingStates() {
    let seed: UInt64 = 42
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let encoder = FrameEncoder()
    var buffer = [UInt8](repeating: 0xAA, count: ProtocolLimits.maximumFrameBytes)
    for jointCount in 0...ProtocolLimits.maximumJoints {
      func values() -> [Double] {
        (0..<jointCount).map { _ in Double.random(in: -9...9, using: &generator) }
      }
      let (positions, velocities, efforts) = (values(), values(), values())
      let count = buffer.withUnsafeMutableBytes { buffer in
        positions.withUnsafeBufferPointer { positions in
          velocities.withUnsafeBufferPointer { velocities in
            efforts.withUnsafeBufferPointer { efforts in
              encoder.encodeState(
                tick: 70_000, robotTimeMicroseconds: 1 << 40, mode: .faulted, fault: .sensor,
                answeredTick: 69_999, lateCommands: 513, positions: positions,
                velocities: velocities, efforts: efforts, into: buffer)
            }
          }
        }
      }
      let message = RobotMessage.state(
        RobotState(
          tick: 70_000, robotTimeMicroseconds: 1 << 40, mode: .faulted, fault: .sensor,
          answeredTick: 69_999, lateCommands: 513,
          joints: (0..<jointCount).map {
            JointState(
              position: Float(positions[$0]), velocity: Float(velocities[$0]),
              effort: Float(efforts[$0]))
          }))
      #expect(Array(buffer[0..<count]) == message.frame())
    }
  }

  @Test("A view of a state reads what the state holds")
  func viewingStates() throws {
    let seed: UInt64 = 43
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let message = generator.robotMessage(.state)
      guard case .state(let state) = message else { continue }
      let payload = try #require(payloads(in: message.frame()).first)
      try payload.withUnsafeBytes { bytes in
        let view = try #require(StateView(payload: bytes))
        #expect(view.tick == state.tick)
        #expect(view.robotTimeMicroseconds == state.robotTimeMicroseconds)
        #expect(view.mode == state.mode)
        #expect(view.fault == state.fault)
        #expect(view.answeredTick == state.answeredTick)
        #expect(view.lateCommands == state.lateCommands)
        try #require(view.jointCount == state.joints.count)
        for (index, joint) in state.joints.enumerated() {
          #expect(view.position(index) == joint.position)
          #expect(view.velocity(index) == joint.velocity)
          #expect(view.effort(index) == joint.effort)
        }
      }
    }
  }

  @Test("A view of a command reads what the command holds")
  func viewingCommands() throws {
    let seed: UInt64 = 44
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let message = generator.hostMessage(.command)
      guard case .command(let command) = message else { continue }
      let payload = try #require(payloads(in: message.frame()).first)
      try payload.withUnsafeBytes { bytes in
        let view = try #require(CommandView(payload: bytes))
        #expect(view.answering == command.answering)
        #expect(view.applyAtMicroseconds == command.applyAtMicroseconds)
        #expect(view.expiresAtMicroseconds == command.expiresAtMicroseconds)
        try #require(view.jointCount == command.efforts.count)
        for (index, effort) in command.efforts.enumerated() {
          #expect(view.effort(index) == effort)
        }
      }
    }
  }

  @Test("A view accepts exactly the payloads that decode to its message")
  func viewsAndMessagesAgree() throws {
    let seed: UInt64 = 45
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var candidates = try VectorFile<RefusedVector>.read("refused-payloads").vectors
      .compactMap { bytes($0.payload) }
    for _ in 0..<4000 {
      let isState = Bool.random(using: &generator)
      var payload = [UInt8](
        repeating: 0, count: 22 + (isState ? 12 : 4) * Int.random(in: 0...3, using: &generator))
      payload[0] = isState ? 0x84 : 0x06
      payload[1] = UInt8((payload.count - 22) / (isState ? 12 : 4))
      for index in [0, 1, 14, 15] where UInt8.random(in: 0...4, using: &generator) == 0 {
        payload[index] = UInt8.random(in: 0...9, using: &generator)
      }
      if UInt8.random(in: 0...4, using: &generator) == 0 { payload.removeLast() }
      candidates.append(payload)
    }
    var accepted = 0
    for payload in candidates {
      payload.withUnsafeBytes { bytes in
        var isState = false
        if case .state? = try? RobotMessage(payload: bytes) { isState = true }
        var isCommand = false
        if case .command? = try? HostMessage(payload: bytes) { isCommand = true }
        #expect((StateView(payload: bytes) != nil) == isState, "\(hexadecimal(payload))")
        #expect((CommandView(payload: bytes) != nil) == isCommand, "\(hexadecimal(payload))")
        if isState || isCommand { accepted += 1 }
      }
    }
    #expect(accepted > 100 && accepted < candidates.count - 100)
  }
}
