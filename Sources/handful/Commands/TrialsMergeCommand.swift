import ArgumentParser
import Experiment
import Foundation
import Robotics
import TrialStore

/// `handful trials merge`: the trials of several stores in a new one.
struct TrialsMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Copies the trials of several stores of one robot into a new store.",
    discussion: """
      The new store has the description and the task of the first one. Trials keep their samples, \
      labels and notes and are numbered anew; where each came from is kept as its source. Policies and \
      models stay behind: they belong to the experiment that learnt them.
      """)

  @OptionGroup var output: OutputOptions
  @Option(help: ArgumentHelp("The new store.", valueName: "file")) var store: String
  @Argument(help: "The stores to take trials from, in order.") var from: [String]

  private struct Merged: Encodable {
    var number: Int
    var source: String
  }

  func run() throws {
    let opened = try from.map { try TrialStore.open(at: $0, readOnly: true) }
    let first = opened[0].experiment
    for (path, other) in zip(from, opened).dropFirst() {
      guard Self.shape(other.experiment) == Self.shape(first) else {
        throw Failure.BadInput(
          message: "'\(path)' has trials of robot '\(other.experiment.robotName)' with the joints "
            + "\(Self.shape(other.experiment).joined(separator: ", ")), and '\(from[0])' of robot "
            + "'\(first.robotName)' with \(Self.shape(first).joined(separator: ", ")); merge stores of "
            + "one robot only")
      }
    }
    let merged = try TrialStore.create(
      at: store,
      experiment: ExperimentRecord(
        robotName: first.robotName, robotFileText: first.robotFileText, joints: first.joints,
        controlRateHertz: first.controlRateHertz, task: first.task, algorithm: "merge", seed: 0,
        handfulVersion: Handful.version, createdAtUnixSeconds: Date().timeIntervalSince1970))
    var lines: [Merged] = []
    for (path, store) in zip(from, opened) {
      for summary in try store.trialSummaries() {
        let source = "\((path as NSString).lastPathComponent), trial \(summary.number)"
        let number = try merged.importTrial(try store.trial(summary.number), source: source)
        try merged.label(trial: number, label: summary.label, note: summary.note)
        lines.append(Merged(number: number, source: source))
      }
    }
    try merged.close()
    if output.json { return try JSONOutput.write(lines) }
    for line in lines { print("trial \(line.number): \(line.source)") }
  }

  /// What samples of a store's trials have in common: the robot, its joints in order, how they move,
  /// and which have motors.
  private static func shape(_ experiment: ExperimentRecord) -> [String] {
    ["robot \(experiment.robotName)"]
      + experiment.joints.map {
        "\($0.name) (\($0.kind.rawValue)\($0.isActuated ? ", with a motor" : ""))"
      }
  }
}
