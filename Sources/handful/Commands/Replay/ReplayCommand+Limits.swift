import Foundation
import Robotics
import Supervisor

extension ReplayCommand {
  /// Today's limits against the log.
  func judgeLimits(_ robot: Robot, _ tested: [Trial]) throws {
    let verdicts = tested.map { LimitsReplay.judge($0, robot: robot) }
    if output.json {
      try JSONOutput.write(verdicts)
    } else {
      for verdict in verdicts { write(verdict) }
      let stopped = verdicts.filter(\.isStopped).map(\.trial)
      print(
        stopped.isEmpty
          ? "none of \(verdicts.count) trials would have been stopped by these limits"
          : "\(stopped.count) of \(verdicts.count) trials would have been stopped by these limits: "
            + stopped.map(String.init).joined(separator: ", "))
      if robot.joints.contains(where: { $0.limits.motor != nil }) {
        print("not judged: temperatures, currents and voltages, which a log doesn't hold")
      }
    }
    if verdicts.contains(where: \.isStopped) { throw HandfulExit.failed }
  }

  private func write(_ verdict: LimitsReplay) {
    let length = String(format: "%.2f s, %d samples", verdict.durationSeconds, verdict.sampleCount)
    let outcome =
      verdict.stops.first.map {
        String(format: "would have been stopped at %.3f s", $0.firstSeconds)
      } ?? "would have run to its end"
    print("trial \(verdict.trial) (\(length)): \(outcome)")
    for stop in verdict.stops {
      print("  stop   \(stop.joint.map { "\($0): " } ?? "")\(stop.sentence)")
    }
    for clamp in verdict.clamps { print("  clamp  \(clamp.sentence)") }
    if verdict.changedCount > 0 {
      print("  \(verdict.changedCount) efforts would have been sent otherwise than they were")
    }
    for margins in verdict.margins { print("  limits \(margins.sentence)") }
  }
}
