import HardwareIO
import Testing

@Suite("A robot's clock followed from its samples")
struct ClockTrackerTests {
  /// Samples of a robot whose clock runs fast by so many parts per million, arriving 200 µs after they
  /// were taken and up to 2 ms late on top (a fixed sequence).
  private func reading(driftPartsPerMillion drift: Double, seconds: Double) throws -> ClockReading {
    var tracker = ClockTracker()
    var state: UInt64 = 7
    for tick in 0..<Int(seconds * 100) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let jitter = Double(state >> 40) / Double(1 << 24) * 2e6
      let hostTime = 5e9 + Double(tick) * 1e7
      let robotTime = 1e9 + (hostTime - 5e9) * (1 + drift * 1e-6)
      tracker.note(
        robotTimeNanoseconds: Int64(robotTime), hostTimeNanoseconds: Int64(hostTime + 2e5 + jitter))
    }
    return try #require(tracker.reading)
  }

  @Test("Drift and offset are found within their errors", arguments: [-3000.0, -50, 0, 120, 4000])
  func found(drift: Double) throws {
    let reading = try reading(driftPartsPerMillion: drift, seconds: 20)
    let found = try #require(reading.driftPartsPerMillion)
    let error = try #require(reading.driftErrorPartsPerMillion)
    #expect(error < 10)
    #expect(abs(found - drift) < 4 * error)
    // 4 s between the clocks at the start, 0.2 ms of way, and what the least jitter leaves.
    #expect(abs(reading.offsetSeconds - 4.0002) < 4e-4)
    #expect(abs(reading.spanSeconds - 20) < 0.2)
  }

  @Test("A second of samples tells no drift")
  func short() throws {
    let reading = try reading(driftPartsPerMillion: 100, seconds: 0.9)
    #expect(reading.driftPartsPerMillion == nil)
  }

  @Test("No samples, no reading")
  func none() {
    #expect(ClockTracker().reading == nil)
  }
}
