import Foundation
import Testing

import Learner
import LinearAlgebra
import Robotics
import Simulation

/// Dynamics on more steps than an exact process affords.
@Suite struct SparseDynamicsTests {
  static let settings = GaussianProcessSettings(maximumPointCount: 50)

  private func pendulum(_ count: Int, noise: Double = 0.02, seed: UInt64) -> [Step] {
    TestPendulum().trial(
      steps: count, parameters: GaussianProcessDynamicsTests.truth, noise: noise, seed: seed)
  }

  private func model(
    _ steps: [Step], threads: Int = 1, _ settings: GaussianProcessSettings = settings
  ) throws -> GaussianProcessDynamics {
    try GaussianProcessDynamicsTests.model(steps, threads: threads, settings)
  }

  /// Steps of the cart-pole of `calibration/` under random forces from random states, measured with a
  /// noise of 0.01, and the true changes.
  private func cartPole(_ count: Int, seed: UInt64) throws -> (steps: [Step], truth: [[Double]]) {
    let plant = try PlantPrior(plantName: "cart-pole", stepSeconds: 0.005)
    let parameters = plant.plant.defaultParameters
    var stream = RandomStream(seed: seed)
    var steps: [Step] = []
    var truth: [[Double]] = []
    for _ in 0..<count {
      let state = [
        stream.nextGaussian(), stream.nextUniform(in: -.pi, .pi), 2 * stream.nextGaussian(),
        4 * stream.nextGaussian(),
      ]
      let force = stream.nextUniform(in: -10, 10)
      var next = state
      plant.advance(
        count: 1, stride: 1, states: state, actions: [force], parameters: parameters,
        periodSeconds: 0.05, next: &next)
      truth.append(zip(next, state).map { $0 - $1 })
      steps.append(
        Step(
          state: state.map { $0 + 0.01 * stream.nextGaussian() }, action: [force],
          nextState: next.map { $0 + 0.01 * stream.nextGaussian() }))
    }
    return (steps, truth)
  }

  @Test("Four thousand steps of a cart-pole are foretold better than by an exact process on a part")
  func cartPoleErrors() throws {
    let (steps, _) = try cartPole(4000, seed: 51)
    let (held, truth) = try cartPole(300, seed: 52)
    func errors(_ steps: [Step], _ settings: GaussianProcessSettings) throws -> [Double] {
      let model = try GaussianProcessDynamics.fit(
        steps: steps, features: FeatureMap(kinds: [.prismatic, .revolute]), periodSeconds: 0.05,
        settings: settings, seed: 1, threads: 2)
      let found = held.map { model.change($0.state, $0.action).mean }
      return [2, 3].map { d in
        let squares = zip(found, truth).map { pow($0[d] - $1[d], 2) }
        return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
      }
    }
    let most = 200
    let sparse = try errors(
      steps, .init(maximumIterations: 30, maximumPointCount: most))
    let part = (0..<most).map { steps[$0 * steps.count / most] }
    let exact = try errors(part, .init(maximumIterations: 30, maximumPointCount: most))
    #expect(sparse[0] < 0.7 * exact[0], "cart: \(sparse[0]) against \(exact[0]) m/s")
    #expect(sparse[1] < 0.7 * exact[1], "pole: \(sparse[1]) against \(exact[1]) rad/s")
  }

  @Test("The summary says how many points stand for how many steps, and how well")
  func summary() throws {
    let model = try model(pendulum(400, seed: 53))
    #expect(model.summary.pointCount == 400 && model.summary.omittedPointCount == 0)
    for output in model.summary.outputs {
      let approximation = try #require(output.approximation)
      #expect(approximation.inducingPointCount <= 50)
      #expect(approximation.unexplainedVariance >= 0 && approximation.unexplainedVariance < 0.5)
      #expect(approximation.evidenceGap.isFinite && approximation.evidenceGap >= 0)
      #expect(output.explainedVariance > 0.98)
    }
    let exact = try self.model(pendulum(50, seed: 53))
    #expect(exact.summary.outputs.allSatisfy { $0.approximation == nil })
  }

  @Test("Noise is found as well as by an exact process on all steps")
  func noise() throws {
    let steps = pendulum(400, seed: 54)
    let sparse = try model(steps)
    let exact = try model(steps, GaussianProcessSettings(maximumPointCount: 400))
    #expect(abs(sparse.noiseDeviations[1] / exact.noiseDeviations[1] - 1) < 0.1)
  }

  @Test("One thread and two fit the same approximate model, bit for bit")
  func threads() throws {
    let steps = pendulum(300, seed: 55)
    let settings = GaussianProcessSettings(integratesPositions: false, maximumPointCount: 40)
    let one = try model(steps, threads: 1, settings)
    let two = try model(steps, threads: 2, settings)
    #expect(one.summary == two.summary)
    #expect(one.change([0.3, 1], [2]).mean == two.change([0.3, 1], [2]).mean)
  }

  @Test(
    "A batch, its derivatives and one member alone agree",
    arguments: [.squaredExponential, .squaredExponential + .linear] as [CovarianceFunction])
  func derivatives(covariance: CovarianceFunction) throws {
    let model = try model(
      pendulum(200, seed: 56), .init(maximumPointCount: 40, covariance: covariance))
    #expect(try #require(model.summary.outputs[0].approximation).inducingPointCount <= 40)
    let count = 5
    var stream = RandomStream(seed: 57)
    let states = (0..<(2 * count)).map { _ in stream.nextGaussian() }
    let actions = (0..<count).map { _ in stream.nextGaussian() }
    var change = [Double](repeating: 0, count: 2 * count)
    var jacobian = [Double](repeating: 0, count: 6 * count)
    model.linearise(
      count: count, stride: count, firstMember: 0, states: states, actions: actions,
      change: &change, jacobian: &jacobian, workspace: model.makeWorkspace(capacity: count))
    for b in 0..<count {
      let state = [states[b], states[count + b]]
      func value(_ input: Int, _ by: Double) -> [Double] {
        var moved = state
        if input < 2 { moved[input] += by }
        return model.change(moved, [actions[b] + (input == 2 ? by : 0)]).mean
      }
      for d in 0..<2 {
        #expect(abs(change[d * count + b] - value(0, 0)[d]) < 1e-9)
        for input in 0..<3 {
          let slope = (value(input, 1e-5)[d] - value(input, -1e-5)[d]) / 2e-5
          #expect(abs(jacobian[(d * 3 + input) * count + b] - slope) < 1e-5 * max(1, abs(slope)))
        }
      }
    }
  }

  @Test(
    "Whole functions drawn from an approximate model have its mean and variance",
    arguments: [
      .squaredExponential, .squaredExponential + .polynomial(degree: 2), .matern52 * .linear,
    ] as [CovarianceFunction])
  func pathwise(covariance: CovarianceFunction) throws {
    let model = try model(
      pendulum(120, noise: 0.05, seed: 58), .init(maximumPointCount: 30, covariance: covariance))
    let functions = 2000
    let samples = model.pathwiseSamples(count: functions, featureCount: 1000, seed: 59)
    let workspace = samples.makeWorkspace(capacity: functions)
    // Functions of a product are exact at the inducing points alone: near the data.
    for state in [[0.1, 0.2], [0.5, -1]] {
      let exact = model.change(state, [1])
      var values = [Double](repeating: 0, count: 2 * functions)
      samples.predict(
        count: functions, stride: functions,
        states: [Double](repeating: state[0], count: functions)
          + [Double](repeating: state[1], count: functions),
        actions: [Double](repeating: 1, count: functions), mean: &values, variance: nil,
        workspace: workspace)
      let velocity = values[functions...]
      let mean = velocity.reduce(0, +) / Double(functions)
      let variance =
        velocity.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(functions - 1)
      let deviation = exact.variance[1].squareRoot()
      #expect(abs(mean - exact.mean[1]) < 0.12 * deviation)
      #expect(abs(variance / exact.variance[1] - 1) < 0.25, "\(variance), \(exact.variance[1])")
    }
  }

  @Test("A prior is identified through an approximate residual, and validated")
  func prior() throws {
    let steps = TestPendulum(springStiffness: 0.5).trial(
      steps: 240, parameters: [1, 0.01], noise: 0.01, seed: 60)
    let prior = PriorForFit(
      model: TestPendulum(), description: TestPendulum.description(mass: 1.4, friction: 0.02))
    func fit(_ settings: GaussianProcessSettings) throws -> GaussianProcessDynamics {
      try .fit(
        steps: steps, features: GaussianProcessDynamicsTests.features, periodSeconds: 0.1,
        prior: prior, settings: settings, seed: 2)
    }
    let exact = try fit(.init(maximumPointCount: 240))
    let sparse = try fit(.init(maximumPointCount: 80))
    let summary = try #require(sparse.summary.prior)
    #expect(summary.isUsed)
    let expected = try #require(exact.prior)
    #expect(abs(try #require(sparse.prior).parameters[0] - expected.parameters[0]) < 0.05)
    let held = TestPendulum(springStiffness: 0.5).trial(
      steps: 60, parameters: [1, 0.01], seed: 61)
    #expect(sparse.error(held, dimension: 1) < 1.3 * exact.error(held, dimension: 1) + 0.002)
    let validated = try fit(.init(maximumPointCount: 80, validatesResidual: true))
    let factor = try #require(validated.summary.prior?.explained[0].noiseFactor)
    #expect(factor >= 1 && factor.isFinite)
    #expect(validated.error(held, dimension: 1) < 0.2)
  }

  @Test("A later fit on more steps starts from an earlier one, exact or not")
  func warmStart() throws {
    let steps = pendulum(120, seed: 62)
    let first = try model(Array(steps.prefix(50)))
    let cold = try model(steps)
    let warm = try GaussianProcessDynamics.fit(
      steps: steps, features: GaussianProcessDynamicsTests.features, periodSeconds: 0.1,
      settings: Self.settings, warmStart: first, seed: 5)
    #expect(warm.summary.logMarginalLikelihood > cold.summary.logMarginalLikelihood - 2)
  }

  @Test("Two thousand steps at two points, or at one, give finite numbers")
  func equalSteps() throws {
    let steps = (0..<2000).map {
      Step(
        state: [0.5, 0], action: [0.1 * Double($0 % 2)], nextState: [0.5, 0.01 * Double($0 % 2)])
    }
    let model = try model(steps)
    let (mean, variance) = model.change([0.5, 0], [0.1])
    #expect(abs(mean[1] - 0.01) < 0.002)
    #expect(variance.allSatisfy { $0.isFinite && $0 >= 0 })
    let still = try self.model(
      steps.map { Step(state: $0.state, action: [0], nextState: $0.state) })
    let rest = still.change([0.5, 0], [0])
    #expect(rest.mean.allSatisfy { abs($0) < 1e-9 })
    #expect(rest.variance.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test("Settings stored before there were approximations are read with the defaults")
  func oldSettings() throws {
    var stored = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(GaussianProcessSettings()))
        as? [String: Any])
    #expect(stored.removeValue(forKey: "sparse") != nil)
    let read = try JSONDecoder().decode(
      GaussianProcessSettings.self, from: JSONSerialization.data(withJSONObject: stored))
    #expect(read == GaussianProcessSettings())
  }
}
