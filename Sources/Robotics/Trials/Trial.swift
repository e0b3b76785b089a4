/// One sample of the control loop: what the robot measured, and the command that answered it.
public struct Sample: Sendable, Equatable, Codable {
  /// What was noticed about a sample.
  public struct Flags: OptionSet, Sendable, Codable {
    /// The flags' bits.
    public let rawValue: UInt8
    /// Flags from their bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The policy decided on this sample; otherwise the action was held.
    public static let decision = Flags(rawValue: 1)
    /// The safety envelope changed the action.
    public static let clamped = Flags(rawValue: 2)
    /// A sensor's value was implausible and was replaced by a prediction.
    public static let glitch = Flags(rawValue: 4)
    /// One or more samples before this one were lost.
    public static let afterLoss = Flags(rawValue: 8)
    /// The command that answers the sample reached the robot after the time it should have acted.
    public static let late = Flags(rawValue: 16)
    /// The port took no command in answer to the sample: `sentAction` is the one before, which stayed
    /// in force.
    public static let notSent = Flags(rawValue: 32)
  }

  /// The control loop's tick since the trial began.
  public var tick: Int
  /// The robot's clock when the sample was taken, in seconds since the trial began.
  public var robotTimeSeconds: Double
  /// The host's monotonic clock when the sample arrived, in seconds since the trial began.
  public var hostTimeSeconds: Double
  /// The joints' positions (rad or m), in joint order. Continuous joints start a trial within half
  /// a turn of zero and are not wrapped after that.
  public var positions: [Double]
  /// The joints' velocities (rad/s or m/s), in joint order.
  public var velocities: [Double]
  /// The action that the policy asked for (N m or N), one entry an actuated joint; may hold
  /// anything, NaN included.
  public var askedAction: [Double]
  /// The action that passed the safety envelope and was sent (N m or N); with ``Flags/notSent`` the
  /// last one that was.
  public var sentAction: [Double]
  /// What was noticed.
  public var flags: Flags

  /// A sample from its parts.
  public init(
    tick: Int, robotTimeSeconds: Double, hostTimeSeconds: Double, positions: [Double],
    velocities: [Double], askedAction: [Double], sentAction: [Double], flags: Flags = []
  ) {
    self.tick = tick
    self.robotTimeSeconds = robotTimeSeconds
    self.hostTimeSeconds = hostTimeSeconds
    self.positions = positions
    self.velocities = velocities
    self.askedAction = askedAction
    self.sentAction = sentAction
    self.flags = flags
  }

  /// The state: positions, then velocities.
  public var state: [Double] { positions + velocities }
}

/// Why a trial ended.
public enum TrialEnd: Sendable, Equatable, Codable {
  /// It is still running, or the host died before it could say.
  case unfinished
  /// It ran to its horizon.
  case completed
  /// The operator stopped it (Ctrl-C, a signal, a key); not the robot's fault.
  case interrupted(reason: String)
  /// The supervisor stopped it for safety.
  case fault(code: String, reason: String)
}

/// One trial: what it was for, how it ended, and its samples.
public struct Trial: Sendable, Equatable, Codable {
  /// Where a trial's actions came from.
  public enum Origin: String, Sendable, Codable, CaseIterable {
    /// Random actions, to have something to learn from.
    case random
    /// A policy.
    case policy
    /// Efforts over time that stood fixed beforehand, to calibrate with.
    case excitation
    /// A recording that was imported.
    case imported
  }

  /// The trial's number in its store, from 1.
  public var number: Int
  /// The robot's name.
  public var robot: String
  /// The task's name; empty for an imported recording without one.
  public var task: String
  /// Where the actions came from.
  public var origin: Origin
  /// The seed of the trial's random stream.
  public var seed: UInt64
  /// The control loop's period, in seconds of the robot's clock.
  public var samplePeriodSeconds: Double
  /// When it began, in seconds since 1970.
  public var startedAtUnixSeconds: Double
  /// Why it ended.
  public var end: TrialEnd
  /// The samples, in order of time.
  public var samples: [Sample]

  /// A trial from its parts.
  public init(
    number: Int, robot: String, task: String, origin: Origin, seed: UInt64,
    samplePeriodSeconds: Double, startedAtUnixSeconds: Double, end: TrialEnd, samples: [Sample]
  ) {
    self.number = number
    self.robot = robot
    self.task = task
    self.origin = origin
    self.seed = seed
    self.samplePeriodSeconds = samplePeriodSeconds
    self.startedAtUnixSeconds = startedAtUnixSeconds
    self.end = end
    self.samples = samples
  }
}

/// One step of a trial at the task's period: a state, the action held from there, and the state that
/// followed.
public struct Step: Sendable, Equatable, Codable {
  /// The state at the decision, positions then velocities.
  public var state: [Double]
  /// The action that was sent and held over the step (N m or N).
  public var action: [Double]
  /// The state one period later.
  public var nextState: [Double]

  /// A step from its parts.
  public init(state: [Double], action: [Double], nextState: [Double]) {
    self.state = state
    self.action = action
    self.nextState = nextState
  }
}
