import Foundation

/// How far from its bound a parameter whose best value lies there may be.
///
/// Beyond the bound the posterior is cut off, and inside it falls as exp(−g x − x² / 2 v), with x the
/// distance from the bound, g ≥ 0 the slope of the negative log posterior there and v the variance
/// that its curvature alone would give: a normal distribution's tail.
package struct OneSidedUncertainty {
  /// The root mean square of the distance from the bound.
  package let deviation: Double
  /// The distance that holds 95 % of the posterior.
  package let reach95: Double

  /// The uncertainty of slope g and curvature variance v.
  package init(slope: Double, variance: Double) {
    let sigma = max(0, variance).squareRoot()
    let depth = max(0, slope) * sigma
    guard sigma > 0, sigma.isFinite, depth.isFinite else {
      deviation = 0
      reach95 = 0
      return
    }
    // Far out in the tail it is an exponential distribution of rate g.
    guard depth < 8 else {
      deviation = 2.0.squareRoot() * sigma / depth
      reach95 = -log(0.05) * sigma / depth
      return
    }
    func tail(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }
    let hazard = exp(-0.5 * depth * depth) / (2 * Double.pi).squareRoot() / tail(depth)
    deviation = sigma * max(0, 1 + depth * depth - depth * hazard).squareRoot()
    var low = 0.0
    var high = 10.0
    while high - low > 1e-10 {
      let middle = 0.5 * (low + high)
      if tail(depth + middle) > 0.05 * tail(depth) { low = middle } else { high = middle }
    }
    reach95 = sigma * high
  }
}
