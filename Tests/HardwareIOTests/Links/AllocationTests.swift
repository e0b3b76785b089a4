import CAllocationCounter
import Foundation
@_spi(SafetyEnvelope) import HardwareIO
import Robotics
import Testing

/// Whether the optimizer was at work: without it the language itself allocates here and there.
private let isOptimized: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()

@Suite struct AllocationTests {
  @Test("The counter counts what this thread allocates")
  func counter() {
    let before = allocation_count_of_this_thread()
    keptBlock = malloc(100)
    let after = allocation_count_of_this_thread()
    free(keptBlock)
    #expect(after == before + 1)
  }

  @Test("Recording a duration allocates nothing", .enabled(if: isOptimized, "needs -c release"))
  func histogram() {
    let histogram = TimingHistogram()
    histogram.record(nanoseconds: 1)
    let before = allocation_count_of_this_thread()
    for number in 0..<10_000 { histogram.record(nanoseconds: Int64(number) * 997) }
    let after = allocation_count_of_this_thread()
    #expect(after - before == 0)
  }

  @Test(
    "Thousands of control periods, answered by heartbeats and commands, allocate nothing",
    .enabled(if: isOptimized, "needs -c release"))
  func hotPath() throws {
    let robot = cartPole(rateHertz: 1000)
    let (double, link) = try doubleAndLink(robot, keepsMessages: false) {
      // Noise and repetitions are part of the hot path.
      $0.noise = { $0 % 50 == 7 ? [1, 2, 3, 0] : [] }
      $0.copies = { $0 % 40 == 9 ? 2 : $0 % 60 == 11 ? 0 : 1 }
    }
    defer { double.end() }
    _ = try link.check(robot: robot)
    try link.startStream()
    let counts = Counts(link: link)
    let thread = Thread {
      let link = counts.link
      let sample = LinkSample(jointCount: 2)
      let ring = SampleRing(stride: 4, minimumCapacity: 8192)
      let lateness = TimingHistogram()
      var pacer = ControlPacer(periodSeconds: 0.001, speed: 1)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { efforts in
        efforts.initialize(repeating: 0)
        for period in 0..<3000 {
          // The first periods are the warm-up of whatever the language sets up once.
          if period == 100 { counts.before = allocation_count_of_this_thread() }
          if let nanoseconds = pacer.waitForNextSample() {
            lateness.record(nanoseconds: nanoseconds)
          }
          guard link.receive(into: sample, timeoutNanoseconds: 100_000_000) == .sample else {
            continue
          }
          counts.samples += 1
          pacer.noteSample(
            robotTimeNanoseconds: sample.robotTimeNanoseconds,
            hostTimeNanoseconds: sample.hostTimeNanoseconds)
          if period == 500 { _ = link.sendArm() }
          if period < 500 {
            _ = link.sendHeartbeat()
          } else {
            efforts[0] = sample.positions[0] * 1e-3
            _ = link.sendCommand(efforts: UnsafeBufferPointer(efforts))
          }
          ring.push { record in
            for joint in 0..<2 {
              record[joint] = sample.positions[joint]
              record[2 + joint] = sample.velocities[joint]
            }
          }
        }
        _ = link.sendDisarm()
      }
      counts.after = allocation_count_of_this_thread()
      print("1 kHz over a pseudo-terminal: lateness \(lateness.distribution)")
      print("age on arrival of the last sample: \(pacer.lastSampleAgeNanoseconds ?? -1) ns")
      counts.done.signal()
    }
    thread.start()
    counts.done.wait()
    #expect(counts.samples > 2500)
    #expect(link.statistics.framesCorrupted > 0)
    #expect(counts.after - counts.before == 0)
  }
}

/// A block that the optimizer must believe to be used.
private nonisolated(unsafe) var keptBlock: UnsafeMutableRawPointer?

/// What the control thread uses and leaves behind; touched by others only after it has signalled.
private final class Counts: @unchecked Sendable {
  let link: SerialRobotLink
  var before: UInt64 = 0
  var after: UInt64 = 0
  var samples = 0
  let done = DispatchSemaphore(value: 0)

  init(link: SerialRobotLink) { self.link = link }
}
