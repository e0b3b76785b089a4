import Robotics

/// Whether driving home is strong enough to bring the robot there and keep it there.
///
/// Driving home is a proportional-derivative controller without a term against gravity. With the
/// effort u that holds a joint at home by the prior:
///
/// - the drive's effort limit must be u or more;
/// - the joint rests u / k from home, k its proportional gain: no further than its tolerance;
/// - on the straight way home from either end of a joint's range, with the others at home, no more
///   effort towards home may be needed than the limit.
///
/// Without a prior that tells gravity, the limit can only be compared with the joint's own.
enum ResetStrength {
  /// How many places on the way from an end of the range are looked at.
  private static let places = 32
  /// What the prior's nominal values may be wrong by before a robot is refused for them.
  private static let slack = 1.02

  /// The reason why the robot can't come home; nil when nothing speaks against it.
  static func problem(_ robot: Robot, prior: (any PriorModel)?) -> SupervisorError? {
    let reset = robot.reset
    let driven = robot.actuatedJoints.filter { reset.proportionalGains[$0] > 0 }
    for j in driven where reset.effortLimits[j] > robot.joints[j].limits.effort {
      return .driveTooStrong(
        joint: robot.joints[j].name, effort: reset.effortLimits[j],
        limit: robot.joints[j].limits.effort, unit: robot.joints[j].effortUnit)
    }
    guard let prior, let holding = HoldingEffort(prior: prior, robot: robot) else { return nil }
    for j in driven {
      if let problem = problem(robot, holding, joint: j) { return problem }
    }
    return nil
  }

  private static func problem(
    _ robot: Robot, _ holding: HoldingEffort, joint j: Int
  ) -> SupervisorError? {
    let reset = robot.reset
    let joint = robot.joints[j]
    guard let action = robot.actuatedJoints.firstIndex(of: j) else { return nil }
    let home = reset.homePositions
    func needed(at position: Double) -> Double {
      var place = home
      place[j] = position
      return holding.efforts(at: place)?[action] ?? 0
    }
    let atHome = abs(needed(at: home[j]))
    if atHome > Self.slack * reset.effortLimits[j] {
      return .tooWeakForHome(
        joint: joint.name, position: home[j], needed: atHome, limit: reset.effortLimits[j],
        positionUnit: joint.positionUnit, effortUnit: joint.effortUnit)
    }
    let offset = atHome / reset.proportionalGains[j]
    if offset > Self.slack * reset.positionTolerances[j] {
      return .restsOffHome(
        joint: joint.name, offset: offset, tolerance: reset.positionTolerances[j],
        needed: atHome, unit: joint.positionUnit, effortUnit: joint.effortUnit)
    }
    guard !joint.isContinuous else { return nil }
    var worst = (position: home[j], needed: 0.0)
    for end in [joint.limits.positionLower, joint.limits.positionUpper] {
      for step in 1...Self.places {
        let position = home[j] + (end - home[j]) * Double(step) / Double(Self.places)
        let towards = needed(at: position) * (end < home[j] ? 1 : -1)
        if towards > worst.needed { worst = (position, towards) }
      }
    }
    guard worst.needed > Self.slack * reset.effortLimits[j] else { return nil }
    return .tooWeakForHome(
      joint: joint.name, position: worst.position, needed: worst.needed,
      limit: reset.effortLimits[j], positionUnit: joint.positionUnit, effortUnit: joint.effortUnit)
  }
}
