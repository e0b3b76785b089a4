/// Series over a common horizontal axis, drawn as text for a terminal: one panel above another.
///
///     let plot = TerminalPlot(
///       x: PlotAxis("time", unit: "s"),
///       panels: [.init(y: PlotAxis("angle", unit: "deg"), series: [.init(name: "", points: angle)])])
///     print(plot.text(columns: 80, rowsAPanel: 8))
///
/// The same series and size give the same text.
public struct TerminalPlot: Sendable, Equatable {
  /// One line.
  public struct Series: Sendable, Equatable {
    /// Its name; shown when a panel has several.
    public var name: String
    /// Its points; the line breaks at one that isn't finite.
    public var points: [PlotPoint]
    /// Whether each y is kept until the next point's x.
    public var isStepped: Bool

    /// A series from its parts.
    public init(name: String, points: [PlotPoint], isStepped: Bool = false) {
      self.name = name
      self.points = points
      self.isStepped = isStepped
    }
  }

  /// One vertical axis with its series.
  public struct Panel: Sendable, Equatable {
    /// The vertical axis.
    public var y: PlotAxis
    /// The lines.
    public var series: [Series]
    /// Values marked by a dotted line, such as a target.
    public var guides: [Double]

    /// A panel from its parts.
    public init(y: PlotAxis, series: [Series], guides: [Double] = []) {
      self.y = y
      self.series = series
      self.guides = guides
    }
  }

  /// What a terminal can show.
  public enum Characters: Sendable {
    /// Unicode's braille patterns, eight dots a character.
    case braille
    /// Nothing beyond ASCII.
    case ascii
  }

  /// The horizontal axis, common to all panels.
  public var x: PlotAxis
  /// The panels, from the top.
  public var panels: [Panel]

  /// A plot from its parts.
  public init(x: PlotAxis, panels: [Panel]) {
    self.x = x
    self.panels = panels
  }

  /// The plot as lines of text, each ended by `\n`.
  ///
  /// - Parameters:
  ///   - columns: The width, in characters, numbers at the axes included; at least 24.
  ///   - rowsAPanel: The height of each panel's drawing, in characters; at least 2.
  ///   - characters: What the terminal can show.
  ///   - isColored: Whether lines are coloured, by ANSI escape sequences.
  public func text(
    columns: Int, rowsAPanel: Int, characters: Characters = .braille, isColored: Bool = false
  ) -> String {
    let xs = panels.flatMap(\.series).flatMap(\.points).map(\.x)
    let xRange = x.shownRange(of: xs, isPadded: false)
    let drawings = panels.map {
      TerminalPanel(panel: $0, rows: max(2, rowsAPanel), characters: characters)
    }
    let gutter = drawings.map(\.gutter).max() ?? 1
    let width = max(24, columns) - gutter - 1
    let body = drawings.map {
      $0.text(xRange: xRange, columns: width, gutter: gutter, isColored: isColored)
    }.joined()
    return body + horizontalAxis(xRange, columns: width, gutter: gutter, characters: characters)
  }

  private func horizontalAxis(
    _ range: ClosedRange<Double>, columns: Int, gutter: Int, characters: Characters
  ) -> String {
    let isAscii = characters == .ascii
    var rule = [Character](repeating: isAscii ? "-" : "─", count: columns)
    var labels = [Character](repeating: " ", count: columns + gutter + 1)
    var free = 0
    for tick in x.ticks(over: range, maximumCount: max(2, columns / 10)) {
      let fraction =
        (tick.value - range.lowerBound) / (range.upperBound - range.lowerBound)
      let column = min(columns - 1, Int(fraction * Double(columns - 1) + 0.5))
      rule[column] = isAscii ? "+" : "┬"
      let label = Array(TerminalPanel.plain(tick.label, isAscii: isAscii))
      let start = min(max(0, gutter + 1 + column - label.count / 2), labels.count - label.count)
      if start >= free {
        labels.replaceSubrange(start..<start + label.count, with: label)
        free = start + label.count + 1
      }
    }
    let title =
      String(repeating: " ", count: max(0, gutter + 1 + (columns - x.title.count) / 2))
      + x.title
    return [
      String(repeating: " ", count: gutter) + (isAscii ? "+" : "└") + String(rule), String(labels),
      title,
    ].map { TerminalPanel.trimmed($0) + "\n" }.joined()
  }
}
