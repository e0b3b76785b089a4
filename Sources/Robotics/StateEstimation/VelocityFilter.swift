import Foundation

/// A joint's velocity from its positions alone, by a causal filter: the difference of two samples,
/// smoothed by a first-order low-pass.
///
///     var filter = VelocityFilter(cutoffHertz: 15)
///     filter.begin(position: 0)
///     let velocity = filter.advance(position: 0.01, elapsedSeconds: 0.01)
///
/// v ← a v + (1 − a) (q − q₀) / t with a = exp(−2π f t): s / (1 + s / (2π f)) held over the time t from
/// one sample to the next. It allocates nothing and takes no lock, so the control thread may use it.
public struct VelocityFilter: Sendable, Equatable {
  /// The cut-off frequency, in hertz.
  public let cutoffHertz: Double
  /// The velocity now (rad/s or m/s).
  public private(set) var velocity = 0.0
  private var position = 0.0

  /// A filter at rest.
  public init(cutoffHertz: Double) { self.cutoffHertz = cutoffHertz }

  /// Begins at a position, at rest.
  public mutating func begin(position: Double) {
    self.position = position
    velocity = 0
  }

  /// Takes the next sample.
  ///
  /// - Parameters:
  ///   - position: The measured position (rad or m, not wrapped).
  ///   - elapsedSeconds: The time since the sample before, above zero.
  /// - Returns: The velocity (rad/s or m/s).
  @discardableResult
  public mutating func advance(position: Double, elapsedSeconds: Double) -> Double {
    let keep = exp(-2 * .pi * cutoffHertz * elapsedSeconds)
    velocity = keep * velocity + (1 - keep) * (position - self.position) / elapsedSeconds
    self.position = position
    return velocity
  }

  /// The standard deviation of the velocity that white noise of deviation 1 on the positions gives.
  ///
  /// The impulse response is b, then −b (1 − a) aⁱ, with b = (1 − a) / t: its squares add up to
  /// 2 b² / (1 + a).
  ///
  /// - Parameter periodSeconds: The time between samples.
  public func noiseGain(periodSeconds: Double) -> Double {
    let keep = exp(-2 * .pi * cutoffHertz * periodSeconds)
    return (1 - keep) / periodSeconds * (2 / (1 + keep)).squareRoot()
  }
}
