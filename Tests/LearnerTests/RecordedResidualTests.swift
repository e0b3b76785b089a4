import Foundation
import Learner
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// Recordings of a rod whose pivot has a torque that the prior knows nothing of.
private enum CoggedPendulum {
  static let truth = [0.7, 0.45, 0.02, 0.0, 9.81]

  /// What the prior doesn't know, in N m: a spring that pulls to one side.
  static func unknown(_ angle: Double) -> Double { 0.35 * cos(angle) }

  /// A recording of some seconds at 200 Hz. The motor's effort has two parts: slow sines of that many
  /// N m, and a chatter that changes its sign with every sample.
  static func trial(
    seed: UInt64, seconds: Double, amplitude: Double, chatter: Double = 0, unknown scale: Double = 1
  ) throws -> Trial {
    let plant = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    var stream = RandomStream(seed: seed, path: [7])
    let phases = (0..<3).map { _ in 2 * Double.pi * stream.nextUniform() }
    var state = [0.1, 0.0]
    var samples: [Sample] = []
    for tick in 0..<Int(seconds / 0.005) {
      let time = 0.005 * Double(tick)
      var torque = tick % 2 == 0 ? chatter : -chatter
      for (k, phase) in phases.enumerated() {
        torque += amplitude * sin((1.3 + 1.9 * Double(k)) * time + phase)
      }
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: time, hostTimeSeconds: time,
          positions: [state[0] + 0.001 * stream.nextGaussian()], velocities: [state[1]],
          askedAction: [torque], sentAction: [torque]))
      for _ in 0..<5 {
        var next = state
        plant.advance(
          count: 1, stride: 1, states: &state, actions: [torque + scale * unknown(state[0])],
          parameters: truth, periodSeconds: 0.001, next: &next)
        state = next
      }
    }
    return Trial(
      number: Int(seed), robot: "simulated", task: "", origin: .imported, seed: seed,
      samplePeriodSeconds: 0.005, startedAtUnixSeconds: 0, end: .completed, samples: samples)
  }

  static func description() throws -> PriorForFit {
    let prior = try PlantPrior(plantName: "pendulum", stepSeconds: 0.005)
    return PriorForFit(
      model: prior,
      description: PriorDescription(
        model: "pendulum", stepSeconds: 0.005,
        parameters: zip(prior.parameterNames, truth).map {
          PriorParameter(
            name: $0, unit: "1", nominal: $1, lower: 0, upper: 20, isTunable: false)
        }))
  }

  static func evaluator(_ trial: Trial) throws -> PredictionEvaluator {
    try PredictionEvaluator(
      recording: trial, robot: CalibrationPendulum.robot,
      settings: PredictionSettings(periodSeconds: 0.05))
  }
}

@Suite("GP-MI from recordings")
struct RecordedResidualTests {
  @Test(
    "What the prior doesn't know is learnt where there is data, and said to be unknown elsewhere")
  func region() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 51, seconds: 12, amplitude: 0.5))
    let prior = try CoggedPendulum.description()
    let predictor = try RecordedPredictor(
      training: [training], robot: CalibrationPendulum.robot, prior: prior, seed: 1)
    let near = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 52, seconds: 8, amplitude: 0.5))
    let alone = near.evaluate(prior: prior.model, parameters: CoggedPendulum.truth)
    let learnt = try predictor.report(on: near)
    let shares = try #require(learnt.openLoop.shares)
    let (before, after) = (
      alone.openLoop.medians(shares: shares), learnt.openLoop.medians(shares: shares)
    )
    print("seeds 51, 52: inside \(before.insideCount) of \(shares.count):", before, after)
    #expect(before.insideCount > shares.count / 2)
    #expect(try #require(after.inside) < 0.5 * #require(before.inside))
    // A recording ten times as wild leaves the region.
    let far = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 53, seconds: 6, amplitude: 5))
    let elsewhere = try predictor.report(on: far)
    let left = elsewhere.openLoop.medians(shares: try #require(elsewhere.openLoop.shares))
    print("seed 53: inside \(left.insideCount) of \(elsewhere.openLoop.segments.count)")
    #expect(left.insideCount < elsewhere.openLoop.segments.count / 4)
  }

  @Test("Where the prior is right, nothing is lost, though efforts change within a step")
  func chatter() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 54, seconds: 8, amplitude: 0.5, chatter: 2, unknown: 0))
    let prior = try CoggedPendulum.description()
    let predictor = try RecordedPredictor(
      training: [training], robot: CalibrationPendulum.robot, prior: prior, seed: 1)
    let tested = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 55, seconds: 8, amplitude: 0.5, chatter: 2, unknown: 0))
    let alone = tested.evaluate(prior: prior.model, parameters: CoggedPendulum.truth).openLoop
    let learnt = try predictor.report(on: tested).openLoop
    print("seeds 54, 55: \(alone.median) rad alone, \(learnt.median) rad with the residual")
    #expect(learnt.median < 1.05 * alone.median)
  }

  @Test("Bands of 95 % hold no less of the steps of other recordings: they are never narrowed")
  func coverage() throws {
    let prior = try CoggedPendulum.description()
    var held: [Double] = []
    for seed in stride(from: UInt64(60), to: 72, by: 2) {
      let predictor = try RecordedPredictor(
        training: [
          try CoggedPendulum.evaluator(
            CoggedPendulum.trial(seed: seed, seconds: 8, amplitude: 0.5))
        ], robot: CalibrationPendulum.robot, prior: prior, seed: 1)
      let report = try predictor.report(
        on: CoggedPendulum.evaluator(
          CoggedPendulum.trial(seed: seed + 1, seconds: 8, amplitude: 0.5)))
      held += report.oneStep.compactMap(\.coverage)
    }
    let mean = held.reduce(0, +) / Double(held.count)
    print("seeds 60 to 71: coverage", held, "mean", mean)
    #expect(held.count == 12)
    #expect(mean > 0.93)
  }

  /// What a calibration would say of mass, length and damping: values, and how far they may be off.
  private func calibration(_ values: [Double], _ errors: [Double]) -> CalibratedPrior {
    CalibratedPrior(
      robot: "test", model: "pendulum",
      parameters: zip(["mass", "length", "damping"], zip(values, errors)).map {
        CalibratedPrior.Parameter(name: $0, unit: "1", value: $1.0, standardError: $1.1)
      },
      covariance: errors.indices.map { i in
        errors.indices.map { $0 == i ? errors[i] * errors[i] : 0 }
      })
  }

  @Test("Where a calibration says how far its parameters may be off, bands over segments hold that")
  func parameters() throws {
    let errors = [0.05, 0.03, 0.01]
    var held: [(sure: Double, unsure: Double)] = []
    for seed in stride(from: UInt64(80), to: 92, by: 2) {
      // The prior's parameters are as far off as the calibration says.
      var stream = RandomStream(seed: seed)
      let values = zip(CoggedPendulum.truth, errors).map { $0 + $1 * stream.nextGaussian() }
      var prior = try CoggedPendulum.description()
      for (place, value) in values.enumerated() {
        prior.description.parameters[place].nominal = value
      }
      let training = try CoggedPendulum.evaluator(
        CoggedPendulum.trial(seed: seed, seconds: 8, amplitude: 0.3, unknown: 0))
      // Wilder than the recording that the residual is learnt from, and that bands are widened by.
      let tested = try CoggedPendulum.evaluator(
        CoggedPendulum.trial(seed: seed + 1, seconds: 8, amplitude: 3, unknown: 0))
      func coverage(_ calibration: CalibratedPrior?) throws -> Double {
        let predictor = try RecordedPredictor(
          training: [training], robot: CalibrationPendulum.robot, prior: prior,
          calibration: calibration, seed: 1)
        return try #require(
          try predictor.report(on: tested, bandSamples: 48, seed: 1).openLoop.coverage)
      }
      held.append(
        (try coverage(nil), try coverage(calibration(values, errors))))
    }
    let sure = held.map(\.sure).reduce(0, +) / Double(held.count)
    let unsure = held.map(\.unsure).reduce(0, +) / Double(held.count)
    print("seeds 80 to 91: coverage", held, "means", sure, unsure)
    #expect(unsure > 0.9)
    #expect(unsure > sure + 0.1)
  }

  @Test("Where there is data, a residual takes back what other parameters of the prior change")
  func takesBack() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 94, seconds: 12, amplitude: 0.5))
    let prior = try CoggedPendulum.description()
    let model = try GaussianProcessDynamics.fit(
      recordings: [training.motion], features: FeatureMap(robot: CalibrationPendulum.robot),
      prior: prior, settings: GaussianProcessSettings(), seed: 1)
    let tuned = try #require(model.prior)
    let windows = RecordedWindows(
      recordings: [training.motion], excluding: [], windowSeconds: model.periodSeconds,
      longestGapSeconds: 0.1, prior: tuned, most: 1000)
    // Ten per cent more mass.
    var other = tuned.parameters
    other[0] *= 1.1
    let moved = model.moving(
      priorTo: other, windows: windows, windowSeconds: model.periodSeconds)
    #expect(moved.prior?.parameters == other)
    /// The change of the velocity, in rad/s.
    func change(_ model: GaussianProcessDynamics, _ state: [Double], _ action: [Double]) -> Double {
      var mean = [0.0, 0.0]
      model.predict(
        count: 1, stride: 1, states: state, actions: action, mean: &mean, variance: nil,
        workspace: model.makeWorkspace(capacity: 1))
      return mean[1]
    }
    /// How far velocities differ, in rad/s, together and by the prior alone.
    func differences(_ steps: [Step]) -> (together: Double, alone: Double) {
      var (together, alone) = (0.0, 0.0)
      for step in steps {
        let (state, action) = (step.state, step.action)
        together = max(together, abs(change(model, state, action) - change(moved, state, action)))
        func next(_ parameters: [Double]) -> Double {
          var next = state
          tuned.model.advance(
            count: 1, stride: 1, states: state, actions: action, parameters: parameters,
            periodSeconds: model.periodSeconds, next: &next)
          return next[1]
        }
        alone = max(alone, abs(next(tuned.parameters) - next(other)))
      }
      return (together, alone)
    }
    let near = differences(windows.windows.prefix(40).map(\.step))
    print("seed 94:", near)
    #expect(near.together < 0.5 * near.alone)
  }

  @Test("A process conditioned on other values is the one that is fitted to them from the start")
  func conditioned() throws {
    var stream = TestStream(seed: 7)
    let points = stream.gaussians(90)
    let (first, second) = (stream.gaussians(30), stream.gaussians(30))
    let covariances: [CovarianceFunction] = [
      .squaredExponential, .squaredExponential + .polynomial(degree: 2),
    ]
    for covariance in covariances {
      let vector = stream.gaussians(covariance.parameterCount(dimensions: 3)).map { 0.3 * $0 }
      let parameters = GaussianProcessHyperparameters(
        vector: vector + [log(0.2)], covariance: covariance, dimensions: 3)
      func process(_ targets: [Double]) throws -> GaussianProcess {
        try GaussianProcess(
          points: points, targets: targets, mean: 0.3, targetScale: 1.7,
          hyperparameters: parameters)
      }
      let moved = try process(first).conditioned(on: second)
      let fresh = try process(second)
      #expect(abs(moved.logMarginalLikelihood - fresh.logMarginalLikelihood) < 1e-9)
      let query = [0.2, -0.4, 0.6]
      #expect(abs(moved.predict(query).mean - fresh.predict(query).mean) < 1e-10)
      #expect(moved.predict(query).variance == fresh.predict(query).variance)
    }
  }

  @Test("Over half the period a process gives half the change, and its function half the deviation")
  func refined() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 56, seconds: 6, amplitude: 0.5))
    let model = try GaussianProcessDynamics.fit(
      recordings: [training.motion], features: FeatureMap(robot: CalibrationPendulum.robot),
      prior: CoggedPendulum.description(), seed: 1)
    let half = try model.refined(periodSeconds: 0.5 * model.periodSeconds)
    for angle in [-0.4, 0.0, 0.7] {
      let input = [cos(angle), sin(angle), 0.3, 0.1]
      let (whole, part) = (model.outputs[0].predict(input), half.outputs[0].predict(input))
      #expect(abs(part.mean - 0.5 * whole.mean) < 1e-9 * max(1e-3, abs(whole.mean)))
      #expect(abs(part.variance - 0.25 * whole.variance) < 1e-6 * whole.variance)
    }
    #expect(half.periodSeconds == 0.5 * model.periodSeconds)
    #expect(
      abs(half.noiseDeviations[1] - model.noiseDeviations[1] * 0.5.squareRoot())
        < 1e-12 * model.noiseDeviations[1])
  }

  @Test("A model says how much comes from the prior and how much from the residual")
  func shares() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 57, seconds: 8, amplitude: 0.5))
    let model = try GaussianProcessDynamics.fit(
      recordings: [training.motion], features: FeatureMap(robot: CalibrationPendulum.robot),
      prior: CoggedPendulum.description(), seed: 1)
    let prior = try #require(model.summary.prior)
    print("seed 57:", prior.shares)
    #expect(prior.isUsed && prior.warning == nil)
    #expect(prior.explained[0].byPrior > 0.5 && prior.explained[0].byPrior < 0.999)
    #expect(prior.explained[0].byResidual > 0)
    #expect(prior.explained[0].byPrior + prior.explained[0].byResidual > 0.95)
    #expect(prior.shares[0].contains("the prior explains"))
  }

  @Test("A prior that pulls the wrong way hurts, and the model says so")
  func hurts() throws {
    let training = try CoggedPendulum.evaluator(
      CoggedPendulum.trial(seed: 58, seconds: 8, amplitude: 0.5))
    var wrong = try CoggedPendulum.description()
    let place = try #require(
      wrong.description.parameters.firstIndex { $0.name == "gravity" })
    wrong.description.parameters[place].nominal = -9.81
    let model = try GaussianProcessDynamics.fit(
      recordings: [training.motion], features: FeatureMap(robot: CalibrationPendulum.robot),
      prior: wrong, seed: 1)
    let prior = try #require(model.summary.prior)
    print("seed 58:", prior.warning ?? "no warning")
    #expect(try #require(prior.warning).contains("pendulum"))
  }
}
