import Robotics

/// The rule that the actuators do no more work in an episode than they may: past the soft limit only
/// what brakes a joint passes, past the hard one the robot stops.
///
/// The work is the sum of |effort × velocity| over time, with the efforts sent last, braking
/// included.
struct EnergyLimit {
  private let limit: GradedLimit
  /// The work that the actuators may do, in joules.
  var hardJoules: Double { limit.hard }
  /// The work so far, in joules.
  private(set) var joules = 0.0

  init(limit: GradedLimit) { self.limit = limit }

  /// Adds a period's work.
  ///
  /// - Returns: The reason to stop, if the hard limit is passed.
  @inline(__always)
  mutating func judge(
    efforts: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double
  ) -> StopReason? {
    joules += RobotUse.work(
      efforts: efforts, velocities: velocities, elapsedSeconds: elapsedSeconds)
    return joules > limit.hard ? .energyLimit(joules: joules, limit: limit.hard) : nil
  }

  /// Narrows a joint's efforts to those that brake it.
  @inline(__always)
  func narrow(_ range: inout EffortRange, velocity: Double) {
    guard joules > limit.soft else { return }
    if velocity >= 0 { range.forbidUp(.energy) }
    if velocity <= 0 { range.forbidDown(.energy) }
  }
}
