import Robotics

/// The rule that no joint moves faster than it may.
enum VelocityLimit {
  /// The reason to stop, if a joint is over its limit.
  @inline(__always)
  static func check(joint: Int, velocity: Double, limits: JointLimits) -> StopReason? {
    abs(velocity) <= limits.velocity
      ? nil : .velocityLimit(joint: joint, value: velocity, limit: limits.velocity)
  }
}
