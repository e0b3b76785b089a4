import LinearAlgebra

/// A line that changes and loses bytes with given probabilities, from a seed.
struct ByteNoise {
  private var random: RandomStream
  private let corruption: Double
  private let loss: Double

  init(faults: VirtualRobotFaults, seed: UInt64, direction: UInt64) {
    random = RandomStream(seed: seed, path: [0xB17E, direction])
    corruption = faults.byteCorruption
    loss = faults.byteLoss
  }

  /// What arrives of those bytes.
  mutating func passed(_ bytes: [UInt8]) -> [UInt8] {
    guard corruption > 0 || loss > 0 else { return bytes }
    return bytes.compactMap { byte in
      let chance = random.nextUniform()
      if chance < loss { return nil }
      if chance < loss + corruption {
        return byte ^ UInt8(1 + random.nextUniform() * 254.999)
      }
      return byte
    }
  }
}
