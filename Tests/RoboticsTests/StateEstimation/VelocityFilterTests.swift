import Foundation
import Robotics
import Testing

@Suite("The filter that makes velocities from positions")
struct VelocityFilterTests {
  private let period = 0.01

  @Test("A joint that moves evenly is told its velocity, once the filter has settled")
  func even() {
    var filter = VelocityFilter(cutoffHertz: 15)
    filter.begin(position: 0.3)
    for k in 1...200 {
      filter.advance(position: 0.3 + 2 * period * Double(k), elapsedSeconds: period)
    }
    #expect(abs(filter.velocity - 2) < 1e-9)
  }

  /// scipy.signal.lfilter([b, -b], [1, -a], q) with q = sin(2π · 3 k h), h = 0.01, a = exp(−2π 15 h),
  /// b = (1 − a)/h and zero initial state; the value at k = 50.
  @Test("A sine comes out as scipy's filter of the same poles has it")
  func sine() {
    var filter = VelocityFilter(cutoffHertz: 15)
    filter.begin(position: 0)
    for k in 1...50 {
      filter.advance(position: sin(2 * .pi * 3 * period * Double(k)), elapsedSeconds: period)
    }
    #expect(abs(filter.velocity - SciPy.sineAt50) < 1e-9)
  }

  @Test("Time lost between two samples is not taken for speed")
  func loss() {
    var filter = VelocityFilter(cutoffHertz: 15)
    filter.begin(position: 0)
    for k in 1...100 { filter.advance(position: 0.02 * Double(k), elapsedSeconds: period) }
    // Three samples are lost.
    filter.advance(position: 0.02 * 104, elapsedSeconds: 4 * period)
    #expect(abs(filter.velocity - 2) < 1e-9)
  }

  @Test("White noise on the positions comes out as strong as the filter says")
  func noise() {
    let filter = VelocityFilter(cutoffHertz: 15)
    // The impulse response's own energy, summed up to where it has faded.
    var impulse = filter
    impulse.begin(position: 0)
    var energy = pow(impulse.advance(position: 1, elapsedSeconds: period), 2)
    for _ in 0..<500 { energy += pow(impulse.advance(position: 0, elapsedSeconds: period), 2) }
    #expect(abs(filter.noiseGain(periodSeconds: period) - energy.squareRoot()) < 1e-9)
  }

  private enum SciPy {
    static let sineAt50 = -18.06857839590512
  }
}
