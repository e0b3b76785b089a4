import Robotics

/// Why a robot can't be supervised; found before anything arms.
public enum SupervisorError: Error, Equatable, CustomStringConvertible {
  /// A list in the robot's reset settings has not one entry a joint.
  case incompleteReset(what: String, expected: Int, found: Int)
  /// A limit is missing, not a number, or not above zero.
  case limitMissing(joint: String, key: String, found: Double, unit: String)
  /// A joint uses up its braking distance before the watchdog bites.
  case unstoppable(Runaway)
  /// The reset shall drive the robot home, but drives no joint.
  case resetDrivesNothing(strategy: String)
  /// The reset's time is too short for what it must hold.
  case resetTooShort(limitSeconds: Double, neededSeconds: Double, what: String)
  /// Home is outside a joint's limits.
  case homeOutsideLimits(joint: String, home: Double, lower: Double, upper: Double, unit: String)
  /// The task's period is not a whole number of the control loop's periods.
  case periodNotWhole(periodSeconds: Double, controlPeriodSeconds: Double)
  /// The episode's state does not permit what was asked for.
  case notPermitted(what: String, state: EpisodeState)
  /// The firmware has a fault latched that an operator must look at.
  case faultLatched(code: String)
  /// A joint stands where it can't be, before anything has moved.
  case misplacedJoint(problem: String)
  /// The firmware does not turn its actuators on, so that nothing about turning them off is proved.
  case willNotArm(reason: String)
  /// Proving that the robot turns itself off was broken off.
  case proofInterrupted(reason: String)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .incompleteReset(let what, let expected, let found):
      "reset: \(what) has \(found) entries, but the robot has \(expected) joints; give one a joint"
    case .limitMissing(let joint, let key, let found, let unit):
      "joint '\(joint)' has no usable \(key): it is \(found) \(unit), and must be a number above "
        + "zero; give \(key) in the robot file"
    case .unstoppable(let runaway): runaway.description
    case .resetDrivesNothing(let strategy):
      "reset: strategy is \(strategy), but no joint with a motor has a proportional gain and an "
        + "effort limit above zero, so the robot would never come home; give reset.drive, or write "
        + "'strategy: settle'"
    case .resetTooShort(let limit, let needed, let what):
      "reset: time_limit is \(limit) s, but \(what) takes \(needed) s; lengthen time_limit"
    case .homeOutsideLimits(let joint, let home, let lower, let upper, let unit):
      "reset: home of joint '\(joint)' is \(home) \(unit), outside its limits of \(lower) to "
        + "\(upper) \(unit); move home or the limits"
    case .periodNotWhole(let period, let control):
      "the task's period of \(period) s is not a whole number of control periods of \(control) s; "
        + "change period or control_rate"
    case .notPermitted(let what, let state):
      "\(what) is not permitted while the episode is \(state)"
    case .faultLatched(let code):
      "the firmware has a fault latched (\(code)); look at the robot, then start with --clear-fault"
    case .misplacedJoint(let problem): problem
    case .willNotArm(let reason):
      "the firmware does not turn its actuators on: \(reason); see that its motor supply is on and "
        + "its stop button is released"
    case .proofInterrupted(let reason):
      "\(reason), so the robot's safety was not proved; mend that first, then try again"
    }
  }
}
