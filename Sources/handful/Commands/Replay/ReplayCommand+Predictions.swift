import Experiment
import Foundation
import Learner
import Reporting
import Robotics
import TrialStore

extension ReplayCommand {
  /// Predictions against the log.
  func predict(_ robot: Robot, _ opened: TrialStore, known: [Trial], tested: [Trial]) throws {
    let chosenTraining = try train.map { try TrialList.choose($0, from: known) }
    let isImported = known.allSatisfy { $0.origin == .imported }
    let settings = PredictionSettings(
      periodSeconds: period
        ?? (isImported
          ? 0.05 : robot.task(named: opened.experiment.task)?.periodSeconds ?? 0.05),
      actionDelaySeconds: actionDelay)
    let study = ReplayStudy(
      robot: robot, calibrated: try prior.map { try comparedPrior($0, robot) },
      compared: try comparePrior.map { try comparedPrior($0, robot) },
      settings: settings, seed: opened.experiment.seed, threads: threadCount)
    var judgements: [ReplayStudy.Judgement] = []
    for trial in tested {
      let training =
        chosenTraining?.filter { $0.number != trial.number }
        ?? known.filter { $0.number < trial.number }
      Console.shared.progress("trial \(trial.number): fitting and predicting")
      let judgement = try study.judge(tested: trial, training: training)
      if !output.json { ReplayTable.write(judgement) }
      judgements.append(judgement)
    }
    let comparisons = PredictorComparison.all(in: judgements)
    if output.json {
      try JSONOutput.write(judgements.flatMap(ReplaySummary.all))
    } else {
      ReplayTable.write(comparisons)
    }
    if let out { try draw(judgements, comparisons, robot, settings, to: out) }
  }

  /// A prior file, with its calibration where it is one.
  private func comparedPrior(_ path: String, _ robot: Robot) throws -> ReplayStudy.ComparedPrior {
    guard let description = try robotOptions.prior(contentsOf: path, for: robot) else {
      throw ExperimentError.noPrior(robot: robot.name)
    }
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    return ReplayStudy.ComparedPrior(
      name: name, description: description,
      calibration: try? CalibratedPrior(contentsOf: path))
  }

  private func draw(
    _ judgements: [ReplayStudy.Judgement], _ comparisons: [PredictorComparison], _ robot: Robot,
    _ settings: PredictionSettings, to out: String
  ) throws {
    let figure = PredictionFigure(
      robot: robot, trials: judgements.map(\.drawn), bandProbability: settings.bandProbability)
    switch (out as NSString).pathExtension {
    case "svg": try OutputFile.write(figure.svg(), to: out)
    case "html":
      try OutputFile.write(
        figure.html(tables: judgements.map(ReplayTable.table) + [ReplayTable.table(comparisons)]),
        to: out)
    default:
      throw Failure.BadInput(message: "--out is '\(out)'; name a file that ends in .svg or .html")
    }
    Console.shared.line("wrote \(out)")
  }
}
