import Foundation
import Robotics

/// A joint that uses up its braking distance before the watchdog bites, when the host is lost.
///
/// A joint with position limits is stopped when no more than its braking distance v² / (2 a) is left
/// before a limit. If the host is lost just then, nothing brakes: the last effort stays in force for
/// the watchdog's time T, in which the joint moves v T. At the highest speed that its limits permit,
/// that must be no more than the braking distance: T ≤ v / (2 a), half the time that braking takes.
/// The highest speed is the velocity limit, or √(2 a R) in a range R that is too short to brake from
/// it. Joints without position limits have nothing to run into.
public struct Runaway: Sendable, Equatable, CustomStringConvertible {
  /// The joint.
  public var joint: Joint
  /// The firmware's watchdog time.
  public var watchdogSeconds: Double

  /// The runaway of a joint; nil when the watchdog bites in time.
  init?(joint: Joint, watchdogSeconds: Double) {
    self.joint = joint
    self.watchdogSeconds = watchdogSeconds
    guard !joint.isContinuous, watchdogSeconds > longestWatchdogSeconds else { return nil }
  }

  /// The highest speed that the joint's limits permit (rad/s or m/s).
  var topSpeed: Double {
    min(joint.limits.velocity, (2 * joint.limits.brakingDeceleration * range).squareRoot())
  }
  /// The width of its range (rad or m).
  var range: Double { joint.limits.positionUpper - joint.limits.positionLower }
  /// The longest watchdog time that leaves the braking distance unused.
  var longestWatchdogSeconds: Double { topSpeed / (2 * joint.limits.brakingDeceleration) }
  /// The greatest braking deceleration that the watchdog time leaves room for (rad/s² or m/s²).
  var greatestDeceleration: Double {
    min(
      joint.limits.velocity / (2 * watchdogSeconds),
      range / (2 * watchdogSeconds * watchdogSeconds))
  }

  /// What was found and what to do.
  public var description: String {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    let unit = joint.positionUnit
    let deceleration = joint.limits.brakingDeceleration
    return "joint '\(joint.name)' would use up its braking distance before the watchdog bites: at "
      + "\(number(topSpeed)) \(joint.velocityUnit), the highest speed that its limits permit, it "
      + "brakes within \(number(topSpeed * topSpeed / (2 * deceleration))) \(unit), but a robot that "
      + "loses its host moves \(number(topSpeed * watchdogSeconds)) \(unit) until the watchdog of "
      + "\(number(watchdogSeconds * 1000)) ms turns its actuators off; shorten watchdog to at most "
      + "\(number(longestWatchdogSeconds * 1000)) ms, or lower braking_deceleration to at most "
      + "\(number(greatestDeceleration)) \(unit)/s^2, so that the supervisor brakes earlier"
  }
}
