import ArgumentParser
import Experiment
import Foundation
import Learner
import Robotics
import TrialStore

/// `handful replay`: logged trials offline.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Holds predictions against logged trials; learns again from the same log.",
    discussion: """
      Each predictor (the prior as the robot file has it, the calibrated prior, a Gaussian process, \
      GP-MI) is judged on trials that it has not seen: over one step, and open loop over 0.5 s \
      segments begun at the smoothed state and driven by the recorded efforts. Without --train, \
      models learn from the trials before the tested one.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The store.", valueName: "file"))
  var store: String

  @Option(
    help: ArgumentHelp(
      "The trials to predict, such as 2 or 2,3; all when not given.", valueName: "list"))
  var trials: String?

  @Option(help: ArgumentHelp("The trials that models learn from.", valueName: "list"))
  var train: String?

  @Option(help: ArgumentHelp("Calibrated parameters of the prior.", valueName: "file"))
  var prior: String?

  @Option(
    help: "The period of one-step errors and of learnt models, in seconds; the task's, or 0.05.")
  var period: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long after its sample an effort acts, in seconds; as 'handful calibrate' found it."))
  var actionDelay: Double?

  @Flag(help: "Learn every stored policy again, and compare bit for bit.")
  var relearn = false

  @Option(help: "How many threads work; the result does not depend on it.")
  var threads: Int?

  func run() throws {
    let robot = try robotOptions.load()
    let opened = try TrialStore.open(at: store, readOnly: true)
    guard opened.experiment.robotName == robot.name else {
      throw ExperimentError.storeMismatch(
        what: "robot", stored: opened.experiment.robotName, wanted: robot.name)
    }
    if relearn { return try learnAgain(robot, opened) }
    let known = try opened.trials().filter { !$0.samples.isEmpty }
    let tested = try TrialList.choose(trials, from: known)
    let chosenTraining = try train.map { try TrialList.choose($0, from: known) }
    let task = robot.task(named: opened.experiment.task)
    let isImported = known.allSatisfy { $0.origin == .imported }
    let calibrated = try prior.flatMap { try robotOptions.prior(contentsOf: $0, for: robot) }
    let study = ReplayStudy(
      robot: robot, calibrated: calibrated,
      calibration: prior.flatMap { try? CalibratedPrior(contentsOf: $0) },
      settings: PredictionSettings(
        periodSeconds: period ?? (isImported ? 0.05 : task?.periodSeconds ?? 0.05),
        actionDelaySeconds: actionDelay),
      seed: opened.experiment.seed,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
    var rows: [ReplayStudy.Row] = []
    for trial in tested {
      let training =
        chosenTraining?.filter { $0.number != trial.number }
        ?? known.filter { $0.number < trial.number }
      Console.shared.progress("trial \(trial.number): fitting and predicting")
      let found = try study.rows(tested: trial, training: training)
      if !output.json { ReplayTable.write(found, trial: trial) }
      rows += found
    }
    if output.json { try JSONOutput.write(rows.map(ReplaySummary.init)) }
  }

  private func learnAgain(_ robot: Robot, _ store: TrialStore) throws {
    let record = store.experiment
    let task = try robot.chosenTask(record.task)
    guard LearningSettings.Algorithm(rawValue: record.algorithm) != nil else {
      throw ExperimentError.nothingToDo(
        what: "'\(self.store)' was not made by learning but by '\(record.algorithm)'; there is "
          + "nothing to learn again")
    }
    let stored = try StoredSettings(of: record)
    var settings = stored.learning
    settings.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    var configuration = RunConfiguration(
      robot: robot, robotFileText: record.robotFileText, task: task, settings: settings,
      trialCount: 0, seed: record.seed)
    if let prior = stored.prior(of: robot) { configuration.robot.prior = prior }
    try configuration.ensureResumable(record)
    let episodes = try Relearning.run(configuration: configuration, store: store) { episode in
      guard !output.json else { return }
      print(
        "policy \(episode.number), learnt after trial \(episode.afterTrial): "
          + (episode.isSame ? "the same, bit for bit" : "DIFFERENT")
          + String(format: " (%.1f s)", episode.seconds))
    }
    if output.json { try JSONOutput.write(episodes) }
    if episodes.contains(where: { !$0.isSame }) { throw HandfulExit.failed }
  }
}

/// A list of trials on the command line, such as `1,3` or `2-4`.
enum TrialList {
  static func choose(_ text: String?, from known: [Trial]) throws -> [Trial] {
    guard let text else { return known }
    var chosen: [Trial] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else {
        throw Failure.BadInput(
          message: "'\(text)' is not a list of trials; write it like 1,3 or 2-4")
      }
      for number in first...last {
        guard let trial = known.first(where: { $0.number == number }) else {
          throw Failure.BadInput(
            message: "the store has no trial \(number) with samples; it has "
              + known.map { "\($0.number)" }.joined(separator: ", "))
        }
        chosen.append(trial)
      }
    }
    return chosen
  }
}
