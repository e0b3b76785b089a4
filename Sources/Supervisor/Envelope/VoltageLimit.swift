import Robotics

/// The rule that a motor's supply stays within its voltages: driving efforts shrink as it dips from
/// the soft lower limit to the lower one; there, and above the upper one, the robot stops.
enum VoltageLimit {
  /// The reason to stop, if the supply is outside; a reading that is not a number passes.
  @inline(__always)
  static func check(joint: Int, volts: Double, limits: VoltageLimits) -> StopReason? {
    if volts < limits.lower {
      return .voltageLimit(joint: joint, volts: volts, limit: limits.lower)
    }
    if volts > limits.upper {
      return .voltageLimit(joint: joint, volts: volts, limit: limits.upper)
    }
    return nil
  }

  /// The fraction of the effort limit that a motor may use.
  @inline(__always)
  static func fraction(volts: Double, limits: VoltageLimits) -> Double {
    guard volts < limits.softLower else { return 1 }
    return volts > limits.lower
      ? (volts - limits.lower) / (limits.softLower - limits.lower) : 0
  }
}
