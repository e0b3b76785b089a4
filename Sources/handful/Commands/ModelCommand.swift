import ArgumentParser
import Experiment
import Foundation
import Learner
import Robotics
import TrialStore

/// `handful model`: what a model of the dynamics learns from a part of the logged steps.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Learns a model from a part of the logged steps and tests it on the rest.",
    discussion: """
      One step in so many is learnt from; on the others the learnt change of state is held against the \
      recorded one. --plot draws both, and cuts through the learnt function beside the virtual robot's \
      own, where there is one.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("The store.", valueName: "file"))
  var store: String

  @Option(help: ArgumentHelp("Which of its trials, such as 1,3 or 2-4.", valueName: "list"))
  var trials: String?

  @Option(help: ArgumentHelp("Of how many steps one is learnt from.", valueName: "number"))
  var every = 2

  @Option(
    help: ArgumentHelp(
      "The period of a step, in seconds; the task's, or the sample period of recordings.",
      valueName: "seconds"))
  var period: Double?

  @Option(
    help: ArgumentHelp(
      "black-drops (a Gaussian process alone) or gp-mi (on the robot file's prior).",
      valueName: "name"))
  var algorithm = LearningSettings.Algorithm.blackDrops

  @Option(help: ArgumentHelp("The prior from this file, for gp-mi.", valueName: "file"))
  var prior: String?

  @Flag(
    help: "A process for each state dimension; without it positions follow from velocities.")
  var everyOutput = false

  @Option(help: ArgumentHelp("Draw learnt against true, as SVG.", valueName: "file"))
  var plot: String?

  @Option(help: "The seed of the fit's starting points.")
  var seed: UInt64 = 1

  @Option(help: "How many threads work; the result does not depend on it.")
  var threads: Int?

  func validate() throws {
    guard every >= 2 else {
      throw ValidationError(
        "--every is \(every); it must be at least 2, so that steps are left to test on.")
    }
    if let period, !(period > 0 && period.isFinite) {
      throw ValidationError("--period is \(period); it must be above 0.")
    }
    if prior != nil, algorithm != .gpMI {
      throw ValidationError("--prior is for --algorithm gp-mi; add that, or leave it out.")
    }
  }

  func run() throws {
    let robot = try robotOptions.load()
    let opened = try robotOptions.store(at: store, of: robot)
    let chosen = try TrialList.choose(
      trials, from: try opened.trials().withoutRepeated().filter { !$0.samples.isEmpty })
    try robotOptions.ensureSameJoints(robot, chosen)
    guard let first = chosen.first else {
      throw ExperimentError.nothingToDo(
        what: "'\(store)' has no trial with samples; import one, or run it")
    }
    let task = robot.task(named: opened.experiment.task)
    let isImported = chosen.allSatisfy { $0.origin == .imported }
    let step = period ?? (isImported ? nil : task?.periodSeconds) ?? first.samplePeriodSeconds
    let study = try ModelStudy(
      trials: chosen, robot: robot,
      settings: .init(
        periodSeconds: step, every: every,
        model: GaussianProcessSettings(integratesPositions: !everyOutput), seed: seed,
        threads: threads ?? ProcessInfo.processInfo.activeProcessorCount),
      prior: try chosenPrior(robot))
    if let plot { try OutputFile.write(try ModelFigure(study).svg, to: plot) }
    if output.json { return try JSONOutput.write(study.report) }
    ModelTable.write(study.report)
    if let plot { Console.shared.line("wrote \(plot)") }
  }

  private func chosenPrior(_ robot: Robot) throws -> PriorDescription? {
    guard algorithm == .gpMI else { return nil }
    let found = try prior.map { try robotOptions.prior(contentsOf: $0, for: robot) } ?? robot.prior
    guard let found else { throw ExperimentError.noPrior(robot: robot.name) }
    return found
  }
}

extension LearningSettings.Algorithm: ExpressibleByArgument {}
