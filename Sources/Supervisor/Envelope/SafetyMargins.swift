/// How close each kind of limit came, as the largest fraction of it that any joint used; 1 is the limit.
public struct SafetyMargins: Sendable, Equatable, Codable {
  /// The largest speed against its limit.
  public var velocityFraction = 0.0
  /// The largest effort against its limit.
  public var effortFraction = 0.0
  /// The furthest stopping point against its limit, from the middle of the joint's range.
  public var positionFraction = 0.0

  /// No limit was approached.
  public init() {}

  /// The margins of a robot's joints.
  public init(_ joints: [JointMargins]) {
    for joint in joints {
      velocityFraction = max(velocityFraction, joint.largestSpeed / joint.velocityLimit)
      if joint.effortLimit > 0 {
        effortFraction = max(effortFraction, joint.largestEffort / joint.effortLimit)
      }
      guard let limits = joint.positionLimits else { continue }
      let middle = 0.5 * (limits[0] + limits[1])
      for stop in joint.stoppingPoints ?? [] {
        positionFraction = max(positionFraction, abs(stop - middle) / (limits[1] - middle))
      }
    }
  }
}
