import ArgumentParser
import Experiment
import Foundation
import Robotics
import TrialStore

/// `handful trials`: what a store holds.
struct TrialsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trials",
    abstract: "Lists, shows, compares, labels, merges, checks and imports the trials of a store.",
    subcommands: [
      List.self, Show.self, TrialsCompareCommand.self, Label.self, TrialsMergeCommand.self,
      Check.self, Import.self,
    ])

  struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The store.", valueName: "file"))
    var store: String
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the trials, a line each.")
    @OptionGroup var options: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let store = try TrialStore.open(at: options.store, readOnly: true)
      let summaries = try store.trialSummaries()
      if output.json { return try JSONOutput.write(summaries) }
      let robot = try? Robot(yaml: store.experiment.robotFileText, file: options.store)
      let task = robot?.task(named: store.experiment.task)
      print(
        "\(store.experiment.robotName) · \(store.experiment.task) · seed \(store.experiment.seed)")
      for summary in summaries {
        var line = String(
          format: "%4d  %-9@ %7.2f s  %6d samples", summary.number,
          summary.origin.rawValue as NSString, summary.durationSeconds, summary.sampleCount)
        if let task {
          let trial = try store.trial(summary.number)
          line += String(format: "  reward %.3f", trial.meanReward(task: task))
          if trial.isSolved(task: task) { line += "  solved" }
        }
        line += "  \(summary.end.code)"
        if !summary.label.isEmpty { line += "  [\(summary.label)]" }
        print(line)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows one trial.")
    @OptionGroup var options: StoreOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The trial's number.") var number: Int

    func run() throws {
      let store = try TrialStore.open(at: options.store, readOnly: true)
      let trial = try store.trial(number)
      if output.json { return try JSONOutput.write(trial) }
      print("trial \(trial.number) · \(trial.origin.rawValue) · seed \(trial.seed)")
      print("ended: \(trial.end.code)\(trial.end.reason.map { ", \($0)" } ?? "")")
      for event in try store.events() where event.trial == number {
        print("event: \(event.kind): \(event.text)")
      }
      if let robot = try? Robot(yaml: store.experiment.robotFileText, file: options.store) {
        print(TrialPicture.draw(trial, robot: robot, width: Console.shared.width), terminator: "")
      }
    }
  }

  struct Label: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives a trial a label and a note.")
    @OptionGroup var options: StoreOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The trial's number.") var number: Int
    @Argument(help: "The label, a word.") var label: String
    @Option(help: "A note, a sentence.") var note = ""

    func run() throws {
      let store = try TrialStore.open(at: options.store)
      try store.label(trial: number, label: label, note: note)
      if output.json {
        try JSONOutput.write(try store.trialSummaries().first { $0.number == number })
      } else {
        Console.shared.line("trial \(number) is labelled '\(label)'")
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a store: its file, gaps in its samples, trials cut short.")
    @OptionGroup var options: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let findings = try TrialStore.open(at: options.store, readOnly: true).check()
      if output.json {
        try JSONOutput.write(findings)
      } else if findings.isEmpty {
        print("nothing found: the store is sound")
      } else {
        for finding in findings { print(finding) }
      }
      if !findings.isEmpty { throw HandfulExit.failed }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Imports CSV recordings as trials, by the robot file's 'recording' section.")
    @OptionGroup var robotOptions: RobotOptions
    @OptionGroup var options: StoreOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The task the recordings are of; none when not given.") var task: String?
    @Argument(help: "The recordings.") var recordings: [String]

    func run() throws {
      let robot = try robotOptions.load()
      let chosen = try task.map { try robot.chosenTask($0).name } ?? ""
      // Every recording is read before the store is touched: a bad one imports nothing.
      let read = try recordings.map { try CSVRecording.read(contentsOf: $0, robot: robot) }
      let store = try openOrCreate(robot, text: try robotOptions.text(), task: chosen)
      var lines: [ImportedTrial] = []
      for (path, recording) in zip(recordings, read) {
        var trial = recording.trial
        trial.task = chosen
        let number = try store.importTrial(trial, source: (path as NSString).lastPathComponent)
        lines.append(
          ImportedTrial(
            number: number, source: path, samples: trial.samples.count,
            seconds: trial.samples.last?.robotTimeSeconds ?? 0,
            notes: recording.differentiatedJoints.map {
              "the velocity of '\($0)' was not recorded; it was reckoned by central differences"
            }))
      }
      if output.json { return try JSONOutput.write(lines) }
      for line in lines {
        print(
          String(
            format: "trial %d: %d samples, %.2f s, from %@", line.number, line.samples,
            line.seconds, line.source as NSString))
        for note in line.notes { print("  note: \(note)") }
      }
    }

    private func openOrCreate(_ robot: Robot, text: String, task: String) throws -> TrialStore {
      let record = ExperimentRecord(
        robot: robot, robotFileText: text, task: task, algorithm: "import", seed: 0,
        handfulVersion: Handful.version, createdAtUnixSeconds: Date().timeIntervalSince1970)
      guard FileManager.default.fileExists(atPath: options.store) else {
        return try TrialStore.create(at: options.store, experiment: record)
      }
      let store = try TrialStore.open(at: options.store)
      if store.experiment.robotName != robot.name {
        throw ExperimentError.storeMismatch(
          what: "robot", stored: store.experiment.robotName, wanted: robot.name)
      }
      return store
    }
  }

  private struct ImportedTrial: Encodable {
    var number: Int
    var source: String
    var samples: Int
    var seconds: Double
    var notes: [String]
  }
}
