import Robotics

/// What the actuators do while the robot is being brought to a stand: limp, brake or hold, by joint,
/// as the robot file says. Allocation-free after `init`.
struct StopController: ~Copyable {
  /// How long bringing to a stand may take before the actuators are turned off regardless.
  static let timeLimitSeconds = 2.0

  private let joints: [Joint]
  private let holdPositions: UnsafeMutableBufferPointer<Double>
  private let stillVelocities: [Double]
  private let proportionalGains: [Double]
  private var elapsedSeconds = 0.0
  private var ticks = 0

  init(robot: Robot) {
    joints = robot.joints
    stillVelocities = robot.reset.velocityTolerances
    proportionalGains = robot.reset.proportionalGains
    holdPositions = .allocate(capacity: joints.count)
    holdPositions.initialize(repeating: 0)
  }

  deinit { holdPositions.deallocate() }

  /// Begins a stop at those positions.
  mutating func begin(positions: UnsafeMutableBufferPointer<Double>) {
    elapsedSeconds = 0
    ticks = 0
    for j in joints.indices { holdPositions[j] = positions[j] }
  }

  /// Writes the efforts of the stop.
  ///
  /// - Returns: Whether the robot stands, or time is up: the actuators can be turned off.
  mutating func decide(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    periodSeconds: Double, efforts: UnsafeMutableBufferPointer<Double>
  ) -> Bool {
    elapsedSeconds += periodSeconds
    ticks += 1
    // The first answer is always an effort, never a disarm: it takes effect at a fixed time after
    // its sample, so that what the robot does depends on no jitter of the host.
    var stands = ticks > 1
    for j in joints.indices {
      let limits = joints[j].limits
      let slow = abs(velocities[j]) <= stillVelocities[j]
      switch joints[j].stopBehaviour {
      case .limp:
        efforts[j] = 0
      case .brake:
        // Full effort against the motion, tapering to none at ten times the standing speed.
        let taper = min(1, abs(velocities[j]) / (10 * stillVelocities[j]))
        efforts[j] = velocities[j] > 0 ? -limits.effort * taper : limits.effort * taper
        if !slow { stands = false }
      case .hold:
        let damping = 2 * limits.effort / limits.velocity
        let wanted =
          -proportionalGains[j] * (positions[j] - holdPositions[j]) - damping * velocities[j]
        efforts[j] = min(max(wanted, -limits.effort), limits.effort)
        if !slow { stands = false }
      }
      if !joints[j].isActuated { efforts[j] = 0 }
    }
    return stands || elapsedSeconds > Self.timeLimitSeconds
  }
}
