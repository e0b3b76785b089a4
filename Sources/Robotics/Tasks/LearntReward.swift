import Foundation

/// A reward that was learnt from samples: r(x) = offset + Σ_i w_i exp(−½ Σ_f (f(x) − c_if)² / ℓ_f²),
/// the mean of a Gaussian process (Rasmussen & Williams 2006, eq. 2.27). Far from all samples it is the
/// offset.
public struct LearntReward: Sendable, Equatable, Codable {
  /// A number that is computed from a state, of which a dimension is a joint's position (rad or m) or,
  /// after all positions, its velocity.
  public enum Feature: Sendable, Equatable, Codable {
    /// The cosine of an angle.
    case cosine(dimension: Int)
    /// The sine of an angle.
    case sine(dimension: Int)
    /// The dimension itself.
    case value(dimension: Int)
  }

  /// What the reward looks at.
  public let features: [Feature]
  /// ℓ of each feature, in its unit.
  public let lengthscales: [Double]
  /// The reward far from all samples.
  public let offset: Double
  /// The features of each sample, side by side.
  public let centres: [Double]
  /// w of each sample.
  public let weights: [Double]

  /// The most features: three a joint, for ten joints.
  public static let mostFeatures = 32

  /// A reward from its parts.
  ///
  /// - Precondition: A lengthscale a feature, at most ``mostFeatures``; a feature's value and a weight a
  ///   sample.
  public init(
    features: [Feature], lengthscales: [Double], offset: Double, centres: [Double],
    weights: [Double]
  ) {
    precondition(
      features.count == lengthscales.count && features.count <= Self.mostFeatures
        && centres.count == features.count * weights.count,
      "a learnt reward's parts must fit each other")
    self.features = features
    self.lengthscales = lengthscales
    self.offset = offset
    self.centres = centres
    self.weights = weights
  }

  /// Writes the features of one of a batch's states.
  ///
  /// - Parameters:
  ///   - states: States, dimension-major with `stride`; positions, then velocities.
  ///   - step: Which of the states.
  public static func write(
    _ features: [Feature], states: UnsafePointer<Double>, stride: Int, step: Int,
    into values: UnsafeMutablePointer<Double>
  ) {
    for (index, feature) in features.enumerated() {
      switch feature {
      case .cosine(let dimension): values[index] = cos(states[dimension * stride + step])
      case .sine(let dimension): values[index] = sin(states[dimension * stride + step])
      case .value(let dimension): values[index] = states[dimension * stride + step]
      }
    }
  }

  /// Writes the reward of each step's state. Allocates nothing.
  func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
    var block = InlineArray<32, Double>(repeating: 0)
    var span = block.mutableSpan
    span.withUnsafeMutableBufferPointer { buffer in
      guard let point = buffer.baseAddress else { return }
      for b in 0..<batch.count {
        Self.write(
          features, states: batch.states, stride: batch.stride, step: b, into: point)
        values[b] = value(at: point)
      }
    }
  }

  private func value(at point: UnsafePointer<Double>) -> Double {
    let count = features.count
    var sum = offset
    for sample in weights.indices {
      var square = 0.0
      for f in 0..<count {
        let difference = (point[f] - centres[sample * count + f]) / lengthscales[f]
        square += difference * difference
      }
      sum += weights[sample] * exp(-0.5 * square)
    }
    return sum
  }
}
