import Experiment
import HardwareIO
import Learner
import Robotics
import Supervisor

/// What `handful run --json` writes: numbers with their units in the names.
struct RunSummary: Encodable {
  struct TrialLine: Encodable {
    var number: Int
    var origin: String
    var end: String
    var reason: String?
    var meanReward: Double
    var secondsWithinGoal: Double
    var solved: Bool
    var predictedMeanReward: Double?
    var modelOneStepErrors: [Double]?
    var resetSeconds: Double?
    var durationSeconds: Double
    var timing: TimingReport?
    var margins: SafetyMargins?
    var jointMargins: [JointMargins]?
    var robotMargins: RobotMargins?
    var clamps: [ClampSummary]?
  }

  struct EpisodeLine: Encodable {
    var fitSeconds: Double
    var searchSeconds: Double
    var evaluations: Int
    var predictedMeanReward: Double
    var warnings: [String]
    /// What became of the prior, and how much of each output it and its residual explain; left out
    /// without a prior.
    var prior: PriorSummary?
  }

  var robot: String
  var task: String
  var algorithm: String
  var seed: UInt64
  var store: String
  var ending: String
  var exitCode: Int32
  var solvedAtTrial: Int?
  var interactionSeconds: Double
  var armedSeconds: Double
  var energyJoules: Double
  var trials: [TrialLine]
  var episodes: [EpisodeLine]

  init(_ result: RunResult, _ configuration: RunConfiguration, storePath: String) {
    robot = configuration.robot.name
    task = configuration.task.name
    algorithm =
      configuration.excitation == nil
      ? configuration.settings.algorithm.rawValue : configuration.source
    seed = configuration.seed
    store = storePath
    exitCode = result.exit.rawValue
    switch result.ending {
    case .solved: ending = "solved"
    case .notSolved: ending = "not-solved"
    case .policyRan: ending = configuration.excitation == nil ? "policy-ran" : "excitation-ran"
    case .stopped(let reason): ending = reason.code
    case .budgetSpent(let limit): ending = "\(limit.rawValue)-budget-spent"
    case .interrupted: ending = "interrupted"
    }
    solvedAtTrial = result.solvedAtTrial
    interactionSeconds = result.interactionSeconds
    armedSeconds = result.use.armedSeconds
    energyJoules = result.use.energyJoules
    trials = result.trials.map { report in
      TrialLine(
        number: report.trial.number, origin: report.trial.origin.rawValue,
        end: report.trial.end.code, reason: report.trial.end.reason, meanReward: report.meanReward,
        secondsWithinGoal: report.secondsWithin, solved: report.isSolved,
        predictedMeanReward: report.predictedReward, modelOneStepErrors: report.modelError,
        resetSeconds: report.resetSeconds,
        durationSeconds: report.trial.samples.last?.robotTimeSeconds ?? 0, timing: report.timing,
        margins: report.margins, jointMargins: report.jointMargins,
        robotMargins: report.robotMargins, clamps: report.clamps)
    }
    episodes = result.episodes.map {
      EpisodeLine(
        fitSeconds: $0.fitSeconds, searchSeconds: $0.searchSeconds, evaluations: $0.evaluations,
        predictedMeanReward: $0.predictedReturn.mean, warnings: $0.warnings,
        prior: $0.modelSummary.prior)
    }
  }
}
