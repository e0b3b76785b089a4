import LinearAlgebra

/// The random numbers of one generation's rollouts, the same for every candidate (common random
/// numbers): candidates differ by their weights alone, not by their luck.
package struct RolloutNoise: Sendable {
  let particles: Int
  /// Standard normal numbers of the initial states, dimension × particle.
  let initial: [Double]
  /// Standard normal numbers of the steps, (step × dimension) × particle; empty when none are
  /// drawn; one step's worth when a particle keeps its numbers.
  let steps: [Double]
  /// The distance between two steps in `steps`.
  let stepStride: Int
  /// Standard normal numbers of what measurements are off by, (step × dimension) × particle: of the
  /// states before each step, and of those at the horizon. Empty when measurements are exact.
  let measurements: [Double]

  /// The seed of the functions that are drawn from the model, when they are.
  let functionSeed: UInt64

  init(
    particles: Int, stepCount: Int, dimensions: Int, sampling: ParticleSampling,
    measuresNoisily: Bool, seed: UInt64, path: [UInt64]
  ) {
    self.particles = particles
    var stream = RandomStream(seed: seed, path: path)
    func draw(_ count: Int) -> [Double] {
      var numbers = Array(repeating: 0.0, count: count)
      numbers.withUnsafeMutableBufferPointer { stream.fillGaussian($0) }
      return numbers
    }
    functionSeed = stream.next()
    let slice = dimensions * particles
    initial = draw(slice)
    switch sampling {
    case .everyStep:
      steps = draw(stepCount * slice)
      stepStride = slice
    case .everyParticle:
      steps = draw(slice)
      stepStride = 0
    case .none, .wholeFunctions:
      steps = []
      stepStride = 0
    }
    measurements = measuresNoisily ? draw((stepCount + 1) * slice) : []
  }
}
