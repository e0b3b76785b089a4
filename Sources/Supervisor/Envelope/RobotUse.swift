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
