import ArgumentParser
import Experiment
import Foundation
import Learner
import Reporting
import Robotics
import TrialStore

/// `handful replay`: logged trials offline.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract:
      "Holds predictions, limits and policies against logged trials; learns again from them.",
    discussion: """
      Predictions (when nothing else is asked for): each predictor (the prior as the robot file has \
      it, the calibrated prior, those of --compare-prior, a Gaussian process, GP-MI) is judged on \
      trials that it has not seen: over one step, and open loop over 0.5 s segments begun at the \
      smoothed state and driven by the recorded efforts. Bands are meant to hold 95 % of the samples; \
      the share that they do hold is told. Stretches that no effort explains (pushes by hand) are \
      named, and kept out of fits and comparisons. Without --train, models learn from the trials \
      before the tested one.

      --limits passes the log through the robot file's limits as they are now. --compare-policy \
      compares what policies do on the logged states, and what models predict for them. --relearn \
      learns every stored policy again.

      Exit codes: 0 done, 1 a trial would have been stopped (--limits) or a policy came out otherwise \
      (--relearn), 2 bad input.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The store.", valueName: "file"))
  var store: String

  @Option(
    help: ArgumentHelp(
      "The trials to look at, such as 2 or 2,3; all when not given.", valueName: "list"))
  var trials: String?

  @Option(help: ArgumentHelp("The trials that models learn from.", valueName: "list"))
  var train: String?

  @Option(help: ArgumentHelp("Calibrated parameters of the prior.", valueName: "file"))
  var prior: String?

  @Option(
    help: ArgumentHelp(
      "A prior to compare, as 'handful calibrate' writes it or a whole one; may be given several times.",
      valueName: "file"))
  var comparePrior: [String] = []

  @Option(
    help: ArgumentHelp(
      "A policy to compare (JSON, from 'handful export --format policy', or policy:N for the Nth that "
        + "is stored); may be given several times. One alone is compared with the last one stored.",
      valueName: "policy"))
  var comparePolicy: [String] = []

  @Flag(help: "Tell what today's limits would have done in the logged trials.")
  var limits = false

  @Option(
    help: ArgumentHelp("Draw the predictions with their bands; .svg or .html.", valueName: "file"))
  var out: String?

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

  func validate() throws {
    let modes = [limits, relearn, !comparePolicy.isEmpty].count { $0 }
    guard modes <= 1 else {
      throw ValidationError("--limits, --relearn and --compare-policy are asked for one at a time.")
    }
    if out != nil && modes > 0 {
      throw ValidationError("--out draws predictions; leave it out here.")
    }
    let others = [
      ("--train", train != nil), ("--prior", prior != nil),
      ("--compare-prior", !comparePrior.isEmpty), ("--period", period != nil),
      ("--action-delay", actionDelay != nil),
    ]
    if modes > 0, let other = others.first(where: \.1) {
      throw ValidationError("\(other.0) is for predictions; leave it out here.")
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads is \(threads); it must be at least 1.")
    }
    if let period, !(period > 0 && period.isFinite) {
      throw ValidationError("--period is \(period); it must be above 0, in seconds.")
    }
  }

  func run() throws {
    let robot = try robotOptions.load()
    let opened = try robotOptions.store(at: store, of: robot)
    if relearn { return try learnAgain(robot, opened) }
    let known = try opened.trials().withoutRepeated().filter { !$0.samples.isEmpty }
    try robotOptions.ensureSameJoints(robot, known)
    let tested = try TrialList.choose(trials, from: known)
    guard !tested.isEmpty else {
      throw ExperimentError.nothingToDo(
        what: "'\(store)' holds no trial with samples; run or import one first")
    }
    if limits { return try judgeLimits(robot, tested) }
    if !comparePolicy.isEmpty { return try comparePolicies(robot, opened, tested) }
    try predict(robot, opened, known: known, tested: tested)
  }

  /// How many threads work.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  private func learnAgain(_ robot: Robot, _ store: TrialStore) throws {
    let configuration = try learningConfiguration(robot, store)
    try configuration.ensureResumable(store.experiment)
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

  /// The experiment as its store was made, on the robot as it is described now.
  func learningConfiguration(_ robot: Robot, _ store: TrialStore) throws -> RunConfiguration {
    let record = store.experiment
    let task = try robot.chosenTask(record.task)
    guard LearningSettings.Algorithm(rawValue: record.algorithm) != nil else {
      throw ExperimentError.nothingToDo(
        what:
          "'\(self.store)' was not made by learning but by '\(record.algorithm)'; it has no settings "
          + "to learn with")
    }
    let stored = try StoredSettings(of: record)
    var settings = stored.learning
    settings.threads = threadCount
    var configuration = RunConfiguration(
      robot: robot, robotFileText: record.robotFileText, task: task, settings: settings,
      trialCount: 0, seed: record.seed)
    if let prior = stored.prior(of: robot) { configuration.robot.prior = prior }
    return configuration
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
