/// Points that lie side by side, as processes keep them, turned to a dimension at a time, as kernels take
/// their queries.
///
/// - Parameter points: The coordinates of each point, `dimensions` numbers.
/// - Returns: Coordinate d of point n at `d * count + n`.
func dimensionMajor(_ points: [Double], dimensions: Int) -> [Double] {
  let count = points.count / max(dimensions, 1)
  var turned = [Double](repeating: 0, count: dimensions * count)
  for n in 0..<count {
    for d in 0..<dimensions { turned[d * count + n] = points[n * dimensions + d] }
  }
  return turned
}
