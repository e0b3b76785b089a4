/// One panel of a terminal's plot.
struct TerminalPanel {
  private let panel: TerminalPlot.Panel
  private let rows: Int
  private let isAscii: Bool
  private let range: ClosedRange<Double>
  private let ticks: [AxisTicks.Tick]

  private static let signs: [Character] = ["*", "o", "x", "#", "@", "%"]
  /// Blue, yellow, magenta, cyan, green, red: none that only red and green tell apart come first.
  private static let escapes = [34, 33, 35, 36, 32, 31]

  init(panel: TerminalPlot.Panel, rows: Int, characters: TerminalPlot.Characters) {
    self.panel = panel
    self.rows = rows
    isAscii = characters == .ascii
    let values = panel.series.flatMap(\.points).map(\.y) + panel.guides
    range = panel.y.shownRange(of: values, isPadded: true)
    ticks = panel.y.ticks(over: range, maximumCount: max(2, rows / 2))
  }

  /// The width of the numbers at the vertical axis, in characters.
  var gutter: Int { (ticks.map { Self.plain($0.label, isAscii: isAscii).count }.max() ?? 0) + 1 }

  /// The panel's lines: its title, then its rows.
  func text(xRange: ClosedRange<Double>, columns: Int, gutter: Int, isColored: Bool) -> String {
    var canvas = BrailleCanvas(columns: columns, rows: rows, isBraille: !isAscii)
    func place(_ value: Double, _ range: ClosedRange<Double>, _ dots: Int) -> Int {
      let fraction = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      // Far outside stays outside, without overflowing an integer.
      return Int((min(max(fraction, -1), 2) * Double(dots - 1)).rounded())
    }
    func y(_ value: Double) -> Int { canvas.height - 1 - place(value, range, canvas.height) }
    for guide in panel.guides {
      for x in stride(from: 0, to: canvas.width, by: 4) {
        canvas.set(x: x, y: y(guide), series: nil)
      }
    }
    for (index, series) in panel.series.enumerated() {
      var last: (x: Int, y: Int)?
      for point in series.points {
        guard point.x.isFinite, point.y.isFinite else {
          last = nil
          continue
        }
        let next = (x: place(point.x, xRange, canvas.width), y: y(point.y))
        if let last, series.isStepped {
          canvas.line(from: last, to: (next.x, last.y), series: index)
          canvas.line(from: (next.x, last.y), to: next, series: index)
        } else {
          canvas.line(from: last ?? next, to: next, series: index)
        }
        last = next
      }
    }
    let labels = labelsByRow
    let lines = (0..<rows).map { row in
      let label = labels[row] ?? ""
      let axis = labels[row] == nil ? (isAscii ? "|" : "│") : (isAscii ? "+" : "┤")
      return String(repeating: " ", count: max(0, gutter - 1 - label.count)) + label + " " + axis
        + drawn(canvas.row(row, asciiSigns: Self.signs), isColored: isColored)
    }
    return ([heading(gutter: gutter, isColored: isColored)] + lines)
      .map { Self.trimmed($0) + "\n" }.joined()
  }

  private var labelsByRow: [Int: String] {
    var labels: [Int: String] = [:]
    for tick in ticks {
      let fraction = (tick.value - range.lowerBound) / (range.upperBound - range.lowerBound)
      let row = rows - 1 - min(rows - 1, max(0, Int(fraction * Double(rows))))
      labels[row] = Self.plain(tick.label, isAscii: isAscii)
    }
    return labels
  }

  private func heading(gutter: Int, isColored: Bool) -> String {
    let names = panel.series.enumerated().filter { !$0.element.name.isEmpty }.map { index, series in
      let sign = isAscii ? String(Self.signs[index % Self.signs.count]) : "━"
      return (isColored ? Self.colored(sign, series: index) : sign) + " " + series.name
    }
    // Without colours, braille lines can't be told apart by a key.
    let legend =
      panel.series.count > 1 && (isAscii || isColored)
      ? names
      : names.map { name in
        String(name.dropFirst(isAscii || isColored ? 0 : 2))
      }
    let shown = panel.series.count > 1 ? "   " + legend.joined(separator: "   ") : ""
    return String(repeating: " ", count: gutter) + " " + panel.y.title + shown
  }

  private func drawn(
    _ cells: [(character: Character, series: Int?)], isColored: Bool
  ) -> String {
    guard isColored else { return String(cells.map(\.character)) }
    var result = ""
    var rest = cells[...]
    while let first = rest.first {
      let run = rest.prefix { $0.series == first.series }
      let text = String(run.map(\.character))
      result += first.series.map { Self.colored(text, series: $0) } ?? text
      rest = rest.dropFirst(run.count)
    }
    return result
  }

  private static func colored(_ text: String, series: Int) -> String {
    "\u{1B}[\(escapes[series % escapes.count])m\(text)\u{1B}[0m"
  }

  /// A label with nothing beyond ASCII, if need be.
  static func plain(_ label: String, isAscii: Bool) -> String {
    guard isAscii else { return label }
    return String(label.compactMap { $0 == "−" ? "-" : $0.isASCII ? $0 : nil })
  }

  /// A line without blanks at its end.
  static func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}
