import HardwareIO

/// How well the control loop keeps its time, recorded without allocating.
final class EpisodeTiming {
  private let lateness = TimingHistogram()
  private let response = TimingHistogram()
  private let age = TimingHistogram()
  private var answers = 0

  /// How long after its deadline the loop woke; nil when the tick had none.
  func recordLateness(_ nanoseconds: Int64?) {
    if let nanoseconds { lateness.record(nanoseconds: nanoseconds) }
  }

  /// An answer that was sent to a sample that arrived at `arrival`, by the host's monotonic clock.
  func recordResponse(sent outcome: SendOutcome, since arrival: Int64) {
    answers += 1
    if outcome == .sent {
      response.record(nanoseconds: MonotonicClock.nowNanoseconds() - arrival)
    }
  }

  /// How old a sample was when it was acted on.
  func recordAge(nanoseconds: Int64) { age.record(nanoseconds: nanoseconds) }

  /// Begins anew, as at the start of a trial.
  func reset() {
    lateness.reset()
    response.reset()
    age.reset()
    answers = 0
  }

  /// The report.
  ///
  /// - Parameter missed: The number of answers that reached the robot too late.
  func report(missed: Int) -> TimingReport {
    TimingReport(
      wakeUpLateness: lateness.distribution, roundTrip: response.distribution,
      sampleAge: age.distribution, deadlines: answers, missedDeadlines: missed)
  }
}
