import Experiment
import Foundation
import Learner
import Reporting
import Robotics

/// The predictors' errors as tables.
enum ReplayTable {
  /// A table with a title, for a page.
  typealias Table = (title: String, heading: [String], rows: [[String]])

  /// Prints the predictors' errors on one trial.
  static func write(_ judgement: ReplayStudy.Judgement) {
    guard let last = judgement.rows.last else { return }
    let loop = last.report.openLoop
    let table = table(judgement)
    print(table.title)
    print(table.heading, table.rows)
    for row in judgement.rows {
      if let sentence = divergence(row) { print("\(row.predictor.rawValue): \(sentence)") }
    }
    for stretch in judgement.disturbances { print(sentence(stretch)) }
    for row in judgement.rows {
      for sentence in row.approximations { print("\(row.predictor.rawValue): \(sentence)") }
    }
    region(judgement.rows)
    for row in judgement.rows {
      for share in row.prior?.shares ?? [] { print("\(row.predictor.rawValue): \(share)") }
      if let warning = row.prior?.warning { print("\(row.predictor.rawValue): \(warning)") }
    }
    // The last row is the best informed one: what it can't explain, nothing here can.
    let worst = loop.worst.prefix(3).map { loop.segments[$0] }
    let parts = worst.map {
      "\(number($0.timesSeconds.first ?? 0)) s (\(number($0.rmsError)) \(loop.unit))"
    }
    Swift.print(
      "worst segments of \(last.predictor.rawValue) begin at \(parts.joined(separator: ", "))")
    Swift.print()
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

  /// Prints how predictors compare.
  static func write(_ comparisons: [PredictorComparison]) {
    guard !comparisons.isEmpty else { return }
    let table = table(comparisons)
    print(table.title)
    print(table.heading, table.rows)
  }

  /// The predictors' errors on one trial.
  static func table(_ judgement: ReplayStudy.Judgement) -> Table {
    guard let first = judgement.rows.first else { return ("", [], []) }
    let loop = first.report.openLoop
    let percent = number(100 * first.report.bandProbability)
    var heading = [
      "predictor", "learnt from", "open loop median", "90 % quantile", "without pushes",
      "in \(percent) % band",
    ]
    heading += first.report.oneStep.map { "one step \($0.name)" }
    let rows = judgement.rows.map { row in
      let report = row.report
      let undisturbed = quantile(report.openLoop.errors(outside: judgement.disturbances), 0.5)
      return [
        row.predictor.rawValue, row.learntFrom.map(String.init).joined(separator: ","),
        "\(number(report.openLoop.median)) \(loop.unit)",
        "\(number(report.openLoop.quantile90)) \(loop.unit)",
        "\(number(undisturbed)) \(loop.unit)", share(report.openLoop.coverage),
      ]
        + report.oneStep.map { step in
          "\(number(step.rms)) \(step.unit)"
            + (step.coverage == nil ? "" : " (\(share(step.coverage)))")
        }
    }
    return (
      "trial \(first.trial): \(loop.segments.count) segments of \(number(loop.segmentSeconds)) s, "
        + "one step is \(number(first.report.periodSeconds)) s", heading, rows
    )
  }

  /// How predictors compare.
  static func table(_ comparisons: [PredictorComparison]) -> Table {
    let against = comparisons.first?.against ?? ""
    return (
      "against \(against), segment by segment, pushes left out",
      ["predictor", "better on", "error less, median", "lower quartile", "upper quartile"],
      comparisons.map {
        [
          $0.predictor, "\($0.betterCount) of \($0.segments)",
          "\(number(-$0.medianDifference)) \($0.unit)",
          "\(number(-$0.quartiles[1])) \($0.unit)", "\(number(-$0.quartiles[0])) \($0.unit)",
        ]
      }
    )
  }

  /// Where a predictor, or the prior that it stands on, gives no finite number; nil for nowhere.
  private static func divergence(_ row: ReplayStudy.Row) -> String? {
    let loop = row.report.openLoop
    let steps = row.prior?.divergedStepCount ?? 0
    if loop.divergedCount > 0 {
      return
        "its prediction is no finite number in \(loop.divergedCount) of \(loop.segments.count) "
        + "segments, which count as infinitely wrong"
    }
    return steps > 0
      ? "the prior's prediction is no finite number in \(steps) windows of what it learns from: they are "
        + "left out, and where there is none, nothing is taken to change"
      : nil
  }

  static func sentence(_ stretch: RecordedRange) -> String {
    "from \(number(stretch.fromSeconds)) to \(number(stretch.toSeconds)) s no effort explains the "
      + "motion: a push by hand, or a knock"
  }

  private static func print(_ heading: [String], _ rows: [[String]]) {
    let widths = heading.indices.map { column in
      ([heading] + rows).map { $0[column].count }.max() ?? 0
    }
    for row in [heading] + rows {
      let line = zip(row, widths).map { $0.padded(to: $1 + 2) }.joined()
      Swift.print(String(line.reversed().drop { $0 == " " }.reversed()))
    }
  }

  private static func print(_ line: String) { Swift.print(line) }

  private static func share(_ value: Double?) -> String {
    value.map { "\(Int((100 * $0).rounded())) %" } ?? "-"
  }

  private static func number(_ value: Double) -> String {
    value.isInfinite ? (value > 0 ? "∞" : "−∞") : String(format: "%.3g", value)
  }
}

/// One predictor on one trial, for `--json`: figures with their units, without the series.
struct ReplaySummary: Encodable {
  var trial: Int
  var learntFrom: [Int]
  var predictor: String
  var openLoopUnit: String
  var openLoopMedian: Double
  var openLoopQuantile90: Double
  var openLoopMedianWithoutPushes: Double
  var bandProbability: Double
  var openLoopCoverage: Double?
  var segments: Int
  /// In how many segments the prediction is no finite number.
  var divergedSegments: Int
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
  var pushes: [RecordedRange]
  /// How it compares with the trial's first predictor; nil for that one.
  var comparison: PredictorComparison?

  init(
    _ row: ReplayStudy.Row, pushes: [RecordedRange], comparison: PredictorComparison?
  ) {
    let loop = row.report.openLoop
    trial = row.trial
    learntFrom = row.learntFrom
    predictor = row.predictor.rawValue
    openLoopUnit = loop.unit
    openLoopMedian = loop.median
    openLoopQuantile90 = loop.quantile90
    openLoopMedianWithoutPushes = quantile(loop.errors(outside: pushes), 0.5)
    bandProbability = row.report.bandProbability
    openLoopCoverage = loop.coverage
    segments = loop.segments.count
    divergedSegments = loop.divergedCount
    periodSeconds = row.report.periodSeconds
    oneStep = row.report.oneStep
    approximations = row.approximations
    prior = row.prior
    if let shares = loop.shares {
      let medians = loop.medians(shares: shares)
      segmentsInRegion = medians.insideCount
      openLoopMedianInRegion = medians.inside
      openLoopMedianOutside = medians.outside
    }
    self.pushes = pushes
    self.comparison = comparison
  }

  static func all(of judgement: ReplayStudy.Judgement) -> [ReplaySummary] {
    let comparisons = PredictorComparison.all(in: [judgement])
    return judgement.rows.map { row in
      ReplaySummary(
        row, pushes: judgement.disturbances,
        comparison: comparisons.first { $0.predictor == row.predictor.rawValue })
    }
  }
}
