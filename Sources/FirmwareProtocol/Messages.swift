/// What the host says to the robot. `firmware-protocol/PROTOCOL.md` gives each message byte by
/// byte.
public enum HostMessage: Sendable, Equatable {
  /// Begins a session: the robot disarms, stops streaming, and answers with ``RobotMessage/hello``.
  case hello(HostHello)
  /// Sets the limits that the firmware enforces by itself; answered with ``RobotMessage/limits``.
  case configure(FirmwareLimits)
  /// Starts or stops the stream of states; answered with ``RobotMessage/acknowledgement``.
  case stream(isEnabled: Bool)
  /// Turns the actuators on at zero effort; refused unless limits are set, states stream, no fault
  /// is latched, and the boot counter is the one of the hello.
  case arm(bootCounter: UInt32)
  /// Turns the actuators off at once.
  case disarm
  /// Efforts to apply; see ``Command``.
  case command(Command)
  /// Says that the host lives, while the robot is disarmed.
  case heartbeat(answering: UInt32)
  /// Turns the actuators off and latches; only ``clearFault`` undoes it.
  case emergencyStop
  /// Clears a latched fault or emergency stop; the robot stays disarmed.
  case clearFault
  /// Asks for the token back, with the robot's clock.
  case echo(token: UInt32)
}

/// What the robot says to the host.
public enum RobotMessage: Sendable, Equatable {
  /// Who the robot is.
  case hello(RobotHello)
  /// The limits now in force, read back from where the firmware enforces them.
  case limits(FirmwareLimits)
  /// That a message took effect, or why not.
  case acknowledgement(Acknowledgement)
  /// What the robot measures and does, once a control period.
  case state(RobotState)
  /// That the firmware turned its actuators off by itself, and why.
  case fault(FaultReport)
  /// The answer to an echo.
  case echo(token: UInt32, robotTimeMicroseconds: UInt64)
}

/// The host's part of a hello.
public struct HostHello: Sendable, Equatable {
  /// The protocol version that the host speaks.
  public var protocolVersion: UInt8
  /// A number that the robot's hello repeats, so that an old answer isn't taken for a new one.
  public var nonce: UInt32

  /// A hello from its parts.
  public init(protocolVersion: UInt8 = HostHello.currentProtocolVersion, nonce: UInt32) {
    self.protocolVersion = protocolVersion
    self.nonce = nonce
  }

  /// The version of the protocol that this package speaks.
  public static let currentProtocolVersion: UInt8 = 1
}

/// The robot's part of a hello: its descriptor.
public struct RobotHello: Sendable, Equatable {
  /// The protocol version that the firmware speaks.
  public var protocolVersion: UInt8
  /// The host's nonce, repeated.
  public var nonce: UInt32
  /// Counts the firmware's boots (or is drawn at random at each): a change means that it was reset.
  public var bootCounter: UInt32
  /// The rate of states, in hertz of the robot's clock.
  public var controlRateHertz: Float
  /// How long the actuators stay on without a command, in milliseconds of the robot's clock.
  public var watchdogMilliseconds: UInt16
  /// The greatest number of bytes of a frame that the robot can receive.
  public var maximumFrameBytes: UInt16
  /// The robot's name, at most 32 bytes of UTF-8.
  public var robotName: String
  /// The firmware's version, at most 32 bytes of UTF-8.
  public var firmwareVersion: String
  /// The joints, in the order of states and commands.
  public var joints: [JointDescriptor]

  /// A hello from its parts.
  public init(
    protocolVersion: UInt8 = HostHello.currentProtocolVersion, nonce: UInt32, bootCounter: UInt32,
    controlRateHertz: Float, watchdogMilliseconds: UInt16, maximumFrameBytes: UInt16,
    robotName: String, firmwareVersion: String, joints: [JointDescriptor]
  ) {
    self.protocolVersion = protocolVersion
    self.nonce = nonce
    self.bootCounter = bootCounter
    self.controlRateHertz = controlRateHertz
    self.watchdogMilliseconds = watchdogMilliseconds
    self.maximumFrameBytes = maximumFrameBytes
    self.robotName = robotName
    self.firmwareVersion = firmwareVersion
    self.joints = joints
  }
}

/// One joint in a robot's hello.
public struct JointDescriptor: Sendable, Equatable {
  /// How the joint moves, which fixes its units: rad, rad/s, N m or m, m/s, N.
  public enum Kind: UInt8, Sendable {
    /// Turns.
    case revolute = 0
    /// Slides.
    case prismatic = 1
  }

  /// The joint's name, at most 32 bytes of UTF-8.
  public var name: String
  /// How it moves.
  public var kind: Kind
  /// Whether a motor drives it.
  public var isActuated: Bool
  /// The greatest effort that the hardware can give, either way (N m or N).
  public var effortCapability: Float

  /// A joint's descriptor from its parts.
  public init(name: String, kind: Kind, isActuated: Bool, effortCapability: Float) {
    self.name = name
    self.kind = kind
    self.isActuated = isActuated
    self.effortCapability = effortCapability
  }
}

/// The limits that the firmware enforces by itself, whatever the host commands.
public struct FirmwareLimits: Sendable, Equatable {
  /// The limits of one joint, in its SI units.
  public struct Joint: Sendable, Equatable {
    /// The least position; minus infinity for none (rad or m).
    public var positionLower: Float
    /// The greatest position; infinity for none (rad or m).
    public var positionUpper: Float
    /// The greatest speed (rad/s or m/s).
    public var velocity: Float
    /// The greatest effort (N m or N).
    public var effort: Float

    /// A joint's limits from their parts.
    public init(positionLower: Float, positionUpper: Float, velocity: Float, effort: Float) {
      self.positionLower = positionLower
      self.positionUpper = positionUpper
      self.velocity = velocity
      self.effort = effort
    }
  }

  /// How long the actuators stay on without a command, in milliseconds of the robot's clock.
  public var watchdogMilliseconds: UInt16
  /// The limits of each joint, in the order of the hello.
  public var joints: [Joint]

  /// Limits from their parts.
  public init(watchdogMilliseconds: UInt16, joints: [Joint]) {
    self.watchdogMilliseconds = watchdogMilliseconds
    self.joints = joints
  }
}

/// Efforts for every joint.
///
/// A command answers a state and takes effect at a fixed time after it, so that what the robot does
/// depends on no jitter of the host. One that comes later than that takes effect at once and is
/// counted as late; one that comes after its expiry is dropped.
public struct Command: Sendable, Equatable {
  /// The tick of the state that the command answers.
  public var answering: UInt32
  /// When it takes effect, in microseconds of the robot's clock.
  public var applyAtMicroseconds: UInt64
  /// When it is too old to take effect at all, in microseconds of the robot's clock.
  public var expiresAtMicroseconds: UInt64
  /// The effort of each joint (N m or N), zero for one without a motor; NaN is refused.
  public var efforts: [Float]

  /// A command from its parts.
  public init(
    answering: UInt32, applyAtMicroseconds: UInt64, expiresAtMicroseconds: UInt64, efforts: [Float]
  ) {
    self.answering = answering
    self.applyAtMicroseconds = applyAtMicroseconds
    self.expiresAtMicroseconds = expiresAtMicroseconds
    self.efforts = efforts
  }
}

/// Whether the robot's actuators are on.
public enum RobotMode: UInt8, Sendable {
  /// Actuators off.
  case disarmed = 0
  /// Actuators on.
  case armed = 1
  /// Actuators off, and a fault latched.
  case faulted = 2
  /// Actuators off, and the emergency stop latched.
  case emergencyStopped = 3
}

/// Why the firmware turned its actuators off by itself.
public enum FaultCode: UInt8, Sendable, CaseIterable {
  /// No fault.
  case none = 0
  /// No command came within the watchdog's time.
  case watchdog = 1
  /// A joint passed its position limit.
  case positionLimit = 2
  /// A joint passed its velocity limit.
  case velocityLimit = 3
  /// A command held an effort that is not a number.
  case invalidCommand = 4
  /// A sensor failed.
  case sensor = 5
  /// The robot's own stop button was pressed.
  case emergencyStopButton = 6
  /// The motor driver reported an error, such as heat, current or supply.
  case driver = 7
}

/// What the robot measures and does, once a control period.
public struct RobotState: Sendable, Equatable {
  /// Counts the control periods since the stream began.
  public var tick: UInt32
  /// When the sensors were read, in microseconds of the robot's clock.
  public var robotTimeMicroseconds: UInt64
  /// Whether the actuators are on.
  public var mode: RobotMode
  /// The latched fault.
  public var fault: FaultCode
  /// The tick that the command now in effect answered; 0xFFFFFFFF before the first.
  public var answeredTick: UInt32
  /// The number of commands that came late, since the stream began.
  public var lateCommands: UInt16
  /// The measurements of each joint, in the order of the hello.
  public var joints: [JointState]

  /// A state from its parts.
  public init(
    tick: UInt32, robotTimeMicroseconds: UInt64, mode: RobotMode, fault: FaultCode,
    answeredTick: UInt32, lateCommands: UInt16, joints: [JointState]
  ) {
    self.tick = tick
    self.robotTimeMicroseconds = robotTimeMicroseconds
    self.mode = mode
    self.fault = fault
    self.answeredTick = answeredTick
    self.lateCommands = lateCommands
    self.joints = joints
  }
}

/// One joint in a state, in its SI units.
public struct JointState: Sendable, Equatable {
  /// The position, not wrapped (rad or m).
  public var position: Float
  /// The velocity (rad/s or m/s).
  public var velocity: Float
  /// The effort in force (N m or N).
  public var effort: Float

  /// A joint's state from its parts.
  public init(position: Float, velocity: Float, effort: Float) {
    self.position = position
    self.velocity = velocity
    self.effort = effort
  }
}

/// Whether a message took effect.
public struct Acknowledgement: Sendable, Equatable {
  /// What came of a message.
  public enum Result: UInt8, Sendable {
    /// It took effect.
    case accepted = 0
    /// Limits must be set first.
    case limitsNotSet = 1
    /// A latched fault or emergency stop must be cleared first.
    case faultLatched = 2
    /// The boot counter isn't this boot's.
    case wrongBootCounter = 3
    /// States must stream first.
    case notStreaming = 4
    /// A value is out of what the firmware can enforce or give.
    case outOfRange = 5
    /// The robot must be disarmed first.
    case armed = 6
    /// The stop button is still pressed.
    case stopButtonPressed = 7
  }

  /// The type byte of the message that this answers.
  public var messageType: UInt8
  /// What came of it.
  public var result: Result
  /// Whether the actuators are on now.
  public var mode: RobotMode

  /// An acknowledgement from its parts.
  public init(messageType: UInt8, result: Result, mode: RobotMode) {
    self.messageType = messageType
    self.result = result
    self.mode = mode
  }
}

/// That the firmware turned its actuators off by itself.
public struct FaultReport: Sendable, Equatable {
  /// Why.
  public var code: FaultCode
  /// The index of the joint concerned; 255 for none.
  public var joint: UInt8
  /// When, in microseconds of the robot's clock.
  public var robotTimeMicroseconds: UInt64
  /// The value that caused it, in the joint's SI units or seconds; NaN for none.
  public var value: Float

  /// A report from its parts.
  public init(code: FaultCode, joint: UInt8 = 255, robotTimeMicroseconds: UInt64, value: Float) {
    self.code = code
    self.joint = joint
    self.robotTimeMicroseconds = robotTimeMicroseconds
    self.value = value
  }
}
