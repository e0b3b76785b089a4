import HardwareIO
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
    #expect(pacer.missedDeadlines == 1)
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
    #expect(pacer.missedDeadlines == 0)
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
