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
  /// The shape of the policy to search; nil to leave it to the search.
  public var policy: PolicyShape?

  /// A task from its parts.
  public init(
    name: String, periodSeconds: Double, horizonSeconds: Double, initialState: [Double],
    initialStateDeviation: [Double], reward: Reward, success: SuccessCriterion,
    velocityScales: [Double], positionScales: [Double], policy: PolicyShape? = nil
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
    self.policy = policy
  }

  /// The number of decisions of a trial.
  public var stepCount: Int { Int((horizonSeconds / periodSeconds).rounded()) }
}
