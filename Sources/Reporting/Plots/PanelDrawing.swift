/// One panel, drawn into a rectangle of a document.
struct PanelDrawing {
  private let panel: PlotPanel
  private let left: Double
  private let top: Double
  private let width: Double
  private let height: Double
  private let xRange: ClosedRange<Double>
  private let yRange: ClosedRange<Double>

  /// - Parameters x, y, width, height: The rectangle with title, numbers and all, in pixels.
  init(panel: PlotPanel, x: Double, y: Double, width: Double, height: Double) {
    self.panel = panel
    let hasHeading =
      !panel.title.isEmpty || !panel.remark.isEmpty
      || (panel.hasLegend && panel.marks.contains { $0.name != nil })
    let above = hasHeading ? 22.0 : 8
    let below = panel.x.isLabelled ? 40.0 : 8
    left = x + (panel.y.isLabelled ? 58 : 8)
    top = y + above
    self.width = x + width - 12 - left
    self.height = y + height - below - top
    let extent = panel.marks.flatMap(\.extent)
    xRange = panel.x.shownRange(of: extent.map(\.x), isPadded: false)
    yRange = panel.y.shownRange(of: extent.map(\.y), isPadded: true)
  }

  /// The panel's part of the document.
  var svg: String {
    "<g>\n" + heading + axes + "<svg \(frame) overflow=\"hidden\">\n"
      + panel.marks.map(drawing).joined() + "</svg>\n"
      + "<rect \(frame) fill=\"none\" stroke=\"\(PlotColor.frame.css)\"/>\n</g>\n"
  }

  private var frame: String {
    "x=\"\(SVGText.number(left))\" y=\"\(SVGText.number(top))\" "
      + "width=\"\(SVGText.number(width))\" height=\"\(SVGText.number(height))\""
  }

  /// A text element.
  static func text(
    _ text: String, x: Double, y: Double, size: Double, color: PlotColor, anchor: String = "start",
    isBold: Bool = false, rotation: String = ""
  ) -> String {
    "<text x=\"\(SVGText.number(x))\" y=\"\(SVGText.number(y))\" "
      + "font-size=\"\(SVGText.number(size))\" fill=\"\(color.css)\""
      + (anchor == "start" ? "" : " text-anchor=\"\(anchor)\"")
      + (isBold ? " font-weight=\"600\"" : "") + rotation + ">\(SVGText.escaped(text))</text>\n"
  }

  // MARK: - Around the frame

  private var heading: String {
    var result = ""
    var x = left
    if !panel.title.isEmpty {
      result += Self.text(panel.title, x: x, y: top - 7, size: 13, color: .ink, isBold: true)
      x += SVGText.width(panel.title, sizePixels: 13) + 10
    }
    if !panel.remark.isEmpty {
      result += Self.text(panel.remark, x: x, y: top - 7, size: 12, color: panel.remarkColor)
    }
    return result + (panel.hasLegend ? legend : "")
  }

  private var legend: String {
    var x = left + width
    var result = ""
    for mark in panel.marks.reversed() {
      guard let name = mark.name else { continue }
      x -= SVGText.width(name, sizePixels: 11.5)
      result += Self.text(name, x: x, y: top - 7, size: 11.5, color: .fadedInk)
      x -= 20
      result += key(of: mark, x: x, y: top - 11)
      x -= 14
    }
    return result
  }

  private func key(of mark: PlotMark, x: Double, y: Double) -> String {
    let center = "cx=\"\(SVGText.number(x + 7))\" cy=\"\(SVGText.number(y))\""
    return switch mark.shape {
    case .line, .steps, .horizontal, .vertical:
      "<path d=\"M\(SVGText.number(x)) \(SVGText.number(y))h14\" \(stroke(mark))/>\n"
    case .dots: "<circle \(center) r=\"4\" fill=\"\(mark.color.css)\"/>\n"
    case .diamonds: diamond(x: x + 7, y: y, mark)
    case .text: ""
    case .ribbon, .band, .interval, .bars:
      "<rect x=\"\(SVGText.number(x))\" y=\"\(SVGText.number(y - 5))\" width=\"14\" height=\"10\" "
        + "\(fill(mark))/>\n"
    }
  }

  private var axes: String {
    var result = "<rect \(frame) fill=\"#FCFDFE\"/>\n"
    let xTicks = panel.x.ticks(over: xRange, maximumCount: max(2, Int(width / 60)))
    let yTicks = panel.y.ticks(over: yRange, maximumCount: max(2, Int(height / 24)))
    let grid = "stroke=\"\(PlotColor.grid.css)\""
    for tick in xTicks {
      let x = left + self.x(tick.value)
      result +=
        "<path d=\"M\(SVGText.number(x)) \(SVGText.number(top))v"
        + "\(SVGText.number(height))\" \(grid)/>\n"
      if panel.x.isLabelled {
        result += Self.text(
          tick.label, x: x, y: top + height + 15, size: 11, color: .fadedInk, anchor: "middle")
      }
    }
    for tick in yTicks {
      let y = top + self.y(tick.value)
      result +=
        "<path d=\"M\(SVGText.number(left)) \(SVGText.number(y))h"
        + "\(SVGText.number(width))\" \(grid)/>\n"
      if panel.y.isLabelled {
        result += Self.text(
          tick.label, x: left - 6, y: y + 4, size: 11, color: .fadedInk, anchor: "end")
      }
    }
    if panel.x.isLabelled {
      result += Self.text(
        panel.x.title, x: left + width / 2, y: top + height + 32, size: 11.5, color: .fadedInk,
        anchor: "middle")
    }
    if panel.y.isLabelled {
      let (x, y) = (left - 44, top + height / 2)
      result += Self.text(
        panel.y.title, x: x, y: y, size: 11.5, color: .fadedInk, anchor: "middle",
        rotation: " transform=\"rotate(-90 \(SVGText.number(x)) \(SVGText.number(y)))\"")
    }
    return result
  }

  // MARK: - Inside the frame, whose top left corner is the origin

  private func x(_ value: Double) -> Double {
    (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound) * width
  }

  private func y(_ value: Double) -> Double {
    height - (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound) * height
  }

  private func drawing(_ mark: PlotMark) -> String {
    switch mark.shape {
    case .line(let points):
      return "<path d=\"\(path(points))\" fill=\"none\" \(stroke(mark))/>\n"
    case .steps(let points):
      let corners = zip(points, points.dropFirst()).flatMap { [$0, PlotPoint($1.x, $0.y)] }
      return "<path d=\"\(path(corners + points.suffix(1)))\" fill=\"none\" \(stroke(mark))/>\n"
    case .ribbon(let x, let lower, let upper):
      let outline =
        zip(x, upper).map { PlotPoint($0, $1) } + zip(x, lower).reversed().map { PlotPoint($0, $1) }
      return "<path d=\"\(path(outline))Z\" \(fill(mark))/>\n"
    case .band(let range):
      return rectangle(x: xRange, y: range, mark)
    case .interval(let range):
      return rectangle(x: range, y: yRange, mark)
    case .dots(let points):
      return points.filter(isFinite).map {
        "<circle cx=\"\(SVGText.number(x($0.x)))\" cy=\"\(SVGText.number(y($0.y)))\" r=\"4\" "
          + "fill=\"\(mark.color.css)\" stroke=\"#FFFFFF\"/>\n"
      }.joined()
    case .diamonds(let points):
      return points.filter(isFinite).map { diamond(x: x($0.x), y: y($0.y), mark) }.joined()
    case .bars(let points, let width):
      return points.filter(isFinite).map {
        rectangle(
          x: ($0.x - width / 2)...($0.x + width / 2), y: min(0, $0.y)...max(0, $0.y), mark)
      }.joined()
    case .horizontal(let value):
      return
        "<path d=\"M0 \(SVGText.number(y(value)))h\(SVGText.number(width))\" \(stroke(mark))/>\n"
    case .vertical(let value):
      return
        "<path d=\"M\(SVGText.number(x(value))) 0v\(SVGText.number(height))\" \(stroke(mark))/>\n"
    case .text(let words, let point):
      return Self.text(
        words, x: x(point.x), y: y(point.y) - 7, size: 11.5, color: mark.color, anchor: "middle")
    }
  }

  /// A path through the finite points, broken at the others.
  private func path(_ points: [PlotPoint]) -> String {
    var result = ""
    for run in points.split(whereSeparator: { !isFinite($0) }) {
      let pixels = run.map { PlotPoint(x($0.x), clamped(y($0.y))) }
      let kept = LineSimplification.simplified(pixels, tolerance: 0.12)
      for (index, point) in kept.enumerated() {
        result += (index == 0 ? "M" : "L") + "\(SVGText.number(point.x)) \(SVGText.number(point.y))"
      }
    }
    return result
  }

  /// Values far beyond the frame would overflow what a renderer can draw.
  private func clamped(_ y: Double) -> Double { min(max(y, -20 * height), 20 * height) }

  private func isFinite(_ point: PlotPoint) -> Bool { point.x.isFinite && point.y.isFinite }

  private func rectangle(
    x xs: ClosedRange<Double>, y ys: ClosedRange<Double>, _ mark: PlotMark
  ) -> String {
    let (x0, y0) = (x(xs.lowerBound), clamped(y(ys.upperBound)))
    return "<rect x=\"\(SVGText.number(x0))\" y=\"\(SVGText.number(y0))\" "
      + "width=\"\(SVGText.number(x(xs.upperBound) - x0))\" "
      + "height=\"\(SVGText.number(clamped(y(ys.lowerBound)) - y0))\" \(fill(mark))/>\n"
  }

  private func diamond(x: Double, y: Double, _ mark: PlotMark) -> String {
    "<path d=\"M\(SVGText.number(x)) \(SVGText.number(y - 5))l5 5l-5 5l-5 -5Z\" fill=\"#FFFFFF\" "
      + "stroke=\"\(mark.color.css)\" stroke-width=\"1.6\"/>\n"
  }

  private func stroke(_ mark: PlotMark) -> String {
    "stroke=\"\(mark.color.css)\" stroke-width=\"\(SVGText.number(mark.widthPixels))\" "
      + "stroke-linejoin=\"round\""
      + (mark.isDashed ? " stroke-dasharray=\"5 4\"" : "")
      + (mark.opacity < 1 ? " opacity=\"\(SVGText.number(mark.opacity))\"" : "")
  }

  private func fill(_ mark: PlotMark) -> String {
    "fill=\"\(mark.color.css)\""
      + (mark.opacity < 1 ? " opacity=\"\(SVGText.number(mark.opacity))\"" : "")
  }
}
