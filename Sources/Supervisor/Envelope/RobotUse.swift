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
  package mutating func record(
    efforts: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double
  ) {
    armedSeconds += elapsedSeconds
    energyJoules += Self.work(
      efforts: efforts, velocities: velocities, elapsedSeconds: elapsedSeconds)
  }

  /// The work of efforts (N m or N) at velocities (rad/s or m/s) for so long, in joules: the sum of
  /// |effort × velocity| over the joints, times the time. What is no number counts as none.
  @inline(__always)
  static func work(
    efforts: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    elapsedSeconds: Double
  ) -> Double {
    var power = 0.0
    for joint in efforts.indices {
      let part = abs(efforts[joint] * velocities[joint])
      if part.isFinite { power += part }
    }
    return power * elapsedSeconds
  }

  /// Both together.
  public static func + (left: RobotUse, right: RobotUse) -> RobotUse {
    var sum = left
    sum.armedSeconds += right.armedSeconds
    sum.energyJoules += right.energyJoules
    return sum
  }
}
