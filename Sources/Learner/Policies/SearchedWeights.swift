/// The numbers that a black box searches in place of a policy's weights: weight = origin + scale ×
/// number, so that numbers of the same size mean as much for every weight.
///
/// A network's and a linear policy's weights are searched as they are. Bells are searched among those
/// about as wide as the features' range, around centres within it; a phase among those that turn once
/// in ten to two hundred steps.
struct SearchedWeights: Sendable {
  private let origins: [Double]
  private let scales: [Double]

  /// The numbers of policies of that shape.
  init(_ shape: PolicyParameters) {
    let count = shape.weightCount
    var origins = [Double](repeating: 0, count: count)
    var scales = [Double](repeating: 1, count: count)
    switch shape.kind {
    case .radial:
      let features = shape.featureMap.featureCount
      for f in 0..<features { (origins[f], scales[f]) = (1.5, 0.1) }
      for place in features..<(RadialUnits(shape)?.weightCount ?? features) {
        scales[place] = 0.25
      }
    case .periodic: (origins[0], scales[0]) = (-1.5, 0.1)
    case .network, .linear, .trajectory, .random: break
    }
    self.origins = origins
    self.scales = scales
  }

  /// The weights that numbers stand for.
  func weights(_ numbers: [Double]) -> [Double] {
    numbers.indices.map { origins[$0] + scales[$0] * numbers[$0] }
  }

  /// The numbers that stand for weights.
  func numbers(_ weights: [Double]) -> [Double] {
    weights.indices.map { (weights[$0] - origins[$0]) / scales[$0] }
  }
}
