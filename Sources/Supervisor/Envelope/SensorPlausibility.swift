import Robotics

/// The rule that a position changes no further between two samples than the joint can move.
///
/// One sample that jumps is taken for a glitch: it is marked, and a prediction from the sample
/// before stands in for it. A second one in a row is a fault.
///
/// The first sample has none before it: nothing can say whether it is the glitch. It is therefore
/// not believed until the next one agrees with it; of two that disagree, neither is, and the later
/// one is the first again. While a joint is not believed the robot does not arm.
struct SensorPlausibility {
  /// How far past the velocity limit a position may seem to move: room for an encoder's noise.
  static let slack = 2.0

  private var previousPosition = 0.0
  private var previousVelocity = 0.0
  private var hasPrevious = false
  private var glitchesInARow = 0
  /// Whether two samples in a row have agreed.
  private(set) var isBelieved = false

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
    let reach = Self.slack * limits.velocity * elapsedSeconds + noiseAllowance
    let agrees = velocity.isFinite && abs(position - previousPosition) <= reach
    guard isBelieved else {
      // Nothing can be compared with what is not a number: the next sample is the first again.
      guard position.isFinite && velocity.isFinite else {
        hasPrevious = false
        return .fault(expected: 0)
      }
      isBelieved = hasPrevious && agrees
      hasPrevious = true
      previousPosition = position
      previousVelocity = velocity
      return .plausible
    }
    let expected = previousPosition + previousVelocity * elapsedSeconds
    if agrees {
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
    hasPrevious = false
    isBelieved = false
    glitchesInARow = 0
  }

  /// What the next sample's position is compared with.
  var comparedPosition: Double { previousPosition }

  /// The velocity that stands in for a glitched sample's.
  var standInVelocity: Double { previousVelocity }
}
