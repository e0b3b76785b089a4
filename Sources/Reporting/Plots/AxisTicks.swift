import Foundation

/// Where an axis has its ticks, and what stands at each.
public struct AxisTicks: Sendable, Equatable {
  /// One tick.
  public struct Tick: Sendable, Equatable {
    /// Where, in the axis's unit.
    public var value: Double
    /// What stands there.
    public var label: String
  }

  /// The ticks, from the least value up.
  public var ticks: [Tick]

  /// Ticks at the whole multiples within `range` of 1, 2 or 5 times a power of ten, the finest of
  /// those that gives at most `maximumCount`; the next finer one where only that gives two.
  public init(range: ClosedRange<Double>, maximumCount: Int) {
    ticks = []
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite, maximumCount > 0 else { return }
    let finest = floor(log10(span / Double(maximumCount)))
    for index in 0..<9 {
      let factor = [1.0, 2, 5][index % 3]
      let power = finest + Double(index / 3)
      // Exact for negative powers, where 10^power isn't.
      let scale = pow(10, abs(power))
      let multiples = Self.multiples(of: power < 0 ? factor / scale : factor * scale, in: range)
      if multiples.count < 2, !ticks.isEmpty { return }
      ticks = multiples.map {
        let value = power < 0 ? Double($0) * factor / scale : Double($0) * factor * scale
        return Tick(value: value, label: Self.label(value, decimals: Int(max(0, -power))))
      }
      if multiples.count <= maximumCount { return }
    }
  }

  /// Ticks for an angle in degrees: at multiples of 15°, 30°, 45°, 90°, 180° or whole turns, and
  /// as any other number's where those are too far apart.
  public init(degrees range: ClosedRange<Double>, maximumCount: Int) {
    let turns = (0..<12).map { 360 * pow(2, Double($0)) }
    for step in [15, 30, 45, 90, 180] + turns {
      let multiples = Self.multiples(of: step, in: range)
      if (2...max(2, maximumCount)).contains(multiples.count) {
        ticks = multiples.map {
          let value = Double($0) * step
          return Tick(value: value, label: Self.label(value, decimals: 0) + "°")
        }
        return
      }
    }
    ticks = AxisTicks(range: range, maximumCount: maximumCount).ticks
  }

  private static func multiples(of step: Double, in range: ClosedRange<Double>) -> Range<Int> {
    // A hair of slack, so that an end that is a multiple but for rounding counts as one.
    let first = ceil(range.lowerBound / step - 1e-9)
    let last = floor(range.upperBound / step + 1e-9)
    guard first <= last, abs(first) < 1e15, abs(last) < 1e15 else { return 0..<0 }
    return Int(first)..<Int(last) + 1
  }

  /// A number for people: a true minus sign, and powers of ten where there'd be a row of zeros.
  static func label(_ value: Double, decimals: Int) -> String {
    let text: String
    if value != 0, abs(value) >= 1e6 || decimals > 5 {
      text = String(format: "%g", value)
    } else {
      text = String(format: "%.\(decimals)f", value == 0 ? 0 : value)
    }
    return text.replacingOccurrences(of: "-", with: "−")
  }
}
