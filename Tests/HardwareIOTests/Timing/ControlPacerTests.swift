import HardwareIO
import Synchronization
import Testing

@Suite struct ControlPacerTests {
  @Test("The pacer sleeps until just after the next sample should have come")
  func sleeps() async {
    let errors = await onThread {
      // A robot at 100 Hz whose samples take no time; its clock starts anywhere.
      var pacer = ControlPacer(periodSeconds: 0.01, speed: 1, guardSeconds: 100e-6)
      let start = MonotonicClock.nowNanoseconds()
      var errors: [Int64] = []
      for tick in Int64(0)..<20 {
        let arrival = start + tick * 10_000_000
        MonotonicClock.sleep(untilNanoseconds: arrival)
        pacer.noteSample(
          robotTimeNanoseconds: 123_000_000 + tick * 10_000_000, hostTimeNanoseconds: arrival)
        if let lateness = pacer.waitForNextSample() {
          let deadline = arrival + 10_000_000 + 100_000
          errors.append(MonotonicClock.nowNanoseconds() - lateness - deadline)
        }
      }
      return errors
    }
    #expect(errors.count == 20)
    // The wake-up less its lateness is the deadline, but for the time between two clock readings.
    #expect(errors.sorted()[10] < 200_000, "\(errors)")
    #expect(errors.allSatisfy { $0 >= 0 })
  }

  @Test("Before the first sample, and in a world at another speed, nothing is slept for")
  func doesNotSleep() {
    var pacer = ControlPacer(periodSeconds: 0.01, speed: 1)
    #expect(pacer.waitForNextSample() == nil)
    var fast = ControlPacer(periodSeconds: 0.01, speed: 20)
    fast.noteSample(
      robotTimeNanoseconds: 1, hostTimeNanoseconds: MonotonicClock.nowNanoseconds())
    #expect(fast.waitForNextSample() == nil)
    #expect(fast.lastSampleAgeNanoseconds == nil)
  }

  @Test("A thread that comes back a period or more late has missed its deadline")
  func missed() throws {
    var pacer = ControlPacer(periodSeconds: 0.01, speed: 1)
    let now = MonotonicClock.nowNanoseconds()
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: now - 50_000_000)
    let waited = pacer.waitForNextSample()
    let lateness = try #require(waited)
    #expect(lateness >= 39_000_000)
    #expect(pacer.deadlines == 1)
    #expect(pacer.overruns == 1)
  }

  @Test("A robot whose clock gave way makes its samples late, not the thread")
  func slip() throws {
    var pacer = ControlPacer(periodSeconds: 0.01, speed: 1)
    let now = MonotonicClock.nowNanoseconds()
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: now - 40_000_000)
    // 10 ms by its clock took 40 ms of the host's.
    pacer.noteSample(robotTimeNanoseconds: 10_000_000, hostTimeNanoseconds: now)
    let waited = pacer.waitForNextSample()
    #expect(try #require(waited) < 9_000_000)
    #expect(pacer.overruns == 0)
  }

  @Test("A robot that falls silent is not the thread's lateness: it stood ready in the port")
  func silence() throws {
    let clock = SteppedClock()
    var pacer = ControlPacer(periodSeconds: 0.001, speed: 1, clock: clock)
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: clock.nowNanoseconds())
    #expect(pacer.waitForNextSample() == 0)
    for _ in 0..<5 {
      // The port gives up a little later than the pacer would have the next sample.
      clock.advance(nanoseconds: 1_200_000)
      pacer.noteSilence()
      #expect(pacer.waitForNextSample() == 0)
    }
    clock.advance(nanoseconds: 3_000_000)
    let waited = pacer.waitForNextSample()
    #expect(try #require(waited) >= 1_000_000, "what the thread itself took still counts")
    #expect(pacer.overruns == 1)
  }

  @Test(
    "At high rates the pacer waits no more than a twentieth of the period for a sample's jitter")
  func guardInterval() {
    let clock = SteppedClock()
    var pacer = ControlPacer(periodSeconds: 0.001, speed: 1, clock: clock)
    let arrival = clock.nowNanoseconds()
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: arrival)
    _ = pacer.waitForNextSample()
    #expect(clock.nowNanoseconds() == arrival + 1_050_000)
  }

  @Test(
    "A robot's clock that leaps doesn't put the loop to sleep for long",
    arguments: [3_600_000_000_000, -3_600_000_000_000] as [Int64])
  func leap(nanoseconds: Int64) {
    var pacer = ControlPacer(periodSeconds: 0.01, speed: 1)
    let now = MonotonicClock.nowNanoseconds()
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: now)
    pacer.noteSample(robotTimeNanoseconds: nanoseconds, hostTimeNanoseconds: now + 1)
    _ = pacer.waitForNextSample()
    #expect(MonotonicClock.nowNanoseconds() - now < 1_000_000_000)
  }

  @Test("A sample that was held up on its way is that much older")
  func age() {
    var pacer = ControlPacer(periodSeconds: 0.01, speed: 1)
    pacer.noteSample(robotTimeNanoseconds: 0, hostTimeNanoseconds: 1_000_000)
    pacer.noteSample(robotTimeNanoseconds: 10_000_000, hostTimeNanoseconds: 18_500_000)
    #expect(pacer.lastSampleAgeNanoseconds == 7_500_000)
  }
}

/// A clock that stands still but for sleeps and steps.
private final class SteppedClock: HostClock {
  private let time = Mutex<Int64>(1_000_000_000)

  func nowNanoseconds() -> Int64 { time.withLock { $0 } }
  func advance(nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }
  func sleep(untilNanoseconds deadline: Int64) { time.withLock { $0 = max($0, deadline) } }
}

@Suite struct RealTimeSchedulingTests {
  @Test("What isn't permitted is said with the line that would permit it")
  func warns() async {
    let result = await onThread {
      defer { RealTimeScheduling.endForCallingThread() }
      // No thread may have this priority.
      return RealTimeScheduling.requestForCallingThread(priority: 1000)
    }
    #expect(!result.hasFixedPriority)
    #expect(result.warning?.contains("rtprio") == true)
  }
}
