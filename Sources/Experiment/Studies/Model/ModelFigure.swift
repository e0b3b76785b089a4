import Foundation
import Learner
import Reporting
import Robotics

/// A learnt model against the truth, as an SVG figure: a row a state dimension, at the left what was
/// learnt against what was recorded in the steps left out, at the right a cut through the learnt
/// function, with the virtual robot's, where there is one.
///
///     let svg = try ModelFigure(study).svg
public struct ModelFigure: Sendable {
  private let study: ModelStudy

  /// The figure of a study.
  public init(_ study: ModelStudy) { self.study = study }

  /// The document.
  ///
  /// - Throws: `SimulationError` when the robot's virtual one can't be simulated.
  public var svg: String {
    get throws {
      let labels = study.robot.stateLabels
      var rows: [SVGPlot.Row] = []
      for (d, label) in labels.enumerated() {
        rows.append(
          SVGPlot.Row(
            heightPixels: 260, panels: [comparison(d, label), try cut(d, label)], shares: [1, 1.5]))
      }
      let report = study.report
      return SVGPlot(
        title: "\(study.robot.name): the change of state over "
          + "\(number(report.periodSeconds)) s, learnt and true",
        subtitle: "learnt from \(report.learntFrom) steps, tested on \(report.tested) others",
        rows: rows
      ).svg
    }
  }

  private func change(_ label: (name: String, unit: String), _ word: String) -> PlotAxis {
    PlotAxis("\(word) change of \(label.name)", unit: label.unit)
  }

  /// Learnt against recorded, with a bar of two deviations for each step; of many steps some.
  private func comparison(_ d: Int, _ label: (name: String, unit: String)) -> PlotPanel {
    let output = study.report.outputs[d]
    let recorded = study.tested.map { $0.nextState[d] - $0.state[d] }
    // More dots than these hide each other.
    let most = 300
    let shown = stride(from: 0, to: recorded.count, by: (recorded.count - 1) / most + 1)
      .map { (recorded: recorded[$0], prediction: study.predictions[d][$0]) }
    let points = shown.map { PlotPoint($0.recorded, $0.prediction.mean) }
    let bars = shown.flatMap { step in
      [-2.0, 2].map {
        PlotPoint(step.recorded, step.prediction.mean + $0 * step.prediction.deviation)
      } + [PlotPoint(.nan, .nan)]
    }
    let ends = [recorded.min() ?? 0, recorded.max() ?? 0]
    return PlotPanel(
      title: label.name,
      remark: "explains \(number(100 * output.explained)) % of the steps left out",
      x: change(label, "recorded"), y: change(label, "learnt"),
      marks: [
        PlotMark(.line(ends.map { PlotPoint($0, $0) }), color: .grey, widthPixels: 1),
        PlotMark(.line(bars), color: .sky, widthPixels: 0.8, opacity: 0.6),
        PlotMark(.dots(points), color: .blue),
      ])
  }

  /// The learnt function along the dimension's own position for a velocity, and along its own velocity
  /// for a position; everything else at home and at rest, without effort.
  private func cut(_ d: Int, _ label: (name: String, unit: String)) throws -> PlotPanel {
    let joints = study.robot.joints.count
    let along = d < joints ? d + joints : d - joints
    let seen = (study.learntFrom + study.tested).map { $0.state[along] }
    let (low, high) = (seen.min() ?? 0, seen.max() ?? 1)
    let count = 121
    let grid = (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
    let home = study.robot.reset.homePositions
    let rest =
      (home.count == joints ? home : [Double](repeating: 0, count: joints))
      + [Double](repeating: 0, count: joints)
    let still = [Double](repeating: 0, count: study.robot.actionDimensions)
    let places = grid.map { value -> (state: [Double], action: [Double]) in
      var state = rest
      state[along] = value
      return (state, still)
    }
    let learnt = ModelStudy.predictions(of: study.model, states: places)[d]
    var marks = [
      PlotMark(
        .ribbon(
          x: grid, lower: learnt.map { $0.mean - 2 * $0.deviation },
          upper: learnt.map { $0.mean + 2 * $0.deviation }), color: .sky,
        name: "two deviations", opacity: 0.4),
      PlotMark(
        .line(zip(grid, learnt).map { PlotPoint($0, $1.mean) }), color: .blue, name: "learnt"),
    ]
    if let truth = try study.truth(of: places)?[d] {
      marks.append(
        PlotMark(
          .line(zip(grid, truth).map { PlotPoint($0, $1) }), color: .vermilion, name: "true",
          isDashed: true))
    }
    let axis = study.robot.stateLabels[along]
    return PlotPanel(
      remark: "the rest at home, at rest", x: PlotAxis(axis.name, unit: axis.unit),
      y: change(label, "learnt"), marks: marks)
  }

  private func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
