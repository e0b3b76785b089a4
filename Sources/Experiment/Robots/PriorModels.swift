import Robotics
import Simulation

/// The prior models by name. This is where a simulator is tied to the learner, which itself knows
/// none.
public enum PriorModels {
  /// The model of a robot's prior; nil when its file has none, or one that can't be used.
  public static func knownModel(of robot: Robot) -> (any PriorModel)? {
    guard let description = robot.prior else { return nil }
    return try? model(for: description)
  }

  /// The model that a robot file describes.
  ///
  /// - Throws: `SimulationError` when there is no such plant or library, or a MuJoCo model can't be used;
  ///   ``ExperimentError`` when its parameters differ.
  public static func model(for description: PriorDescription) throws -> any PriorModel {
    let prior: any PriorModel
    if let file = description.mujoco {
      return try MuJoCoPrior(
        file: file, parameterNames: description.parameters.map(\.name),
        stepSeconds: description.stepSeconds, section: "prior")
    } else if let library = description.libraryPath {
      prior = try LibraryPrior(path: library)
    } else {
      prior = try PlantPrior(plantName: description.model, stepSeconds: description.stepSeconds)
    }
    let given = description.parameters.map(\.name)
    let missing = prior.parameterNames.filter { !given.contains($0) }
    let unknown = given.filter { !prior.parameterNames.contains($0) }
    guard missing.isEmpty, unknown.isEmpty else {
      throw ExperimentError.priorParameters(
        model: description.model, missing: missing, unknown: unknown)
    }
    return prior
  }

  /// Reads the MuJoCo models that a robot's description names, so that what is wrong with them is
  /// known at once.
  ///
  /// - Throws: `SimulationError`.
  public static func checkMuJoCoModels(of robot: Robot) throws {
    if let prior = robot.prior, prior.mujoco != nil { _ = try model(for: prior) }
    if let world = robot.virtualRobot, world.mujoco != nil {
      _ = try VirtualRobot.simulator(of: world)
    }
  }
}
