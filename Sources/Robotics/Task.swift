/// What a robot shall learn: where an episode starts, how long it lasts, what earns reward, and
/// when the task counts as solved.
public struct Task: Sendable, Equatable, Codable {
  /// The task's name, unique within its robot.
  public var name: String
  /// The period at which the policy decides, in seconds of the robot's clock; a whole number of the
  /// control loop's periods. Between decisions the action is held.
  public var periodSeconds: Double
  /// How long a trial lasts, in seconds of the robot's clock; a whole number of periods.
  public var horizonSeconds: Double
  /// The state in which an episode starts, joint positions then velocities.
  public var initialState: [Double]
  /// The standard deviation of the state in which an episode starts, in the same order.
  public var initialStateDeviation: [Double]
  /// What a step earns.
  public var reward: Reward
  /// When the task counts as solved.
  public var success: SuccessCriterion
  /// What a velocity is divided by before a policy or a plot sees it (rad/s or m/s), in joint
  /// order: about the greatest speed that the task needs.
  public var velocityScales: [Double]
  /// What a position is divided by before a policy sees it (m), in joint order; not used for
  /// continuous joints, which enter as cosine and sine.
  public var positionScales: [Double]

  /// A task from its parts.
  public init(
    name: String, periodSeconds: Double, horizonSeconds: Double, initialState: [Double],
    initialStateDeviation: [Double], reward: Reward, success: SuccessCriterion,
    velocityScales: [Double], positionScales: [Double]
  ) {
    self.name = name
    self.periodSeconds = periodSeconds
    self.horizonSeconds = horizonSeconds
    self.initialState = initialState
    self.initialStateDeviation = initialStateDeviation
    self.reward = reward
    self.success = success
    self.velocityScales = velocityScales
    self.positionScales = positionScales
  }

  /// The number of decisions of a trial.
  public var stepCount: Int { Int((horizonSeconds / periodSeconds).rounded()) }
}

/// What a step earns: exp(−½ d² / width²), where d² is a sum over joints of how far each is from
/// its target. Between 0 and 1; 1 at the target (Deisenroth & Rasmussen 2011, the saturating cost).
public struct Reward: Sendable, Equatable, Codable {
  /// The distance from its target of one joint.
  public enum Distance: Sendable, Equatable, Codable {
    /// ‖(cos q, sin q) − (cos target, sin target)‖² for the joint's angle q, in rad; no unit.
    case unitCircle(joint: Int, targetRadians: Double)
    /// (q − target)² for the joint's position q, in rad² or m².
    case position(joint: Int, target: Double)
  }

  /// The terms of d².
  public var distances: [Distance]
  /// The width, in the distance's unit.
  public var width: Double

  /// A reward from its terms and width.
  public init(distances: [Distance], width: Double) {
    self.distances = distances
    self.width = width
  }
}

/// When a task counts as solved: every condition holds over the whole last part of the trial.
public struct SuccessCriterion: Sendable, Equatable, Codable {
  /// A joint near a position; whole turns don't count for a continuous joint.
  public struct Condition: Sendable, Equatable, Codable {
    /// The joint's index.
    public var joint: Int
    /// The position to be near (rad or m).
    public var target: Double
    /// How near (rad or m).
    public var tolerance: Double

    /// A condition from its parts.
    public init(joint: Int, target: Double, tolerance: Double) {
      self.joint = joint
      self.target = target
      self.tolerance = tolerance
    }
  }

  /// What must hold.
  public var conditions: [Condition]
  /// How long it must hold at the trial's end, in seconds.
  public var holdSeconds: Double

  /// A criterion from its conditions and how long they must hold.
  public init(conditions: [Condition], holdSeconds: Double) {
    self.conditions = conditions
    self.holdSeconds = holdSeconds
  }
}
