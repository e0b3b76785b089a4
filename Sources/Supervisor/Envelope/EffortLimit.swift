import Robotics

/// The rule that no effort is greater, or changes faster, than the joint's limits allow.
enum EffortLimit {
  /// The effort nearest to the one asked for that the limits allow.
  @inline(__always)
  static func clamp(
    asked: Double, previous: Double, limits: JointLimits, periodSeconds: Double
  ) -> Double {
    let change = limits.effortRate * periodSeconds
    let lower = max(-limits.effort, previous - change)
    let upper = min(limits.effort, previous + change)
    return min(max(asked, lower), upper)
  }
}
