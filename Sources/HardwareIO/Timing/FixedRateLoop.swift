/// Wakes the calling thread at a fixed rate.
///
/// Deadlines lie on a grid, `start + n × period`, and are slept to as absolute times of the
/// monotonic clock; so lateness at one never moves the next, and drift does not add up. A deadline
/// whose whole period went by before the thread came back is skipped and counted in ``overruns``.
///
///     var loop = FixedRateLoop(periodNanoseconds: 1_000_000)
///     while running {
///       let wakeUp = loop.waitForNextDeadline()
///       …
///     }
public struct FixedRateLoop {
  /// One wake-up.
  public struct WakeUp: Sendable, Equatable {
    /// The deadline, in nanoseconds of ``MonotonicClock``.
    public var deadlineNanoseconds: Int64
    /// How long after the deadline the thread ran again, in nanoseconds.
    public var latenessNanoseconds: Int64
    /// The number of deadlines before this one that were skipped since the last wake-up.
    public var skipped: Int
  }

  /// The period, in nanoseconds.
  public let periodNanoseconds: Int64
  /// The number of deadlines so far, the skipped ones included.
  public private(set) var deadlines = 0
  /// The number of deadlines that were skipped because the thread was a period or more behind.
  public private(set) var overruns = 0

  private var nextDeadlineNanoseconds: Int64

  /// A loop whose first deadline is one period after `start`.
  ///
  /// - Parameters:
  ///   - periodNanoseconds: The period; positive.
  ///   - start: The moment from which the grid is reckoned; now unless given.
  public init(
    periodNanoseconds: Int64, startNanoseconds start: Int64 = MonotonicClock.nowNanoseconds()
  ) {
    precondition(periodNanoseconds > 0, "a loop's period must be positive")
    self.periodNanoseconds = periodNanoseconds
    nextDeadlineNanoseconds = start + periodNanoseconds
  }

  /// Sleeps until the next deadline that isn't a whole period past.
  public mutating func waitForNextDeadline() -> WakeUp {
    let skipped = skipDeadlines(nowNanoseconds: MonotonicClock.nowNanoseconds())
    let deadline = nextDeadlineNanoseconds
    MonotonicClock.sleep(untilNanoseconds: deadline)
    nextDeadlineNanoseconds += periodNanoseconds
    deadlines += 1
    return WakeUp(
      deadlineNanoseconds: deadline,
      latenessNanoseconds: MonotonicClock.nowNanoseconds() - deadline, skipped: skipped)
  }

  /// Moves the next deadline forward along the grid until it is less than a period past.
  package mutating func skipDeadlines(nowNanoseconds: Int64) -> Int {
    let behind = nowNanoseconds - nextDeadlineNanoseconds
    guard behind >= periodNanoseconds else { return 0 }
    let skipped = Int(behind / periodNanoseconds)
    nextDeadlineNanoseconds += Int64(skipped) * periodNanoseconds
    deadlines += skipped
    overruns += skipped
    return skipped
  }
}
