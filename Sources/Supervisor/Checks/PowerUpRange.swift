import Robotics

/// Where a joint may stand when its robot is switched on.
///
/// An encoder that was fitted or zeroed wrongly, or a joint that was turned past its range by hand,
/// shows as a position outside the joint's limits before anything has moved. Its limits would then
/// guard the wrong places, so nothing may arm.
public enum PowerUpRange {
  /// The largest distance between two neighbouring positions that the wire's 32-bit numbers can tell
  /// apart there, in rad or m.
  private static let coarsestStep = 1e-3

  /// What is wrong with a joint's first position and what to do, in a sentence; nil when nothing is.
  public static func problem(of joint: Joint, at position: Double) -> String? {
    let unit = joint.positionUnit
    guard position.isFinite else {
      return "Joint '\(joint.name)' reports no number for its position: check its sensor's wiring."
    }
    if Double(Float(position).ulp) > coarsestStep {
      return
        "Joint '\(joint.name)' reports \(position) \(unit), so far from zero that its readings "
        + "are coarser than \(coarsestStep) \(unit): its encoder's offset is wrong; zero it, or switch "
        + "the robot off and on."
    }
    let limits = joint.limits
    if !joint.isContinuous, !(limits.positionLower...limits.positionUpper).contains(position) {
      return "Joint '\(joint.name)' is at \(position) \(unit), outside its limits of "
        + "\(limits.positionLower) to \(limits.positionUpper) \(unit): move it back by hand with the "
        + "robot off; if it stands where it should, its encoder's zero is wrong."
    }
    return nil
  }
}
