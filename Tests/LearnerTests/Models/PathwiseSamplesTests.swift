import Foundation
import Testing

import Learner
import LinearAlgebra

@Suite struct PathwiseSamplesTests {
  private func model() throws -> GaussianProcessDynamics {
    try GaussianProcessDynamicsTests.model(
      TestPendulum().trial(steps: 25, parameters: [1, 0.01], noise: 0.05, seed: 21))
  }

  @Test("Many functions have the posterior's mean and variance, near the data and away from it")
  func statistics() throws {
    let model = try model()
    let functions = 2000
    let samples = model.pathwiseSamples(count: functions, featureCount: 2000, seed: 31)
    let workspace = samples.makeWorkspace(capacity: functions)
    for state in [[0.1, 0.2], [0.8, -2], [2.5, 4], [-1.5, 7]] {
      let exact = model.change(state, [1])
      let states =
        [Double](repeating: state[0], count: functions)
        + [Double](repeating: state[1], count: functions)
      let actions = [Double](repeating: 1, count: functions)
      var values = [Double](repeating: 0, count: 2 * functions)
      samples.predict(
        count: functions, stride: functions, states: states, actions: actions, mean: &values,
        variance: nil, workspace: workspace)
      let velocity = values[functions...]
      let mean = velocity.reduce(0, +) / Double(functions)
      let variance =
        velocity.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(functions - 1)
      let deviation = exact.variance[1].squareRoot()
      // Four standard errors of 2000 draws, and 5 % for the finite number of features.
      #expect(
        abs(mean - exact.mean[1]) < (4 / Double(functions).squareRoot() + 0.02) * deviation,
        "at \(state): \(mean) against \(exact.mean[1]) ± \(deviation)")
      #expect(
        abs(variance / exact.variance[1] - 1) < 4 * (2 / Double(functions)).squareRoot() + 0.05,
        "at \(state): variance \(variance) against \(exact.variance[1])")
    }
  }

  @Test(
    "A member's function depends on its place alone, not on the batch", arguments: [1, 5, 8, 13])
  func consistency(functions: Int) throws {
    let samples = try model().pathwiseSamples(count: functions, featureCount: 64, seed: 32)
    let count = 150
    var stream = RandomStream(seed: 33)
    let states = (0..<(2 * count)).map { _ in stream.nextGaussian() }
    let actions = (0..<count).map { _ in stream.nextGaussian() }
    var values = [Double](repeating: 0, count: 2 * count)
    samples.predict(
      count: count, stride: count, states: states, actions: actions, mean: &values, variance: nil,
      workspace: samples.makeWorkspace(capacity: count))
    for b in 0..<count {
      var single = samples
      single.firstFunction = b % functions
      let change = single.change([states[b], states[count + b]], [actions[b]])
      #expect(change.mean == [values[b], values[count + b]])
      #expect(change.variance == [0, 0])
    }
  }

  @Test("The same seed draws the same functions, another seed others")
  func seeds() throws {
    let model = try model()
    let first = model.pathwiseSamples(count: 3, seed: 1).change([0, 3], [1]).mean
    #expect(first == model.pathwiseSamples(count: 3, seed: 1).change([0, 3], [1]).mean)
    #expect(first != model.pathwiseSamples(count: 3, seed: 2).change([0, 3], [1]).mean)
  }
}
