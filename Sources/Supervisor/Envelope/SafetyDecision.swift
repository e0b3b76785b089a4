/// Why the safety envelope stops the robot. Plain values only, so that deciding allocates nothing.
public enum StopReason: Sendable, Equatable {
  /// A joint moves faster than it may.
  case velocityLimit(joint: Int, value: Double, limit: Double)
  /// A joint could no longer be stopped before its position limit, were it allowed to go on.
  case brakingDistance(joint: Int, position: Double, stoppingPoint: Double, limit: Double)
  /// The policy asked for an effort that is not a number.
  case nonFiniteAction(joint: Int)
  /// A position jumped further than the joint can move, more than once in a row.
  case implausibleSensor(joint: Int, position: Double, expected: Double)
  /// A position stopped changing from one sample to the next, while the joint was driven.
  case stuckSensor(joint: Int, position: Double, seconds: Double)
  /// A motor is hotter than it may be.
  case temperatureLimit(joint: Int, celsius: Double, limit: Double)
  /// A motor draws more current than it may.
  case currentLimit(joint: Int, amperes: Double, limit: Double)
  /// A motor's supply is outside its voltages.
  case voltageLimit(joint: Int, volts: Double, limit: Double)
  /// A reading of a motor that has a limit has not come for too long.
  case readingMissing(joint: Int, what: MotorReading, seconds: Double)
  /// The tip of the arm is past a side of its box, or would be before it stood.
  case tipBox(axis: TipAxis, metres: Double, limit: Double)
  /// The actuators have done all the work that they may do in an episode.
  case energyLimit(joules: Double, limit: Double)
  /// A sample is too old to act on.
  case staleSample(ageSeconds: Double, limitSeconds: Double)
  /// More samples in a row were lost than the robot file forgives.
  case samplesLost(count: Int, budget: Int)
  /// The port hung up: unplugged, or the robot's process is gone.
  case disconnected(errno: Int32)
  /// The firmware was reset.
  case rebooted
  /// The firmware turned its actuators off by itself.
  case firmwareFault(code: UInt8)
  /// The firmware did not turn its actuators on when asked.
  case willNotArm
  /// The robot did not come home in the time that the robot file allows.
  case resetFailed(seconds: Double, joint: Int, position: Double, velocity: Double)
  /// Samples could not be handed over fast enough to be stored.
  case storeTooSlow
  /// Samples could not be stored.
  case storeFailed
  /// The operator did not say in time that the robot is home, or did not hold the key to let it go.
  case notConfirmed(seconds: Double)
  /// The operator let go of the key that must be held.
  case deadManReleased(windowSeconds: Double)
  /// The operator asked to stop.
  case operatorStop
  /// The emergency stop was pressed.
  case emergencyStop
}

/// A quantity that a link may report of a joint's motor.
public enum MotorReading: String, Sendable, CaseIterable {
  /// Its temperature.
  case temperature
  /// Its current.
  case current
  /// Its supply's voltage.
  case voltage
}

/// A direction in the plane of an arm's chain.
public enum TipAxis: String, Sendable {
  /// To the right.
  case x
  /// Upwards.
  case y
}

/// What the safety envelope says of a command.
public enum SafetyDecision: Sendable, Equatable {
  /// Send it as asked.
  case pass
  /// Send what the envelope made of it.
  case clamp
  /// Stop the robot.
  case stop(StopReason)
}
