import Learner
import LinearAlgebra
import Robotics
import Synchronization
import Testing

/// Derivatives of fitted dynamics against differences of their own predictions.
@Suite struct DynamicsDerivativeTests {
  private static let steps = TestPendulum().trial(
    steps: 25, parameters: [1, 0.01], noise: 0.05, seed: 21)

  private func check<Model: DifferentiableDynamics>(
    _ model: Model, firstMember: Int, tolerance: Double = 1e-6
  ) {
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
    #expect(worst < tolerance)
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

  /// A pendulum that counts the states that it has advanced.
  private final class CountedPendulum: PriorModel {
    let count = Mutex(0)
    let stateDimensions = 2
    let actionDimensions = 1
    let parameterNames = ["mass", "friction"]

    func advance(
      count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
      parameters: UnsafePointer<Double>, periodSeconds: Double,
      next: UnsafeMutablePointer<Double>
    ) {
      self.count.withLock { $0 += count }
      TestPendulum().advance(
        count: count, stride: stride, states: states, actions: actions, parameters: parameters,
        periodSeconds: periodSeconds, next: next)
    }
  }

  @Test("A prior's derivatives are those of differences, at one simulation a direction")
  func prior() throws {
    let prior = CountedPendulum()
    let model = try GaussianProcessDynamics.fit(
      steps: Self.steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      prior: PriorForFit(
        model: prior, description: TestPendulum.description(mass: 1.2, friction: 0.02)))
    #expect(try #require(model.summary.prior).isUsed)
    check(model, firstMember: 0, tolerance: 2e-5)
    let before = prior.count.withLock { $0 }
    let (states, actions) = ([0.3, 0.4, -1, 2], [0.5, -0.5])
    var change = Array(repeating: 0.0, count: 4)
    var jacobian = Array(repeating: 0.0, count: 12)
    model.linearise(
      count: 2, stride: 2, firstMember: 0, states: states, actions: actions, change: &change,
      jacobian: &jacobian, workspace: model.makeWorkspace(capacity: 2))
    // Where two states lead, and where they would if either of two dimensions or the effort were more.
    #expect(prior.count.withLock { $0 } - before == 2 * (1 + 3))
  }

  private func model(_ covariance: CovarianceFunction) throws -> GaussianProcessDynamics {
    try GaussianProcessDynamics.fit(
      steps: Self.steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      settings: GaussianProcessSettings(covariance: covariance))
  }
}
