import ArgumentParser
import Experiment
import Foundation
import Reporting
import Robotics
import TrialStore

/// `handful trials compare`: experiments side by side.
struct TrialsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Shows the trials of several stores side by side, and where the first two differ.")

  @OptionGroup var output: OutputOptions
  @Argument(help: "The stores, two or more.") var stores: [String]

  func validate() throws {
    if stores.count < 2 {
      throw ValidationError("one store can't be compared; give two or more.")
    }
  }

  /// What there is to say of one store.
  struct Column: Encodable {
    struct Line: Encodable {
      var number: Int
      var origin: String
      var end: String
      var durationSeconds: Double
      /// Nil for a store without a task.
      var meanReward: Double?
      var solved: Bool?
    }

    var store: String
    var robot: String
    var task: String
    var algorithm: String
    var seed: UInt64
    var trials: [Line]
    /// Nil when no trial solved the task.
    var solvedAtTrial: Int?
  }

  private struct Comparison: Encodable {
    var columns: [Column]
    /// What first differs between the first two stores; nil when they are the same, bit for bit.
    var firstDifference: String?
  }

  func run() throws {
    let opened = try stores.map { try TrialStore.open(at: $0, readOnly: true) }
    let columns = try zip(stores, opened).map { try Self.column($1, path: $0) }
    let difference = try StoreDigest.firstDifference(opened[0], opened[1])
    if output.json {
      return try JSONOutput.write(Comparison(columns: columns, firstDifference: difference))
    }
    for (index, column) in columns.enumerated() {
      print(
        "\(index + 1)  \(column.store): \(column.robot) · \(column.task) · \(column.algorithm) · seed "
          + "\(column.seed)")
    }
    print("trial " + columns.indices.map { "store \($0 + 1)".padded(to: 26) }.joined())
    for place in 0..<(columns.map(\.trials.count).max() ?? 0) {
      let cells = columns.map { column in
        (column.trials.indices.contains(place) ? text(column.trials[place]) : "").padded(to: 26)
      }
      print(String(format: "%5d ", place + 1) + cells.joined())
    }
    print(
      difference.map { "1 and 2: \($0)" }
        ?? "1 and 2: the same trials and policies, bit for bit")
  }

  private func text(_ line: Column.Line) -> String {
    guard let reward = line.meanReward else { return "\(line.origin), \(line.end)" }
    return String(format: "%.3f", reward) + (line.solved == true ? " solved" : "")
      + (line.end == "completed" ? "" : " \(line.end)")
  }

  private static func column(_ store: TrialStore, path: String) throws -> Column {
    let experiment = store.experiment
    let robot = try? Robot(yaml: experiment.robotFileText, file: path)
    let task = robot?.task(named: experiment.task)
    let lines = try store.trials().map { trial in
      Column.Line(
        number: trial.number, origin: trial.origin.rawValue, end: trial.end.code,
        durationSeconds: trial.samples.last?.robotTimeSeconds ?? 0,
        meanReward: task.map { trial.meanReward(task: $0) },
        solved: task.map { trial.isSolved(task: $0) })
    }
    return Column(
      store: path, robot: experiment.robotName, task: experiment.task,
      algorithm: experiment.algorithm, seed: experiment.seed, trials: lines,
      solvedAtTrial: lines.first { $0.solved == true }?.number)
  }
}
