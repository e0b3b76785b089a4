/// Leaves out the points of a line that no eye would miss (Ramer 1972; Douglas & Peucker 1973).
package enum LineSimplification {
  /// The points of a line from which no left-out point is farther than `tolerance`; the ends stay.
  package static func simplified(_ points: [PlotPoint], tolerance: Double) -> [PlotPoint] {
    guard points.count > 2 else { return points }
    var isKept = [Bool](repeating: false, count: points.count)
    isKept[0] = true
    isKept[points.count - 1] = true
    var spans = [(0, points.count - 1)]
    while let (first, last) = spans.popLast() {
      var farthest = first
      var distance = tolerance
      for index in first + 1..<max(last, first + 1) {
        let candidate = Self.distance(points[index], points[first], points[last])
        if candidate > distance {
          farthest = index
          distance = candidate
        }
      }
      if farthest > first {
        isKept[farthest] = true
        spans.append((first, farthest))
        spans.append((farthest, last))
      }
    }
    return points.indices.filter { isKept[$0] }.map { points[$0] }
  }

  /// How far a point is from the stretch between two others.
  private static func distance(_ point: PlotPoint, _ start: PlotPoint, _ end: PlotPoint) -> Double {
    let dx = end.x - start.x
    let dy = end.y - start.y
    let length = dx * dx + dy * dy
    var t = 0.0
    if length > 0 {
      t = min(1, max(0, ((point.x - start.x) * dx + (point.y - start.y) * dy) / length))
    }
    let ex = point.x - (start.x + t * dx)
    let ey = point.y - (start.y + t * dy)
    return (ex * ex + ey * ey).squareRoot()
  }
}
