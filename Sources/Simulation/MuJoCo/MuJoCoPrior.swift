import CMuJoCo
import CMuJoCoGuard
import Robotics

/// A MuJoCo model as a robot's simulator, with parameters that are named after the model's elements.
///
///     let prior = try MuJoCoPrior(
///       file: MuJoCoFile(path: "arm.xml", joints: robot.joints),
///       parameterNames: ["upper_arm_mass", "elbow_damping"], stepSeconds: 0.005, section: "prior")
///
/// The model is MJCF or URDF. Its joints are the robot's, by name; each is a hinge or a slide. An action
/// is the `ctrl` of the joint's motor, or, for a joint without one in the model (a URDF has none), an
/// effort at the joint itself. ``MuJoCoParameter`` says what parameters there are.
///
/// Advancing takes equal steps no longer than `stepSeconds`, by the integrator that the model names. A
/// member's result depends on that member alone: what the engine keeps from step to step beside the
/// state begins anew with every call. Each thread has a copy of the model and memory to work in of its
/// own, made when it is first needed; after that nothing is allocated. Reference: Todorov, Erez &
/// Tassa, IROS 2012.
public struct MuJoCoPrior: PriorModel {
  /// The number of state dimensions.
  public let stateDimensions: Int
  /// The number of action dimensions.
  public let actionDimensions: Int
  /// The parameters' names, in order.
  public let parameterNames: [String]
  /// The longest integration step, in seconds.
  public let stepSeconds: Double

  private let pool: MuJoCoPool

  /// The simulator of a model file.
  ///
  /// - Parameters:
  ///   - file: The model's file, and the robot's joints.
  ///   - parameterNames: The parameters that callers will give, in their order.
  ///   - stepSeconds: The longest integration step, in seconds.
  ///   - section: The section of the robot's description that names the model, for errors.
  /// - Throws: ``SimulationError/badMuJoCoModel(key:path:problem:remedy:)`` when the file can't be
  ///   read, isn't a model, doesn't fit the robot's joints, or lacks what a parameter is named after.
  public init(
    file: MuJoCoFile, parameterNames: [String], stepSeconds: Double, section: String
  ) throws(SimulationError) {
    let model = try MuJoCoModel(file: file, section: section)
    var parameters: [MuJoCoParameter] = []
    for name in parameterNames {
      parameters.append(try MuJoCoParameter(name: name, model: model, section: section))
    }
    pool = MuJoCoPool(
      model: model, tuning: MuJoCoTuning(parameters: parameters, of: model.pointer))
    stateDimensions = 2 * file.joints.count
    actionDimensions = file.joints.count { $0.isActuated }
    self.parameterNames = parameterNames
    self.stepSeconds = stepSeconds
  }

  /// Writes the states that follow `count` states after `periodSeconds` under constant actions; NaN
  /// for a member whose course diverges, and for all when the model can't have such parameters (a
  /// mass of zero).
  public func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double, next: UnsafeMutablePointer<Double>
  ) {
    guard let instance = pool.take(parameters: parameters) else {
      for d in 0..<stateDimensions {
        (next + d * stride).update(repeating: .nan, count: count)
      }
      return
    }
    let steps = RungeKutta4.stepCount(periodSeconds: periodSeconds, stepSeconds: stepSeconds)
    instance.model.pointee.opt.timestep = periodSeconds / Double(steps)
    withUnsafePointer(to: pool.model.wiring) {
      handful_mujoco_advance(
        instance.model, instance.data, $0, count, stride, states, actions, steps, next)
    }
    pool.give(instance)
  }
}
