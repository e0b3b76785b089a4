import FirmwareProtocol
import Robotics

/// A robot at the other end of a wire, whatever bus it speaks: our serial protocol, a servo bus, or
/// a test's double. `Supervisor` drives it; nothing else may.
///
/// The life of a link: `check` (who is there; actuators verified off; limits written and read
/// back), `startStream`, then once a control period `receive` and one of `sendHeartbeat` (disarmed)
/// or `sendCommand` (armed). `arm` and `disarm` come between a `receive` and its answer. `stop`
/// turns everything off and never throws.
///
/// `receive`, `sendHeartbeat`, `sendCommand`, `sendDisarm` and `sendEmergencyStop` run on the
/// control thread: they do not allocate, lock or log, and make no system call but the port's and
/// the clock's.
public protocol RobotLink: AnyObject {
  /// Greets the robot, refuses one that isn't `robot` or whose firmware won't do, verifies that its
  /// actuators are off, writes the limits and reads them back.
  ///
  /// - Throws: ``LinkError``.
  func check(robot: Robot) throws(LinkError) -> RobotHello

  /// Starts the stream of samples.
  ///
  /// - Throws: ``LinkError``.
  func startStream() throws(LinkError)

  /// Stops the stream of samples, between episodes; the robot disarms if it was armed.
  ///
  /// - Throws: ``LinkError``.
  func stopStream() throws(LinkError)

  /// Waits for the next sample and writes it into `sample`.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait at most, in wall time.
  func receive(into sample: LinkSample, timeoutNanoseconds: Int64) -> ReceiveOutcome

  /// Answers the last sample while the robot is disarmed.
  func sendHeartbeat() -> SendOutcome

  /// Turns the actuators on at zero effort. The acknowledgement shows as the next sample's mode.
  func sendArm() -> SendOutcome

  /// Turns the actuators off.
  func sendDisarm() -> SendOutcome

  /// Turns the actuators off and latches.
  func sendEmergencyStop() -> SendOutcome

  /// Clears a latched fault; the robot stays disarmed. The result shows as the next sample's mode.
  func sendClearFault() -> SendOutcome

  /// Answers the last sample with efforts for every joint, in joint order (N m or N).
  ///
  /// Only `Supervisor` may call this, with efforts that its envelope has passed: it is the one door
  /// to the wire. Files that neither call nor implement it don't see it; those that do import this
  /// module as `@_spi(SafetyEnvelope) import HardwareIO`.
  @_spi(SafetyEnvelope)
  func sendCommand(efforts: UnsafeBufferPointer<Double>) -> SendOutcome

  /// Disarms, stops the stream, closes the port; repeats what fails as far as it can.
  func stop()

  /// What the link's samples say of the joints' motors besides motion.
  var motorReadings: MotorReadingKinds { get }

  /// How fast the robot's clock runs against the wall's; 1 for real robots.
  var speed: Double { get }

  /// The clock that the samples' host times are of.
  var clock: any HostClock { get }

  /// What the link counted since it was checked.
  var statistics: LinkStatistics { get }

  /// The last fault that the firmware reported since the check, with its cause and time; nil for a
  /// bus without such reports.
  var lastFaultReport: FaultReport? { get }

  /// The robot's last answer to a message since the check, which says why an arm was refused; nil
  /// for a bus without such answers.
  var lastAcknowledgement: Acknowledgement? { get }
}

extension RobotLink {
  /// The system's.
  public var clock: any HostClock { SystemClock() }

  /// Nothing.
  public var motorReadings: MotorReadingKinds { [] }

  /// None.
  public var lastFaultReport: FaultReport? { nil }

  /// None.
  public var lastAcknowledgement: Acknowledgement? { nil }

  /// Every link has its own; the language wants a default for a requirement that most don't see.
  @_spi(SafetyEnvelope)
  public func sendCommand(efforts: UnsafeBufferPointer<Double>) -> SendOutcome {
    preconditionFailure("a robot link must implement sendCommand(efforts:)")
  }
}

/// Quantities of the joints' motors that a link may report with its samples.
public struct MotorReadingKinds: OptionSet, Sendable {
  /// The kinds' bits.
  public let rawValue: UInt8
  /// Kinds from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Temperatures.
  public static let temperature = MotorReadingKinds(rawValue: 1)
  /// Currents.
  public static let current = MotorReadingKinds(rawValue: 2)
  /// The supply's voltages.
  public static let voltage = MotorReadingKinds(rawValue: 4)
}

/// What became of waiting for a sample.
public enum ReceiveOutcome: Sendable, Equatable {
  /// A sample came.
  case sample
  /// None came in time.
  case timeout
  /// The port hung up: unplugged, or the robot's process is gone.
  case disconnected(errno: Int32)
  /// The firmware was reset: its hello came unasked, or its boot counter changed.
  case rebooted
}

/// What became of sending.
public enum SendOutcome: Sendable, Equatable {
  /// The bytes are with the port.
  case sent
  /// The port took too long.
  case timeout
  /// The port hung up.
  case disconnected(errno: Int32)
}

/// A sample as it came over a link; reused, so that receiving allocates nothing.
public final class LinkSample {
  /// Counts the control periods since the stream began.
  public var tick: UInt32 = 0
  /// The robot's clock when the sensors were read, in nanoseconds.
  public var robotTimeNanoseconds: Int64 = 0
  /// The host's monotonic clock when the sample arrived, in nanoseconds.
  public var hostTimeNanoseconds: Int64 = 0
  /// Whether the actuators are on.
  public var mode: RobotMode = .disarmed
  /// The latched fault.
  public var fault: FaultCode = .none
  /// The number of commands that came late since the stream began, by the robot's count.
  public var lateCommands: Int = 0
  /// The joints' positions (rad or m).
  public let positions: UnsafeMutableBufferPointer<Double>
  /// The joints' velocities (rad/s or m/s).
  public let velocities: UnsafeMutableBufferPointer<Double>
  /// The efforts in force (N m or N).
  public let efforts: UnsafeMutableBufferPointer<Double>
  /// The motors' temperatures, in degrees Celsius; NaN for one that did not come with this sample.
  public let temperatures: UnsafeMutableBufferPointer<Double>
  /// The motors' currents, in amperes; NaN for one that did not come.
  public let currents: UnsafeMutableBufferPointer<Double>
  /// The voltages of the motors' supply; NaN for one that did not come.
  public let voltages: UnsafeMutableBufferPointer<Double>

  /// A sample for so many joints, all zero, without readings of the motors.
  public init(jointCount: Int) {
    positions = .allocate(capacity: jointCount)
    velocities = .allocate(capacity: jointCount)
    efforts = .allocate(capacity: jointCount)
    positions.initialize(repeating: 0)
    velocities.initialize(repeating: 0)
    efforts.initialize(repeating: 0)
    temperatures = .allocate(capacity: jointCount)
    currents = .allocate(capacity: jointCount)
    voltages = .allocate(capacity: jointCount)
    for readings in [temperatures, currents, voltages] { readings.initialize(repeating: .nan) }
  }

  deinit {
    positions.deallocate()
    velocities.deallocate()
    efforts.deallocate()
    temperatures.deallocate()
    currents.deallocate()
    voltages.deallocate()
  }
}

/// What a link counted.
public struct LinkStatistics: Sendable, Equatable, Codable {
  /// Frames that came whole.
  public var framesReceived = 0
  /// Frames whose checksum or framing was wrong; they were skipped.
  public var framesCorrupted = 0
  /// Samples that were missing between two that came, by their ticks.
  public var samplesLost = 0
  /// Samples that came twice or out of order; they were skipped.
  public var samplesOutOfOrder = 0
  /// Frames sent.
  public var framesSent = 0

  /// No counts yet.
  public init() {}
}
