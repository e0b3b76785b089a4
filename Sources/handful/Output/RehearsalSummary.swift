import Supervisor

/// What `handful run --dry-run --json` writes.
struct RehearsalSummary: Encodable {
  var ending = "dry-run"
  var fine: Bool
  var samples: Int
  var lostSamples: Int
  var homeAfterSeconds: Double?
  var decisions: Int
  var clampedDecisions: Int
  var largestAskedEfforts: [Double]
  var wouldStop: String?
  var endedEarly: String?

  init(_ report: RehearsalReport, isFine: Bool) {
    fine = isFine
    samples = report.sampleCount
    lostSamples = report.lostSamples
    homeAfterSeconds = report.homeAfterSeconds
    decisions = report.decisionCount
    clampedDecisions = report.clampedCount
    largestAskedEfforts = report.largestAsked
    wouldStop = report.wouldStop?.code
    endedEarly = report.stopReason?.code
  }
}
