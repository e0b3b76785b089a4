/// A place in a panel, in the units of its axes.
public struct PlotPoint: Sendable, Equatable {
  /// Along the horizontal axis.
  public var x: Double
  /// Along the vertical axis.
  public var y: Double

  /// A point from its coordinates.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// Something drawn in a panel. Marks are drawn in order, later ones above.
public struct PlotMark: Sendable, Equatable {
  /// What is drawn, in the units of the axes.
  public enum Shape: Sendable, Equatable {
    /// A line through points; it breaks at one that isn't finite.
    case line([PlotPoint])
    /// A line that keeps each point's y until the next point's x.
    case steps([PlotPoint])
    /// The area between two lines over the same x.
    case ribbon(x: [Double], lower: [Double], upper: [Double])
    /// The whole width between two y.
    case band(ClosedRange<Double>)
    /// The whole height between two x.
    case interval(ClosedRange<Double>)
    /// A dot at each point.
    case dots([PlotPoint])
    /// A hollow diamond at each point.
    case diamonds([PlotPoint])
    /// A bar of so many units' width from zero to each point.
    case bars([PlotPoint], width: Double)
    /// A line across the whole width.
    case horizontal(Double)
    /// A line across the whole height.
    case vertical(Double)
    /// A few words, centred above a point.
    case text(String, PlotPoint)
  }

  /// What is drawn.
  public var shape: Shape
  /// Its colour.
  public var color: PlotColor
  /// Its name in the legend; nil for none.
  public var name: String?
  /// The width of its lines, in pixels.
  public var widthPixels: Double
  /// Whether its lines are dashed.
  public var isDashed: Bool
  /// From 0, not to be seen, to 1.
  public var opacity: Double

  /// A mark from its parts.
  public init(
    _ shape: Shape, color: PlotColor, name: String? = nil, widthPixels: Double = 1.6,
    isDashed: Bool = false, opacity: Double = 1
  ) {
    self.shape = shape
    self.color = color
    self.name = name
    self.widthPixels = widthPixels
    self.isDashed = isDashed
    self.opacity = opacity
  }

  /// The points that an axis without a range of its own must show.
  var extent: [PlotPoint] {
    switch shape {
    case .line(let points), .steps(let points), .dots(let points), .diamonds(let points): points
    case .ribbon(let x, let lower, let upper):
      zip(x, zip(lower, upper)).flatMap { [PlotPoint($0, $1.0), PlotPoint($0, $1.1)] }
    case .bars(let points, let width):
      points.flatMap { [PlotPoint($0.x - width / 2, 0), PlotPoint($0.x + width / 2, $0.y)] }
    case .text(_, let point): [point]
    case .band, .interval, .horizontal, .vertical: []
    }
  }
}
