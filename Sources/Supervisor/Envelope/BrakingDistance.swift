import Robotics

/// The rule that a joint can always be stopped before its position limit.
///
/// What is compared is not the present position but the point at which the joint would stand if
/// braking began after one more period of the loop: q + v t + v² / (2 a), with the joint's own
/// worst-case deceleration a and t the time until a command acts.
enum BrakingDistance {
  /// Where the joint would come to a stand.
  @inline(__always)
  static func stoppingPoint(
    position: Double, velocity: Double, limits: JointLimits, latencySeconds: Double
  ) -> Double {
    let braking = velocity * abs(velocity) / (2 * limits.brakingDeceleration)
    return position + velocity * latencySeconds + braking
  }

  /// The reason to stop, if going on would take the joint past a limit that it moves towards.
  @inline(__always)
  static func check(
    joint: Int, position: Double, velocity: Double, limits: JointLimits, latencySeconds: Double
  ) -> StopReason? {
    let stop = stoppingPoint(
      position: position, velocity: velocity, limits: limits, latencySeconds: latencySeconds)
    if max(stop, position) > limits.positionUpper {
      return .brakingDistance(
        joint: joint, position: position, stoppingPoint: stop, limit: limits.positionUpper)
    }
    if min(stop, position) < limits.positionLower {
      return .brakingDistance(
        joint: joint, position: position, stoppingPoint: stop, limit: limits.positionLower)
    }
    return nil
  }
}
