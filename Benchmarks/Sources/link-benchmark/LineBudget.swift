import Foundation
import HardwareIO
import Robotics
import Supervisor

/// Robots whose states and commands must fit on a line of so many baud: an episode each, over a
/// pseudo-terminal that passes bytes no faster than such a line.
struct LineBudget {
  let seconds: Double

  private struct Case {
    var joints: Int
    var rateHertz: Double
    var baud: Int
    var commandDelaySeconds: Double
  }

  private static let cases = [
    Case(joints: 18, rateHertz: 100, baud: 1_000_000, commandDelaySeconds: 0.006),
    Case(joints: 6, rateHertz: 500, baud: 1_000_000, commandDelaySeconds: 0.0025),
    Case(joints: 1, rateHertz: 1000, baud: 460_800, commandDelaySeconds: 0.0025),
  ]

  func run() throws {
    say(
      "line, \(seconds) s each, load \(loadAverage); bytes as counted on the line, 10 bits a byte")
    for line in Self.cases { try run(line) }
  }

  private func run(_ line: Case) throws {
    let robot = BenchmarkRobots.still(
      joints: line.joints, rateHertz: line.rateHertz, baud: line.baud,
      commandDelaySeconds: line.commandDelaySeconds)
    let limited = try LineLimitedRobot(robot)
    defer { limited.end() }
    let supervised = try SupervisedRobot(
      link: try SerialRobotLink(path: limited.path, robot: robot), robot: robot,
      stopSwitch: StopSwitch())
    try supervised.connect()
    defer { supervised.disconnect() }
    let plan = TrialPlan(
      policy: WavePolicy(), robot: robot, task: robot.tasks[0],
      decisionCount: Int(seconds * line.rateHertz))
    let before = limited.counts
    let begin = MonotonicClock.nowNanoseconds()
    var samples = 0
    let outcome = try supervised.runEpisode(plan) { samples += $0.count }.outcome
    let elapsed = Double(MonotonicClock.nowNanoseconds() - begin) * 1e-9
    let after = limited.counts
    func share(_ bytes: Int) -> String {
      String(
        format: "%.0f bytes/s (%.1f %%)", Double(bytes) / elapsed,
        1000 * Double(bytes) / elapsed / Double(line.baud))
    }
    let end = outcome.stopReason.map { "stopped: \($0)" } ?? "ran to its end"
    say("  \(line.joints) joints, \(Int(line.rateHertz)) Hz, \(line.baud) baud: \(end)")
    say(
      "    \(samples) samples, \(outcome.link.samplesLost) lost, \(outcome.lateCommands) of "
        + "\(outcome.timing.deadlines) commands late (they act "
        + String(format: "%.1f", line.commandDelaySeconds * 1000) + " ms after their sample)")
    say(
      "    to the host \(share(after.toHost - before.toHost)), to the robot "
        + "\(share(after.toRobot - before.toRobot)); longest queue to the host "
        + String(format: "%.2f", Double(after.longestQueueNanoseconds) * 1e-6) + " ms")
  }
}
