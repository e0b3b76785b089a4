import Foundation
import Robotics

/// Predictions against a log, drawn: over short stretches begun at known states, and over one step,
/// each with the predictor's band.
///
///     let figure = PredictionFigure(robot: robot, trials: [drawn])
///     let svg = figure.svg()
public struct PredictionFigure: Sendable {
  /// A predictor's prediction of one stretch.
  public struct Stretch: Sendable, Equatable {
    /// When the compared samples were taken, in seconds since the trial began.
    public var timesSeconds: [Double]
    /// The measured positions (rad or m), joint by joint.
    public var measured: [[Double]]
    /// The predicted ones.
    public var predicted: [[Double]]
    /// Where the band begins; nil without one.
    public var lower: [[Double]]?
    /// Where the band ends.
    public var upper: [[Double]]?

    /// A stretch from its parts.
    public init(
      timesSeconds: [Double], measured: [[Double]], predicted: [[Double]], lower: [[Double]]?,
      upper: [[Double]]?
    ) {
      self.timesSeconds = timesSeconds
      self.measured = measured
      self.predicted = predicted
      self.lower = lower
      self.upper = upper
    }
  }

  /// A predictor's errors over one step of one state dimension.
  public struct StepErrors: Sendable, Equatable {
    /// The dimension's name.
    public var name: String
    /// The unit of its errors.
    public var unit: String
    /// When the steps end, in seconds since the trial began.
    public var timesSeconds: [Double]
    /// Predicted minus recorded.
    public var errors: [Double]
    /// How far the band reaches either way; nil without one.
    public var reaches: [Double]?

    /// Errors from their parts.
    public init(
      name: String, unit: String, timesSeconds: [Double], errors: [Double], reaches: [Double]?
    ) {
      self.name = name
      self.unit = unit
      self.timesSeconds = timesSeconds
      self.errors = errors
      self.reaches = reaches
    }
  }

  /// What one predictor foretold of a trial.
  public struct Prediction: Sendable, Equatable {
    /// The predictor's name.
    public var name: String
    /// Its predictions, in order of time.
    public var stretches: [Stretch]
    /// Its errors over one step, in the state's order.
    public var oneStep: [StepErrors]
    /// The share of the measured positions within its bands; nil without bands.
    public var coverage: Double?

    /// A prediction from its parts.
    public init(
      name: String, stretches: [Stretch], oneStep: [StepErrors], coverage: Double?
    ) {
      self.name = name
      self.stretches = stretches
      self.oneStep = oneStep
      self.coverage = coverage
    }
  }

  /// A trial with what was foretold of it.
  public struct DrawnTrial: Sendable, Equatable {
    /// The trial's number.
    public var number: Int
    /// The predictors, the best informed one last: it alone has its band drawn.
    public var predictions: [Prediction]
    /// The stretches that no effort explains, in seconds.
    public var disturbances: [ClosedRange<Double>]

    /// A trial from its parts.
    public init(number: Int, predictions: [Prediction], disturbances: [ClosedRange<Double>]) {
      self.number = number
      self.predictions = predictions
      self.disturbances = disturbances
    }
  }

  /// The longest time that is drawn of a trial, in seconds: of a longer one, its beginning.
  public static let longestSeconds = 20.0

  private let robot: Robot
  private let trials: [DrawnTrial]
  private let bandProbability: Double

  /// The figure of some trials.
  ///
  /// - Parameters:
  ///   - robot: The robot.
  ///   - trials: The trials.
  ///   - bandProbability: What the bands are to hold.
  public init(robot: Robot, trials: [DrawnTrial], bandProbability: Double = 0.95) {
    self.robot = robot
    self.trials = trials
    self.bandProbability = bandProbability
  }

  /// The SVG document.
  public func svg() -> String { plot.svg }

  /// A page of its own: the figure, then tables of words and numbers.
  public func html(tables: [(title: String, heading: [String], rows: [[String]])]) -> String {
    var figure = plot
    figure.title = ""
    var body = HTML.text("h1", title) + "<div class=\"scroll\">\n\(figure.svg)</div>\n"
    for table in tables {
      body += HTML.text("h2", table.title)
      body += HTML.table(
        table.heading,
        table.rows.map { row in
          row.map { Double($0.split(separator: " ").first ?? "") == nil ? .text($0) : .number($0) }
        })
    }
    return HTML.page(title: title, body: body)
  }

  private var title: String { "\(robot.name): predictions against the log" }

  /// The figure's panels.
  public var plot: SVGPlot {
    let percent = Int((100 * bandProbability).rounded())
    return SVGPlot(
      title: title,
      subtitle: "shaded: the band meant to hold \(percent) % of the samples, of the last predictor "
        + "named · grey: stretches that no effort explains",
      rows: trials.flatMap { trial in positionRows(trial) + stepRows(trial) })
  }

  private func end(_ trial: DrawnTrial) -> Double {
    let last = trial.predictions.flatMap(\.stretches).compactMap(\.timesSeconds.last).max() ?? 0
    return max(0.1, min(last, Self.longestSeconds))
  }

  private func timeAxis(_ trial: DrawnTrial) -> PlotAxis {
    PlotAxis("time", unit: "s", range: 0...end(trial))
  }

  private func disturbances(_ trial: DrawnTrial) -> [PlotMark] {
    trial.disturbances.filter { $0.lowerBound < end(trial) }.map {
      PlotMark(
        .interval($0.lowerBound...min($0.upperBound, end(trial))), color: .grey, opacity: 0.25)
    }
  }

  // MARK: - Over stretches

  private func positionRows(_ trial: DrawnTrial) -> [SVGPlot.Row] {
    robot.joints.enumerated().map { index, joint in
      let scale = joint.kind == .revolute ? 180 / Double.pi : 1
      var marks = disturbances(trial)
      for (place, prediction) in trial.predictions.enumerated() {
        let isLast = place == trial.predictions.count - 1
        marks += lines(
          shown(prediction.stretches, until: end(trial)), joint: index, scale: scale,
          name: prediction.name, color: .series(place), hasBand: isLast)
      }
      let coverage = trial.predictions.last?.coverage.map {
        String(format: " · %.0f %% in band", 100 * $0)
      }
      return SVGPlot.Row(
        heightPixels: 190,
        panels: [
          PlotPanel(
            title: index == 0 ? "Trial \(trial.number)" : "",
            remark: joint.name + (coverage ?? ""), x: timeAxis(trial),
            y: PlotAxis(
              joint.kind == .revolute ? "angle" : "position",
              unit: joint.kind == .revolute ? "deg" : "m"), marks: marks)
        ])
    }
  }

  /// Of overlapping stretches those that begin after the last one's end.
  private func shown(_ stretches: [Stretch], until end: Double) -> [Stretch] {
    var shown: [Stretch] = []
    for stretch in stretches {
      guard let first = stretch.timesSeconds.first, let last = stretch.timesSeconds.last,
        first >= (shown.last?.timesSeconds.last ?? -.infinity), last <= end + 1e-9
      else { continue }
      shown.append(stretch)
    }
    return shown
  }

  private func lines(
    _ stretches: [Stretch], joint: Int, scale: Double, name: String, color: PlotColor,
    hasBand: Bool
  ) -> [PlotMark] {
    var marks: [PlotMark] = []
    // Lines break between stretches.
    func line(_ values: (Stretch) -> [Double]) -> [PlotPoint] {
      stretches.flatMap { stretch in
        zip(stretch.timesSeconds, values(stretch)).map { PlotPoint($0, scale * $1) }
          + [PlotPoint(.nan, .nan)]
      }
    }
    if hasBand {
      for stretch in stretches {
        guard let lower = stretch.lower?[joint], let upper = stretch.upper?[joint],
          (lower + upper).allSatisfy(\.isFinite)
        else { continue }
        marks.append(
          PlotMark(
            .ribbon(
              x: stretch.timesSeconds, lower: lower.map { scale * $0 },
              upper: upper.map { scale * $0 }), color: color, opacity: 0.25))
      }
      marks.append(
        PlotMark(.line(line { $0.measured[joint] }), color: .ink, name: "measured", widthPixels: 1))
    }
    marks.append(PlotMark(.line(line { $0.predicted[joint] }), color: color, name: name))
    return marks
  }

  // MARK: - Over one step

  private func stepRows(_ trial: DrawnTrial) -> [SVGPlot.Row] {
    let dimensions = trial.predictions.map(\.oneStep.count).min() ?? 0
    return (0..<dimensions).map { d in
      var marks = disturbances(trial)
      for (place, prediction) in trial.predictions.enumerated() {
        let series = prediction.oneStep[d]
        let kept = series.timesSeconds.indices.filter { series.timesSeconds[$0] <= end(trial) }
        if place == trial.predictions.count - 1, let reaches = series.reaches {
          marks.append(
            PlotMark(
              .ribbon(
                x: kept.map { series.timesSeconds[$0] }, lower: kept.map { -reaches[$0] },
                upper: kept.map { reaches[$0] }), color: .series(place), opacity: 0.25))
        }
        marks.append(
          PlotMark(
            .line(kept.map { PlotPoint(series.timesSeconds[$0], series.errors[$0]) }),
            color: .series(place), widthPixels: 1))
      }
      let first = trial.predictions[0].oneStep[d]
      return SVGPlot.Row(
        heightPixels: d == dimensions - 1 ? 130 : 110,
        panels: [
          PlotPanel(
            remark: "\(first.name): error over one step", x: timeAxis(trial),
            y: PlotAxis("error", unit: first.unit), marks: marks, hasLegend: false)
        ])
    }
  }
}
