import ArgumentParser
import Experiment
import Foundation
import Learner
import Robotics
import TrialStore

/// `handful calibrate`: fits the prior's parameters to logged trials.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fits the prior's parameters to logged trials or CSV recordings.",
    discussion: """
      Prints value, standard error and correlation of each parameter, what the data can't tell \
      apart, and the open-loop error on held-out segments before and after; writes the values, with \
      covariance and where they came from, to prior.yaml beside the robot file or to --out.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("A store with trials.", valueName: "file"))
  var store: String?

  @Option(help: ArgumentHelp("Which of its trials, such as 1,3 or 2-4.", valueName: "list"))
  var trials: String?

  @Argument(help: "CSV recordings, instead of a store.")
  var recordings: [String] = []

  @Option(help: ArgumentHelp("Where to write the values.", valueName: "file"))
  var out: String?

  @Flag(help: "Write nothing.")
  var noWrite = false

  @Flag(help: "Overwrite a file of values that is there.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Also propose the next calibration trial: the efforts within the limits from which most would "
        + "be learnt, as CSV for 'handful run --excitation'.", valueName: "file"))
  var suggest: String?

  @Option(help: "The seed of the fit's starting points.")
  var seed: UInt64 = 1

  @Option(help: "How many threads work; the result does not depend on it.")
  var threads: Int?

  func validate() throws {
    guard (store == nil) != recordings.isEmpty else {
      throw ValidationError("give either --store or CSV recordings to calibrate on.")
    }
  }

  func run() throws {
    let robot = try robotOptions.load()
    guard let description = robot.prior else { throw ExperimentError.noPrior(robot: robot.name) }
    let target = out ?? CalibratedPrior.path(besideRobotFile: robotOptions.file)
    if !noWrite && !force && FileManager.default.fileExists(atPath: target) {
      throw Failure.BadInput(
        message: "'\(target)' is there already; give --force to overwrite it, --out for another "
          + "file, or --no-write")
    }
    let logged = try load(robot)
    var settings = CalibrationSettings()
    settings.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    Console.shared.progress("calibrating on \(logged.count) trials")
    let result = try Calibrator.fit(
      recordings: logged, robot: robot, prior: try PriorModels.model(for: description),
      description: description, settings: settings, seed: seed)
    Console.shared.write("")
    if output.json {
      try JSONOutput.write(result)
    } else {
      CalibrationTable.write(result)
    }
    if let suggest { try propose(result, robot, description, to: suggest) }
    guard !noWrite else { return }
    try calibrated(result, robot, description).write(to: target)
    Console.shared.line("wrote \(target)")
  }

  /// Proposes the next trial, and writes its efforts as CSV.
  private func propose(
    _ result: CalibrationResult, _ robot: Robot, _ description: PriorDescription, to path: String
  ) throws {
    let proposal = try ExcitationDesign.propose(
      after: result, robot: robot, prior: try PriorModels.model(for: description),
      description: description, seed: seed)
    let efforts = EffortSequence(periodSeconds: proposal.periodSeconds, efforts: proposal.efforts)
    try OutputFile.write(efforts.csv(for: robot), to: path)
    for gain in proposal.gains {
      Console.shared.line(
        "\(gain.name): ± \(String(format: "%.3g", gain.before)) \(gain.unit) now, about ± "
          + "\(String(format: "%.3g", gain.after)) \(gain.unit) after the proposed trial")
    }
    Console.shared.line(
      "wrote the efforts of the proposed trial to \(path); run it with 'handful run --excitation "
        + "\(path)'")
  }

  private func load(_ robot: Robot) throws -> [Trial] {
    guard let store else {
      return try recordings.enumerated().map { index, path in
        try CSVRecording.read(contentsOf: path, robot: robot, number: index + 1).trial
      }
    }
    let opened = try robotOptions.store(at: store, of: robot)
    return try TrialList.choose(
      trials, from: try opened.trials().withoutRepeated().filter { !$0.samples.isEmpty })
  }

  private func calibrated(
    _ result: CalibrationResult, _ robot: Robot, _ description: PriorDescription
  ) -> CalibratedPrior {
    let day = ISO8601DateFormatter.string(
      from: Date(), timeZone: .gmt, formatOptions: [.withFullDate, .withDashSeparatorInDate])
    let data =
      store.map {
        "trials \(result.trials.map(String.init).joined(separator: ", ")) of "
          + ($0 as NSString).lastPathComponent
      }
      ?? recordings.map { ($0 as NSString).lastPathComponent }.joined(separator: ", ")
    return CalibratedPrior(
      robot: robot.name, model: description.model,
      parameters: result.estimates.map {
        .init(name: $0.name, unit: $0.unit, value: $0.value, standardError: $0.standardError)
      },
      covariance: result.covariance,
      provenance: .init(date: day, data: data, command: "handful calibrate --seed \(seed)"))
  }
}
