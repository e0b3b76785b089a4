import Foundation
import Testing

import Learner
import LinearAlgebra
import Robotics

@Suite struct GaussianProcessDynamicsTests {
  static let features = FeatureMap(kinds: [.revolute])
  static let truth = [1.0, 0.01]

  static func model(
    _ steps: [Step], threads: Int = 1, _ settings: GaussianProcessSettings = .init()
  ) throws -> GaussianProcessDynamics {
    try .fit(
      steps: steps, features: features, periodSeconds: 0.1, settings: settings, seed: 5,
      threads: threads)
  }

  @Test(
    "Eighty steps of a pendulum are enough to predict the next trial", arguments: [false, true])
  func learnsPendulum(integratesPositions: Bool) throws {
    let steps = TestPendulum().trial(steps: 80, parameters: Self.truth, seed: 1)
    let held = TestPendulum().trial(steps: 40, parameters: Self.truth, seed: 2)
    let model = try Self.model(steps, .init(integratesPositions: integratesPositions))
    let typical = meanSquare(held.map { $0.nextState[1] - $0.state[1] }).squareRoot()
    #expect(model.error(held, dimension: 1) < 0.05 * typical)
    #expect(model.error(held, dimension: 0) < 0.02)
    #expect(model.summary.outputs.allSatisfy { $0.explainedVariance > 0.99 })
  }

  private func meanSquare(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
  }

  @Test("At a training point of noiseless data the mean is the target and the variance small")
  func interpolates() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, seed: 3)
    let model = try Self.model(steps)
    for step in steps {
      let (mean, variance) = model.change(step.state, step.action)
      #expect(abs(mean[1] - (step.nextState[1] - step.state[1])) < 0.05)
      #expect(variance[1] < 0.01)
    }
  }

  @Test("Far from all data the mean goes back to the targets' mean, the variance to the prior's")
  func goesBackFarAway() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, seed: 3)
    let model = try Self.model(steps, .init(integratesPositions: false))
    let (mean, variance) = model.change([0, 1e5], [0])
    for (d, output) in model.summary.outputs.enumerated() {
      #expect(abs(mean[d] - output.mean) < 1e-9)
      #expect(
        abs(variance[d] - output.signalDeviation * output.signalDeviation)
          < 1e-9 * variance[d])
    }
  }

  @Test("A batch is what its members are one by one", arguments: [1, 7, 128, 300])
  func batch(count: Int) throws {
    let steps = TestPendulum().trial(steps: 70, parameters: Self.truth, noise: 0.01, seed: 4)
    let model = try Self.model(steps, .init(integratesPositions: false))
    var stream = RandomStream(seed: 9)
    let stride = count + 3
    let states = (0..<(2 * stride)).map { _ in 3 * stream.nextGaussian() }
    let actions = (0..<stride).map { _ in stream.nextUniform(in: -2.5, 2.5) }
    var mean = [Double](repeating: .nan, count: 2 * stride)
    var variance = mean
    model.predict(
      count: count, stride: stride, states: states, actions: actions, mean: &mean,
      variance: &variance, workspace: model.makeWorkspace(capacity: count))
    for b in 0..<count {
      let single = model.change([states[b], states[stride + b]], [actions[b]])
      for d in 0..<2 {
        #expect(mean[d * stride + b] == single.mean[d])
        #expect(variance[d * stride + b] == single.variance[d])
      }
    }
    #expect(mean[count].isNaN && variance[stride - 1].isNaN, "nothing is written past the count")
  }

  @Test("One thread and two fit the same model, bit for bit")
  func threads() throws {
    let steps = TestPendulum().trial(steps: 120, parameters: Self.truth, noise: 0.01, seed: 6)
    let settings = GaussianProcessSettings(integratesPositions: false)
    let one = try Self.model(steps, threads: 1, settings)
    let two = try Self.model(steps, threads: 2, settings)
    #expect(one.summary == two.summary)
    #expect(one.change([0.3, 1], [2]).mean == two.change([0.3, 1], [2]).mean)
  }

  @Test("Integrated positions follow their velocities, in mean and in deviation")
  func integratedPositions() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, seed: 3)
    let model = try Self.model(steps)
    let (mean, variance) = model.change([0.4, 2], [1])
    #expect(abs(mean[0] - (0.1 * 2 + 0.05 * mean[1])) < 1e-12)
    #expect(abs(variance[0] - 0.0025 * variance[1]) < 1e-15)
    var change = [0.0, 0.0]
    model.sampleChange(
      count: 1, stride: 1, states: [0.4, 2], actions: [1], normals: [1.5], change: &change,
      workspace: model.makeWorkspace(capacity: 1))
    #expect(abs(change[1] - (mean[1] + 1.5 * variance[1].squareRoot())) < 1e-12)
    #expect(abs(change[0] - (0.2 + 0.05 * change[1])) < 1e-12)
  }

  @Test("The noise of a noisy pendulum is found again, in rad/s")
  func findsNoise() throws {
    let steps = TestPendulum().trial(steps: 200, parameters: Self.truth, noise: 0.02, seed: 7)
    let model = try Self.model(steps)
    // Two measurements of standard deviation 0.02 make a change, and noisy inputs add some.
    #expect(model.noiseDeviations[1] > 0.02 && model.noiseDeviations[1] < 0.06)
    #expect(model.noiseDeviations[0] > 0.015 && model.noiseDeviations[0] < 0.05)
  }

  @Test("A later fit that starts from an earlier one ends as high or higher")
  func warmStart() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, noise: 0.01, seed: 8)
    let first = try Self.model(steps)
    let again = try GaussianProcessDynamics.fit(
      steps: steps, features: Self.features, periodSeconds: 0.1, warmStart: first, seed: 5)
    #expect(again.summary.logMarginalLikelihood > first.summary.logMarginalLikelihood - 0.1)
  }

  // MARK: Odd data

  @Test("Repeated steps are learnt from without complaint")
  func duplicates() throws {
    let steps = TestPendulum().trial(steps: 30, parameters: Self.truth, seed: 9)
    let model = try Self.model(steps + steps + steps)
    let (mean, variance) = model.change(steps[10].state, steps[10].action)
    #expect(abs(mean[1] - (steps[10].nextState[1] - steps[10].state[1])) < 0.05)
    #expect(variance[1].isFinite)
  }

  @Test("An action that never varied is named, and its lengthscale is 1 of its unit")
  func constantInput() throws {
    let steps = TestPendulum().trial(steps: 30, parameters: Self.truth, seed: 9).map {
      Step(
        state: $0.state, action: [0],
        nextState: TestPendulum().next(
          $0.state, 0, parameters: Self.truth, periodSeconds: 0.1))
    }
    let model = try Self.model(steps)
    #expect(model.summary.inputs.map(\.isConstant) == [false, false, false, true])
    #expect(model.summary.outputs[0].lengthscales[3] == 1)
  }

  @Test("A robot that never moved is predicted to stay")
  func constantTarget() throws {
    let steps = (0..<10).map {
      Step(state: [0.5, 0], action: [0.1 * Double($0)], nextState: [0.5, 0])
    }
    let model = try Self.model(steps)
    let (mean, variance) = model.change([0.5, 0], [0.3])
    #expect(abs(mean[0]) < 1e-9 && abs(mean[1]) < 1e-9)
    #expect(variance.allSatisfy { $0.isFinite && $0 >= 0 && $0 < 1e-6 })
  }

  @Test("NaN, a wrong shape and too little data are refused by name")
  func refusals() {
    var steps = TestPendulum().trial(steps: 10, parameters: Self.truth, seed: 9)
    steps[4].nextState[1] = .nan
    #expect(throws: ModelError.notFinite(step: 4, quantity: "next state")) {
      try Self.model(steps)
    }
    steps[4].nextState = [0]
    #expect(
      throws: ModelError.wrongShape(step: 4, quantity: "next state", found: 1, needed: 2)
    ) { try Self.model(steps) }
    #expect(throws: ModelError.tooFewSteps(found: 1, needed: 3)) {
      try Self.model(Array(steps.prefix(1)))
    }
    #expect(throws: ModelError.tooFewSteps(found: 2, needed: 3)) {
      try Self.model(Array(steps.prefix(2)))
    }
    #expect(
      "\(ModelError.tooFewSteps(found: 2, needed: 3))"
        == "a model needs at least 3 steps and got 2; run another trial, or check that trials are "
        + "not cut short at once")
  }

  @Test("A robot of eighty joints is within reach, one of a hundred and twenty is refused by name")
  func manyInputs() throws {
    func steps(_ joints: Int) -> [Step] {
      var stream = RandomStream(seed: 12)
      return (0..<5).map { _ in
        Step(
          state: (0..<(2 * joints)).map { _ in stream.nextGaussian() }, action: [0],
          nextState: (0..<(2 * joints)).map { _ in stream.nextGaussian() })
      }
    }
    func fit(_ joints: Int) throws -> GaussianProcessDynamics {
      try .fit(
        steps: steps(joints),
        features: FeatureMap(kinds: [Joint.Kind](repeating: .revolute, count: joints)),
        periodSeconds: 0.1, settings: .init(maximumIterations: 2))
    }
    let mean = try fit(80).change([Double](repeating: 0.1, count: 160), [0]).mean
    #expect(mean.allSatisfy { $0.isFinite })
    #expect(throws: ModelError.tooManyInputs(found: 361, most: 256)) { try fit(120) }
  }

  @Test("Three steps are enough to have a model")
  func threeSteps() throws {
    let steps = TestPendulum().trial(steps: 3, parameters: Self.truth, seed: 9)
    let model = try Self.model(steps)
    #expect(model.change([0.1, 0.1], [1]).mean.allSatisfy { $0.isFinite })
  }

  @Test("Of a million steps a model looks at twenty thousand, and the summary says so")
  func millionSteps() throws {
    let few = TestPendulum().trial(steps: 500, parameters: Self.truth, seed: 3)
    let many = (0..<1_000_000).map { few[$0 % few.count] }
    let model = try Self.model(many, threads: 2, .init(maximumPointCount: 60))
    #expect(model.summary.pointCount == 20_000)
    #expect(model.summary.omittedPointCount == 980_000)
    let held = TestPendulum().trial(steps: 40, parameters: Self.truth, seed: 2)
    #expect(model.error(held, dimension: 1) < 0.1)
  }

  @Test("A cancelled fit ends by throwing")
  func cancellation() {
    let steps = TestPendulum().trial(steps: 50, parameters: Self.truth, seed: 10)
    #expect(throws: CancellationError.self) {
      try GaussianProcessDynamics.fit(
        steps: steps, features: Self.features, periodSeconds: 0.1, isCancelled: { true })
    }
  }
}
