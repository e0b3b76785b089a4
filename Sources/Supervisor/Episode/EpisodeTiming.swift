import HardwareIO

/// How well the control loop keeps its time in a trial, recorded without allocating.
///
/// Nothing is recorded before ``begin()``, rather than forgotten then: clearing the histograms takes
/// milliseconds, which the control thread does not have.
final class EpisodeTiming {
  private let lateness: TimingHistogram?
  private let response: TimingHistogram?
  private let age: TimingHistogram?
  private var clock = ClockTracker()
  private var answers = 0
  private var overrunsBefore = 0
  private var isRecording = false

  /// - Parameter isKept: Whether to record at all; a simulated time has nothing to tell, and the
  ///   histograms take longer to make than its episodes to run.
  init(isKept: Bool) {
    lateness = isKept ? TimingHistogram() : nil
    response = isKept ? TimingHistogram() : nil
    age = isKept ? TimingHistogram() : nil
  }

  /// How long after its deadline the loop woke; nil when the tick had none.
  func recordLateness(_ nanoseconds: Int64?) {
    if isRecording, let nanoseconds { lateness?.record(nanoseconds: nanoseconds) }
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
  ///
  /// - Parameter overruns: The pacer's count so far.
  func begin(overruns: Int) {
    isRecording = true
    overrunsBefore = overruns
  }

  /// The report.
  ///
  /// - Parameters:
  ///   - missed: The number of answers that reached the robot too late.
  ///   - overruns: The pacer's count at the end.
  ///   - isWallTime: Whether the robot's clock is meant to run as fast as the wall's.
  func report(missed: Int, overruns: Int, isWallTime: Bool) -> TimingReport {
    TimingReport(
      wakeUpLateness: lateness?.distribution ?? .init(),
      roundTrip: response?.distribution ?? .init(), sampleAge: age?.distribution ?? .init(),
      deadlines: answers, missedDeadlines: missed,
      overruns: isWallTime && isRecording ? overruns - overrunsBefore : nil,
      clock: isWallTime ? clock.reading : nil)
  }
}
