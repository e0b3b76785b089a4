import FirmwareProtocol
import Glibc
import Robotics

/// A robot that speaks the firmware protocol over a serial line.
///
///     let link = try SerialRobotLink(path: "/dev/ttyUSB0", robot: robot)
///     let hello = try link.check(robot: robot)
///     try link.startStream()
///
/// Samples that come twice or out of order are skipped and counted; lost ones are counted by their
/// ticks. Several that came at once are received one after the other. A hello that nobody asked for
/// means that the firmware was reset; from then on `receive` says `.rebooted` until the next check.
///
/// A link belongs to one thread at a time. Once the stream runs, `receive` and the `send` functions
/// allocate nothing.
public final class SerialRobotLink: RobotLink {
  /// How long the link waits for answers.
  public struct Patience: Sendable, Equatable {
    /// How long to wait for a hello at most, in seconds: a microcontroller that resets when the port
    /// opens spends up to two seconds in its boot loader.
    public var helloSeconds: Double
    /// After how long to repeat the hello, in seconds.
    public var helloIntervalSeconds: Double
    /// How long to wait for any other answer, in seconds.
    public var answerSeconds: Double
    /// How often to ask again when no answer came.
    public var attempts: Int
    /// How long stopping may take, in seconds.
    public var stopSeconds: Double

    /// Patience from its parts.
    public init(
      helloSeconds: Double = 5, helloIntervalSeconds: Double = 0.2, answerSeconds: Double = 0.3,
      attempts: Int = 4, stopSeconds: Double = 0.2
    ) {
      self.helloSeconds = helloSeconds
      self.helloIntervalSeconds = helloIntervalSeconds
      self.answerSeconds = answerSeconds
      self.attempts = attempts
      self.stopSeconds = stopSeconds
    }
  }

  /// The port.
  public let port: SerialPort
  /// How fast the robot's clock runs against the wall's.
  public let speed: Double
  /// How long the link waits for answers.
  public let patience: Patience

  /// The port's.
  public let clock: any HostClock

  let encoder = FrameEncoder()
  let decoder = FrameDecoder()
  let inbox = LinkInbox()
  /// The robot's boot counter, from its hello.
  var bootCounter: UInt32 = 0

  /// Where readings of the motors come from, when they come another way than over the line; called
  /// with each sample, on the control thread.
  package var motorReadingSource: (kinds: MotorReadingKinds, fill: (LinkSample) -> Void)?

  /// What the source reports; the protocol's states carry no such readings.
  public var motorReadings: MotorReadingKinds { motorReadingSource?.kinds ?? [] }

  private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 16)
  private let writeBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 3 + ProtocolLimits.maximumFrameBytes, alignment: 16)
  private var isFirstFrame = true
  private var brokenFrames = BrokenFrames()
  private var writeTimeoutNanoseconds: Int64 = 5_000_000
  private var jointCount = 0
  private var commandDelayMicroseconds: UInt64 = 0
  private var commandLifeMicroseconds: UInt64 = 0
  private var lastTick: UInt32 = 0
  private var lastRobotTimeMicroseconds: UInt64 = 0
  private var framesSent = 0
  /// The number of bytes that were read since the port opened.
  private(set) var bytesSeen = 0
  private var framesAcceptedBefore = 0
  private var framesRejectedBefore = 0

  /// A link over an open port.
  ///
  /// - Parameters:
  ///   - port: The port; the link closes it when it stops.
  ///   - speed: How fast the robot's clock runs against the wall's; 1 for real robots.
  ///   - patience: How long to wait for answers.
  public init(port: SerialPort, speed: Double = 1, patience: Patience = Patience()) {
    precondition(speed > 0, "a robot's clock must run")
    self.port = port
    clock = port.clock
    self.speed = speed
    self.patience = patience
  }

  /// A link over a device, opened at the rate that the robot's file gives.
  ///
  /// - Throws: ``LinkError``, as ``SerialPort/init(path:options:)`` does.
  public convenience init(
    path: String, robot: Robot, speed: Double = 1, patience: Patience = Patience()
  ) throws(LinkError) {
    let port = try SerialPort(path: path, options: SerialPort.Options(baud: robot.link.baud))
    self.init(port: port, speed: speed, patience: patience)
  }

  deinit {
    readBuffer.deallocate()
    writeBuffer.deallocate()
  }

  /// What the link counted since it was checked.
  public var statistics: LinkStatistics {
    var statistics = LinkStatistics()
    statistics.framesReceived = decoder.framesAccepted - framesAcceptedBefore
    statistics.framesCorrupted = decoder.framesRejected - framesRejectedBefore
    statistics.samplesLost = inbox.samplesLost
    statistics.samplesOutOfOrder = inbox.samplesOutOfOrder
    statistics.framesSent = framesSent
    return statistics
  }

  /// The last fault that the firmware reported since the check, with its cause and time.
  public var lastFaultReport: FaultReport? { inbox.lastFaultReport }

  /// The robot's last answer to a message since the check; says why an arm was refused.
  public var lastAcknowledgement: Acknowledgement? { inbox.lastAcknowledgement }

  // MARK: - The control thread

  /// Waits for the next sample and writes it into `sample`.
  public func receive(into sample: LinkSample, timeoutNanoseconds: Int64) -> ReceiveOutcome {
    let deadline = clock.nowNanoseconds() + max(timeoutNanoseconds, 0)
    while true {
      if inbox.isRebooted { return .rebooted }
      if inbox.pending.pop(into: sample) {
        lastTick = sample.tick
        lastRobotTimeMicroseconds = UInt64(bitPattern: sample.robotTimeNanoseconds / 1000)
        motorReadingSource?.fill(sample)
        return .sample
      }
      switch pump(until: deadline) {
      case .input: continue
      case .timeout: return .timeout
      case .disconnected(let code): return .disconnected(errno: code)
      }
    }
  }

  /// Answers the last sample while the robot is disarmed.
  public func sendHeartbeat() -> SendOutcome { send(.heartbeat(answering: lastTick)) }

  /// Turns the actuators on at zero effort.
  public func sendArm() -> SendOutcome { send(.arm(bootCounter: bootCounter)) }

  /// Turns the actuators off.
  public func sendDisarm() -> SendOutcome { send(.disarm) }

  /// Turns the actuators off and latches.
  public func sendEmergencyStop() -> SendOutcome { send(.emergencyStop) }

  /// Clears a latched fault; the robot stays disarmed.
  public func sendClearFault() -> SendOutcome { send(.clearFault) }

  /// Answers the last sample with efforts for every joint, in joint order (N m or N).
  ///
  /// They take effect `robot.link.commandDelaySeconds` after the sample, in the robot's clock, and
  /// expire `robot.link.watchdogSeconds` later.
  @_spi(SafetyEnvelope)
  public func sendCommand(efforts: UnsafeBufferPointer<Double>) -> SendOutcome {
    precondition(efforts.count == jointCount, "a command has one effort a joint")
    let applyAt = lastRobotTimeMicroseconds &+ commandDelayMicroseconds
    return write { buffer in
      encoder.encodeCommand(
        answering: lastTick, applyAtMicroseconds: applyAt,
        expiresAtMicroseconds: applyAt &+ commandLifeMicroseconds, efforts: efforts, into: buffer)
    }
  }

  // MARK: - Bytes

  /// What became of waiting for bytes.
  enum PumpOutcome {
    /// Bytes came and went through the decoder.
    case input
    /// None came in time.
    case timeout
    /// The port hung up.
    case disconnected(errno: Int32)
  }

  /// Reads once, waiting until `deadline` at most, and hands every whole frame to the inbox.
  ///
  /// Called only when no sample waits, so those of one read always fit.
  func pump(until deadline: Int64) -> PumpOutcome {
    while true {
      switch port.read(into: readBuffer) {
      case .bytes(let count):
        let now = clock.nowNanoseconds()
        bytesSeen += count
        let bytes = UnsafeRawBufferPointer(rebasing: readBuffer[..<count])
        let inbox = inbox
        decoder.feed(bytes) { inbox.take($0, hostTimeNanoseconds: now) }
        // Noise without a frame in it must not keep the control thread past its time.
        return inbox.isEmpty && now >= deadline ? .timeout : .input
      case .disconnected(let code):
        return .disconnected(errno: code)
      case .nothing:
        let left = deadline - clock.nowNanoseconds()
        guard left > 0, port.waitForInput(timeoutNanoseconds: left) == .ready else {
          return .timeout
        }
      }
    }
  }

  func send(_ message: HostMessage) -> SendOutcome {
    write { buffer in encoder.encode(message, into: buffer) }
  }

  /// Writes one frame. The first, and one after a time-out, begins with a 0x00, which ends whatever
  /// part of a frame the robot may have; after a time-out with a byte before it that spoils the part,
  /// sent twice, as a line may lose one.
  private func write(_ encode: (UnsafeMutableRawBufferPointer) -> Int) -> SendOutcome {
    writeBuffer[0] = brokenFrames.breaker
    writeBuffer[1] = writeBuffer[0]
    writeBuffer[2] = 0
    let frame = UnsafeMutableRawBufferPointer(rebasing: writeBuffer[3...])
    let count = encode(frame)
    let start = brokenFrames.isPending ? 0 : isFirstFrame ? 2 : 3
    let outcome = port.write(
      UnsafeRawBufferPointer(rebasing: writeBuffer[start..<3 + count]),
      timeoutNanoseconds: writeTimeoutNanoseconds)
    if outcome == .sent {
      framesSent += 1
      isFirstFrame = false
      brokenFrames.clear()
    } else {
      brokenFrames.note(lastByte: frame[count - 2])
    }
    return outcome
  }

  // MARK: - A session's start

  /// Begins counting anew, for a robot with so many joints.
  func beginSession(robot: Robot) {
    jointCount = robot.joints.count
    // A state's frame is at least 28 bytes; one more for the part that the last read left over.
    inbox.reset(jointCount: jointCount, capacity: readBuffer.count / 28 + 2)
    commandDelayMicroseconds = microseconds(robot.link.commandDelaySeconds)
    commandLifeMicroseconds = microseconds(robot.link.watchdogSeconds)
    let periodNanoseconds = robot.link.controlPeriodSeconds / speed * 1e9
    writeTimeoutNanoseconds = max(Int64(periodNanoseconds / 2), 2_000_000)
    decoder.reset()
    isFirstFrame = true
    framesSent = 0
    framesAcceptedBefore = decoder.framesAccepted
    framesRejectedBefore = decoder.framesRejected
  }

  private func microseconds(_ seconds: Double) -> UInt64 {
    UInt64(max((seconds * 1e6).rounded(), 0))
  }
}
