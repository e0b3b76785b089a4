import Foundation
import Robotics

/// What a rehearsal found: everything that a trial would meet, but for the actuators.
public struct RehearsalReport: Sendable {
  /// What ended it early, a lost link or the operator; nil when it ran its length.
  public var stopReason: StopReason?
  /// The number of samples that came.
  public var sampleCount = 0
  /// The number of samples that were lost.
  public var lostSamples = 0
  /// After how long the robot stood still at home, in seconds of its clock; nil when it did not.
  public var homeAfterSeconds: Double?
  /// The joint furthest from standing still at home when it was last looked at.
  public var worstJoint = 0
  /// Where that joint was (rad or m).
  public var worstPosition = 0.0
  /// How fast that joint moved (rad/s or m/s).
  public var worstVelocity = 0.0
  /// The number of decisions that the policy made.
  public var decisionCount = 0
  /// The number of decisions that the envelope would have clamped.
  public var clampedCount = 0
  /// The greatest effort that the policy asked for, one an action, in the joints' units.
  public var largestAsked: [Double]
  /// The first reason for which the envelope would have stopped an armed robot; nil for none.
  public var wouldStop: StopReason?

  /// Whether nothing was found that would keep the robot from running its trial.
  public func isFine(for robot: Robot) -> Bool {
    stopReason == nil && wouldStop == nil
      && (homeAfterSeconds != nil || robot.reset.strategy != .settle)
  }

  /// The report in lines for a person.
  public func lines(for robot: Robot) -> [String] {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    var lines = ["\(sampleCount) samples came, \(lostSamples) were lost"]
    if let seconds = homeAfterSeconds {
      lines.append("the robot stood still at home after \(number(seconds)) s")
    } else if robot.joints.indices.contains(worstJoint) {
      let joint = robot.joints[worstJoint]
      let remedy =
        switch robot.reset.strategy {
        case .settle: "bring it home, or give reset.drive"
        case .drive: "a trial would drive it home first"
        case .trajectory: "a trial would drive it along its trajectory first"
        case .operator: "a trial would ask the operator to bring it home first"
        }
      lines.append(
        "the robot is not home: joint '\(joint.name)' at \(number(worstPosition)) "
          + "\(joint.positionUnit), moving at \(number(worstVelocity)) \(joint.velocityUnit); "
          + remedy)
    }
    let asked = zip(robot.actuatedJoints, largestAsked).map { index, value in
      let joint = robot.joints[index]
      return "\(joint.name) \(number(value)) of \(number(joint.limits.effort)) \(joint.effortUnit)"
    }
    lines.append(
      "the policy decided \(decisionCount) times and asked for at most "
        + asked.joined(separator: ", ") + "; \(clampedCount) would have been clamped")
    if let wouldStop {
      lines.append("armed, it would have been stopped: " + wouldStop.explanation(for: robot))
    }
    if let stopReason { lines.append("ended early: " + stopReason.explanation(for: robot)) }
    return lines
  }
}
