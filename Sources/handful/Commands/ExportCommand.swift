import ArgumentParser
import Experiment
import Foundation
import Learner
import TrialStore

/// `handful export`: trials as CSV, NPZ or MCAP, the latest policy as JSON.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a store's trials as CSV, NPZ or MCAP, or its latest policy as JSON.")

  /// What to write.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv
    case npz
    case mcap
    case policy
  }

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The store.", valueName: "file"))
  var store: String

  @Option(
    help: ArgumentHelp(
      "What to write: csv (one file a trial, in a folder), npz (arrays for NumPy, one file), mcap (a log "
        + "for Foxglove or PlotJuggler, one file) or policy (one JSON file).", valueName: "format"))
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
      guard let last = try opened.episodes().last else {
        throw ExperimentError.nothingToDo(
          what: "'\(store)' holds no learnt policy yet; run an experiment first")
      }
      try OutputFile.write(last.policyJSON + "\n", to: out)
      written.append(out)
    }
    try OutputFile.report(written, asJSON: output.json)
  }
}
