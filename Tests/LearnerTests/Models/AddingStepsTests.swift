import Learner
import LinearAlgebra
import Robotics
import Testing

@Suite("Adding points to a process by blocks") struct AddingStepsTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    var covariance: CovarianceFunction
    var vector: [Double]
    var testDescription: String { covariance.name }

    static let all = [
      Case(covariance: .squaredExponential, vector: [0.2, -0.1, 0.3, 0.1, -2]),
      Case(
        covariance: .squaredExponential + .polynomial(degree: 2),
        vector: [0.2, -0.1, 0.3, 0.1, 1, 1.2, 0.8, -1, -2]),
      Case(
        covariance: .matern52 * .linear, vector: [0.2, -0.1, 0.3, 0.1, 1, 1.2, 0.8, 0, -2]),
    ]
  }

  private func process(_ test: Case, _ points: [Double], _ targets: [Double]) throws
    -> GaussianProcess
  {
    try GaussianProcess(
      points: points, targets: targets, mean: 0.3, targetScale: 2,
      hyperparameters: GaussianProcessHyperparameters(
        vector: test.vector, covariance: test.covariance, dimensions: 3))
  }

  @Test(
    "It is the process of all points, whatever the lots they come in",
    arguments: Case.all, [[30, 30], [10, 1, 1, 48], [59, 1]])
  private func lots(_ test: Case, _ lots: [Int]) throws {
    var numbers = TestStream(seed: 71)
    let points = numbers.gaussians(180)
    let targets = numbers.gaussians(60)
    let whole = try process(test, points, targets)
    var first = 0
    var added: GaussianProcess?
    for lot in lots {
      let (inputs, values) = (
        Array(points[(3 * first)..<(3 * (first + lot))]), Array(targets[first..<(first + lot)])
      )
      added = try added?.adding(points: inputs, targets: values) ?? process(test, inputs, values)
      first += lot
    }
    let process = try #require(added)
    #expect(process.pointCount == 60)
    func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-8 * max(1, abs(b)) }
    #expect(isNear(process.logMarginalLikelihood, whole.logMarginalLikelihood))
    for _ in 0..<20 {
      let query = numbers.gaussians(3)
      let (mean, variance) = process.predict(query)
      let (wholeMean, wholeVariance) = whole.predict(query)
      #expect(isNear(mean, wholeMean) && isNear(variance, wholeVariance))
    }
    for (own, other) in zip(process.leaveOneOutResiduals, whole.leaveOneOutResiduals) {
      #expect(isNear(own, other))
    }
  }

  @Test("A point that was there already is one more measurement of it")
  func again() throws {
    let points = TestStream(seed: 72)
    var numbers = points
    let inputs = numbers.gaussians(60)
    let targets = numbers.gaussians(20)
    let test = Case.all[0]
    let once = try process(test, inputs, targets)
    let place = Array(inputs[0..<3])
    let twice = try once.adding(points: place, targets: [targets[0]])
    let (before, after) = (once.predict(place).variance, twice.predict(place).variance)
    #expect(after < before && after > 0.4 * before)
  }

  @Test(
    "A model takes in steps as its processes do, with a prior or without", arguments: [true, false])
  func dynamics(hasPrior: Bool) throws {
    let truth = PriorResidualTests.truth
    let steps = TestPendulum().trial(steps: 40, parameters: truth, noise: 0.01, seed: 73)
    let more = TestPendulum().trial(steps: 25, parameters: truth, noise: 0.01, seed: 74)
    let prior = hasPrior ? TestPendulum() : nil
    let model = try PriorResidualTests.fit(steps, prior, integratesPositions: false)
    let added = try model.adding(more)
    #expect(added.summary.pointCount == 65 && (added.prior == nil) == !hasPrior)
    // The same by conditioning each process on everything.
    let features = PriorResidualTests.features
    func points(_ steps: [Step]) -> [Double] {
      steps.flatMap { step in
        var mapped = [0.0, 0, 0]
        features.map(
          count: 1, stateStride: 1, states: step.state, featureStride: 1, features: &mapped)
        return mapped + step.action
      }
    }
    func left(_ steps: [Step], _ dimension: Int) -> [Double] {
      steps.map { step in
        var next = step.state
        if let tuned = model.prior {
          tuned.model.advance(
            count: 1, stride: 1, states: step.state, actions: step.action,
            parameters: tuned.parameters, periodSeconds: 0.1, next: &next)
        }
        return step.nextState[dimension] - next[dimension]
      }
    }
    for (dimension, output) in model.outputs.enumerated() {
      let whole = try GaussianProcess(
        points: points(steps + more), targets: left(steps + more, dimension), mean: output.mean,
        hyperparameters: output.hyperparameters)
      for step in TestPendulum().trial(steps: 10, parameters: truth, seed: 75) {
        let (own, other) = (
          added.outputs[dimension].predict(points([step])), whole.predict(points([step]))
        )
        #expect(abs(own.mean - other.mean) < 1e-8)
        #expect(abs(own.variance - other.variance) < 1e-8)
      }
    }
  }

  @Test("A step that isn't finite is refused, and a model by inducing points says that it can't")
  func refusals() throws {
    let truth = PriorResidualTests.truth
    let steps = TestPendulum().trial(steps: 60, parameters: truth, noise: 0.01, seed: 76)
    let model = try GaussianProcessDynamicsTests.model(steps)
    var bad = steps[0]
    bad.nextState[1] = .nan
    #expect(throws: ModelError.notFinite(step: 0, quantity: "next state")) {
      try model.adding([bad])
    }
    #expect(try model.adding([]).summary == model.summary)
    var settings = GaussianProcessSettings(maximumPointCount: 30)
    settings.sparse.inducingPointCount = 20
    let sparse = try GaussianProcessDynamicsTests.model(steps, settings)
    #expect {
      try sparse.adding(steps)
    } throws: { error in
      guard case ModelError.isApproximate = error else { return false }
      return "\(error)".contains("fit it anew")
    }
  }
}
