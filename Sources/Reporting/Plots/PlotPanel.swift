/// An axis of a panel.
public struct PlotAxis: Sendable, Equatable {
  /// What it measures, such as `angle`.
  public var quantity: String
  /// The unit's symbol, such as `rad`; empty for a number without one.
  public var unit: String
  /// What it shows; nil for all of the marks and a little more.
  public var range: ClosedRange<Double>?
  /// Whether numbers and the quantity stand at it; panels one above another share the lowest's.
  public var isLabelled: Bool
  /// Whether it counts something, so that it has ticks at whole numbers only.
  public var isCount: Bool

  /// An axis from its parts.
  public init(
    _ quantity: String, unit: String, range: ClosedRange<Double>? = nil, isLabelled: Bool = true,
    isCount: Bool = false
  ) {
    self.isCount = isCount
    self.quantity = quantity
    self.unit = unit
    self.range = range
    self.isLabelled = isLabelled
  }

  /// The quantity with its unit, as it stands at the axis.
  public var title: String { unit.isEmpty ? quantity : "\(quantity) (\(unit))" }

  /// Ticks of the axis over a range; degrees have theirs at the angles that people know.
  func ticks(over range: ClosedRange<Double>, maximumCount: Int) -> [AxisTicks.Tick] {
    let ticks =
      unit == "deg"
      ? AxisTicks(degrees: range, maximumCount: maximumCount).ticks
      : AxisTicks(range: range, maximumCount: maximumCount).ticks
    guard isCount else { return ticks }
    return ticks.filter { $0.value == $0.value.rounded() }
      .map { AxisTicks.Tick(value: $0.value, label: "\(Int($0.value))") }
  }

  /// The range shown: the axis's own, or that of the finite among `values` with a twentieth more at
  /// either end.
  func shownRange(of values: [Double], isPadded: Bool) -> ClosedRange<Double> {
    if let range { return range.lowerBound < range.upperBound ? range : Self.around(range) }
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else { return 0...1 }
    guard least < greatest else { return Self.around(least...least) }
    let padding = isPadded ? 0.05 * (greatest - least) : 0
    return (least - padding)...(greatest + padding)
  }

  /// A range about a single value, for which any width will do.
  private static func around(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    let reach = range.lowerBound == 0 ? 1 : abs(range.lowerBound) / 2
    return (range.lowerBound - reach)...(range.lowerBound + reach)
  }
}

/// One pair of axes with its marks.
public struct PlotPanel: Sendable, Equatable {
  /// What stands above it, at the left, in bold; empty for nothing.
  public var title: String
  /// What follows the title, in grey; empty for nothing.
  public var remark: String
  /// The colour of the remark.
  public var remarkColor: PlotColor
  /// The horizontal axis.
  public var x: PlotAxis
  /// The vertical axis.
  public var y: PlotAxis
  /// What is drawn, in order.
  public var marks: [PlotMark]
  /// Whether marks with a name are listed above the panel, at the right.
  public var hasLegend: Bool

  /// A panel from its parts.
  public init(
    title: String = "", remark: String = "", remarkColor: PlotColor = .fadedInk, x: PlotAxis,
    y: PlotAxis, marks: [PlotMark], hasLegend: Bool = true
  ) {
    self.title = title
    self.remark = remark
    self.remarkColor = remarkColor
    self.x = x
    self.y = y
    self.marks = marks
    self.hasLegend = hasLegend
  }
}
