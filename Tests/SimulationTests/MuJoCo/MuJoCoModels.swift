import Foundation
import Robotics
import Simulation

/// Models written as MJCF for tests, in a folder that goes with them.
final class ModelFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "handful-mujoco-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a model and returns its path.
  func write(_ text: String, as name: String = "model.xml") throws -> String {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// The prior of a model that is written first.
  func prior(
    _ text: String, joints: [Joint], parameters: [String], stepSeconds: Double = 0.001,
    as name: String = "model.xml"
  ) throws -> MuJoCoPrior {
    try MuJoCoPrior(
      file: MuJoCoFile(path: try write(text, as: name), joints: joints),
      parameterNames: parameters, stepSeconds: stepSeconds, section: "prior")
  }
}

/// A joint of a robot, with limits that no model looks at.
func joint(_ name: String, _ kind: Joint.Kind = .revolute, isActuated: Bool = true) -> Joint {
  Joint(
    name: name, kind: kind, isActuated: isActuated,
    limits: JointLimits(velocity: 10, effort: 10, brakingDeceleration: 1))
}

/// MJCF of what hangs in the x-z plane, angles counter-clockwise from hanging.
enum MJCF {
  /// A model around bodies and actuators, integrated by the classic Runge-Kutta method.
  static func model(_ bodies: String, actuators: String = "", integrator: String = "RK4") -> String
  {
    """
    <mujoco>
      <compiler angle="radian"/>
      <option integrator="\(integrator)" gravity="0 0 -9.81"/>
      <worldbody>\(bodies)</worldbody>
      <actuator>\(actuators)</actuator>
    </mujoco>
    """
  }

  /// A uniform thin rod of 1 kg and 1 m on a hinge, at a height below the body that it hangs from.
  static func rod(_ name: String, hinge: String, below: Double = 0, carrying: String = "") -> String
  {
    """
    <body name="\(name)" pos="0 0 \(-below)">
      <joint name="\(hinge)" type="hinge" axis="0 -1 0"/>
      <inertial pos="0 0 -0.5" mass="1" diaginertia="0.0833333333333333 0.0833333333333333 1e-9"/>
      <site name="\(name)_end" pos="0 0 -1"/>
      \(carrying)
    </body>
    """
  }

  /// Rods one below the other, each on a hinge with a motor: `rod1`, `joint1`, `motor1` and so on.
  static func chain(_ count: Int, motors: Int) -> String {
    var bodies = ""
    for i in (1...count).reversed() {
      bodies = rod("rod\(i)", hinge: "joint\(i)", below: i == 1 ? 0 : 1, carrying: bodies)
    }
    let actuators = (1...motors).map { "<motor name=\"motor\($0)\" joint=\"joint\($0)\"/>" }
    return model(bodies, actuators: actuators.joined())
  }
}

/// Where a state is after some seconds under a constant action.
func advanced(
  _ prior: some PriorModel, from state: [Double], action: [Double], parameters: [Double],
  seconds: Double
) -> [Double] {
  var next = state
  prior.advance(
    count: 1, stride: 1, states: state, actions: action, parameters: parameters,
    periodSeconds: seconds, next: &next)
  return next
}
