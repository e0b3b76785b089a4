import Robotics

/// The rule that no motor gets hotter than it may: driving efforts shrink from the soft limit to the
/// hard one, where the robot stops.
enum TemperatureLimit {
  /// The reason to stop, if a motor is over its hard limit. A reading that is not a number passes:
  /// ``MotorReadingAge`` stops a robot whose readings stay away.
  @inline(__always)
  static func check(joint: Int, celsius: Double, limit: GradedLimit) -> StopReason? {
    celsius > limit.hard
      ? .temperatureLimit(joint: joint, celsius: celsius, limit: limit.hard) : nil
  }

  /// The fraction of the effort limit that a motor may use.
  @inline(__always)
  static func fraction(celsius: Double, limit: GradedLimit) -> Double {
    limit.fractionLeft(at: celsius)
  }
}

extension GradedLimit {
  /// 1 up to the soft limit, falling evenly to 0 at the hard one; 1 for what is not a number.
  @inline(__always)
  func fractionLeft(at value: Double) -> Double {
    guard value > soft else { return 1 }
    return value < hard ? (hard - value) / (hard - soft) : 0
  }
}
