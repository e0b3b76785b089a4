/// What goes wrong with a virtual robot, for tests of the host.
///
/// Ticks count the states sent while armed, since the robot was made: fault 0 strikes with the first
/// of them, so faults come in the middle of a trial whatever came before it.
public struct VirtualRobotFaults: Sendable, Equatable {
  /// A stretch of wall time in which the robot's processor does nothing at all.
  public struct Freeze: Sendable, Equatable {
    /// When it begins.
    public var tick: Int
    /// How long it lasts, in seconds by the wall's clock.
    public var seconds: Double

    /// A freeze from its parts.
    public init(tick: Int, seconds: Double) {
      self.tick = tick
      self.seconds = seconds
    }
  }

  /// A measured position that is wrong for a state or more.
  public struct Glitch: Sendable, Equatable {
    /// The first state that is wrong.
    public var tick: Int
    /// The number of states in a row that are wrong.
    public var count: Int
    /// The joint's index.
    public var joint: Int
    /// By how much (rad or m).
    public var jump: Double

    /// A glitch from its parts.
    public init(tick: Int, count: Int = 1, joint: Int = 0, jump: Double) {
      self.tick = tick
      self.count = count
      self.joint = joint
      self.jump = jump
    }

    /// The states that are wrong.
    var ticks: Range<Int> { tick..<tick + max(0, count) }
  }

  /// An encoder that stands still from some state on.
  public struct StuckSensor: Sendable, Equatable {
    /// The first state whose reading doesn't move any more.
    public var tick: Int
    /// The joint's index.
    public var joint: Int

    /// A stuck sensor from its parts.
    public init(tick: Int, joint: Int = 0) {
      self.tick = tick
      self.joint = joint
    }
  }

  /// The tick at which the robot is gone: the port hangs up, and `run` returns.
  public var dieAtTick: Int?
  /// When the robot's processor freezes.
  public var freeze: Freeze?
  /// The tick at which the firmware restarts: another boot counter, its clock near 0, an unasked
  /// hello.
  public var rebootAtTick: Int?
  /// The tick at which the robot's own stop button is pressed, for good.
  public var pressStopButtonAtTick: Int?
  /// Which reading is wrong for a state or more.
  public var glitch: Glitch?
  /// Which encoder stands still.
  public var stuckSensor: StuckSensor?
  /// Whether revolute joints' positions are reported within one turn, from −π to π, as by firmware
  /// that doesn't add up its encoder's turns.
  public var wrapsPositions = false
  /// The probability that a byte is changed on its way, either way.
  public var byteCorruption: Double = 0
  /// The probability that a byte is lost on its way, either way.
  public var byteLoss: Double = 0
  /// The name that the robot gives in its hello, instead of its own.
  public var robotName: String?
  /// The protocol version that the robot gives in its hello, instead of its own.
  public var protocolVersion: UInt8?

  /// No faults.
  public init() {}

  /// Nothing goes wrong.
  public static let none = VirtualRobotFaults()
}
