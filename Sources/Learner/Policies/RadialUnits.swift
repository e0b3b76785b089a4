import LinearAlgebra

/// The first layer of a ``PolicyParameters/Kind/radial(centres:)`` policy: bells around centres in the
/// space of scaled features, φ_k = exp(−½ Σ_f (s_f (x_f − c_kf))²).
///
/// The weights are s_f, one over a bell's width along each feature, and then the centres, a centre's
/// features side by side.
struct RadialUnits: Sendable {
  let features: Int
  let centres: Int

  /// The units of that policy; nil when it is of another kind.
  init?(_ parameters: PolicyParameters) {
    guard case .radial(let centres) = parameters.kind else { return nil }
    self.centres = centres
    features = parameters.featureMap.featureCount
  }

  /// The number of weights before those of the sums over bells.
  var weightCount: Int { features * (1 + centres) }

  /// Writes the bells of `count` states of one candidate, a row a centre.
  func map(
    count: Int, stride: Int, weights: UnsafePointer<Double>, inputs: UnsafePointer<Double>,
    units: UnsafeMutablePointer<Double>
  ) {
    let centre = weights + features
    for k in 0..<centres {
      let unit = units + k * stride
      unit.update(repeating: 0, count: count)
      for f in 0..<features {
        let sharpness = weights[f]
        let place = centre[k * features + f]
        let input = inputs + f * stride
        for b in 0..<count {
          let distance = sharpness * (input[b] - place)
          unit[b] -= 0.5 * distance * distance
        }
      }
      VectorKernels.exponential(count, unit, unit)
    }
  }

  /// Passes derivatives by the bells back.
  ///
  /// - Parameters:
  ///   - units: The bells that `map` wrote.
  ///   - unitGradient: The derivative by each bell; multiplied with the bells here.
  ///   - inputGradient: Where the derivatives by the scaled features go.
  ///   - weightGradient: What the derivatives by the weights are added to.
  func pullBack(
    count: Int, stride: Int, weights: UnsafePointer<Double>, inputs: UnsafePointer<Double>,
    units: UnsafePointer<Double>, unitGradient: UnsafeMutablePointer<Double>,
    inputGradient: UnsafeMutablePointer<Double>, weightGradient: UnsafeMutablePointer<Double>
  ) {
    for f in 0..<features { (inputGradient + f * stride).update(repeating: 0, count: count) }
    for k in 0..<centres {
      let byUnit = unitGradient + k * stride
      let unit = units + k * stride
      for b in 0..<count { byUnit[b] *= unit[b] }
      for f in 0..<features {
        let place = features + k * features + f
        let sharpness = weights[f]
        let input = inputs + f * stride
        let byInput = inputGradient + f * stride
        var (byCentre, bySharpness) = (0.0, 0.0)
        for b in 0..<count {
          let distance = input[b] - weights[place]
          let pull = byUnit[b] * sharpness * sharpness * distance
          byInput[b] -= pull
          byCentre += pull
          bySharpness -= byUnit[b] * sharpness * distance * distance
        }
        weightGradient[place] += byCentre
        weightGradient[f] += bySharpness
      }
    }
  }
}
