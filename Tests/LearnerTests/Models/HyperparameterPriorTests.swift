import Foundation
import Learner
import Testing

@Suite struct HyperparameterPriorTests {
  private static let priors = HyperparameterPriors(
    lengthscale: .init(median: 2, deviation: 0.5), period: .init(median: 3, deviation: 0.7),
    signal: .init(median: 1.5, deviation: 0.3), noise: .init(median: 0.05, deviation: log(2)))

  @Test(
    "The gradient is what central differences of the value are",
    arguments: [
      CovarianceFunction.squaredExponential, .squaredExponential + .periodic, .matern32 * .linear,
    ])
  func gradient(_ covariance: CovarianceFunction) {
    var numbers = TestStream(seed: 81)
    let vector = numbers.gaussians(covariance.parameterCount(dimensions: 2) + 1)
    var gradient = vector.map { _ in 0.0 }
    var ignored = gradient
    _ = Self.priors.penalty(vector, gradient: &gradient, covariance: covariance)
    for i in vector.indices {
      var (up, down) = (vector, vector)
      up[i] += 1e-5
      down[i] -= 1e-5
      let difference =
        (Self.priors.penalty(up, gradient: &ignored, covariance: covariance)
          - Self.priors.penalty(down, gradient: &ignored, covariance: covariance)) / 2e-5
      #expect(abs(gradient[i] - difference) < 1e-7 * max(1, abs(difference)), "parameter \(i)")
    }
  }

  @Test("It is the log-normal density, but for a constant")
  func density() {
    func penalty(_ logNoise: Double) -> Double {
      var gradient = [0.0, 0, 0]
      return HyperparameterPriors(noise: .init(median: 0.05, deviation: 0.4))
        .penalty([0, 0, logNoise], gradient: &gradient, covariance: .squaredExponential)
    }
    // −log N(log σ; log 0.05, 0.4²): two standard deviations off cost two nats, and the median nothing.
    #expect(penalty(log(0.05)) == 0)
    #expect(abs(penalty(log(0.05) + 0.8) - 2) < 1e-12)
    #expect(abs(penalty(log(0.05) - 0.8) - 2) < 1e-12)
  }

  /// The noise of both outputs, in standard deviations of their targets.
  private func noise(_ deviation: Double?) throws -> [Double] {
    let steps = TestPendulum().trial(
      steps: 60, parameters: PriorResidualTests.truth, noise: 0.02, seed: 82)
    var settings = GaussianProcessSettings(integratesPositions: false)
    settings.priors = deviation.map {
      HyperparameterPriors(noise: .init(median: 0.3, deviation: $0))
    }
    let model = try GaussianProcessDynamicsTests.model(steps, settings)
    return model.summary.outputs.indices.map { index in
      let changes = steps.map { $0.nextState[index] - $0.state[index] }
      let mean = changes.reduce(0, +) / 60
      let variance = changes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60
      return model.summary.outputs[index].noiseDeviation / variance.squareRoot()
    }
  }

  @Test(
    "A narrow prior is believed, a wide one leaves the data what they say, and between they share")
  func fits() throws {
    let (free, narrow, middle, wide) = (
      try noise(nil), try noise(1e-3), try noise(0.3), try noise(1e3)
    )
    for output in 0..<2 {
      #expect(abs(narrow[output] - 0.3) < 1e-3)
      #expect(abs(wide[output] / free[output] - 1) < 1e-2)
      #expect(middle[output] > free[output] && middle[output] < 0.3)
    }
  }
}
