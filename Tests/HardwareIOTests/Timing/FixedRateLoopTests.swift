import Foundation
import HardwareIO
import Testing

@Suite struct FixedRateLoopTests {
  @Test("The loop holds 1 kHz for 2 s without drift")
  func holdsRate() async {
    let (report, spanNanoseconds, skipped, warning) = await onThread {
      let scheduling = RealTimeScheduling.requestForCallingThread()
      defer { RealTimeScheduling.endForCallingThread() }
      let lateness = TimingHistogram()
      let start = MonotonicClock.nowNanoseconds()
      var loop = FixedRateLoop(periodNanoseconds: 1_000_000, startNanoseconds: start)
      var last = start
      while loop.deadlines < 2000 {
        let wakeUp = loop.waitForNextDeadline()
        last = wakeUp.deadlineNanoseconds
        lateness.record(nanoseconds: wakeUp.latenessNanoseconds)
      }
      return (lateness.distribution, last - start, loop.overruns, scheduling.warning)
    }
    print("1 kHz for 2 s: lateness \(report), \(skipped) deadlines skipped")
    if let warning { print(warning) }
    // The last deadline lies on the grid exactly, however late each wake-up was.
    #expect(spanNanoseconds % 1_000_000 == 0)
    #expect(spanNanoseconds >= 2_000_000_000)
    #expect(spanNanoseconds <= 2_000_000_000 + Int64(skipped) * 1_000_000)
    // Generous: other tests keep both cores busy. A loop that drifted or slept relatively fails.
    #expect(report.p50Microseconds < 1000)
    #expect(skipped < 200)
  }

  @Test("Deadlines that went by whole are skipped, counted, and leave the rest on the grid")
  func skips() {
    var loop = FixedRateLoop(periodNanoseconds: 1000, startNanoseconds: 50_000)
    #expect(loop.skipDeadlines(nowNanoseconds: 51_999) == 0)
    #expect(loop.skipDeadlines(nowNanoseconds: 54_500) == 3)
    #expect(loop.overruns == 3)
    #expect(loop.deadlines == 3)
    #expect(loop.skipDeadlines(nowNanoseconds: 54_999) == 0)
    #expect(loop.waitForNextDeadline().deadlineNanoseconds % 1000 == 0)
  }

  @Test("Sleeping until a moment that has passed returns at once")
  func pastDeadline() {
    let start = MonotonicClock.nowNanoseconds()
    MonotonicClock.sleep(untilNanoseconds: start - 1_000_000_000)
    #expect(MonotonicClock.nowNanoseconds() - start < 500_000_000)
  }
}

/// Runs `body` on a thread of its own, as a control loop is.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    Thread { continuation.resume(returning: body()) }.start()
  }
}
