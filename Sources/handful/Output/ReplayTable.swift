import Experiment
import Foundation
import Learner
import Robotics

/// The predictors' errors on one trial as a table.
enum ReplayTable {
  static func write(_ rows: [ReplayStudy.Row], trial: Trial) {
    guard let first = rows.first else { return }
    let loop = first.report.openLoop
    print(
      "trial \(trial.number): \(loop.segments.count) segments of \(number(loop.segmentSeconds)) s, "
        + "one step is \(number(first.report.periodSeconds)) s")
    let steps = first.report.oneStep
    var header = pad("predictor", 18) + pad("learnt from", 13)
    header += pad("open loop median", 19) + pad("90 % quantile", 16)
    for step in steps { header += pad("one step \(step.name)", max(14, step.name.count + 11)) }
    print(header)
    for row in rows {
      var line = pad(row.predictor.rawValue, 18)
      line += pad(row.learntFrom.map(String.init).joined(separator: ","), 13)
      line += pad("\(number(row.report.openLoop.median)) \(loop.unit)", 19)
      line += pad("\(number(row.report.openLoop.quantile90)) \(loop.unit)", 16)
      for step in row.report.oneStep {
        line += pad("\(number(step.rms)) \(step.unit)", max(14, step.name.count + 11))
      }
      print(line)
    }
    for row in rows {
      for sentence in row.approximations { print("\(row.predictor.rawValue): \(sentence)") }
    }
    // The last row is the best informed one: what it can't explain, nothing here can.
    guard let last = rows.last else { return }
    let worst = last.report.openLoop.worst.prefix(3).map { last.report.openLoop.segments[$0] }
    let parts = worst.map {
      "\(number($0.timesSeconds.first ?? 0)) s (\(number($0.rmsError)) \(loop.unit))"
    }
    print("worst segments of \(last.predictor.rawValue) begin at \(parts.joined(separator: ", "))")
    print()
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func number(_ value: Double) -> String { String(format: "%.3g", value) }
}

/// One predictor on one trial, for `--json`: figures with their units, without the series.
struct ReplaySummary: Encodable {
  var trial: Int
  var learntFrom: [Int]
  var predictor: String
  var openLoopUnit: String
  var openLoopMedian: Double
  var openLoopQuantile90: Double
  var segments: Int
  var periodSeconds: Double
  var oneStep: [PredictionReport.OneStep]
  var approximations: [String]

  init(_ row: ReplayStudy.Row) {
    trial = row.trial
    learntFrom = row.learntFrom
    predictor = row.predictor.rawValue
    openLoopUnit = row.report.openLoop.unit
    openLoopMedian = row.report.openLoop.median
    openLoopQuantile90 = row.report.openLoop.quantile90
    segments = row.report.openLoop.segments.count
    periodSeconds = row.report.periodSeconds
    oneStep = row.report.oneStep
    approximations = row.approximations
  }
}
