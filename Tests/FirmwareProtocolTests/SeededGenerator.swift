import FirmwareProtocol

/// A seeded generator for tests: SplitMix64 (Steele, Lea & Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Any bit pattern but a NaN's, so that values compare equal after a round trip.
  mutating func anyFloat() -> Float {
    let value = Float(bitPattern: UInt32(truncatingIfNeeded: next()))
    return value.isNaN ? 0 : value
  }

  /// Text of one to four bytes a character, at most the 32 bytes that the protocol allows.
  mutating func anyText() -> String {
    let alphabet = ["a", "Z", "0", "_", "é", "ω", "関", "節", "🤖", "\u{301}"]
    var text = ""
    for _ in 0..<Int.random(in: 0...20, using: &self) {
      let longer = text + alphabet[Int.random(in: 0..<alphabet.count, using: &self)]
      if longer.utf8.count > 32 { break }
      text = longer
    }
    return text
  }

  mutating func anyJointCount() -> Int { Int.random(in: 0...32, using: &self) }

  mutating func anyInteger<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
    // Small numbers often, so that frames hold runs of zeros as real ones do.
    Bool.random(using: &self)
      ? Value.random(in: .min ... .max, using: &self) : Value.random(in: 0...3, using: &self)
  }

  mutating func anyLimits() -> FirmwareLimits {
    FirmwareLimits(
      watchdogMilliseconds: anyInteger(UInt16.self),
      joints: (0..<anyJointCount()).map { _ in
        FirmwareLimits.Joint(
          positionLower: anyFloat(), positionUpper: anyFloat(), velocity: anyFloat(),
          effort: anyFloat())
      })
  }

  mutating func hostMessage(_ type: HostMessageType) -> HostMessage {
    switch type {
    case .hello:
      .hello(HostHello(protocolVersion: anyInteger(UInt8.self), nonce: anyInteger(UInt32.self)))
    case .configure: .configure(anyLimits())
    case .stream: .stream(isEnabled: Bool.random(using: &self))
    case .arm: .arm(bootCounter: anyInteger(UInt32.self))
    case .disarm: .disarm
    case .command:
      .command(
        Command(
          answering: anyInteger(UInt32.self), applyAtMicroseconds: anyInteger(UInt64.self),
          expiresAtMicroseconds: anyInteger(UInt64.self),
          efforts: (0..<anyJointCount()).map { _ in anyFloat() }))
    case .heartbeat: .heartbeat(answering: anyInteger(UInt32.self))
    case .emergencyStop: .emergencyStop
    case .clearFault: .clearFault
    case .echo: .echo(token: anyInteger(UInt32.self))
    }
  }

  mutating func robotMessage(_ type: RobotMessageType) -> RobotMessage {
    let mode = RobotMode(rawValue: UInt8.random(in: 0...3, using: &self)) ?? .disarmed
    let fault = FaultCode(rawValue: UInt8.random(in: 0...7, using: &self)) ?? .none
    switch type {
    case .hello:
      return .hello(
        RobotHello(
          protocolVersion: anyInteger(UInt8.self), nonce: anyInteger(UInt32.self),
          bootCounter: anyInteger(UInt32.self), controlRateHertz: anyFloat(),
          watchdogMilliseconds: anyInteger(UInt16.self),
          maximumFrameBytes: anyInteger(UInt16.self), robotName: anyText(),
          firmwareVersion: anyText(),
          joints: (0..<anyJointCount()).map { _ in
            JointDescriptor(
              name: anyText(), kind: Bool.random(using: &self) ? .revolute : .prismatic,
              isActuated: Bool.random(using: &self), effortCapability: anyFloat())
          }))
    case .limits: return .limits(anyLimits())
    case .acknowledgement:
      let result = Acknowledgement.Result(rawValue: UInt8.random(in: 0...7, using: &self))
      return .acknowledgement(
        Acknowledgement(
          messageType: anyInteger(UInt8.self), result: result ?? .accepted, mode: mode))
    case .state:
      return .state(
        RobotState(
          tick: anyInteger(UInt32.self), robotTimeMicroseconds: anyInteger(UInt64.self),
          mode: mode, fault: fault, answeredTick: anyInteger(UInt32.self),
          lateCommands: anyInteger(UInt16.self),
          joints: (0..<anyJointCount()).map { _ in
            JointState(position: anyFloat(), velocity: anyFloat(), effort: anyFloat())
          }))
    case .fault:
      return .fault(
        FaultReport(
          code: fault, joint: anyInteger(UInt8.self),
          robotTimeMicroseconds: anyInteger(UInt64.self), value: anyFloat()))
    case .echo:
      return .echo(
        token: anyInteger(UInt32.self), robotTimeMicroseconds: anyInteger(UInt64.self))
    }
  }
}

/// The payloads that a decoder gives for a stream of bytes.
func payloads(in stream: [UInt8], by decoder: FrameDecoder = FrameDecoder()) -> [[UInt8]] {
  var payloads: [[UInt8]] = []
  stream.withUnsafeBytes { bytes in decoder.feed(bytes) { payloads.append(Array($0)) } }
  return payloads
}
