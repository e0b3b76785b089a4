/// A figure of panels in rows, drawn as one SVG document without scripts, fonts or other resources.
///
///     let panel = PlotPanel(
///       title: "Trial 3", x: PlotAxis("time", unit: "s"), y: PlotAxis("angle", unit: "deg"),
///       marks: [PlotMark(.line(points), color: .blue)])
///     let svg = SVGPlot(rows: [.init(heightPixels: 200, panels: [panel])]).svg
///
/// The same figure gives the same bytes, on every machine.
public struct SVGPlot: Sendable, Equatable {
  /// Panels beside each other.
  public struct Row: Sendable, Equatable {
    /// The height from the panels' titles to their axis's quantity, in pixels.
    public var heightPixels: Double
    /// The panels, from the left.
    public var panels: [PlotPanel]
    /// Each panel's share of the width; empty for equal ones.
    public var shares: [Double]

    /// A row from its panels.
    public init(heightPixels: Double, panels: [PlotPanel], shares: [Double] = []) {
      self.heightPixels = heightPixels
      self.panels = panels
      self.shares = shares
    }
  }

  /// What stands at the top, in bold; empty for nothing.
  public var title: String
  /// What stands below it, in grey; empty for nothing.
  public var subtitle: String
  /// The width, in pixels.
  public var widthPixels: Double
  /// The rows, from the top.
  public var rows: [Row]

  /// A figure from its rows; 860 pixels fit a README without being scaled.
  public init(
    title: String = "", subtitle: String = "", widthPixels: Double = 860, rows: [Row]
  ) {
    self.title = title
    self.subtitle = subtitle
    self.widthPixels = widthPixels
    self.rows = rows
  }

  /// The document.
  public var svg: String {
    let edge = 14.0
    var y = edge
    var body = ""
    if !title.isEmpty {
      y += 16
      body += PanelDrawing.text(title, x: edge, y: y, size: 17, color: .ink, isBold: true)
      y += 6
    }
    if !subtitle.isEmpty {
      y += 14
      body += PanelDrawing.text(subtitle, x: edge, y: y, size: 12.5, color: .fadedInk)
      y += 6
    }
    if !title.isEmpty || !subtitle.isEmpty { y += 8 }
    for row in rows {
      let shares = row.shares.isEmpty ? row.panels.map { _ in 1 } : row.shares
      let total = shares.reduce(0, +)
      var x = edge
      for (panel, share) in zip(row.panels, shares) {
        let width = (widthPixels - 2 * edge) * share / total
        body +=
          PanelDrawing(
            panel: panel, x: x, y: y, width: width, height: row.heightPixels
          ).svg
        x += width
      }
      y += row.heightPixels
    }
    let size = (SVGText.number(widthPixels), SVGText.number((y + edge).rounded(.up)))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" \
      viewBox="0 0 \(size.0) \(size.1)" role="img" \
      font-family="system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
      <title>\(SVGText.escaped(title.isEmpty ? "Plot" : title))</title>
      <rect width="100%" height="100%" fill="#FFFFFF"/>
      \(body)</svg>

      """
  }
}
