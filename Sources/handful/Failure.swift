import Experiment
import HardwareIO
import Learner
import Robotics
import Simulation
import Supervisor
import TrialStore

/// An error of any room as a sentence and an exit code.
struct Failure {
  var message: String
  var exit: HandfulExit

  /// Bad input of a command's own.
  struct BadInput: Error {
    var message: String
  }

  /// The failure of an error that a room throws; nil for errors of parsing the command line.
  init?(_ error: any Error) {
    message = "\(error)"
    switch error {
    case let error as BadInput:
      message = error.message
      exit = .badInput
    case is RobotFileError, is MisdescribedRobot, is RecordingError, is MotionError,
      is SimulationError, is CalibrationError, is RewardFitError:
      exit = .badInput
    case let error as LinkError:
      if case .disconnected = error { exit = .stoppedForSafety } else { exit = .badInput }
    case let error as SupervisorError:
      if case .notPermitted = error { exit = .failed } else { exit = .badInput }
    case let error as ExperimentError:
      if case .virtualRobotFailed = error { exit = .failed } else { exit = .badInput }
    case let error as BenchError:
      switch error {
      case .seedFailed, .stopped: exit = .failed
      default: exit = .badInput
      }
    case let error as StoreError:
      exit = error.isBadInput ? .badInput : .failed
    case let error as LearnerError:
      exit = error.isBadInput ? .badInput : .failed
    case let error as ModelError:
      if case .notPositiveDefinite = error { exit = .failed } else { exit = .badInput }
    default:
      return nil
    }
  }
}

extension LearnerError {
  /// Whether another file or other options would mend it.
  fileprivate var isBadInput: Bool {
    switch self {
    case .horizonTooShort, .policyForAnotherRobot, .malformedPolicy, .notExportable, .priorMissing,
      .settingOutOfRange, .searchMismatch:
      true
    default: false
    }
  }
}

extension StoreError {
  /// Whether naming another file or other options would mend it.
  fileprivate var isBadInput: Bool {
    switch self {
    case .diskFull, .corrupt: false
    default: true
    }
  }
}
