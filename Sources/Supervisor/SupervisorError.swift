import Foundation
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
  /// Driving home may use more effort than the joint.
  case driveTooStrong(joint: String, effort: Double, limit: Double, unit: String)
  /// Driving home is too weak against gravity, at home or on the way there.
  case tooWeakForHome(
    joint: String, position: Double, needed: Double, limit: Double, positionUnit: String,
    effortUnit: String)
  /// Driving home would come to rest outside its tolerance of home, as gravity pulls.
  case restsOffHome(
    joint: String, offset: Double, tolerance: Double, needed: Double, unit: String,
    effortUnit: String)
  /// Home is outside a joint's limits.
  case homeOutsideLimits(joint: String, home: Double, lower: Double, upper: Double, unit: String)
  /// The task's period is not a whole number of the control loop's periods.
  case periodNotWhole(periodSeconds: Double, controlPeriodSeconds: Double)
  /// A joint has a limit for what the link does not report of its motor.
  case limitNotMeasured(joint: String, key: String)
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
    case .driveTooStrong(let joint, let effort, let limit, let unit):
      "reset: driving joint '\(joint)' home may use \(Self.shown(effort)) \(unit), but its "
        + "effort_limit is \(Self.shown(limit)) \(unit); lower reset.drive"
    case .tooWeakForHome(let joint, let position, let needed, let limit, let place, let unit):
      "reset: driving joint '\(joint)' home may use \(Self.shown(limit)) \(unit), but at "
        + "\(Self.shown(position)) \(place) its prior needs \(Self.shown(needed)) \(unit) against "
        + "gravity, so the robot would never come home; raise effort_limit in reset.drive to more "
        + "than that, move home, or write 'strategy: settle'"
    case .restsOffHome(let joint, let offset, let tolerance, let needed, let unit, let effortUnit):
      "reset: gravity pulls joint '\(joint)' at home with \(Self.shown(needed)) \(effortUnit), "
        + "under which driving home comes to rest \(Self.shown(offset)) \(unit) away, outside its "
        + "tolerance of \(Self.shown(tolerance)) \(unit); raise proportional in reset.drive to more "
        + "than \(Self.shown(needed / tolerance)) \(effortUnit)/\(unit), or widen the tolerance"
    case .homeOutsideLimits(let joint, let home, let lower, let upper, let unit):
      "reset: home of joint '\(joint)' is \(home) \(unit), outside its limits of \(lower) to "
        + "\(upper) \(unit); move home or the limits"
    case .periodNotWhole(let period, let control):
      "the task's period of \(period) s is not a whole number of control periods of \(control) s; "
        + "change period or control_rate"
    case .limitNotMeasured(let joint, let key):
      "joint '\(joint)' has a limit for its \(key), but its link does not report one, so nothing "
        + "would guard it; remove \(key) from the robot file (the firmware's own driver fault still "
        + "stops the robot)"
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

  private static func shown(_ value: Double) -> String { String(format: "%.4g", value) }

  /// The keys of the robot file that lead to what must be mended, joined by dots; nil for what no
  /// robot file can mend.
  public var robotFileKey: String? {
    switch self {
    case .incompleteReset(let what, _, _): "reset.\(what)"
    case .limitMissing(let joint, let key, _, _):
      "joints.\(joint).\(key == "position range" ? "position" : key)"
    case .unstoppable: "link.watchdog"
    case .resetDrivesNothing: "reset.drive"
    case .resetTooShort: "reset.time_limit"
    case .driveTooStrong(let joint, _, _, _): "reset.drive.\(joint).effort_limit"
    case .tooWeakForHome(let joint, _, _, _, _, _): "reset.drive.\(joint).effort_limit"
    case .restsOffHome(let joint, _, _, _, _, _): "reset.drive.\(joint).proportional"
    case .homeOutsideLimits(let joint, _, _, _, _): "reset.home.\(joint)"
    case .limitNotMeasured(let joint, let key): "joints.\(joint).\(key)"
    case .periodNotWhole, .notPermitted, .faultLatched, .misplacedJoint, .willNotArm,
      .proofInterrupted:
      nil
    }
  }
}
