import Robotics

/// What a velocity filter makes of one period of a smooth motion, in one go.
///
/// Between two states of a rollout positions run along the cubic that fits both ends' positions and
/// velocities. The filter is linear, and so is the cubic in its ends; a period's worth of samples is
/// therefore
///
///     v̂(t+T) = keep v̂(t) + change (q(t+T) − q(t)) + first q̇(t) + last q̇(t+T)
///
/// with numbers that are found once, by filtering each part for itself.
package struct FilterStep: Sendable, Equatable {
  package let keep: Double
  /// In 1/s.
  package let change: Double
  package let first: Double
  package let last: Double

  /// - Parameters:
  ///   - filter: The filter.
  ///   - samplePeriodSeconds: The time from one of its samples to the next.
  ///   - periodSeconds: The time of a rollout's step, a whole number of those.
  package init(filter: VelocityFilter, samplePeriodSeconds: Double, periodSeconds: Double) {
    let samples = max(1, Int((periodSeconds / samplePeriodSeconds).rounded()))
    func response(_ q0: Double, _ v0: Double, _ q1: Double, _ v1: Double) -> Double {
      var filter = VelocityFilter(cutoffHertz: filter.cutoffHertz)
      filter.begin(position: q0)
      for k in 1...samples {
        let weights = HermiteWeights(
          fraction: Double(k) / Double(samples), step: periodSeconds)
        filter.advance(
          position: weights.position(q0, v0, q1, v1),
          elapsedSeconds: periodSeconds / Double(samples))
      }
      return filter.velocity
    }
    // A joint that stands keeps what the filter had, but for what fades.
    var moving = VelocityFilter(cutoffHertz: filter.cutoffHertz)
    let sample = periodSeconds / Double(samples)
    moving.begin(position: 0)
    moving.advance(position: 1, elapsedSeconds: sample)
    let before = moving.velocity
    for _ in 0..<samples { moving.advance(position: 1, elapsedSeconds: sample) }
    keep = before == 0 ? 0 : moving.velocity / before
    change = response(0, 0, 1, 0)
    first = response(0, 1, 0, 0)
    last = response(0, 0, 0, 1)
  }
}
