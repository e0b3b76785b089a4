import CLinkBaseline
import Foundation
import HardwareIO
import Supervisor

/// The host's control path at 1 kHz over a pseudo-terminal (link, pacer, envelope, policy: an episode
/// under supervision), beside a bare C loop of the same period and priority in the same minute.
struct HostTimer {
  let rounds: Int
  let secondsEach: Int

  func run() throws {
    let robot = BenchmarkRobots.fastPendulum
    say("1 kHz, \(rounds) rounds of \(secondsEach) s each, host and bare loop at once; lateness")
    let process = try RobotProcess()
    defer { process.end() }
    let supervised = try SupervisedRobot(
      link: try SerialRobotLink(path: process.path, robot: robot), robot: robot,
      stopSwitch: StopSwitch())
    try supervised.connect()
    defer { supervised.disconnect() }
    var ratios: [Double] = []
    var lost = 0
    var late = 0
    var commands = 0
    var overruns = 0
    var samples = 0
    for round in 1...rounds {
      let plan = TrialPlan(
        policy: WavePolicy(), robot: robot, task: robot.tasks[0], decisionCount: secondsEach * 1000)
      let bareLoop = BareLoop(count: secondsEach * 1000)
      let outcome = try supervised.runEpisode(plan) { samples += $0.count }.outcome
      if let reason = outcome.stopReason { say("  round \(round) stopped: \(reason)") }
      let host = outcome.timing.wakeUpLateness
      let bare = bareLoop.result()
      let ratio = host.p999Microseconds / bare.p999
      ratios.append(ratio)
      lost = outcome.link.samplesLost
      late += outcome.timing.missedDeadlines
      commands += outcome.timing.deadlines
      overruns += outcome.timing.overruns ?? 0
      let ours = Percentiles(
        p50: host.p50Microseconds, p99: host.p99Microseconds, p999: host.p999Microseconds,
        maximum: host.maximumMicroseconds)
      say("  round \(round), load \(loadAverage)")
      say("    host    \(ours)")
      say("    bare C  \(bare)")
      say("    sample read to answer written \(outcome.timing.roundTrip)")
      say(
        String(format: "    ratio of p99.9 %.2f; ", ratio)
          + "\(outcome.timing.overruns ?? 0) overruns, \(outcome.timing.missedDeadlines) late commands"
      )
    }
    func percent(_ count: Int) -> String {
      "\(count) of \(commands) "
        + String(format: "(%.4f %%)", 100 * Double(count) / Double(commands))
    }
    say("\(samples) samples, \(lost) lost; overruns \(percent(overruns))")
    say("commands that reached the robot late \(percent(late))")
    say(
      String(
        format: "ratio of p99.9: median %.2f, least %.2f, greatest %.2f", median(ratios),
        ratios.min() ?? .nan, ratios.max() ?? .nan))
  }
}

/// A loop in C on a thread of its own, from when it is made.
private final class BareLoop {
  private let count: Int
  private let lateness: UnsafeMutablePointer<Int64>
  private let done = DispatchSemaphore(value: 0)

  init(count: Int) {
    self.count = count
    lateness = .allocate(capacity: count)
    lateness.initialize(repeating: 0, count: count)
    let address = UInt(bitPattern: lateness)
    let done = done
    Thread {
      let refused = baseline_become_real_time(50)
      if refused != 0 { say("  no real-time priority: \(String(cString: strerror(refused)))") }
      baseline_timer_loop(1_000_000, Int64(count), UnsafeMutablePointer(bitPattern: address))
      baseline_become_ordinary()
      done.signal()
    }.start()
  }

  deinit { lateness.deallocate() }

  func result() -> Percentiles {
    done.wait()
    return Percentiles(nanoseconds: Array(UnsafeBufferPointer(start: lateness, count: count)))
  }
}
