import Robotics

/// The rule that no effort changes faster than its joint's limits allow.
///
/// How great an effort may be is ``EffortRange``'s: what is asked for here and what was sent before
/// are both within the joint's effort limit, and so is all that lies between them.
enum EffortRate {
  /// The effort nearest to the one asked for that may follow the one before.
  @inline(__always)
  static func clamp(
    asked: Double, previous: Double, limits: JointLimits, periodSeconds: Double
  ) -> Double {
    let change = limits.effortRate * periodSeconds
    return min(max(asked, previous - change), previous + change)
  }
}
