import Foundation
import HardwareIO
import Robotics

/// What this machine, without a robot, does to a control loop's time.
enum MachineExamination {
  /// The rate of the timer's test, in hertz.
  private static let timerRateHertz = 1000.0

  /// Runs a loop at 1 kHz for so many seconds on a thread of its own, scheduled as a control thread,
  /// and judges it by what the robot's control period can bear.
  static func findings(robot: Robot, seconds: Double) -> [Finding] {
    let count = max(Int(seconds * timerRateHertz), 1)
    let outcome = Outcome()
    ControlledErrand.run {
      outcome.scheduling = $0
      var loop = FixedRateLoop(periodNanoseconds: Int64(1e9 / timerRateHertz))
      for _ in 0..<count {
        outcome.histogram.record(nanoseconds: loop.waitForNextDeadline().latenessNanoseconds)
      }
      outcome.overruns = loop.overruns
    }
    return [permissions(outcome.scheduling), timer(outcome, robot: robot, seconds: seconds)]
  }

  /// What the thread leaves behind; read only after it has ended.
  private final class Outcome: @unchecked Sendable {
    var scheduling: RealTimeScheduling?
    let histogram = TimingHistogram()
    var overruns = 0
  }

  private static func permissions(_ scheduling: RealTimeScheduling?) -> Finding {
    guard let warning = scheduling?.warning else {
      return Finding(
        .permissions, .healthy, "The control thread has real-time priority and locked memory.")
    }
    return Finding(
      .permissions, .warning, warning,
      remedy: "Put both lines into /etc/security/limits.d/90-realtime.conf, run 'sudo groupadd -f "
        + "realtime && sudo usermod -a -G realtime $USER', and log in again.")
  }

  private static func timer(_ outcome: Outcome, robot: Robot, seconds: Double) -> Finding {
    let lateness = outcome.histogram.distribution
    let periodMicroseconds = robot.link.controlPeriodSeconds * 1e6
    var measurements = lateness.measurements("lateness")
    measurements["overruns"] = Double(outcome.overruns)
    let summary =
      "A thread at 1 kHz for \(text(seconds)) s woke late by \(lateness); "
      + "\(outcome.overruns) overruns."
    // A tenth of a period is what the loop's budget takes for granted; a whole one loses a command.
    let verdict: Finding.Verdict =
      lateness.p999Microseconds >= periodMicroseconds
      ? .failed : lateness.p999Microseconds * 10 > periodMicroseconds ? .warning : .healthy
    return Finding(
      .timer, verdict, summary,
      remedy: verdict == .healthy
        ? nil
        : "That is long against the control period of \(text(periodMicroseconds / 1000)) ms: close "
          + "what keeps this machine busy, set the processor's governor to 'performance', allow "
          + "real-time priority, or lower control_rate in the robot file.",
      measurements: measurements)
  }

  /// A number without needless digits.
  static func text(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
  }
}
