/// What keeps the learner from learning.
public enum LearnerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The task's horizon holds no step.
  case horizonTooShort(task: String, horizonSeconds: Double, periodSeconds: Double)
  /// There are no steps to learn from, or fewer than a model needs.
  case notEnoughData(steps: Int, needed: Int)
  /// A logged step doesn't have the robot's dimensions.
  case stepOfAnotherRobot(trial: Int, step: Int, found: Int, expected: Int, what: String)
  /// A logged step holds a number that isn't finite.
  case stepNotFinite(trial: Int, step: Int)
  /// The policy was learnt for another robot.
  case policyForAnotherRobot(policy: String, robot: String)
  /// A policy's parts don't fit each other.
  case malformedPolicy(what: String, found: Int, expected: Int)
  /// The policy can't be written for a microcontroller.
  case notExportable(reason: String)
  /// GP-MI was asked for, but the robot's description has no prior model.
  case priorMissing(robot: String)
  /// The model could not be fitted.
  case modelFailed(reason: String)
  /// A setting has a value that makes no sense.
  case settingOutOfRange(name: String, value: Double, lower: Double, upper: Double)
  /// The model predicts no trajectory of numbers.
  case noPlanIsFinite
  /// The way to search doesn't find policies of that shape.
  case searchMismatch(policy: String, search: String, remedy: String)
  /// Learning was cancelled before any policy was found.
  case cancelled

  /// The error as a sentence: what was found, what is allowed, and what to do.
  public var description: String {
    switch self {
    case .horizonTooShort(let task, let horizon, let period):
      "Task '\(task)' has a horizon of \(horizon) s and a period of \(period) s, so a trial has no "
        + "step; make the horizon at least one period."
    case .notEnoughData(let steps, let needed):
      "There are \(steps) logged steps to learn from and a model needs at least \(needed); run a "
        + "random trial first, or a longer one."
    case .stepOfAnotherRobot(let trial, let step, let found, let expected, let what):
      "Step \(step) of trial \(trial) has \(found) \(what) where the robot has \(expected); learn "
        + "from trials of this robot only."
    case .stepNotFinite(let trial, let step):
      "Step \(step) of trial \(trial) holds a number that isn't finite; leave the trial out or cut "
        + "it before that step."
    case .policyForAnotherRobot(let policy, let robot):
      "The policy was learnt for the robot '\(policy)', not for '\(robot)'; give a policy of this "
        + "robot."
    case .malformedPolicy(let what, let found, let expected):
      "The policy has \(found) \(what) where \(expected) are needed; its file is damaged or was "
        + "made by hand: learn it again or restore it from the store."
    case .notExportable(let reason):
      "The policy can't be written as C: \(reason)."
    case .priorMissing(let robot):
      "The algorithm gp-mi needs a prior model, and the description of '\(robot)' has none; add a "
        + "'prior' section to the robot file or use black-drops."
    case .modelFailed(let reason):
      "The model of the dynamics could not be fitted: \(reason)"
    case .settingOutOfRange(let name, let value, let lower, let upper):
      "The setting '\(name)' is \(value); it must be from \(lower) to \(upper)."
    case .noPlanIsFinite:
      "The model's prediction is not a finite number under any actions that were tried, so nothing can "
        + "be planned; look at the logged steps with 'handful replay', or search as a black box."
    case .searchMismatch(let policy, let search, let remedy):
      "A policy '\(policy)' can't be searched by '\(search)'; \(remedy)."
    case .cancelled:
      "Learning was cancelled before a policy was found; start it again to get one."
    }
  }
}
