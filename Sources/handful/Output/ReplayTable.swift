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
    for row in rows { bands(row) }
    region(rows)
    for row in rows {
      for share in row.prior?.shares ?? [] { print("\(row.predictor.rawValue): \(share)") }
      if let warning = row.prior?.warning { print("\(row.predictor.rawValue): \(warning)") }
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

  /// How many steps lie within a predictor's bands.
  private static func bands(_ row: ReplayStudy.Row) {
    let held = row.report.oneStep.compactMap { step in
      step.coverage.map { "\(step.name) \(number(100 * $0)) %" }
    }
    guard !held.isEmpty else { return }
    let stated = number(100 * row.report.bandProbability)
    print(
      "\(row.predictor.rawValue)'s \(stated) % bands over one step hold \(held.joined(separator: ", "))"
    )
  }

  /// The errors inside and outside the region of the data that GP-MI learnt from.
  private static func region(_ rows: [ReplayStudy.Row]) {
    guard let learnt = rows.last(where: { $0.report.openLoop.shares != nil }),
      let shares = learnt.report.openLoop.shares
    else { return }
    let split = rows.map { ($0.predictor.rawValue, $0.report.openLoop.medians(shares: shares)) }
    let count = split.first?.1.insideCount ?? 0
    print(
      "in the region of \(learnt.predictor.rawValue)'s data: \(count) of \(shares.count) segments")
    func line(
      _ place: String, _ value: ((inside: Double?, outside: Double?, insideCount: Int)) -> Double?
    ) {
      let parts = split.compactMap { name, medians in
        value(medians).map { "\(name) \(number($0)) \(learnt.report.openLoop.unit)" }
      }
      if !parts.isEmpty { print("  median \(place): \(parts.joined(separator: ", "))") }
    }
    line("inside", \.inside)
    line("outside", \.outside)
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
  /// How many segments lie in the region of the data that the predictor learnt from, and the medians
  /// there and elsewhere; left out for predictors that don't say.
  var segmentsInRegion: Int?
  var openLoopMedianInRegion: Double?
  var openLoopMedianOutside: Double?
  var periodSeconds: Double
  var oneStep: [PredictionReport.OneStep]
  var approximations: [String]
  /// What became of the prior that the predictor stands on.
  var prior: PriorSummary?

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
    prior = row.prior
    if let shares = row.report.openLoop.shares {
      let medians = row.report.openLoop.medians(shares: shares)
      segmentsInRegion = medians.insideCount
      openLoopMedianInRegion = medians.inside
      openLoopMedianOutside = medians.outside
    }
  }
}
