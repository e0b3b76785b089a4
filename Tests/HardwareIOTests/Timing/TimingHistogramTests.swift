import HardwareIO
import Testing

@Suite struct TimingHistogramTests {
  /// A long-tailed sequence from a fixed rule (a linear congruential generator; Knuth, MMIX).
  private func durations(count: Int) -> [Int64] {
    var state: UInt64 = 20_240_501
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let uniform = Double(state >> 11) / Double(1 << 53)
      return Int64(5000 / (1 - 0.9999 * uniform))
    }
  }

  @Test(
    "Percentiles agree with the sorted durations to three digits",
    arguments: [50.0, 90, 99, 99.9, 99.99])
  func percentiles(percentile: Double) {
    let durations = durations(count: 100_000)
    let histogram = TimingHistogram()
    for duration in durations { histogram.record(nanoseconds: duration) }
    // In whole hundredths of a percent, so that rounding can't move the rank.
    let rank = Int((percentile * 100).rounded()) * durations.count / 10_000
    let exact = Double(durations.sorted()[rank - 1])
    let found = Double(histogram.nanoseconds(atPercentile: percentile))
    #expect(abs(found - exact) <= 0.001 * exact, "exact \(exact), found \(found)")
  }

  @Test("The maximum is exact")
  func maximum() {
    let durations = durations(count: 10_000)
    let histogram = TimingHistogram()
    for duration in durations { histogram.record(nanoseconds: duration) }
    #expect(histogram.maximumNanoseconds == durations.max())
    #expect(histogram.count == 10_000)
  }

  @Test("A negative duration counts as zero and an endless one as a minute")
  func clamps() {
    let histogram = TimingHistogram()
    histogram.record(nanoseconds: -5)
    #expect(histogram.maximumNanoseconds == 0)
    histogram.record(nanoseconds: .max)
    #expect(histogram.maximumNanoseconds == 60_000_000_000)
    #expect(histogram.count == 2)
  }

  @Test("A histogram that was reset is as good as new")
  func reset() {
    let histogram = TimingHistogram()
    histogram.record(nanoseconds: 7_000_000)
    histogram.reset()
    #expect(histogram.distribution == TimingReport.Distribution())
  }

  @Test("A distribution is in microseconds and says so")
  func units() {
    let histogram = TimingHistogram()
    for _ in 0..<1000 { histogram.record(nanoseconds: 2000) }
    let distribution = histogram.distribution
    #expect(distribution.maximumMicroseconds == 2)
    #expect(abs(distribution.p50Microseconds - 2) < 0.002)
    #expect("\(distribution)".contains("max 2.0 µs (n = 1000)"))
  }
}
