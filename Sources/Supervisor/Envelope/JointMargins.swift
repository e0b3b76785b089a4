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
  /// The highest temperature of the motor and what it may be, in degrees Celsius; nil without a
  /// limit, or when none was reported.
  public var temperature: [Double]?
  /// The largest current of the motor and what it may be, in amperes.
  public var current: [Double]?
  /// The least and greatest voltage of the supply, and what they may be, in volts.
  public var voltage: [Double]?

  init(joint: Joint, extremes: JointExtremes, motor: MotorGuard? = nil) {
    self.joint = joint.name
    positionUnit = joint.positionUnit
    velocityUnit = joint.velocityUnit
    effortUnit = joint.effortUnit
    largestSpeed = extremes.speed
    velocityLimit = joint.limits.velocity
    largestEffort = extremes.effort
    effortLimit = joint.limits.effort
    if let motor { readExtremes(of: motor) }
    let lower = joint.limits.positionLower
    let upper = joint.limits.positionUpper
    guard lower.isFinite && upper.isFinite else { return }
    positionLimits = [lower, upper]
    if extremes.lowestStop <= extremes.highestStop {
      stoppingPoints = [extremes.lowestStop, extremes.highestStop]
    }
  }

  private mutating func readExtremes(of motor: MotorGuard) {
    let extremes = motor.extremes
    if let limit = motor.limits.temperatureCelsius, extremes.hottestCelsius.isFinite {
      temperature = [extremes.hottestCelsius, limit.hard]
    }
    if let limit = motor.limits.currentAmperes, extremes.largestAmperes.isFinite {
      current = [extremes.largestAmperes, limit.hard]
    }
    if let limits = motor.limits.voltageVolts, extremes.lowestVolts.isFinite {
      voltage = [extremes.lowestVolts, extremes.highestVolts, limits.lower, limits.upper]
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
    if let temperature { parts.append("motor \(used(temperature[0], temperature[1], "degC"))") }
    if let current { parts.append("current \(used(current[0], current[1], "A"))") }
    if let voltage {
      parts.append(
        "supply \(number(voltage[0])) to \(number(voltage[1])) V within \(number(voltage[2])) to "
          + "\(number(voltage[3])) V")
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
