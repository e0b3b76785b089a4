import Foundation

/// What a step earns: exp(−½ d² / width²), where d² is a sum over joints of how far each is from
/// its target. Between 0 and 1; 1 at the target (Deisenroth & Rasmussen 2011, the saturating cost).
public struct Reward: Sendable, Equatable, Codable {
  /// One term of d².
  public enum Distance: Sendable, Equatable, Codable {
    /// ‖(cos q, sin q) − (cos target, sin target)‖² for the joint's angle q, in rad; no unit.
    case unitCircle(joint: Int, targetRadians: Double)
    /// (q − target)² for the joint's position q, in rad² or m².
    case position(joint: Int, target: Double)
    /// The squared distance of a chain's tip from a place, in m².
    case tip(chain: TipChain, target: TipPlace)
  }

  /// The terms of d².
  public var distances: [Distance]
  /// The width, in the distance's unit.
  public var width: Double

  /// A reward from its terms and width.
  public init(distances: [Distance], width: Double) {
    self.distances = distances
    self.width = width
  }

  /// The reward of one state.
  ///
  /// - Parameter state: Joint positions (rad or m), then velocities, which earn nothing.
  /// - Returns: A number from 0 to 1; NaN when a position that counts is NaN.
  public func value(state: [Double]) -> Double {
    var value = 0.0
    state.withUnsafeBufferPointer { state in
      guard let states = state.baseAddress else { preconditionFailure("the state is empty") }
      values(count: 1, stride: 1, states: states, into: &value)
    }
    return value
  }

  /// Writes the rewards of `count` states. Allocates nothing; may be called from several threads.
  ///
  /// - Parameters:
  ///   - count: The number of states.
  ///   - stride: The distance between two dimensions of one state, at least `count`.
  ///   - states: The states, dimension-major: entry `d * stride + b` is dimension `d` of state `b`.
  ///   - values: Where the `count` rewards go.
  public func values(
    count: Int, stride: Int, states: UnsafePointer<Double>,
    into values: UnsafeMutablePointer<Double>
  ) {
    for b in 0..<count { values[b] = 0 }
    for distance in distances {
      switch distance {
      case .unitCircle(let joint, let target):
        // ‖(cos q, sin q) − (cos t, sin t)‖² = 2 − 2 cos(q − t) = 4 sin²((q − t) / 2), which keeps
        // its digits near the target where 2 − 2 cos loses them.
        let positions = states + joint * stride
        for b in 0..<count {
          let sine = sin(0.5 * (positions[b] - target))
          values[b] += 4 * sine * sine
        }
      case .position(let joint, let target):
        let positions = states + joint * stride
        for b in 0..<count {
          let difference = positions[b] - target
          values[b] += difference * difference
        }
      case .tip(let chain, let target):
        chain.addSquaredDistances(
          to: target, count: count, stride: stride, states: states, into: values)
      }
    }
    let factor = -0.5 / (width * width)
    for b in 0..<count { values[b] = exp(factor * values[b]) }
  }
}
