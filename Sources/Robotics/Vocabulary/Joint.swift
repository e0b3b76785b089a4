/// One degree of freedom of a robot: how it moves, whether a motor drives it, and what it may do.
///
/// Quantities are in the joint's own SI units: rad, rad/s, N m for a revolute joint; m, m/s, N for a
/// prismatic one.
public struct Joint: Sendable, Equatable, Codable {
  /// How the joint moves.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Turns; positions are radians, efforts newton metres.
    case revolute
    /// Slides; positions are metres, efforts newtons.
    case prismatic
  }

  /// What the joint's actuator does while the robot is being stopped.
  public enum StopBehaviour: String, Sendable, Codable, CaseIterable {
    /// No effort at all.
    case limp
    /// An effort against the velocity until the joint stands, then none.
    case brake
    /// An effort that keeps the position at which the stop began.
    case hold
  }

  /// The joint's name, unique within its robot.
  public var name: String
  /// How the joint moves.
  public var kind: Kind
  /// Whether a motor drives the joint; a robot's action has one entry an actuated joint.
  public var isActuated: Bool
  /// Whether the joint turns without end: its position has no limits, and positions that differ by
  /// whole turns are the same place.
  public var isContinuous: Bool
  /// What the joint may do.
  public var limits: JointLimits
  /// What the actuator does while the robot is being stopped.
  public var stopBehaviour: StopBehaviour

  /// A joint from its parts.
  public init(
    name: String, kind: Kind = .revolute, isActuated: Bool = true, isContinuous: Bool = false,
    limits: JointLimits, stopBehaviour: StopBehaviour = .limp
  ) {
    self.name = name
    self.kind = kind
    self.isActuated = isActuated
    self.isContinuous = isContinuous
    self.limits = limits
    self.stopBehaviour = stopBehaviour
  }

  /// The symbol of the joint's position unit, `rad` or `m`.
  public var positionUnit: String { kind == .revolute ? "rad" : "m" }
  /// The symbol of the joint's velocity unit, `rad/s` or `m/s`.
  public var velocityUnit: String { kind == .revolute ? "rad/s" : "m/s" }
  /// The symbol of the joint's effort unit, `N m` or `N`.
  public var effortUnit: String { kind == .revolute ? "N m" : "N" }
}

/// What a joint may do, in the joint's own SI units.
public struct JointLimits: Sendable, Equatable, Codable {
  /// The least position that the joint may take; minus infinity for a continuous joint.
  public var positionLower: Double
  /// The greatest position that the joint may take; infinity for a continuous joint.
  public var positionUpper: Double
  /// The greatest speed, either way.
  public var velocity: Double
  /// The greatest effort, either way; zero for a joint without a motor.
  public var effort: Double
  /// The greatest change of effort a second, either way; infinity when the robot file gives none.
  public var effortRate: Double
  /// The deceleration that braking reaches in the worst case (heaviest load, worst posture), in
  /// rad/s² or m/s²: the braking distance is reckoned with it.
  public var brakingDeceleration: Double
  /// From where on no effort leads further down; nil for no soft limit.
  public var softPositionLower: Double?
  /// From where on no effort leads further up; nil for no soft limit.
  public var softPositionUpper: Double?
  /// From what speed on no effort speeds the joint up; nil for no soft limit.
  public var softVelocity: Double?
  /// What the motor may bear; nil when the robot file says nothing.
  public var motor: MotorLimits?

  /// Limits from their parts; no soft limits.
  public init(
    positionLower: Double = -.infinity, positionUpper: Double = .infinity, velocity: Double,
    effort: Double, effortRate: Double = .infinity, brakingDeceleration: Double
  ) {
    self.positionLower = positionLower
    self.positionUpper = positionUpper
    self.velocity = velocity
    self.effort = effort
    self.effortRate = effortRate
    self.brakingDeceleration = brakingDeceleration
  }
}
