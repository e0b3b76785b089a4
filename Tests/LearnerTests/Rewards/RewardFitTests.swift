import Foundation
import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Learning a reward from samples")
struct RewardFitTests {
  private let features: [LearntReward.Feature] = [
    .cosine(dimension: 0), .sine(dimension: 0), .value(dimension: 1),
  ]

  private func truth(_ state: [Double]) -> Double {
    exp(-(1 + cos(state[0])) / 0.5 - 0.01 * state[1] * state[1])
  }

  private func samples(_ count: Int, noise: Double, seed: UInt64) -> RewardSamples {
    var stream = RandomStream(seed: seed)
    var points: [Double] = []
    var rewards: [Double] = []
    for _ in 0..<count {
      let state = [stream.nextUniform(in: -.pi, .pi), stream.nextUniform(in: -8, 8)]
      points += [cos(state[0]), sin(state[0]), state[1]]
      rewards.append(truth(state) + noise * stream.nextGaussian())
    }
    return RewardSamples(features: features, points: points, rewards: rewards)
  }

  @Test("foretells states that it hasn't seen to within a few hundredths, and says so")
  func foretells() throws {
    let fit = try RewardFit.fit(samples(150, noise: 0.02, seed: 1))
    let reward = Reward(terms: [.init(.learnt(fit.reward))])
    var stream = RandomStream(seed: 2)
    var squares = 0.0
    for _ in 0..<500 {
      let state = [stream.nextUniform(in: -.pi, .pi), stream.nextUniform(in: -7, 7)]
      squares += pow(reward.value(state: state) - truth(state), 2)
    }
    let error = (squares / 500).squareRoot()
    print("error \(error), foretold \(fit.leaveOneOutError), noise \(fit.noiseDeviation)")
    #expect(error < 0.03)
    // What it says of itself is of noisy samples.
    #expect(fit.leaveOneOutError < 0.06 && fit.leaveOneOutError > 0.01)
    #expect(fit.noiseDeviation > 0.01 && fit.noiseDeviation < 0.04)
  }

  @Test("is refused for too few samples, and for samples that all say the same")
  func refused() throws {
    #expect(throws: RewardFitError.tooFewSamples(found: 4, needed: 5)) {
      try RewardFit.fit(samples(4, noise: 0, seed: 3))
    }
    var same = samples(20, noise: 0, seed: 4)
    same.rewards = same.rewards.map { _ in 0.5 }
    #expect(throws: RewardFitError.sameEverywhere(value: 0.5)) { try RewardFit.fit(same) }
  }

  @Test("leaves out what more samples than a process can take say, evenly")
  func thinsOut() throws {
    let settings = GaussianProcessSettings(maximumPointCount: 60)
    let fit = try RewardFit.fit(samples(300, noise: 0.02, seed: 5), settings: settings)
    #expect(fit.sampleCount == 60)
    #expect(fit.reward.weights.count == 60)
  }
}
