import HardwareIO
import Testing

@Suite struct ClockEstimateTests {
  /// Echoes to a clock of known offset and rate over a link whose two ways take `there` and `back`.
  private func echoes(
    count: Int, intervalNanoseconds: Int64, rate: Double,
    there: (Int64) -> Int64, back: (Int64) -> Int64
  ) -> [ClockEstimate.Echo] {
    (0..<Int64(count)).map { number in
      let sent = 1_000_000_000 + number * intervalNanoseconds
      let answered = sent + there(number)
      let robotTime = 40_000_000 + Int64(Double(answered) * rate)
      return ClockEstimate.Echo(
        sentNanoseconds: sent, robotTimeNanoseconds: robotTime,
        receivedNanoseconds: answered + back(number))
    }
  }

  @Test("The robot's clock is known to within half the quickest round trip, both ways disturbed")
  func offset() throws {
    let estimate = try #require(
      ClockEstimate(
        echoes: echoes(
          count: 200, intervalNanoseconds: 5_000_000, rate: 1,
          there: { 120_000 + ($0 * 7919) % 400_000 }, back: { 180_000 + ($0 * 104_729) % 900_000 }),
        speed: 1))
    let robotTime: Int64 = 40_000_000 + 1_700_000_000
    let error = estimate.hostTimeNanoseconds(atRobotTimeNanoseconds: robotTime) - 1_700_000_000
    #expect(abs(error) <= estimate.uncertaintyNanoseconds)
    #expect(estimate.uncertaintyNanoseconds < 200_000)
  }

  @Test("A drift of 80 ppm is found to within its uncertainty over a minute")
  func drift() throws {
    let estimate = try #require(
      ClockEstimate(
        echoes: echoes(
          count: 600, intervalNanoseconds: 100_000_000, rate: 1 + 80e-6,
          there: { 120_000 + ($0 * 7919) % 400_000 }, back: { 130_000 + ($0 * 104_729) % 400_000 }),
        speed: 1))
    #expect(
      abs(estimate.driftPartsPerMillion - 80) <= estimate.driftUncertaintyPartsPerMillion)
    #expect(estimate.driftUncertaintyPartsPerMillion < 20)
  }

  @Test("Without an echo there is no estimate")
  func none() {
    #expect(ClockEstimate(echoes: [], speed: 1) == nil)
  }
}
