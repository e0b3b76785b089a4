import HardwareIO
import Robotics

/// What a description must fulfil before the robot may be armed, besides being well formed.
public enum RobotCheck {
  /// Refuses a robot that would not be safe to run, or whose reset can't succeed.
  ///
  /// - Parameter prior: The model that the robot's description names, where it is known: with it the
  ///   effort of driving home is held against gravity.
  /// - Throws: ``SupervisorError`` for the first thing found.
  public static func verify(
    _ robot: Robot, prior: (any PriorModel)? = nil
  ) throws(SupervisorError) {
    try verifyLists(robot)
    for joint in robot.joints { try verifyLimits(joint) }
    try verifyHome(robot)
    for joint in robot.joints where joint.isActuated {
      if let runaway = Runaway(joint: joint, watchdogSeconds: robot.link.watchdogSeconds) {
        throw .unstoppable(runaway)
      }
    }
    try verifyReset(robot)
    if robot.reset.strategy == .drive || robot.reset.strategy == .trajectory,
      let problem = ResetStrength.problem(robot, prior: prior)
    {
      throw problem
    }
  }

  /// Refuses limits of what the link does not report: they would look like protection.
  ///
  /// - Throws: ``SupervisorError/limitNotMeasured(joint:key:)``.
  public static func verifyReadings(
    _ robot: Robot, reported: MotorReadingKinds
  ) throws(SupervisorError) {
    for joint in robot.joints {
      guard let motor = joint.limits.motor else { continue }
      for (key, isLimited, kind) in [
        ("temperature", motor.temperatureCelsius != nil, MotorReadingKinds.temperature),
        ("current", motor.currentAmperes != nil, .current),
        ("voltage", motor.voltageVolts != nil, .voltage),
      ] where isLimited && !reported.contains(kind) {
        throw .limitNotMeasured(joint: joint.name, key: key)
      }
    }
  }

  private static func verifyLists(_ robot: Robot) throws(SupervisorError) {
    let reset = robot.reset
    let count = robot.joints.count
    for (what, list) in [
      ("home", reset.homePositions), ("tolerance.position", reset.positionTolerances),
      ("tolerance.velocity", reset.velocityTolerances), ("drive.effort_limit", reset.effortLimits),
      ("drive.proportional", reset.proportionalGains), ("drive.derivative", reset.derivativeGains),
    ] where list.count != count {
      throw .incompleteReset(what: what, expected: count, found: list.count)
    }
    for waypoint in reset.waypoints where waypoint.positions.count != count {
      throw .incompleteReset(
        what: "trajectory", expected: count, found: waypoint.positions.count)
    }
  }

  private static func verifyLimits(_ joint: Joint) throws(SupervisorError) {
    let limits = joint.limits
    var needed = [("velocity_limit", limits.velocity, joint.velocityUnit)]
    if joint.isActuated {
      needed.append(("effort_limit", limits.effort, joint.effortUnit))
      needed.append(
        ("braking_deceleration", limits.brakingDeceleration, "\(joint.positionUnit)/s^2"))
    }
    if !joint.isContinuous {
      needed.append(
        ("position range", limits.positionUpper - limits.positionLower, joint.positionUnit))
    }
    for (key, value, unit) in needed where !(value.isFinite && value > 0) {
      throw .limitMissing(joint: joint.name, key: key, found: value, unit: unit)
    }
  }

  private static func verifyHome(_ robot: Robot) throws(SupervisorError) {
    for (joint, home) in zip(robot.joints, robot.reset.homePositions) where !joint.isContinuous {
      let limits = joint.limits
      guard home > limits.positionLower && home < limits.positionUpper else {
        throw .homeOutsideLimits(
          joint: joint.name, home: home, lower: limits.positionLower,
          upper: limits.positionUpper, unit: joint.positionUnit)
      }
    }
  }

  private static func verifyReset(_ robot: Robot) throws(SupervisorError) {
    let reset = robot.reset
    if reset.strategy == .drive || reset.strategy == .trajectory {
      let drives = robot.actuatedJoints.contains {
        reset.proportionalGains[$0] > 0 && reset.effortLimits[$0] > 0
      }
      guard drives else { throw .resetDrivesNothing(strategy: reset.strategy.rawValue) }
    }
    let (needed, what): (Double, String) =
      switch reset.strategy {
      case .settle, .operator: (reset.holdSeconds, "standing still for hold")
      case .drive: (reset.patienceSeconds + reset.holdSeconds, "patience and hold together")
      case .trajectory:
        (
          reset.patienceSeconds + (reset.waypoints.last?.atSeconds ?? 0) + reset.holdSeconds,
          "patience, the trajectory and hold together"
        )
      }
    guard reset.timeLimitSeconds > needed else {
      throw .resetTooShort(
        limitSeconds: reset.timeLimitSeconds, neededSeconds: needed, what: what)
    }
  }
}
