import Foundation
import Learner
import Reporting

/// What a calibration found, as a table for a person.
enum CalibrationTable {
  static func write(_ result: CalibrationResult) {
    print(
      "\(result.model), fitted to \(result.usedSegmentCount) of \(result.segmentCount) segments of "
        + "trials \(result.trials.map(String.init).joined(separator: ", "))")
    print(
      "parameter".padded(to: nameWidth(result)) + "nominal".padded(to: 12) + "value".padded(to: 12)
        + "std. error".padded(to: 12)
        + "95 % interval")
    for estimate in result.estimates {
      var line =
        estimate.name.padded(to: nameWidth(result)) + number(estimate.nominal).padded(to: 12)
      line += number(estimate.value).padded(to: 12)
      line += (estimate.standardError.map(number) ?? "-").padded(to: 12)
      if let interval = estimate.interval95, interval.count == 2 {
        line += "\(number(interval[0])) to \(number(interval[1])) \(estimate.unit)"
      } else {
        line += estimate.unit
      }
      if let bound = estimate.boundHit { line += "  at its \(bound.rawValue) bound" }
      print(line)
    }
    correlations(result)
    for direction in result.undetermined { print("not determined: \(direction.meaning)") }
    if !result.undetermined.isEmpty {
      print(
        "what would tell: another trial; with --suggest FILE this command proposes the efforts within "
          + "the limits from which most would be learnt")
    }
    print(
      "an effort acts \(number(1000 * result.actionDelaySeconds)) ms after its sample")
    if result.divergedSegmentCount > 0 {
      print(
        "left out: \(result.divergedSegmentCount) of \(result.segmentCount) segments, where the prior's "
          + "prediction is no finite number")
    }
    for disturbance in result.disturbances {
      print(
        "left out: trial \(disturbance.trialNumber), \(number(disturbance.fromSeconds)) to "
          + "\(number(disturbance.toSeconds)) s; no effort explains the motion (a push?)")
    }
    if let before = result.heldOutBefore, let after = result.heldOutAfter {
      print(
        "open-loop error on held-out segments, median / 90 % quantile: nominal "
          + "\(number(before.median)) / \(number(before.quantile90)), calibrated "
          + "\(number(after.median)) / \(number(after.quantile90)) (rad or m)")
    }
  }

  private static func correlations(_ result: CalibrationResult) {
    guard result.estimates.count > 1 else { return }
    print("correlations")
    for (row, estimate) in result.estimates.enumerated() {
      let values = result.correlations[row].prefix(row).map {
        String(format: "%+.2f", $0).padded(to: 8)
      }
      print("  " + estimate.name.padded(to: nameWidth(result) - 2) + values.joined())
    }
  }

  private static func nameWidth(_ result: CalibrationResult) -> Int {
    max(16, 2 + (result.estimates.map(\.name.count).max() ?? 0))
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
