import Glibc

/// The host's monotonic clock (`CLOCK_MONOTONIC`), in nanoseconds since some moment before the
/// process began; never set back, not counting suspension.
public enum MonotonicClock {
  /// The time now, in nanoseconds.
  public static func nowNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Sleeps until a moment of this clock; returns at once when it has passed. Signals that are
  /// handled don't end the sleep early.
  public static func sleep(untilNanoseconds deadline: Int64) {
    var time = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}
