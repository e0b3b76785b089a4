import CKernels
import Foundation
import LinearAlgebra
import Testing

/// The vectorised functions against the C library's.
@Suite("Sine, cosine and hyperbolic tangent of arrays")
struct TrigonometryTests {
  @Test(
    "Sine and cosine are right to 1e-15 from tiny angles to millions",
    arguments: [1e-8, 1, 1e3, 1e6, 1e8])
  func sineAndCosine(_ scale: Double) {
    var random = RandomStream(seed: 11)
    var x = (0..<10_007).map { _ in random.nextUniform(in: -scale, scale) }
    x += (-20...20).map { Double($0) * .pi / 4 * max(1, scale / 100) }
    var sine = [Double](repeating: 9, count: x.count)
    var cosine = sine
    var sineAlone = sine
    handful_sine_cosine(x.count, x, &sine, &cosine)
    handful_sine(x.count, x, &sineAlone)
    #expect(zip(x, sine).allSatisfy { abs(sin($0) - $1) < 1e-15 })
    #expect(zip(x, cosine).allSatisfy { abs(cos($0) - $1) < 1e-15 })
    #expect(sineAlone == sine)
  }

  @Test("Hyperbolic tangent is right to 1e-15 and saturates at one")
  func hyperbolicTangent() {
    var random = RandomStream(seed: 12)
    var x = (0..<10_003).map { _ in random.nextUniform(in: -25, 25) }
    x += [0, 1e-12, -1e-12, 1e-300, 20, -20, 700, -1e308, .infinity, -.infinity]
    var result = x
    handful_tanh(x.count, x, &result)
    #expect(zip(x, result).allSatisfy { abs(tanh($0) - $1) < 1e-15 })
    #expect(result.allSatisfy { abs($0) <= 1 })
  }

  @Test("A number gives the same result wherever it stands in an array")
  func placeDoesNotMatter() {
    var random = RandomStream(seed: 13)
    for count in 0...40 {
      var x = (0..<count).map { _ in random.nextUniform(in: -9, 9) }
      if count % 3 == 2 { x[count / 2] = 3e7 }
      var (sine, cosine, tangent) = (x, x, x)
      handful_sine_cosine(count, x, &sine, &cosine)
      handful_tanh(count, x, &tangent)
      for i in 0..<count {
        var (s, c, t) = (0.0, 0.0, 0.0)
        handful_sine_cosine(1, [x[i]], &s, &c)
        handful_tanh(1, [x[i]], &t)
        #expect(s == sine[i] && c == cosine[i] && t == tangent[i])
      }
    }
  }

  @Test("Infinities and NaN give NaN, and spare their neighbours")
  func notNumbers() {
    let x = [0.5, .infinity, -.infinity, .nan, 0.25]
    var (sine, cosine, tangent) = (x, x, x)
    handful_sine_cosine(x.count, x, &sine, &cosine)
    handful_tanh(x.count, x, &tangent)
    #expect(sine[1...3].allSatisfy(\.isNaN) && cosine[1...3].allSatisfy(\.isNaN))
    #expect(tangent[3].isNaN && tangent[1] == 1 && tangent[2] == -1)
    #expect(abs(sine[0] - sin(0.5)) < 1e-15 && abs(sine[4] - sin(0.25)) < 1e-15)
  }
}
