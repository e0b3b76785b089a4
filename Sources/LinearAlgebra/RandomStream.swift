import CKernels
import Foundation

/// A seeded stream of random numbers: xoshiro256++ (Blackman & Vigna 2019), seeded through
/// SplitMix64.
///
/// Streams are named by a seed and a path of numbers (`[episode, generation, candidate]`), so that
/// a computation draws the same numbers whatever thread runs it and in whatever order:
///
///     var stream = RandomStream(seed: 7, path: [episode, candidate])
///     let noise = stream.nextGaussian()
public struct RandomStream: RandomNumberGenerator, Sendable, Equatable, Codable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// The stream of that seed and path; different paths give independent streams.
  public init(seed: UInt64, path: [UInt64] = []) {
    var state = seed
    for element in path {
      state = RandomStream.mixed(&state) ^ (element &* 0xD1B5_4A32_D192_ED03)
    }
    s0 = RandomStream.mixed(&state)
    s1 = RandomStream.mixed(&state)
    s2 = RandomStream.mixed(&state)
    s3 = RandomStream.mixed(&state)
  }

  private static func mixed(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let sum = s0 &+ s3
    let result = ((sum << 23) | (sum >> 41)) &+ s0
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }

  /// The next number, uniform in [0, 1).
  public mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The next number, uniform in [lower, upper).
  public mutating func nextUniform(in lower: Double, _ upper: Double) -> Double {
    lower + (upper - lower) * nextUniform()
  }

  /// The next number of a standard normal distribution (Box & Muller 1958, one of the pair).
  public mutating func nextGaussian() -> Double {
    let radius = (-2 * log(1 - nextUniform())).squareRoot()
    return radius * cos(2 * .pi * nextUniform())
  }

  /// Fills a buffer with independent standard normal numbers, both of each Box-Muller pair used; the same
  /// numbers on every processor.
  public mutating func fillGaussian(_ buffer: UnsafeMutableBufferPointer<Double>) {
    guard let base = buffer.baseAddress else { return }
    let paired = buffer.count & ~1
    for index in 0..<paired { base[index] = nextUniform() }
    handful_normals(paired / 2, base)
    guard paired < buffer.count else { return }
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { pair in
      guard let first = pair.baseAddress else { return }
      for index in 0..<2 { pair.initializeElement(at: index, to: nextUniform()) }
      handful_normals(1, first)
      base[paired] = first[0]
    }
  }
}
