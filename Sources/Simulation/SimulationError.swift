/// What can go wrong in setting up a simulation.
public enum SimulationError: Error, Sendable, Equatable {
  /// No plant has that name.
  case unknownPlant(name: String, known: [String])
  /// The plant has no parameter of that name.
  case unknownParameter(plant: String, name: String, known: [String])
  /// A step or speed that no simulation can take.
  case invalidValue(what: String, value: Double, allowed: String)
  /// The robot file describes no virtual robot.
  case noVirtualRobot(robot: String)
  /// The robot's joints don't fit the plant's.
  case jointsDiffer(robot: String, plant: String, found: String, expected: String)
  /// A shared library is no simulator behind Handful's C interface.
  case badLibrary(path: String, reason: String)
  /// A MuJoCo model that can't be a robot's simulator; the key is that of the robot's description,
  /// such as `prior.mujoco`.
  case badMuJoCoModel(key: String, path: String, problem: String, remedy: String)
  /// The system gave no pseudo-terminal.
  case noPseudoTerminal(operation: String, errno: Int32)
}

extension SimulationError: CustomStringConvertible {
  /// What happened, what was found, and what to do.
  public var description: String {
    switch self {
    case .unknownPlant(let name, let known):
      "There is no plant named '\(name)'; use one of \(known.joined(separator: ", "))."
    case .unknownParameter(let plant, let name, let known):
      "The plant '\(plant)' has no parameter '\(name)'; its parameters are "
        + "\(known.joined(separator: ", "))."
    case .invalidValue(let what, let value, let allowed):
      "The \(what) is \(value); it must be \(allowed)."
    case .noVirtualRobot(let robot):
      "The robot '\(robot)' has no virtual robot; add a 'virtualRobot' section to its file, with a "
        + "plant and its parameters."
    case .jointsDiffer(let robot, let plant, let found, let expected):
      "The robot '\(robot)' has the joints \(found), but its virtual robot's plant '\(plant)' has "
        + "\(expected); change the joints or the plant in the robot's file."
    case .badLibrary(let path, let reason):
      "The library '\(path)' can't be a prior model: \(reason); see "
        + "Sources/CSimulator/include/handful_simulator.h for what it must export."
    case .badMuJoCoModel(_, let path, let problem, let remedy):
      "The MuJoCo model '\(path)' can't be used: \(problem); \(remedy)."
    case .noPseudoTerminal(let operation, let errno):
      "No pseudo-terminal could be opened: \(operation) failed with error \(errno); check that "
        + "/dev/pts is mounted and that not all pseudo-terminals are taken."
    }
  }

  /// The keys of the robot's description that lead to what must be mended, joined by dots; nil for
  /// what is not told by a key.
  public var robotFileKey: String? {
    if case .badMuJoCoModel(let key, _, _, _) = self { return key }
    return nil
  }
}
