import Foundation
import Robotics

/// How close one joint came to each of its limits, in the joint's own units.
public struct JointMargins: Sendable, Equatable, Codable {
  /// The joint's name.
  public var joint: String
  /// The symbols of its units: of position, velocity and effort.
  public var positionUnit: String
  /// The symbol of the velocity's unit.
  public var velocityUnit: String
  /// The symbol of the effort's unit.
  public var effortUnit: String
  /// The greatest speed.
  public var largestSpeed: Double
  /// The speed that the joint may have.
  public var velocityLimit: Double
  /// The greatest effort sent, either way.
  public var largestEffort: Double
  /// The effort that the joint may have; zero without a motor.
  public var effortLimit: Double
  /// The least and greatest points at which the joint would have stood, had braking begun; nil for
  /// a joint without position limits, or when no sample came.
  public var stoppingPoints: [Double]?
  /// The position limits; nil for a joint without.
  public var positionLimits: [Double]?

  init(joint: Joint, extremes: JointExtremes) {
    self.joint = joint.name
    positionUnit = joint.positionUnit
    velocityUnit = joint.velocityUnit
    effortUnit = joint.effortUnit
    largestSpeed = extremes.speed
    velocityLimit = joint.limits.velocity
    largestEffort = extremes.effort
    effortLimit = joint.limits.effort
    let lower = joint.limits.positionLower
    let upper = joint.limits.positionUpper
    guard lower.isFinite && upper.isFinite else { return }
    positionLimits = [lower, upper]
    if extremes.lowestStop <= extremes.highestStop {
      stoppingPoints = [extremes.lowestStop, extremes.highestStop]
    }
  }

  /// The margins in a line: every value with its limit and unit.
  public var sentence: String {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    func used(_ value: Double, _ limit: Double, _ unit: String) -> String {
      "\(number(value)) of \(number(limit)) \(unit) (\(String(format: "%.0f", 100 * value / limit)) %)"
    }
    var parts = ["speed \(used(largestSpeed, velocityLimit, velocityUnit))"]
    if effortLimit > 0 { parts.append("effort \(used(largestEffort, effortLimit, effortUnit))") }
    if let stops = stoppingPoints, let limits = positionLimits {
      parts.append(
        "stopping points \(number(stops[0])) to \(number(stops[1])) within \(number(limits[0])) to "
          + "\(number(limits[1])) \(positionUnit)")
    }
    return "\(joint): " + parts.joined(separator: ", ")
  }
}

/// What a joint's margins are made of, gathered on the control thread.
struct JointExtremes {
  var speed = 0.0
  var effort = 0.0
  var lowestStop = Double.infinity
  var highestStop = -Double.infinity

  @inline(__always)
  mutating func record(
    position: Double, velocity: Double, limits: JointLimits, latencySeconds: Double
  ) {
    speed = max(speed, abs(velocity))
    let stop = BrakingDistance.stoppingPoint(
      position: position, velocity: velocity, limits: limits, latencySeconds: latencySeconds)
    lowestStop = min(lowestStop, stop)
    highestStop = max(highestStop, stop)
  }

  @inline(__always)
  mutating func record(effort sent: Double) { effort = max(effort, abs(sent)) }
}

/// How long a robot's actuators were on, and the work that they did.
public struct RobotUse: Sendable, Equatable, Codable {
  /// How long the actuators were on, in seconds of the robot's clock.
  public private(set) var armedSeconds = 0.0
  /// The sum of |effort × velocity| over that time, in joules.
  public private(set) var energyJoules = 0.0

  /// A use from its parts; unused when not given.
  public init(armedSeconds: Double = 0, energyJoules: Double = 0) {
    self.armedSeconds = armedSeconds
    self.energyJoules = energyJoules
  }

  /// Adds a control period with the actuators on.
  @inline(__always)
  mutating func record(
    efforts: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double
  ) {
    armedSeconds += elapsedSeconds
    for j in efforts.indices {
      let power = abs(efforts[j] * velocities[j])
      if power.isFinite { energyJoules += power * elapsedSeconds }
    }
  }

  /// Both together.
  public static func + (left: RobotUse, right: RobotUse) -> RobotUse {
    var sum = left
    sum.armedSeconds += right.armedSeconds
    sum.energyJoules += right.energyJoules
    return sum
  }
}
