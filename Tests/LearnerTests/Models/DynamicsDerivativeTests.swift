import Learner
import LinearAlgebra
import Robotics
import Testing

/// Derivatives of fitted dynamics against differences of their own predictions.
@Suite struct DynamicsDerivativeTests {
  private static let steps = TestPendulum().trial(
    steps: 25, parameters: [1, 0.01], noise: 0.05, seed: 21)

  private func check<Model: DifferentiableDynamics>(_ model: Model, firstMember: Int) {
    let count = 150
    let stride = 160
    var stream = RandomStream(seed: 8)
    let states = (0..<(2 * stride)).map { _ in 2 * stream.nextGaussian() }
    let actions = (0..<stride).map { _ in stream.nextGaussian() }
    let workspace = model.makeWorkspace(capacity: count)
    func change(_ states: [Double], _ actions: [Double]) -> [Double] {
      var change = Array(repeating: 0.0, count: 2 * stride)
      var jacobian = Array(repeating: 0.0, count: 6 * stride)
      model.linearise(
        count: count, stride: stride, firstMember: firstMember, states: states, actions: actions,
        change: &change, jacobian: &jacobian, workspace: workspace)
      return change
    }
    var mean = Array(repeating: 0.0, count: 2 * stride)
    var jacobian = Array(repeating: 0.0, count: 6 * stride)
    model.linearise(
      count: count, stride: stride, firstMember: firstMember, states: states, actions: actions,
      change: &mean, jacobian: &jacobian, workspace: workspace)
    var worst = 0.0
    for j in 0..<3 {
      func moved(_ by: Double) -> [Double] {
        var (x, u) = (states, actions)
        for b in 0..<count { if j < 2 { x[j * stride + b] += by } else { u[b] += by } }
        return change(x, u)
      }
      let (above, below) = (moved(1e-5), moved(-1e-5))
      for i in 0..<2 {
        for b in 0..<count {
          let difference = (above[i * stride + b] - below[i * stride + b]) / 2e-5
          worst = max(worst, abs(jacobian[(i * 3 + j) * stride + b] - difference))
        }
      }
    }
    #expect(worst < 1e-6)
    guard firstMember == 0 else { return }
    var predicted = mean
    model.predict(
      count: count, stride: stride, states: states, actions: actions, mean: &predicted,
      variance: nil, workspace: workspace)
    for i in 0..<2 {
      for b in 0..<count {
        #expect(abs(predicted[i * stride + b] - mean[i * stride + b]) < 1e-9)
      }
    }
  }

  @Test(
    "The mean's derivatives are those of differences, and its values the prediction's",
    arguments: [
      CovarianceFunction.squaredExponential, .squaredExponential + .polynomial(degree: 2),
    ])
  func mean(covariance: CovarianceFunction) throws {
    check(try model(covariance), firstMember: 0)
  }

  @Test(
    "A drawn function's derivatives are those of differences, for every member its own",
    arguments: [
      CovarianceFunction.squaredExponential, .squaredExponential + .polynomial(degree: 2),
    ])
  func functions(covariance: CovarianceFunction) throws {
    let samples = try model(covariance).pathwiseSamples(count: 7, featureCount: 64, seed: 3)
    check(samples, firstMember: 0)
    check(samples, firstMember: 33)
  }

  private func model(_ covariance: CovarianceFunction) throws -> GaussianProcessDynamics {
    try GaussianProcessDynamics.fit(
      steps: Self.steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      settings: GaussianProcessSettings(covariance: covariance))
  }
}
