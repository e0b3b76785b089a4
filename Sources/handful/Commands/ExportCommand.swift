import ArgumentParser
import Experiment
import Foundation
import Learner
import Robotics
import TrialStore

/// `handful export`: trials as CSV, NPZ or MCAP, the latest policy as JSON or C.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a store's trials as CSV, NPZ or MCAP, or its latest policy as JSON or C.")

  /// What to write.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv
    case npz
    case mcap
    case policy
    case c
  }

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The store.", valueName: "file"))
  var store: String

  @Option(
    help: ArgumentHelp(
      "What to write: csv (one file a trial, in a folder), npz (arrays for NumPy, one file), mcap (a log "
        + "for Foxglove or PlotJuggler, one file), policy (one JSON file) or c (a policy for a "
        + "microcontroller: a header for firmware-protocol/c/handful_policy.h).",
      valueName: "format"))
  var format: Format

  @Option(help: ArgumentHelp("The folder or file to write.", valueName: "path"))
  var out: String

  func run() throws {
    let opened = try TrialStore.open(at: store, readOnly: true)
    var written: [String] = []
    switch format {
    case .csv:
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      for trial in try opened.trials() {
        let path = out + "/trial-\(trial.number).csv"
        try OutputFile.write(
          CSVExport.text(of: trial, joints: opened.experiment.joints), to: path)
        written.append(path)
      }
    case .npz:
      let export = NPZExport(joints: opened.experiment.joints)
      try OutputFile.write(export.data(of: opened.trials()), to: out)
      written.append(out)
    case .mcap:
      let export = MCAPExport(experiment: opened.experiment)
      try OutputFile.write(export.data(of: opened.trials()), to: out)
      written.append(out)
    case .policy:
      try OutputFile.write(try lastPolicy(opened) + "\n", to: out)
      written.append(out)
    case .c:
      try OutputFile.write(try policyHeader(opened).text, to: out)
      written.append(out)
    }
    try OutputFile.report(written, asJSON: output.json)
  }

  /// The policy that was learnt last, as it is stored.
  private func lastPolicy(_ opened: TrialStore) throws -> String {
    guard let last = try opened.episodes().last else {
      throw ExperimentError.nothingToDo(
        what: "'\(store)' holds no learnt policy yet; run an experiment first")
    }
    return last.policyJSON
  }

  private func policyHeader(_ opened: TrialStore) throws -> PolicyHeader {
    let experiment = opened.experiment
    let parameters = try JSONDecoder().decode(
      PolicyParameters.self, from: Data(try lastPolicy(opened).utf8))
    let robot = try Robot(yaml: experiment.robotFileText, file: "the robot file in " + store)
    guard let task = robot.task(named: experiment.task) else {
      throw ExperimentError.nothingToDo(
        what: "the robot file in '\(store)' has no task '\(experiment.task)'")
    }
    return try PolicyHeader(parameters, periodSeconds: task.periodSeconds)
  }
}
