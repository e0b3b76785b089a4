import Foundation
import Robotics
import TrialStore

/// The picture of a learning run: a row for each trial with what the robot did (positions over
/// time, where they count as success shaded) and what it was told (efforts over time), and below
/// them what each trial earned.
///
///     let svg = try LearningRunFigure(store: store, robot: robot).svg()
public struct LearningRunFigure: Sendable {
  private let run: RunRecord
  private let shown: [Trial]

  /// The figure of a store.
  ///
  /// - Parameter maximumRows: The number of trials drawn at most; of more, the first and last and
  ///   some evenly between. Every trial's reward is shown.
  /// - Throws: ``StoreError``.
  public init(store: TrialStore, robot: Robot, maximumRows: Int = 7) throws(StoreError) {
    self.init(run: try RunRecord(store: store, robot: robot), maximumRows: maximumRows)
  }

  /// The figure of a run that has been read already.
  public init(run: RunRecord, maximumRows: Int = 7) {
    self.run = run
    let count = run.trials.count
    let rows = min(count, max(2, maximumRows))
    shown = (0..<rows).map { run.trials[rows == 1 ? 0 : $0 * (count - 1) / (rows - 1)] }
  }

  /// The SVG document.
  public func svg() -> String { plot.svg }

  /// The figure's panels.
  public var plot: SVGPlot {
    let columns = QuantityColumn.columns(robot: run.robot, task: run.task, trials: shown)
    let horizon = horizonSeconds
    let shares = columns.map { $0.isAction ? 0.8 : columns.count > 2 ? 1 : 1.4 }
    var rows = shown.indices.map { index in
      let isLast = index == shown.count - 1
      return SVGPlot.Row(
        heightPixels: isLast ? 142 : 110,
        panels: columns.enumerated().map { place, column in
          panel(
            column, trial: shown[index], isFirstColumn: place == 0, isFirstRow: index == 0,
            isLastRow: isLast, horizon: horizon)
        }, shares: shares)
    }
    if run.task != nil, !run.trials.isEmpty {
      rows.append(SVGPlot.Row(heightPixels: 170, panels: [rewardPanel]))
    }
    return SVGPlot(title: title, subtitle: subtitle, rows: rows)
  }

  private var title: String {
    run.experiment.task.isEmpty
      ? run.robot.name : "\(run.robot.name): learning \(run.experiment.task)"
  }

  private var subtitle: String {
    "\(run.verdict) · \(run.experiment.algorithm) · seed \(run.experiment.seed)"
      + (shown.count < run.trials.count
        ? " · \(shown.count) of \(run.trials.count) trials drawn" : "")
  }

  /// The time that every row shows, in seconds.
  private var horizonSeconds: Double {
    let longest = shown.map { trial in
      (trial.samples.last?.robotTimeSeconds ?? 0) - (trial.samples.first?.robotTimeSeconds ?? 0)
    }.max()
    return max(run.task?.horizonSeconds ?? 0, longest ?? 0, 0.1)
  }

  // MARK: - A trial's panels

  private func panel(
    _ column: QuantityColumn, trial: Trial, isFirstColumn: Bool, isFirstRow: Bool, isLastRow: Bool,
    horizon: Double
  ) -> PlotPanel {
    let range = column.range(of: trial)
    var marks: [PlotMark] = []
    if let task = run.task, !column.targets.isEmpty {
      marks += column.bands(in: range).enumerated().map { index, band in
        PlotMark(.band(band), color: .green, name: index == 0 ? "success" : nil, opacity: 0.2)
      }
      // The stretch in which success is judged.
      let end = task.horizonSeconds
      marks.append(
        PlotMark(.interval((end - task.success.holdSeconds)...end), color: .green, opacity: 0.07))
    }
    marks += column.limits.enumerated().map { index, limit in
      PlotMark(
        .horizontal(limit), color: .grey, name: index == 0 ? "limit" : nil, widthPixels: 1,
        isDashed: true)
    }
    marks += column.lines(trial)
    if let ending = ending(of: trial) {
      let last = trial.samples.last.map { $0.robotTimeSeconds } ?? 0
      let start = trial.samples.first.map { $0.robotTimeSeconds } ?? 0
      marks.append(PlotMark(.vertical(last - start), color: ending.color))
    }
    let remark = isFirstColumn ? remark(of: trial) : ("", PlotColor.fadedInk)
    return PlotPanel(
      title: isFirstColumn ? "Trial \(trial.number)" : "", remark: remark.0, remarkColor: remark.1,
      x: PlotAxis("time", unit: "s", range: 0...horizon, isLabelled: isLastRow),
      y: PlotAxis(column.quantity, unit: column.unit, range: range), marks: marks,
      hasLegend: isFirstRow)
  }

  private func ending(of trial: Trial) -> (words: String, color: PlotColor)? {
    switch trial.end {
    case .completed: nil
    case .unfinished: ("unfinished", .grey)
    case .interrupted: ("interrupted", .grey)
    case .fault(let code, _): ("stopped: \(code)", .vermilion)
    }
  }

  private func remark(of trial: Trial) -> (String, PlotColor) {
    if let ending = ending(of: trial) { return (ending.words, ending.color) }
    if run.outcomes.contains(where: { $0.number == trial.number && $0.isSolved }) {
      return ("solved", .green)
    }
    return switch trial.origin {
    case .random: ("random actions", .fadedInk)
    case .policy: ("learnt policy", .fadedInk)
    case .excitation: ("excitation", .fadedInk)
    case .imported: ("recording", .fadedInk)
    }
  }

  // MARK: - What the trials earned

  private var rewardPanel: PlotPanel {
    let groups: [(name: String, color: PlotColor, isMember: (Trial, TrialOutcome) -> Bool)] = [
      ("random actions", .grey, { $0.origin == .random && !$1.isSolved }),
      ("learnt policy", .blue, { $0.origin == .policy && !$1.isSolved }),
      ("excitation", .orange, { $0.origin == .excitation && !$1.isSolved }),
      ("recording", .purple, { $0.origin == .imported && !$1.isSolved }),
      ("solved", .green, { $1.isSolved }),
    ]
    var marks: [PlotMark] = []
    for group in groups {
      let points = zip(run.trials, run.outcomes).filter { group.isMember($0, $1) }
        .map { PlotPoint(Double($1.number), $1.meanReward) }
      if !points.isEmpty {
        marks.append(PlotMark(.bars(points, width: 0.62), color: group.color, name: group.name))
      }
    }
    // An episode's policy runs in the trial after those that it learnt from.
    let predicted = run.episodes.filter { $0.predictedReturn.isFinite }
      .map { PlotPoint(Double($0.afterTrial + 1), $0.predictedReturn) }
    if !predicted.isEmpty {
      marks.append(PlotMark(.diamonds(predicted), color: .orange, name: "predicted by the model"))
    }
    let last = Double(max(run.trials.count, (run.episodes.last?.afterTrial ?? 0) + 1))
    return PlotPanel(
      title: "Reward", remark: "mean over a trial's steps, 1 at best",
      x: PlotAxis("trial", unit: "", range: 0.4...(last + 0.6), isCount: true),
      y: PlotAxis("reward", unit: "", range: 0...1.05), marks: marks)
  }
}
