import ArgumentParser
import Foundation
import Reporting
import Robotics
import TrialStore

/// `handful report`: an experiment as one HTML file, or its figure alone as SVG.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draws an experiment: one self-contained HTML file, or the figure alone as SVG.")

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The experiment's store.", valueName: "file"))
  var store: String

  @Option(help: ArgumentHelp("Where to write; .html or .svg.", valueName: "file"))
  var out: String

  func run() throws {
    let opened = try TrialStore.open(at: store, readOnly: true)
    let robot = try Robot(yaml: opened.experiment.robotFileText, file: "the robot file in \(store)")
    let text: String
    switch (out as NSString).pathExtension {
    case "html": text = try ExperimentReport(store: opened, robot: robot).html()
    case "svg": text = try LearningRunFigure(store: opened, robot: robot).svg()
    default:
      throw Failure.BadInput(message: "--out is '\(out)'; name a file that ends in .html or .svg")
    }
    try OutputFile.write(text, to: out)
    try OutputFile.report([out], asJSON: output.json)
  }
}
