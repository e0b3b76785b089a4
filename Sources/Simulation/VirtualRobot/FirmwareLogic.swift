import FirmwareProtocol

/// The robot's side of the firmware protocol as a pure state machine: bytes in, bytes out, no input
/// or output, no clock of its own.
///
/// `firmware-protocol/PROTOCOL.md` has the rules. The caller keeps the robot's clock, and from its
/// loop calls
///
///     logic.receive(bytes, atMicroseconds: now)   // when bytes came
///     logic.advance(toMicroseconds: now)          // commands that are due, watchdog
///     logic.measure(positions: q, velocities: v)  // once a control period: limits, state
///     motor.apply(logic.efforts)
///     port.write(logic.takeOutput())
///
/// It belongs to one thread.
public final class FirmwareLogic {
  /// What is built into the firmware.
  public let description: FirmwareDescription
  /// This boot's number.
  public let bootCounter: UInt32
  /// The robot's clock, as the caller told it last, in microseconds.
  public internal(set) var nowMicroseconds: UInt64 = 0
  /// Whether the actuators are on.
  public internal(set) var mode: RobotMode = .disarmed
  /// The latched fault.
  public internal(set) var fault: FaultCode = .none
  /// The limits in force; nil until the session's host sets them.
  public internal(set) var limits: FirmwareLimits?
  /// Whether states stream.
  public internal(set) var isStreaming = false
  /// Counts the streams begun since the boot.
  public internal(set) var streamCount: UInt64 = 0
  /// The tick of the next state of the stream: the number of states since it began.
  public internal(set) var nextTick: UInt32 = 0
  /// The effort in force at each joint (N m or N); zero unless armed.
  public internal(set) var efforts: [Float]
  /// The tick that the command in force answered; `noTick` before the first.
  public internal(set) var answeredTick = FirmwareLogic.noTick
  /// The number of commands that came late, since the stream began.
  public internal(set) var lateCommands: UInt16 = 0
  /// The latest tick of the stream that a command or heartbeat named, whatever became of it;
  /// `noTick` before the first.
  public internal(set) var heardTick = FirmwareLogic.noTick
  /// When the last state was measured, in microseconds.
  public internal(set) var stateMicroseconds: UInt64 = 0
  /// How long after its state the last accepted command takes effect, in microseconds; nil before
  /// the first.
  public internal(set) var answerDelayMicroseconds: UInt64?
  /// Whether the robot's stop button is pressed.
  public internal(set) var isStopButtonPressed = false

  /// Stands for no tick.
  public static let noTick: UInt32 = 0xFFFF_FFFF

  /// Whether the session's host greeted in the firmware's version of the protocol.
  var speaksOurVersion = true
  /// Commands whose time has not come, in the order in which they came.
  var waitingCommands: [Command] = []
  /// The tick that the last command accepted since arming answered; nil before the first.
  var acceptedTick: UInt32?
  /// When the last command was accepted, or the robot armed, in microseconds.
  var watchdogStartMicroseconds: UInt64 = 0

  private let decoder = FrameDecoder()
  private var output: [UInt8] = []
  private let encoder = FrameEncoder()
  private var frame = [UInt8](repeating: 0, count: ProtocolLimits.maximumFrameBytes)

  /// The firmware just after a boot: disarmed, without limits, not streaming, and with its hello to
  /// be sent.
  public init(description: FirmwareDescription, bootCounter: UInt32) {
    self.description = description
    self.bootCounter = bootCounter
    efforts = [Float](repeating: 0, count: description.joints.count)
    send(.hello(hello(nonce: 0)))
  }

  // MARK: Bytes

  /// Takes bytes from the host, cut anywhere, and acts on each message that they complete.
  public func receive(_ bytes: UnsafeRawBufferPointer, atMicroseconds now: UInt64) {
    nowMicroseconds = max(nowMicroseconds, now)
    decoder.feed(bytes) { payload in
      // A whole frame whose payload is no message of this protocol is skipped, as a corrupted one.
      guard let message = try? HostMessage(payload: payload) else { return }
      handle(message)
    }
  }

  /// What the firmware has to say since it was last asked, and forgets it.
  public func takeOutput() -> [UInt8] {
    defer { output.removeAll(keepingCapacity: true) }
    return output
  }

  /// Whether there is something to say.
  public var hasOutput: Bool { !output.isEmpty }

  func send(_ message: RobotMessage) {
    let count = frame.withUnsafeMutableBytes { encoder.encode(message, into: $0) }
    output.append(contentsOf: frame[..<count])
  }

  func acknowledge(_ type: HostMessageType, _ result: Acknowledgement.Result) {
    send(
      .acknowledgement(
        Acknowledgement(messageType: type.rawValue, result: result, mode: mode)))
  }
}
