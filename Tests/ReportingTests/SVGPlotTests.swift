import Foundation
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("A plot is an SVG document that shows what it was given")
struct SVGPlotTests {
  /// A panel of 100 x 100 units, 788 pixels wide between its axes: 860 less 14 at either edge, 58 for
  /// the vertical axis's numbers and 12 at the right is 762.
  private func plot(_ marks: [PlotMark], title: String = "") -> SVGPlot {
    SVGPlot(
      title: title,
      rows: [
        .init(
          heightPixels: 148,
          panels: [
            PlotPanel(
              x: PlotAxis("time", unit: "s", range: 0...100),
              y: PlotAxis("angle", unit: "rad", range: 0...100), marks: marks)
          ])
      ])
  }

  /// The `d` of the paths drawn in a colour.
  private func paths(_ svg: String, _ color: PlotColor) -> [String] {
    svg.split(separator: "\n").filter { $0.contains("stroke=\"\(color.css)\"") }.compactMap {
      $0.split(separator: "\"").dropFirst().first.map(String.init)
    }
  }

  @Test("A line goes through its points, scaled to the frame, the vertical axis upwards")
  func line() {
    let svg = plot([
      PlotMark(.line([PlotPoint(0, 0), PlotPoint(50, 100), PlotPoint(100, 50)]), color: .blue)
    ]).svg
    // 762 by 100 pixels: 148 less 8 above and 40 below.
    #expect(paths(svg, .blue) == ["M0 100L381 0L762 50"])
  }

  @Test("A stepped line keeps its value until the next point")
  func steps() {
    let svg = plot([
      PlotMark(.steps([PlotPoint(0, 20), PlotPoint(50, 80), PlotPoint(100, 80)]), color: .blue)
    ]).svg
    #expect(paths(svg, .blue) == ["M0 80L381 80L381 20L762 20"])
  }

  @Test("A line breaks where a value isn't finite")
  func broken() {
    let svg = plot([
      PlotMark(
        .line([
          PlotPoint(0, 0), PlotPoint(10, 50), PlotPoint(20, .nan), PlotPoint(30, .infinity),
          PlotPoint(50, 0), PlotPoint(100, 0),
        ]), color: .blue)
    ]).svg
    #expect(paths(svg, .blue) == ["M0 100L76.2 50M381 100L762 100"])
  }

  @Test("A band covers the frame's width between its values")
  func band() {
    let svg = plot([PlotMark(.band(25...75), color: .green, opacity: 0.2)]).svg
    #expect(
      svg.contains(
        "<rect x=\"0\" y=\"25\" width=\"762\" height=\"50\" fill=\"#009E73\" opacity=\"0.2\"/>"))
  }

  @Test("Axes say what they measure and in which unit")
  func units() {
    let svg = plot([]).svg
    #expect(svg.contains(">time (s)</text>"))
    #expect(svg.contains(">angle (rad)</text>"))
  }

  @Test("Names are escaped and the document is well-formed, whatever is drawn")
  func wellFormed() {
    let points = [PlotPoint(1, 2), PlotPoint(3, .nan), PlotPoint(1e300, -1e300)]
    let shapes: [PlotMark.Shape] = [
      .line(points), .steps(points), .dots(points), .diamonds(points), .bars(points, width: 1),
      .ribbon(x: [0, 1], lower: [0, 0], upper: [1, 2]), .band(0...1), .interval(0...1),
      .horizontal(3), .vertical(3), .text("a < b", PlotPoint(1, 1)), .line([]),
    ]
    let svg = plot(
      shapes.map { PlotMark($0, color: .blue, name: "<\"&'>", isDashed: true, opacity: 0.5) },
      title: "</svg><script>alert('&')</script>\u{0}\u{8}"
    ).svg
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(!svg.contains("<script"))
    #expect(!svg.contains("nan"))
    #expect(!svg.contains("inf\""))
  }

  @Test("The same plot is the same text")
  func deterministic() {
    let plot = plot([PlotMark(.dots([PlotPoint(1, 2)]), color: .blue, name: "x")], title: "t")
    #expect(plot.svg == plot.svg)
  }

  @Test("A line loses only points that no eye would miss")
  func simplification() {
    let points = (0...2000).map { index -> PlotPoint in
      let x = Double(index) / 4
      return PlotPoint(x, 100 * sin(x / 40) + 20 * sin(x / 7))
    }
    let kept = LineSimplification.simplified(points, tolerance: 0.12)
    #expect(kept.count < 400)
    #expect(kept.first == points.first)
    #expect(kept.last == points.last)
    // Every point left out is near the stretch that stands in for it.
    var index = 0
    for (start, end) in zip(kept, kept.dropFirst()) {
      while points[index].x < end.x {
        let t = (points[index].x - start.x) / (end.x - start.x)
        let y = start.y + t * (end.y - start.y)
        let slope = (end.y - start.y) / (end.x - start.x)
        #expect(abs(points[index].y - y) / (1 + slope * slope).squareRoot() <= 0.12 + 1e-9)
        index += 1
      }
    }
  }
}
