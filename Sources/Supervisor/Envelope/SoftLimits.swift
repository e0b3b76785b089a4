import Robotics

/// The rule that past a soft limit of a joint no effort leads further.
///
/// What is compared with a soft position limit is the point at which the joint would stand, as with
/// the hard one. A policy may lean against a soft limit; it is not stopped there.
enum SoftLimits {
  /// Narrows a joint's efforts.
  @inline(__always)
  static func narrow(
    _ range: inout EffortRange, position: Double, velocity: Double, limits: JointLimits,
    latencySeconds: Double
  ) {
    if limits.softPositionUpper != nil || limits.softPositionLower != nil {
      let stop = BrakingDistance.stoppingPoint(
        position: position, velocity: velocity, limits: limits, latencySeconds: latencySeconds)
      if let upper = limits.softPositionUpper, max(stop, position) > upper {
        range.forbidUp(.softPosition)
      }
      if let lower = limits.softPositionLower, min(stop, position) < lower {
        range.forbidDown(.softPosition)
      }
    }
    if let soft = limits.softVelocity {
      if velocity > soft { range.forbidUp(.softVelocity) }
      if velocity < -soft { range.forbidDown(.softVelocity) }
    }
  }
}
