import Robotics

/// The rule that a whole turn between two samples is an encoder's wrap-around, not motion.
///
/// The protocol wants positions that don't wrap, but an absolute encoder reports an angle within one
/// turn, and firmware forgets to add up turns. Of a joint without end, a step that no motion explains
/// is taken for a wrap-around when, less a whole number of turns, it is one that the joint can make;
/// the turns are added up here from then on. Steps of any other size are left to
/// ``SensorPlausibility``. Either may be a glitch: when the sample after it is where the joint could
/// have come from the one before it, there were no turns. A joint with an end has no business at its encoder's seam, and is left
/// alone.
struct EncoderTurns {
  private let isContinuous: Bool
  private var offset = 0.0
  private var previous = Double.nan
  /// Before the sample before, when that took a step that no motion explains: the turns, the position,
  /// and how long ago that was.
  private var offsetBefore = 0.0
  private var positionBefore = Double.nan
  private var secondsBefore = 0.0

  init(joint: Joint) { isContinuous = joint.isContinuous }

  /// The position with the turns added up.
  @inline(__always)
  mutating func unwrapped(
    _ position: Double, limits: JointLimits, elapsedSeconds: Double
  ) -> Double {
    guard isContinuous else { return position }
    let reach = limits.velocity * elapsedSeconds
    let step = position + offset - previous
    let place = positionBefore
    positionBefore = .nan
    // Where a joint can make half a turn between two samples, a wrap-around can't be told apart.
    if abs(step) > reach && reach < 0.5 * .pi {
      let turns = (step / (2 * .pi)).rounded()
      let reachSince = limits.velocity * (elapsedSeconds + secondsBefore)
      if abs(position + offsetBefore - place) <= reachSince {
        offset = offsetBefore
      } else {
        offsetBefore = offset
        positionBefore = previous
        secondsBefore = elapsedSeconds
        if turns != 0 && abs(step - 2 * .pi * turns) <= reach { offset -= 2 * .pi * turns }
      }
    }
    let unwrapped = position + offset
    if unwrapped.isFinite { previous = unwrapped }
    return unwrapped
  }

  /// Forgets every sample, as at the start of a stream.
  mutating func reset() {
    offset = 0
    previous = .nan
  }
}
