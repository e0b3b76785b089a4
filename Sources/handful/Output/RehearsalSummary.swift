import Robotics
import Supervisor

/// What `handful run --dry-run --json` writes.
struct RehearsalSummary: Encodable {
  /// The greatest effort that the policy asked one joint for.
  struct AskedEffort: Encodable {
    var joint: String
    var effort: Double
    var limit: Double
    var unit: String
  }

  var ending = "dry-run"
  var fine: Bool
  var samples: Int
  var lostSamples: Int
  var homeAfterSeconds: Double?
  var decisions: Int
  var clampedDecisions: Int
  var largestAskedEfforts: [AskedEffort]
  var wouldStop: String?
  var endedEarly: String?

  init(_ report: RehearsalReport, robot: Robot, isFine: Bool) {
    fine = isFine
    samples = report.sampleCount
    lostSamples = report.lostSamples
    homeAfterSeconds = report.homeAfterSeconds
    decisions = report.decisionCount
    clampedDecisions = report.clampedCount
    largestAskedEfforts = zip(robot.actuatedJoints, report.largestAsked).map { index, effort in
      let joint = robot.joints[index]
      return AskedEffort(
        joint: joint.name, effort: effort, limit: joint.limits.effort, unit: joint.effortUnit)
    }
    wouldStop = report.wouldStop?.code
    endedEarly = report.stopReason?.code
  }
}
