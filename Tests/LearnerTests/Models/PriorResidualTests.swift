import Foundation
import Testing

import Learner
import LinearAlgebra
import Robotics
import Simulation

@Suite struct PriorResidualTests {
  static let features = FeatureMap(kinds: [.revolute])
  static let truth = [1.0, 0.05]

  static func fit(
    _ steps: [Step], _ prior: TestPendulum?, mass: Double = 1.5, friction: Double = 0.1,
    tunable: Bool = true, threads: Int = 1, integratesPositions: Bool = true
  ) throws -> GaussianProcessDynamics {
    try .fit(
      steps: steps, features: features, periodSeconds: 0.1,
      prior: prior.map {
        PriorForFit(
          model: $0,
          description: TestPendulum.description(mass: mass, friction: friction, tunable: tunable))
      },
      settings: .init(integratesPositions: integratesPositions), seed: 5, threads: threads)
  }

  @Test(
    "Parameters that are wrong by half are found from 40 noiseless steps", arguments: [0.5, 1.5])
  func recoversParameters(factor: Double) throws {
    let steps = TestPendulum().trial(steps: 40, parameters: Self.truth, seed: 41)
    let model = try Self.fit(steps, TestPendulum(), mass: factor, friction: 0.05 * factor)
    let prior = try #require(model.summary.prior)
    #expect(prior.isUsed)
    #expect(abs(prior.parameters[0].value - 1) < 1e-3)
    #expect(abs(prior.parameters[1].value - 0.05) < 1e-3)
    #expect(prior.explained[0].byPrior > 0.9999)
  }

  @Test("All masses and the length of a cart-pole, wrong by half, are found under noise")
  func recoversCartPole() throws {
    let prior = try PlantPrior(plantName: "cart-pole")
    let truth = prior.plant.defaultParameters
    var stream = RandomStream(seed: 61)
    var state = [0.0, 0, 0, 0]
    var seen = state
    let steps = (0..<80).map { _ -> Step in
      let force = stream.nextUniform(in: -10, 10)
      var next = state
      prior.advance(
        count: 1, stride: 1, states: state, actions: [force], parameters: truth,
        periodSeconds: 0.1, next: &next)
      state = next
      let measured = state.map { $0 + 0.01 * stream.nextGaussian() }
      defer { seen = measured }
      return Step(state: seen, action: [force], nextState: measured)
    }
    let description = PriorDescription(
      model: "cart-pole",
      parameters: prior.parameterNames.enumerated().map { index, name in
        let nominal = truth[index] * (index % 2 == 0 ? 1.5 : 0.5)
        return PriorParameter(
          name: name, unit: "SI", nominal: name == "gravity" ? truth[index] : nominal,
          lower: nominal / 3, upper: nominal * 3, isTunable: name != "gravity")
      })
    let model = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(kinds: [.prismatic, .revolute]), periodSeconds: 0.1,
      prior: PriorForFit(model: prior, description: description), seed: 5)
    let summary = try #require(model.summary.prior)
    #expect(summary.isUsed)
    for (index, parameter) in summary.parameters.enumerated() where index < 3 {
      #expect(
        abs(parameter.value / truth[index] - 1) < 0.05, "\(parameter.name): \(parameter.value)")
    }
  }

  @Test("Under noise the parameters are found to within a few percent")
  func recoversUnderNoise() throws {
    let steps = TestPendulum().trial(steps: 80, parameters: Self.truth, noise: 0.01, seed: 42)
    let prior = try #require(try Self.fit(steps, TestPendulum()).summary.prior)
    #expect(prior.isUsed)
    #expect(abs(prior.parameters[0].value - 1) < 0.05)
    #expect(prior.parameters.allSatisfy { !$0.isAtBound })
  }

  @Test(
    "Far from 40 steps of data the prediction is the tuned prior's, with either kind of position",
    arguments: [false, true])
  func extrapolatesWithPrior(integratesPositions: Bool) throws {
    let steps = TestPendulum().trial(steps: 40, parameters: Self.truth, seed: 43)
    let model = try Self.fit(steps, TestPendulum(), integratesPositions: integratesPositions)
    for state in [[2.5, 9.0], [-2, -12], [3.1, 0]] {
      let expected = TestPendulum().next(state, 2, parameters: Self.truth, periodSeconds: 0.1)
      let (mean, variance) = model.change(state, [2])
      #expect(abs(state[0] + mean[0] - expected[0]) < 1e-3)
      #expect(abs(state[1] + mean[1] - expected[1]) < 1e-2)
      #expect(variance.allSatisfy { $0 >= 0 && $0 < 1e-2 })
    }
  }

  @Test("What a prior with an untunable mistake lacks is learnt by the process")
  func partiallyTunable() throws {
    let robot = TestPendulum(springStiffness: 1.5)
    let steps = robot.trial(steps: 60, parameters: Self.truth, seed: 44)
    let held = robot.trial(steps: 60, parameters: Self.truth, seed: 45)
    let with = try Self.fit(steps, TestPendulum())
    let without = try Self.fit(steps, nil)
    let fixed = held.map { step in
      let next = TestPendulum().next(
        step.state, step.action[0], parameters: with.summary.prior!.parameters.map(\.value),
        periodSeconds: 0.1)
      return pow(next[1] - step.nextState[1], 2)
    }
    let priorAlone = (fixed.reduce(0, +) / Double(fixed.count)).squareRoot()
    #expect(with.error(held, dimension: 1) < 0.3 * priorAlone)
    #expect(with.error(held, dimension: 1) < 1.5 * without.error(held, dimension: 1))
  }

  @Test("A misleading prior is dropped, or does no harm on held-out data", arguments: [46, 47, 48])
  func misleading(seed: UInt64) throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, seed: seed)
    let held = TestPendulum().trial(steps: 60, parameters: Self.truth, seed: seed + 100)
    let with = try Self.fit(steps, TestPendulum(pullsSideways: true))
    let without = try Self.fit(steps, nil)
    let (hurt, plain) = (with.error(held, dimension: 1), without.error(held, dimension: 1))
    #expect(hurt < 1.5 * plain + 0.005, "seed \(seed): \(hurt) with, \(plain) without")
  }

  @Test("A prior that is certainly wrong and fixed is dropped, and the summary says so")
  func dropped() throws {
    let steps = TestPendulum().trial(steps: 40, parameters: Self.truth, noise: 0.01, seed: 49)
    let model = try Self.fit(
      steps, TestPendulum(pullsSideways: true, length: 0.2), tunable: false)
    let summary = try #require(model.summary.prior)
    #expect(!summary.isUsed && model.prior == nil)
    #expect(summary.logEvidenceWithPrior < summary.logEvidenceWithoutPrior)
    #expect(summary.sentence.contains("dropped"))
    let plain = try Self.fit(steps, nil)
    #expect(model.change([0.2, 1], [1]).mean == plain.change([0.2, 1], [1]).mean)
  }

  @Test("One thread and two fit the same prior, bit for bit")
  func threads() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: Self.truth, noise: 0.01, seed: 50)
    let one = try Self.fit(steps, TestPendulum(), threads: 1)
    let two = try Self.fit(steps, TestPendulum(), threads: 2)
    #expect(one.summary == two.summary)
  }

  @Test("A parameter that the description lacks is named")
  func missingParameter() {
    let steps = TestPendulum().trial(steps: 10, parameters: Self.truth, seed: 51)
    var description = TestPendulum.description(mass: 1, friction: 0.1)
    description.parameters.removeLast()
    #expect(throws: ModelError.missingParameter(name: "friction", given: ["mass"])) {
      try GaussianProcessDynamics.fit(
        steps: steps, features: Self.features, periodSeconds: 0.1,
        prior: PriorForFit(model: TestPendulum(), description: description))
    }
  }

  @Test("Bounds in the wrong order are refused by name")
  func badBounds() {
    let steps = TestPendulum().trial(steps: 10, parameters: Self.truth, seed: 51)
    var description = TestPendulum.description(mass: 1, friction: 0.1)
    description.parameters[0].lower = 9
    #expect(throws: ModelError.badBounds(parameter: "mass", lower: 9, upper: 3)) {
      try GaussianProcessDynamics.fit(
        steps: steps, features: Self.features, periodSeconds: 0.1,
        prior: PriorForFit(model: TestPendulum(), description: description))
    }
  }
}

/// Whether a process on the residual is to be believed.
@Suite struct ResidualValidationTests {
  @Test("A residual that is noise alone is not learnt: the prior stands alone, at the data too")
  func noiseIsNotLearnt() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: [1, 0.01], noise: 0.03, seed: 41)
    let prior = PriorForFit(
      model: TestPendulum(),
      description: TestPendulum.description(mass: 1, friction: 0.01, tunable: false))
    let model = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1, prior: prior,
      settings: GaussianProcessSettings(validatesResidual: true), seed: 1)
    let summary = try #require(model.summary.prior)
    #expect(summary.isUsed)
    for step in steps.prefix(20) {
      let alone = TestPendulum().next(
        step.state, step.action[0], parameters: [1, 0.01], periodSeconds: 0.1)
      let found = model.change(step.state, step.action).mean[1] + step.state[1]
      #expect(abs(found - alone[1]) < 0.02, "seed 41: \(found) against \(alone[1]) rad/s")
    }
  }

  /// A pendulum that gives NaN where a velocity is beyond a limit.
  private struct Breaking: PriorModel {
    var speedLimit: Double
    let stateDimensions = 2
    let actionDimensions = 1
    let parameterNames = ["mass", "friction"]

    func advance(
      count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
      parameters: UnsafePointer<Double>, periodSeconds: Double,
      next: UnsafeMutablePointer<Double>
    ) {
      let isBroken = (0..<count).map { abs(states[stride + $0]) > speedLimit }
      TestPendulum().advance(
        count: count, stride: stride, states: states, actions: actions, parameters: parameters,
        periodSeconds: periodSeconds, next: next)
      for b in 0..<count where isBroken[b] {
        next[b] = .nan
        next[stride + b] = .infinity
      }
    }
  }

  @Test("A prior that is never finite is refused, tunable or not", arguments: [true, false])
  func neverFinite(tunable: Bool) {
    let steps = TestPendulum().trial(steps: 20, parameters: [1, 0.01], seed: 42)
    #expect(throws: ModelError.priorNotFinite) {
      try GaussianProcessDynamics.fit(
        steps: steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
        prior: PriorForFit(
          model: Breaking(speedLimit: -1),
          description: TestPendulum.description(mass: 1, friction: 0.01, tunable: tunable)),
        seed: 1)
    }
  }

  @Test(
    "A prior that isn't finite at some steps is fitted to the others, and the summary counts them")
  func sometimesFinite() throws {
    let steps = TestPendulum().trial(steps: 60, parameters: [1, 0.01], seed: 42)
    let speeds = steps.map { abs($0.state[1]) }.sorted()
    let limit = 0.5 * (speeds[54] + speeds[55])
    let model = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      prior: PriorForFit(
        model: Breaking(speedLimit: limit),
        description: TestPendulum.description(mass: 1.3, friction: 0.01)), seed: 1)
    let summary = try #require(model.summary.prior)
    #expect(summary.divergedStepCount == 5)
    #expect(model.summary.logMarginalLikelihood.isFinite)
    for step in steps {
      let (mean, variance) = model.change(step.state, step.action)
      #expect(mean.allSatisfy(\.isFinite) && variance.allSatisfy { $0.isFinite && $0 >= 0 })
    }
  }

  @Test("Where a prior diverges, nothing that isn't finite gets through")
  func divergingPrior() throws {
    struct Diverging: PriorModel {
      let stateDimensions = 2
      let actionDimensions = 1
      let parameterNames = ["mass", "friction"]
      func advance(
        count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
        parameters: UnsafePointer<Double>, periodSeconds: Double,
        next: UnsafeMutablePointer<Double>
      ) {
        TestPendulum().advance(
          count: count, stride: stride, states: states, actions: actions, parameters: parameters,
          periodSeconds: periodSeconds, next: next)
        for b in 0..<count where abs(states[stride + b]) > 50 { next[b] = .nan }
      }
    }
    let steps = TestPendulum().trial(steps: 40, parameters: [1, 0.01], seed: 42)
    let model = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      prior: PriorForFit(
        model: Diverging(), description: TestPendulum.description(mass: 1, friction: 0.01)),
      seed: 1)
    let (mean, variance) = model.change([0.5, 100], [1])
    #expect(mean.allSatisfy(\.isFinite) && variance.allSatisfy(\.isFinite))
    #expect(abs(mean[0]) < 10)
  }
}
