import Robotics

/// The values that led to a stop, for programs: kept in the store with the stop's event.
public struct StopValues: Sendable, Equatable, Codable {
  /// The reason's code.
  public var code: String
  /// The joint concerned; nil for the robot as a whole.
  public var joint: String?
  /// What was found.
  public var value: Double?
  /// What is allowed, or what was expected.
  public var limit: Double?
  /// The unit of both.
  public var unit: String?

  /// The values of a reason, in a robot's own names and units.
  public init(_ reason: StopReason, robot: Robot) {
    code = reason.code
    func set(_ joint: Int?, _ value: Double?, _ limit: Double?, _ unit: String) {
      self.joint = joint.map { robot.joints[$0].name }
      self.value = value
      self.limit = limit
      self.unit = unit
    }
    switch reason {
    case .velocityLimit(let j, let value, let limit):
      set(j, value, limit, robot.joints[j].velocityUnit)
    case .brakingDistance(let j, _, let stop, let limit):
      set(j, stop, limit, robot.joints[j].positionUnit)
    case .nonFiniteAction(let j): joint = robot.joints[j].name
    case .implausibleSensor(let j, let position, let expected):
      set(j, position, expected, robot.joints[j].positionUnit)
    case .stuckSensor(let j, let position, _):
      set(j, position, nil, robot.joints[j].positionUnit)
    case .temperatureLimit(let j, let celsius, let limit): set(j, celsius, limit, "degC")
    case .currentLimit(let j, let amperes, let limit): set(j, amperes, limit, "A")
    case .voltageLimit(let j, let volts, let limit): set(j, volts, limit, "V")
    case .readingMissing(let j, _, let seconds):
      set(j, seconds, MotorReadingAge.longestSeconds, "s")
    case .tipBox(_, let metres, let limit): set(nil, metres, limit, "m")
    case .energyLimit(let joules, let limit): set(nil, joules, limit, "J")
    case .staleSample(let age, let limit): set(nil, age, limit, "s")
    case .samplesLost(let count, let budget): set(nil, Double(count), Double(budget), "samples")
    case .resetFailed(_, let j, let position, _):
      set(j, position, robot.reset.homePositions[j], robot.joints[j].positionUnit)
    case .notConfirmed(let seconds): set(nil, seconds, robot.reset.timeLimitSeconds, "s")
    case .deadManReleased(let window): set(nil, nil, window, "s")
    case .firmwareFault(let code): value = Double(code)
    case .disconnected, .rebooted, .willNotArm, .storeTooSlow, .storeFailed, .operatorStop,
      .emergencyStop:
      break
    }
  }
}
