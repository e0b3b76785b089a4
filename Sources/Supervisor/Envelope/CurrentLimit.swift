import Robotics

/// The rule that no motor draws more current than it may, either way: driving efforts shrink from
/// the soft limit to the hard one, where the robot stops.
enum CurrentLimit {
  /// The reason to stop, if a motor is over its hard limit; a reading that is not a number passes.
  @inline(__always)
  static func check(joint: Int, amperes: Double, limit: GradedLimit) -> StopReason? {
    abs(amperes) > limit.hard
      ? .currentLimit(joint: joint, amperes: amperes, limit: limit.hard) : nil
  }

  /// The fraction of the effort limit that a motor may use.
  @inline(__always)
  static func fraction(amperes: Double, limit: GradedLimit) -> Double {
    limit.fractionLeft(at: abs(amperes))
  }
}
