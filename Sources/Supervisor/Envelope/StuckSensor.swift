import Robotics

/// The rule that an encoder which stops dead while its joint is driven is not believed.
///
/// A joint that comes to rest slows down first: its last steps before it stands are small, however
/// much friction holds it there afterwards. An encoder whose cable breaks stands from one sample to
/// the next. So a joint is called stuck when all of this holds:
///
/// - it moved the same way for ``movingSamples`` samples in a row: in the last of them faster than
///   could be braked away in a period (``brakingFactor`` times what its braking deceleration takes
///   off, and ``speedFraction`` of its velocity limit), by ``countsAtLeast`` of its encoder's counts
///   or more, and not slowing down so that half that speed would have been gone a period later;
/// - from the next sample on its position hasn't changed by a single count, for ``stillSamples``
///   samples at least;
/// - for ``drivenSeconds`` of that time the effort was ``effortFraction`` of its limit or more.
///
/// A joint that turns around, that friction holds, or that nothing drives is never called stuck; one
/// that ran into an obstacle and is pressed against it is, and may well be stopped. What the rule
/// can't see is an encoder that was dead before the joint ever moved, and one on a joint without a
/// motor.
struct StuckSensor {
  /// How many samples in a row a joint must have moved the same way.
  static let movingSamples = 5
  /// How many samples in a row it must have stood.
  static let stillSamples = 5
  /// For how long it must have been driven while it stood, in seconds.
  static let drivenSeconds = 0.1
  /// What counts as driven, as a fraction of the effort limit.
  static let effortFraction = 0.25
  /// The least last speed, as a fraction of the velocity limit.
  static let speedFraction = 0.02
  /// The least last speed, in units of what braking takes off in a period.
  static let brakingFactor = 4.0

  /// The least last step, in the smallest steps that were ever seen: the encoder's counts.
  static let countsAtLeast = 4.0

  private var previousPosition = Double.nan
  private var lastStep = 0.0
  private var stepBefore = 0.0
  private var lastSpeed = 0.0
  private var smallestStep = Double.infinity
  private var stepsTheSameWay = 0
  private var samplesStill = 0
  private var secondsDriven = 0.0

  /// Judges one joint's position.
  ///
  /// - Parameters:
  ///   - effort: The effort in force since the sample before (N m or N).
  ///   - elapsedSeconds: The robot's time since the sample before.
  /// - Returns: For how long the joint has been driven without a count of motion, in seconds, when
  ///   its encoder is stuck; otherwise nil.
  @inline(__always)
  mutating func judge(
    position: Double, effort: Double, limits: JointLimits, elapsedSeconds: Double
  ) -> Double? {
    let step = position - previousPosition
    previousPosition = position
    guard step == 0 else {
      stepsTheSameWay = step * lastStep > 0 ? stepsTheSameWay + 1 : 1
      stepBefore = lastStep
      lastStep = step
      smallestStep = min(smallestStep, abs(step))
      lastSpeed = abs(step) / elapsedSeconds
      samplesStill = 0
      secondsDriven = 0
      return nil
    }
    guard limits.effort > 0, wasMoving(limits, elapsedSeconds) else { return nil }
    samplesStill += 1
    if abs(effort) >= Self.effortFraction * limits.effort { secondsDriven += elapsedSeconds }
    let isDriven = secondsDriven > Self.drivenSeconds - 0.5 * elapsedSeconds
    let isStuck = samplesStill >= Self.stillSamples && isDriven
    return isStuck ? secondsDriven : nil
  }

  /// Whether the joint moved before it stood in a way that nothing could have stopped at once.
  @inline(__always)
  private func wasMoving(_ limits: JointLimits, _ elapsedSeconds: Double) -> Bool {
    let leastSpeed = max(
      Self.speedFraction * limits.velocity,
      Self.brakingFactor * limits.brakingDeceleration * elapsedSeconds)
    let nextStep = 2 * abs(lastStep) - abs(stepBefore)
    return stepsTheSameWay >= Self.movingSamples && lastSpeed > leastSpeed
      && abs(lastStep) > (Self.countsAtLeast - 0.5) * smallestStep
      && nextStep > 0.5 * abs(lastStep)
  }

  /// Forgets every sample, as at the start of a stream.
  mutating func reset() { self = StuckSensor() }
}
