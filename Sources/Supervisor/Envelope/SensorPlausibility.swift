import Robotics

/// The rule that a position changes no further between two samples than the joint can move.
///
/// One sample that jumps is taken for a glitch: it is marked, and a prediction from the sample
/// before stands in for it. A second one in a row is a fault.
struct SensorPlausibility {
  /// How far past the velocity limit a position may seem to move: room for an encoder's noise.
  static let slack = 2.0

  private var previousPosition: Double
  private var previousVelocity: Double
  private var isPrimed = false
  private var glitchesInARow = 0

  init() {
    previousPosition = 0
    previousVelocity = 0
  }

  /// What a sample's position is worth.
  enum Verdict: Equatable {
    case plausible
    case glitch(standIn: Double)
    case fault(expected: Double)
  }

  /// Judges one joint's position, `elapsedSeconds` after the sample before.
  @inline(__always)
  mutating func judge(
    position: Double, velocity: Double, limits: JointLimits, elapsedSeconds: Double,
    noiseAllowance: Double
  ) -> Verdict {
    guard isPrimed else {
      // Nothing can be compared with what is not a number: the next sample is the first again.
      guard position.isFinite && velocity.isFinite else { return .fault(expected: 0) }
      isPrimed = true
      previousPosition = position
      previousVelocity = velocity
      return .plausible
    }
    let expected = previousPosition + previousVelocity * elapsedSeconds
    let reach = Self.slack * limits.velocity * elapsedSeconds + noiseAllowance
    if velocity.isFinite && abs(position - previousPosition) <= reach {
      previousPosition = position
      previousVelocity = velocity
      glitchesInARow = 0
      return .plausible
    }
    glitchesInARow += 1
    guard glitchesInARow == 1 else { return .fault(expected: expected) }
    previousPosition = expected
    return .glitch(standIn: expected)
  }

  /// Forgets the sample before, as at the start of a stream.
  mutating func reset() {
    isPrimed = false
    glitchesInARow = 0
  }

  /// The velocity that stands in for a glitched sample's.
  var standInVelocity: Double { previousVelocity }
}
