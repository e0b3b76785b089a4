/// A colour of a plot: those of Okabe & Ito (2008), which people with any kind of colour vision can
/// tell apart, and a few greys. Written as in CSS.
public struct PlotColor: Sendable, Equatable {
  /// The colour as CSS writes it, such as `#0072B2`.
  public var css: String

  /// A colour from CSS.
  public init(css: String) { self.css = css }

  /// Blue.
  public static let blue = PlotColor(css: "#0072B2")
  /// Vermilion.
  public static let vermilion = PlotColor(css: "#D55E00")
  /// Bluish green.
  public static let green = PlotColor(css: "#009E73")
  /// Orange.
  public static let orange = PlotColor(css: "#E69F00")
  /// Reddish purple.
  public static let purple = PlotColor(css: "#CC79A7")
  /// Sky blue.
  public static let sky = PlotColor(css: "#56B4E9")
  /// The grey of what isn't the matter.
  public static let grey = PlotColor(css: "#7B8794")
  /// The near-black of text.
  public static let ink = PlotColor(css: "#1F2933")
  /// The grey of tick labels and units.
  public static let fadedInk = PlotColor(css: "#52606D")
  /// The grey of grid lines.
  public static let grid = PlotColor(css: "#E8ECF0")
  /// The grey of a panel's frame.
  public static let frame = PlotColor(css: "#CBD2D9")

  /// The colours of a panel's series, in order; they begin again after the last.
  public static func series(_ index: Int) -> PlotColor {
    let colors = [blue, vermilion, green, orange, purple, sky]
    return colors[index % colors.count]
  }
}
