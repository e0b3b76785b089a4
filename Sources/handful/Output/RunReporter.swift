import Experiment
import FirmwareProtocol
import Foundation
import HardwareIO
import Learner
import Reporting
import Robotics
import Supervisor
import Synchronization

/// Tells a person what an experiment does: a few lines a trial, readable at a glance, with progress
/// and time left in between.
final class RunReporter: Sendable {
  private let configuration: RunConfiguration
  private let console: Console
  /// The number of the trial that runs.
  private let runningTrial = Mutex(0)
  private let learningBegan = Mutex<ContinuousClock.Instant?>(nil)

  init(configuration: RunConfiguration, console: Console) {
    self.configuration = configuration
    self.console = console
  }

  /// Says what an event means.
  func observe(_ event: RunEvent) {
    switch event {
    case .connected(let hello, let port): connected(hello, port)
    case .trialBegins(let number, let count, let origin): begins(number, count, origin)
    case .stored(let samples, let horizon): stored(samples, horizon)
    case .trialEnded(let report): ended(report)
    case .learning(let progress): learning(progress)
    case .learnt(let episode, _): learnt(episode)
    case .warning(let text): console.warn(text)
    }
  }

  private func connected(_ hello: RobotHello, _ port: String) {
    let robot = configuration.robot
    let what =
      if let excitation = configuration.excitation {
        "an excitation of \(number(excitation.durationSeconds)) s"
      } else {
        configuration.task.name + " · "
          + (configuration.isLearning
            ? "learning by \(configuration.source), \(configuration.settings.search.phrase)"
            : "running a stored policy")
      }
    console.line(
      console.styled(robot.name, .bold) + " · \(what) · seed \(configuration.seed)")
    console.line(
      "on \(port): firmware \(hello.firmwareVersion), \(number(Double(hello.controlRateHertz))) Hz, "
        + "watchdog \(hello.watchdogMilliseconds) ms; limits written and read back")
  }

  private func begins(_ number: Int, _ count: Int, _ origin: Trial.Origin) {
    runningTrial.withLock { $0 = number }
    console.line()
    console.line(
      console.styled("trial \(number) of at most \(count)", .bold)
        + (origin == .excitation
          ? " · excitation" : origin == .random ? " · random actions" : " · learnt policy"))
    console.progress("bringing the robot home")
  }

  private func stored(_ samples: [Sample], _ horizon: Double) {
    guard let time = samples.last?.robotTimeSeconds else { return }
    let trial = runningTrial.withLock { $0 }
    console.progress(
      String(
        format: "trial %d: %.1f s of %.1f s, %.1f s left", trial, time, horizon,
        max(0, horizon - time)))
  }

  private func ended(_ report: TrialReport) {
    console.write(TrialPicture.draw(report.trial, configuration, width: console.width))
    if report.trial.origin != .excitation { earned(report) }
    if let errors = report.modelError {
      let names = configuration.robot.stateLabels
      let parts = zip(names, errors).map { "\($0.name) \(number($1)) \($0.unit)" }
      console.line("model   one-step error before this trial: \(parts.joined(separator: ", "))")
    }
    if let timing = report.timing, let reset = report.resetSeconds {
      let overruns = timing.overruns.map { $0 > 0 ? ", \($0) overruns" : "" } ?? ""
      console.line(
        "loop    \(timing.deadlines) deadlines, \(timing.missedDeadlines) missed\(overruns); answer after "
          + "\(microseconds(timing.roundTrip.p50Microseconds)) (p99 "
          + "\(microseconds(timing.roundTrip.p99Microseconds)), max "
          + "\(microseconds(timing.roundTrip.maximumMicroseconds))); reset took \(number(reset)) s")
    }
    for margins in report.jointMargins ?? [] { console.line("limits  \(margins.sentence)") }
    for sentence in report.robotMargins?.sentences ?? [] { console.line("limits  \(sentence)") }
    for clamp in report.clamps ?? [] { console.line("clamped \(clamp.sentence)") }
    if let reason = report.trial.end.reason {
      console.line(console.styled("stopped: ", .red) + reason)
    }
  }

  private func earned(_ report: TrialReport) {
    var line = "reward \(number(report.meanReward))"
    if let most = configuration.task.reward.greatest { line += " of \(number(most))" }
    if let predicted = report.predictedReward { line += " (predicted \(number(predicted)))" }
    line += " · at the goal for \(number(report.secondsWithin)) s"
    line += report.isSolved ? " · " + console.styled("solved", .green) : ""
    console.line(line)
  }

  private func learning(_ progress: LearningProgress) {
    let now = ContinuousClock.now
    let began = learningBegan.withLock { began in
      if began == nil || progress.fraction == nil { began = now }
      return began ?? now
    }
    var text = progress.sentence
    if let fraction = progress.fraction, fraction > 0.05 {
      let elapsed = (now - began) / .seconds(1)
      text += String(format: "; %.0f s left", (elapsed * (1 - fraction) / fraction).rounded(.up))
    }
    console.progress(text)
  }

  private func learnt(_ episode: LearntEpisode) {
    console.line(
      "learnt  model fitted in \(number(episode.fitSeconds)) s, policy searched in "
        + "\(number(episode.searchSeconds)) s (\(episode.evaluations) rollouts); predicted reward "
        + "\(number(episode.predictedReturn.mean)) ± \(number(episode.predictedReturn.deviation))")
    for share in episode.modelSummary.prior?.shares ?? [] { console.line("        \(share)") }
  }

  /// Says how it all ended, and what to do next.
  func conclude(_ result: RunResult, storePath: String) {
    let seconds = number(result.interactionSeconds)
    console.line()
    switch result.ending {
    case .solved:
      let trial = result.solvedAtTrial ?? 0
      console.line(
        console.styled("solved at trial \(trial)", .green) + ", after \(seconds) s on the robot")
    case .notSolved:
      console.line(
        "not solved in \(result.trials.count) trials (\(seconds) s on the robot); go on "
          + "with --resume and a greater --trials")
    case .policyRan:
      let what = configuration.excitation == nil ? "policy" : "excitation"
      console.line(
        "the \(what) ran \(result.trials.count) trial\(result.trials.count == 1 ? "" : "s")")
    case .stopped(let reason):
      console.line(
        console.styled("the robot was stopped: ", .red)
          + reason.explanation(for: configuration.robot))
      console.line(
        "its actuators are off; the trial is kept, and used up to the stop; go on with "
          + "--resume")
    case .budgetSpent(let limit):
      console.line(
        "the \(limit.rawValue) budget would not last for another trial: the actuators were on for "
          + "\(number(result.use.armedSeconds)) s and did \(number(result.use.energyJoules)) J of "
          + "work in \(result.trials.count) trials; go on with --resume and a greater "
          + "--\(limit.rawValue)-budget")
    case .interrupted:
      console.line("interrupted while the robot stood; nothing is lost; go on with --resume")
    }
    console.line("kept in \(storePath): handful report --store \(storePath) --out report.html")
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }
  private func microseconds(_ value: Double) -> String {
    value < 1000 ? String(format: "%.0f µs", value) : String(format: "%.1f ms", value / 1000)
  }
}
