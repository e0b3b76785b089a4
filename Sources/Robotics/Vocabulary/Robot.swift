/// A robot as its description file gives it: joints and limits, the link to its firmware, how an
/// episode is reset, the prior model of its dynamics, and the tasks it may learn.
///
/// A robot's **state** is the vector of its joints' positions followed by their velocities, in the
/// order of `joints`; its **action** is the vector of efforts of its actuated joints, in the same
/// order. Read one with ``Robot/init(contentsOf:)``.
public struct Robot: Sendable, Equatable, Codable {
  /// The robot's name, which its firmware must give in its hello.
  public var name: String
  /// What it is, in a sentence.
  public var summary: String
  /// The joints, in the order in which states, actions and the wire list them.
  public var joints: [Joint]
  /// How the host talks to the firmware.
  public var link: LinkSettings
  /// What a policy knows of the state while it runs.
  public var state: StateSettings
  /// How an episode is brought back to its start.
  public var reset: ResetSettings
  /// Limits of the robot as a whole, when the file gives any.
  public var safety: SafetySettings?
  /// The plant behind the virtual robot, when the file describes one.
  public var virtualRobot: VirtualRobotSettings?
  /// The prior model of the dynamics, when the file describes one.
  public var prior: PriorDescription?
  /// Which columns of a CSV recording hold what, when the file says so.
  public var recording: RecordingColumns?
  /// The tasks, in the order of the file.
  public var tasks: [Task]

  /// A robot from its parts.
  public init(
    name: String, summary: String = "", joints: [Joint], link: LinkSettings = LinkSettings(),
    reset: ResetSettings = ResetSettings(), safety: SafetySettings? = nil,
    virtualRobot: VirtualRobotSettings? = nil,
    prior: PriorDescription? = nil, recording: RecordingColumns? = nil, tasks: [Task] = [],
    state: StateSettings = StateSettings()
  ) {
    self.name = name
    self.summary = summary
    self.joints = joints
    self.link = link
    self.reset = reset
    self.safety = safety
    self.virtualRobot = virtualRobot
    self.prior = prior
    self.recording = recording
    self.tasks = tasks
    self.state = state
  }

  /// The number of state dimensions: a position and a velocity for each joint.
  public var stateDimensions: Int { 2 * joints.count }
  /// The number of action dimensions: an effort for each actuated joint.
  public var actionDimensions: Int { joints.count { $0.isActuated } }
  /// The indices in `joints` of the actuated ones, in order.
  public var actuatedJoints: [Int] { joints.indices.filter { joints[$0].isActuated } }
  /// The effort limit of each action dimension, in the joints' units.
  public var actionLimits: [Double] { actuatedJoints.map { joints[$0].limits.effort } }
  /// The task of that name, if the robot has it.
  public func task(named name: String) -> Task? { tasks.first { $0.name == name } }
}

/// How the host talks to the firmware, and what it forgives.
public struct LinkSettings: Sendable, Equatable, Codable {
  /// The serial line's rate, in baud.
  public var baud: Int
  /// The rate of the control loop, and of the firmware's state messages, in hertz of the robot's
  /// clock.
  public var controlRateHertz: Double
  /// How long the firmware keeps its actuators on without a command, in seconds of its clock.
  public var watchdogSeconds: Double
  /// How long after the sample it answers a command takes effect, in seconds of the robot's clock.
  /// Constant, so that what a trial does depends on no jitter of the host.
  public var commandDelaySeconds: Double
  /// The age from which a sample is too old to act on, in seconds.
  public var sampleAgeLimitSeconds: Double
  /// The number of samples in a row that may be lost before it is a fault.
  public var lossBudget: Int

  /// Link settings from their parts; the defaults suit a pendulum on a USB adapter.
  public init(
    baud: Int = 460_800, controlRateHertz: Double = 100, watchdogSeconds: Double = 0.1,
    commandDelaySeconds: Double = 0.002, sampleAgeLimitSeconds: Double = 0.03, lossBudget: Int = 3
  ) {
    self.baud = baud
    self.controlRateHertz = controlRateHertz
    self.watchdogSeconds = watchdogSeconds
    self.commandDelaySeconds = commandDelaySeconds
    self.sampleAgeLimitSeconds = sampleAgeLimitSeconds
    self.lossBudget = lossBudget
  }

  /// The control loop's period, in seconds of the robot's clock.
  public var controlPeriodSeconds: Double { 1 / controlRateHertz }
}

/// How an episode is brought back to its start.
public struct ResetSettings: Sendable, Equatable, Codable {
  /// By what a robot comes home; that it has is for its sensors to say, whatever the strategy.
  public enum Strategy: String, Sendable, Codable, CaseIterable {
    /// Wait until it stands still at home by itself.
    case settle
    /// Wait, and drive it home gently when that takes longer than the patience.
    case drive
    /// Drive it through waypoints, then home.
    case trajectory
    /// Ask the operator to bring it home by hand.
    case `operator`
  }

  /// A place to pass on the way home.
  public struct Waypoint: Sendable, Equatable, Codable {
    /// When to be there, in seconds since the trajectory began.
    public var atSeconds: Double
    /// Where to be, in joint order (rad or m); joints without a motor have zero.
    public var positions: [Double]

    /// A waypoint from its parts.
    public init(atSeconds: Double, positions: [Double]) {
      self.atSeconds = atSeconds
      self.positions = positions
    }
  }

  /// By what the robot comes home.
  public var strategy: Strategy
  /// The places to pass on the way home, in order; for the strategy `trajectory`.
  public var waypoints: [Waypoint]
  /// The home position of each joint, in joint order (rad or m). Continuous joints are at home at
  /// any whole number of turns from it.
  public var homePositions: [Double]
  /// How far from home a joint may stand and count as there (rad or m), in joint order.
  public var positionTolerances: [Double]
  /// How fast a joint may move and count as still (rad/s or m/s), in joint order.
  public var velocityTolerances: [Double]
  /// How long the robot must stand still at home before it counts as settled, in seconds.
  public var holdSeconds: Double
  /// How long to wait for the robot to settle by itself before driving it, in seconds.
  public var patienceSeconds: Double
  /// How long the whole reset may take before it has failed, in seconds of the robot's clock.
  public var timeLimitSeconds: Double
  /// The greatest effort of driving home, in joint order (N m or N); zero for a joint without a
  /// motor.
  public var effortLimits: [Double]
  /// The proportional gain of driving home, in joint order (N m/rad or N/m).
  public var proportionalGains: [Double]
  /// The derivative gain of driving home, in joint order (N m s/rad or N s/m).
  public var derivativeGains: [Double]

  /// Reset settings from their parts.
  public init(
    homePositions: [Double] = [], positionTolerances: [Double] = [],
    velocityTolerances: [Double] = [], holdSeconds: Double = 0.5, patienceSeconds: Double = 5,
    timeLimitSeconds: Double = 30, effortLimits: [Double] = [], proportionalGains: [Double] = [],
    derivativeGains: [Double] = [], strategy: Strategy = .drive, waypoints: [Waypoint] = []
  ) {
    self.strategy = strategy
    self.waypoints = waypoints
    self.homePositions = homePositions
    self.positionTolerances = positionTolerances
    self.velocityTolerances = velocityTolerances
    self.holdSeconds = holdSeconds
    self.patienceSeconds = patienceSeconds
    self.timeLimitSeconds = timeLimitSeconds
    self.effortLimits = effortLimits
    self.proportionalGains = proportionalGains
    self.derivativeGains = derivativeGains
  }
}

/// The plant behind a virtual robot, and the flaws of its sensors.
public struct VirtualRobotSettings: Sendable, Equatable, Codable {
  /// The plant's name, such as `pendulum`.
  public var plant: String
  /// The MuJoCo model that stands for the world; nil for one of Handful's own plants.
  public var mujoco: MuJoCoFile?
  /// The plant's true parameters by name, in SI units.
  public var parameters: [String: Double]
  /// The integration step, in seconds; 1 ms or finer.
  public var stepSeconds: Double
  /// The encoder's counts a turn (or a metre), in joint order; zero for an encoder without steps.
  public var encoderCounts: [Double]
  /// The standard deviation of the noise on a measured position (rad or m), in joint order.
  public var positionNoise: [Double]
  /// The standard deviation of the noise on a measured velocity (rad/s or m/s), beyond what the
  /// encoder's steps give it, in joint order.
  public var velocityNoise: [Double]
  /// How long after a command took effect its effort acts on the plant, in seconds.
  public var effortDelaySeconds: Double

  /// Virtual robot settings from their parts.
  public init(
    plant: String, parameters: [String: Double], stepSeconds: Double = 0.001,
    encoderCounts: [Double] = [], positionNoise: [Double] = [], velocityNoise: [Double] = [],
    effortDelaySeconds: Double = 0
  ) {
    self.plant = plant
    self.parameters = parameters
    self.stepSeconds = stepSeconds
    self.encoderCounts = encoderCounts
    self.positionNoise = positionNoise
    self.velocityNoise = velocityNoise
    self.effortDelaySeconds = effortDelaySeconds
  }
}

/// Which columns of a CSV recording hold what.
public struct RecordingColumns: Sendable, Equatable, Codable {
  /// The columns of one joint.
  public struct JointColumns: Sendable, Equatable, Codable {
    /// The column with the position (rad or m).
    public var position: String
    /// The column with the velocity (rad/s or m/s); nil when it wasn't recorded.
    public var velocity: String?
    /// The column with the effort (N m or N); nil for a joint without a motor.
    public var effort: String?

    /// A joint's columns from their names.
    public init(position: String, velocity: String? = nil, effort: String? = nil) {
      self.position = position
      self.velocity = velocity
      self.effort = effort
    }
  }

  /// The column with the time, in seconds.
  public var time: String
  /// The columns of each joint, in joint order.
  public var joints: [JointColumns]

  /// Recording columns from their names.
  public init(time: String, joints: [JointColumns]) {
    self.time = time
    self.joints = joints
  }
}
