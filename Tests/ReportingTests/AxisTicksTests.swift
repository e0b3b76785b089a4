import Reporting
import Testing

@Suite("Axes have ticks that people would choose")
struct AxisTicksTests {
  @Test("Ticks are multiples of 1, 2 or 5 times a power of ten, no more than asked for")
  func nice() {
    #expect(
      AxisTicks(range: 0...4, maximumCount: 6).ticks.map(\.label) == ["0", "1", "2", "3", "4"])
    #expect(AxisTicks(range: 0...4, maximumCount: 4).ticks.map(\.label) == ["0", "2", "4"])
    #expect(
      AxisTicks(range: -0.31...0.29, maximumCount: 7).ticks.map(\.label)
        == ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2"])
    #expect(AxisTicks(range: 0...4, maximumCount: 2).ticks.map(\.label) == ["0", "2", "4"])
    #expect(AxisTicks(range: 0...40, maximumCount: 5).ticks.map(\.value) == [0, 10, 20, 30, 40])
  }

  @Test("Over a thousand ranges ticks lie within, ascend, aren't too many, and aren't too few")
  func sweep() {
    for exponent in -9...9 {
      for mantissa in stride(from: 1.0, to: 10, by: 0.37) {
        for offset in [-1.0, -0.3, 0, 0.7] {
          var scale = mantissa
          for _ in 0..<abs(exponent) { scale *= exponent < 0 ? 0.1 : 10 }
          let range = (offset * scale)...((offset + 1) * scale)
          let ticks = AxisTicks(range: range, maximumCount: 6).ticks.map(\.value)
          #expect((2...6).contains(ticks.count), "\(range)")
          #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 })
          let slack = 1e-8 * scale
          #expect(
            ticks.allSatisfy {
              $0 >= range.lowerBound - slack && $0 <= range.upperBound + slack
            }, "\(range)")
        }
      }
    }
  }

  @Test("Angles in degrees have ticks at parts and multiples of a turn")
  func degrees() {
    #expect(
      AxisTicks(degrees: -200...200, maximumCount: 6).ticks.map(\.label)
        == ["−180°", "−90°", "0°", "90°", "180°"])
    #expect(
      AxisTicks(degrees: -100...1000, maximumCount: 4).ticks.map(\.label) == ["0°", "360°", "720°"])
  }

  @Test("A range without width has no ticks")
  func empty() {
    #expect(AxisTicks(range: 1...1, maximumCount: 5).ticks.isEmpty)
  }
}
