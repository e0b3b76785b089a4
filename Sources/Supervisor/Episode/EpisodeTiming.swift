import HardwareIO

/// How well the control loop keeps its time in a trial, recorded without allocating.
///
/// Nothing is recorded before ``begin()``, rather than forgotten then: clearing the histograms takes
/// milliseconds, which the control thread does not have.
final class EpisodeTiming {
  private let lateness: TimingHistogram?
  private let response: TimingHistogram?
  private let age: TimingHistogram?
  private let periodNanoseconds: Int64
  private var clock = ClockTracker()
  private var answers = 0
  private var overruns = 0
  private var isRecording = false

  /// - Parameters:
  ///   - isKept: Whether to record at all; a simulated time has nothing to tell, and the histograms
  ///     take longer to make than its episodes to run.
  ///   - periodSeconds: The control loop's period; a wake-up so late is an overrun.
  init(isKept: Bool, periodSeconds: Double) {
    periodNanoseconds = Int64((periodSeconds * 1e9).rounded())
    lateness = isKept ? TimingHistogram() : nil
    response = isKept ? TimingHistogram() : nil
    age = isKept ? TimingHistogram() : nil
  }

  /// How long after its deadline the loop woke; nil when the tick had none.
  func recordLateness(_ nanoseconds: Int64?) {
    guard isRecording, let nanoseconds else { return }
    lateness?.record(nanoseconds: nanoseconds)
    if nanoseconds >= periodNanoseconds { overruns += 1 }
  }

  /// An answer that was sent at `now` to a sample that arrived at `arrival`, by the host's clock.
  func recordResponse(sent outcome: SendOutcome, at now: Int64, since arrival: Int64) {
    guard isRecording else { return }
    answers += 1
    if outcome == .sent {
      response?.record(nanoseconds: now - arrival)
    }
  }

  /// How old a sample was when it was acted on.
  func recordAge(nanoseconds: Int64) {
    if isRecording { age?.record(nanoseconds: nanoseconds) }
  }

  /// A sample's time by the robot's clock, and its arrival by the host's.
  func recordClock(robotTimeNanoseconds: Int64, hostTimeNanoseconds: Int64) {
    guard isRecording else { return }
    clock.note(
      robotTimeNanoseconds: robotTimeNanoseconds, hostTimeNanoseconds: hostTimeNanoseconds)
  }

  /// Begins to record, at the start of a trial.
  func begin() { isRecording = true }

  /// The report.
  ///
  /// - Parameters:
  ///   - missed: The number of answers that reached the robot too late.
  ///   - isWallTime: Whether the robot's clock is meant to run as fast as the wall's.
  func report(missed: Int, isWallTime: Bool) -> TimingReport {
    TimingReport(
      wakeUpLateness: lateness?.distribution ?? .init(),
      roundTrip: response?.distribution ?? .init(), sampleAge: age?.distribution ?? .init(),
      deadlines: answers, missedDeadlines: missed,
      overruns: isWallTime ? overruns : nil, clock: isWallTime ? clock.reading : nil)
  }
}
