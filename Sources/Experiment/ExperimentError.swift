/// What keeps an experiment from beginning or going on.
public enum ExperimentError: Error, Equatable, CustomStringConvertible {
  /// The virtual robot's process did not come up.
  case virtualRobotFailed(reason: String)
  /// The robot file has no section that describes a virtual robot.
  case noVirtualRobot(robot: String)
  /// The robot has no task of that name.
  case noSuchTask(name: String, robot: String, known: [String])
  /// The algorithm's name is not known.
  case noSuchAlgorithm(name: String, known: [String])
  /// The algorithm wants a prior, and the robot file has none.
  case noPrior(robot: String)
  /// The prior's model is not one that is known.
  case noSuchPriorModel(name: String, known: [String])
  /// A parameter of the prior is not one of its model's, or one is missing.
  case priorParameters(model: String, missing: [String], unknown: [String])
  /// The prior predicts NaN or infinity wherever it was asked.
  case priorNotFinite(model: String, tried: Int)
  /// The store holds another experiment than the one to resume.
  case storeMismatch(what: String, stored: String, wanted: String)
  /// A file of the prior is not what it was when the store was made.
  case priorFileChanged(name: String)
  /// A task's reward gives something that isn't a finite number.
  case rewardNotFinite(task: String, value: Double, state: String, trial: Int?)
  /// The program was started by mpirun, and Open MPI's library can't be used.
  case noMPI(reason: String)
  /// The processes of an mpirun were given different experiments, or compute different numbers.
  case membersDiffer
  /// The store holds nothing to work on.
  case nothingToDo(what: String)

  /// What was found and what to do.
  public var description: String {
    switch self {
    case .virtualRobotFailed(let reason): "the virtual robot did not start: \(reason)"
    case .noVirtualRobot(let robot):
      "robot '\(robot)' has no 'virtual' section, so there is nothing to simulate; add one, or give "
        + "the port of a real robot with --port"
    case .noSuchTask(let name, let robot, let known):
      "robot '\(robot)' has no task '\(name)'; its tasks are: \(known.joined(separator: ", "))"
    case .noSuchAlgorithm(let name, let known):
      "there is no algorithm '\(name)'; there are: \(known.joined(separator: ", "))"
    case .noPrior(let robot):
      "algorithm gp-mi needs a prior, and robot '\(robot)' has no 'prior' section; add one, or use "
        + "--algorithm black-drops"
    case .noSuchPriorModel(let name, let known):
      "there is no prior model '\(name)'; there are: \(known.joined(separator: ", "))"
    case .priorParameters(let model, let missing, let unknown):
      "the prior's parameters do not fit its model '\(model)': "
        + (missing.isEmpty ? "" : "missing \(missing.joined(separator: ", ")); ")
        + (unknown.isEmpty ? "" : "unknown \(unknown.joined(separator: ", ")); ")
        + "mend prior.parameters in the robot file"
    case .priorNotFinite(let model, let tried):
      "the prior's model '\(model)' predicts NaN or infinity at each of \(tried) states tried, with its "
        + "nominal parameters; mend them or the model, or shorten its integration step (prior.step)"
    case .storeMismatch(let what, let stored, let wanted):
      "the store was made with \(what) \(stored), not \(wanted); resume with the same, or give "
        + "another --store"
    case .priorFileChanged(let name):
      "the prior's file '\(name)' is not what it was when the store was made, so that another model would "
        + "be learnt; bring it back as it was, or give another --store"
    case .rewardNotFinite(let task, let value, let state, let trial):
      "the reward of task '\(task)' is \(value.isNaN ? "NaN" : "\(value)") "
        + (trial.map { "in trial \($0), where the state is \(state)" }
          ?? "where the state is \(state)")
        + "; a reward must be a finite number everywhere: mend its code, or its scales"
    case .noMPI(let reason):
      "started by mpirun, but Open MPI can't be used (\(reason)); install Debian's openmpi-bin, or run "
        + "without mpirun"
    case .membersDiffer:
      "the processes that mpirun started don't have the same experiment; give every host the same "
        + "program and the same files, and processors of one kind (or OPENBLAS_CORETYPE=Haswell)"
    case .nothingToDo(let what): what
    }
  }
}
