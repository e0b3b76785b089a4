import Foundation
import LinearAlgebra
import Testing

/// Normal random numbers by the array, against the C library and the distribution.
@Suite struct NormalNumberTests {
  private func normals(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    var numbers = [Double](repeating: .nan, count: count)
    numbers.withUnsafeMutableBufferPointer { stream.fillGaussian($0) }
    return numbers
  }

  @Test(
    "A pair is a radius and a direction of two uniform numbers, as the C library has them",
    arguments: [1, 2, 15, 16, 17, 32, 20_001])
  func boxMuller(count: Int) {
    var stream = RandomStream(seed: 5)
    let numbers = normals(count, seed: 5)
    for i in stride(from: 0, to: count, by: 2) {
      let radius = (-2 * log(1 - stream.nextUniform())).squareRoot()
      let angle = 2 * .pi * stream.nextUniform()
      #expect(abs(numbers[i] - radius * cos(angle)) <= 1e-15 * radius)
      if i + 1 < count { #expect(abs(numbers[i + 1] - radius * sin(angle)) <= 1e-15 * radius) }
    }
    var next = RandomStream(seed: 5)
    var again = [Double](repeating: 0, count: count)
    again.withUnsafeMutableBufferPointer { next.fillGaussian($0) }
    #expect(again == numbers)
    #expect(next == stream, "as many numbers were drawn")
  }

  @Test("Numbers do not depend on how many are asked for, nor on the processor")
  func same() {
    let many = normals(64, seed: 9)
    for count in [2, 10, 16, 30] { #expect(normals(count, seed: 9) == Array(many[..<count])) }
    // No product is fused with a sum, so that these hold wherever the tests run.
    let bits: [UInt64] = [
      13_831_555_687_588_847_768, 4_603_378_263_510_754_642, 4_602_605_217_861_030_890,
      13_825_038_955_591_083_759,
    ]
    #expect(many[..<4].map(\.bitPattern) == bits)
  }

  @Test("A million have the normal distribution's moments and tails")
  func distribution() {
    let count = 1_000_000
    let numbers = normals(count, seed: 11)
    func mean(_ value: (Double) -> Double) -> Double {
      numbers.reduce(0) { $0 + value($1) } / Double(count)
    }
    // Four standard errors each.
    #expect(abs(mean { $0 }) < 4 / 1000)
    #expect(abs(mean { $0 * $0 } - 1) < 4 * 2.0.squareRoot() / 1000)
    #expect(abs(mean { pow($0, 4) } - 3) < 4 * 96.0.squareRoot() / 1000)
    for (bound, beyond) in [(1.0, 0.317310508), (2, 0.045500264), (3, 0.002699796)] {
      let error = (beyond * (1 - beyond) / Double(count)).squareRoot()
      #expect(abs(mean { abs($0) > bound ? 1 : 0 } - beyond) < 4 * error)
    }
    let pairs = stride(from: 0, to: count, by: 2).reduce(0) { $0 + numbers[$1] * numbers[$1 + 1] }
    #expect(abs(pairs / Double(count / 2)) < 4 / (Double(count / 2)).squareRoot())
  }
}
