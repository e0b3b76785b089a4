import Glibc

/// The clock that a host goes by: the system's monotonic one, or that of a simulation in which
/// waiting lets the simulated world go on.
public protocol HostClock: Sendable {
  /// The time now, in nanoseconds.
  func nowNanoseconds() -> Int64
  /// Returns when that time has come; at once when it has passed.
  func sleep(untilNanoseconds deadline: Int64)
}

/// ``MonotonicClock`` as a ``HostClock``.
public struct SystemClock: HostClock {
  /// The system's clock.
  public init() {}

  /// The time now, in nanoseconds.
  public func nowNanoseconds() -> Int64 { MonotonicClock.nowNanoseconds() }

  /// Sleeps until a moment of this clock.
  public func sleep(untilNanoseconds deadline: Int64) {
    MonotonicClock.sleep(untilNanoseconds: deadline)
  }
}

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
