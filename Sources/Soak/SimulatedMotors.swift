import HardwareIO
import Robotics

/// The motors of a simulated robot, as their own sensors report them: current in proportion to
/// effort, a winding that heats and cools, a supply that sags under load.
final class SimulatedMotors {
  /// What motors of the soak's robots may bear.
  static let limits = MotorLimits(
    temperatureCelsius: GradedLimit(soft: 60, hard: 80),
    currentAmperes: GradedLimit(soft: 2, hard: 3),
    voltageVolts: VoltageLimits(lower: 9, softLower: 10.5, upper: 14))

  private var faults: Set<FaultKind> = []
  private var celsius = 25.0
  private var readings = 0

  /// A fault of theirs begins.
  func strike(_ kind: FaultKind) { faults.insert(kind) }

  /// The operator has looked after them.
  func mend() {
    faults.removeAll()
    celsius = 25
  }

  /// Fills in what they report with a sample.
  func fill(_ sample: LinkSample, robot: Robot) {
    readings += 1
    var load = 0.0
    for joint in robot.joints.indices where robot.joints[joint].isActuated {
      load = max(load, abs(sample.efforts[joint]) / robot.joints[joint].limits.effort)
    }
    let period = robot.link.controlPeriodSeconds
    celsius += period * ((faults.contains(.overheating) ? 400 : 10) * load * load)
    celsius -= period * (celsius - 25) / 20
    if faults.contains(.overheating) { celsius += 100 * period }
    for joint in robot.joints.indices {
      // As on a bus whose servos are asked in turn.
      let isDue = readings % 4 == joint % 4 && !faults.contains(.readingsLost)
      sample.temperatures[joint] = isDue ? celsius : .nan
      sample.currents[joint] = isDue ? 1.5 * load + (faults.contains(.overcurrent) ? 2 : 0) : .nan
      sample.voltages[joint] = isDue ? 12 - load - (faults.contains(.supplyDip) ? 4 : 0) : .nan
    }
  }
}
