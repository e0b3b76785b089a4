import Histogram

/// A histogram of durations over nine decades with three significant digits (HdrHistogram), whose
/// memory is set aside at the start: ``record(nanoseconds:)`` allocates nothing.
///
/// A percentile is right to within 0.1 % of its value; the maximum is exact.
public final class TimingHistogram {
  /// The longest duration told apart from longer ones, in nanoseconds: one minute.
  public static let longestNanoseconds: Int64 = 60_000_000_000

  private var histogram = Histogram<UInt64>(
    highestTrackableValue: UInt64(TimingHistogram.longestNanoseconds),
    numberOfSignificantValueDigits: .three)
  /// The longest duration recorded, in nanoseconds; zero before the first.
  public private(set) var maximumNanoseconds: Int64 = 0

  /// A histogram without durations.
  public init() {
    // The first use of a generic type makes the runtime build its metadata, under a lock and with
    // allocations; here it is no control thread's.
    record(nanoseconds: 0)
    reset()
  }

  /// The number of durations recorded.
  public var count: Int { Int(histogram.totalCount) }

  /// Records a duration. A negative one (the clock estimate was a little off) counts as zero, one
  /// past a minute as a minute.
  public func record(nanoseconds: Int64) {
    let duration = min(max(nanoseconds, 0), TimingHistogram.longestNanoseconds)
    histogram.record(UInt64(duration))
    maximumNanoseconds = max(maximumNanoseconds, duration)
  }

  /// The duration that a percentage of the recorded ones does not exceed, in nanoseconds; zero when
  /// none was recorded.
  ///
  /// - Parameter percentile: 0 to 100.
  public func nanoseconds(atPercentile percentile: Double) -> Int64 {
    count == 0 ? 0 : min(Int64(histogram.valueAtPercentile(percentile)), maximumNanoseconds)
  }

  /// Forgets every duration, keeping the memory.
  public func reset() {
    histogram.reset()
    maximumNanoseconds = 0
  }

  /// The percentiles that a report gives.
  public var distribution: TimingReport.Distribution {
    func microseconds(_ percentile: Double) -> Double {
      Double(nanoseconds(atPercentile: percentile)) / 1000
    }
    return TimingReport.Distribution(
      count: count, p50Microseconds: microseconds(50), p99Microseconds: microseconds(99),
      p999Microseconds: microseconds(99.9), maximumMicroseconds: Double(maximumNanoseconds) / 1000)
  }
}
