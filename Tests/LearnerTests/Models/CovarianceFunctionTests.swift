import Foundation
import Testing

import Learner

/// Against scikit-learn 1.9.1 on the data of `GaussianProcessOracleTests`, fixed hyperparameters:
///
///     C = ConstantKernel; se = C(0.9**2) * RBF([0.7, 1.3, 0.8])
///     poly = C(0.6**2 / 1.4**4) * DotProduct(1.4)**2           # 0.6² (1 + z·z' / 1.4²)²
///     g = GaussianProcessRegressor(kernel=k + WhiteKernel(0.01), optimizer=None, alpha=0).fit(Z, y)
///     g.log_marginal_likelihood(g.kernel_.theta, eval_gradient=True)
///     g.predict(Q); k.diag(Q) - diag(k(Q, Z) inv(k(Z) + 0.01 I) k(Z, Q))
@Suite struct CovarianceFunctionTests {
  private static let noise = log(0.1)
  private static let lengths = [log(0.7), log(1.3), log(0.8)]
  private static let polynomial = [Double](repeating: log(1.4), count: 3) + [log(0.6)]

  /// What scikit-learn says of a covariance function.
  struct Oracle: Sendable, CustomTestStringConvertible {
    var covariance: CovarianceFunction
    var vector: [Double]
    var value: Double
    var means: [Double]
    var variances: [Double]
    var testDescription: String { covariance.name }
  }

  static let oracles = [
    Oracle(
      covariance: .matern32, vector: lengths + [log(0.9), noise], value: -5.897302232669159,
      means: [0.5506710399887211, 0.1276451739768022, 1.4796241680163193e-06],
      variances: [0.12475787732633448, 0.07636473123935239, 0.8099999999805826]),
    Oracle(
      covariance: .matern52, vector: lengths + [log(0.9), noise], value: -4.437079516614493,
      means: [0.5709842747346179, 0.11752638980290453, 1.1310256826825333e-07],
      variances: [0.0796956196065216, 0.04949464682506999, 0.8099999999997084]),
    Oracle(
      covariance: .linear, vector: polynomial + [noise], value: -26.833501740621188,
      means: [0.43139757086577113, 0.018375355217918443, 5.268284530809709],
      variances: [0.002035165630115021, 0.0027830228735967744, 0.2571957612806184]),
    Oracle(
      covariance: .squaredExponential + .polynomial(degree: 2),
      vector: lengths + [log(0.9)] + polynomial + [noise], value: -3.0154534976492187,
      means: [0.5751689969457363, 0.10574190351691115, -4.025200591148282],
      variances: [0.038929253482491655, 0.03241434288658529, 385.2952825491782]),
    Oracle(
      covariance: .matern52 * .polynomial(degree: 2),
      vector: lengths + [log(0.9)] + polynomial + [noise], value: -4.3371794568513815,
      means: [0.5160175184280652, 0.14970013823023337, 1.1486316697410224e-08],
      variances: [0.05815406068815343, 0.03664500345191529, 449.57845964177073]),
    Oracle(
      covariance: .squaredExponential * .matern32 + .linear,
      vector: lengths + [log(0.9), log(0.5), log(0.9), log(1.1), log(0.6)]
        + polynomial.prefix(3) + [log(0.3), noise],
      value: -4.579213042644437,
      means: [0.5688174215478949, 0.09194862697120859, 1.3166998245583172],
      variances: [0.09329716525112342, 0.05784972497284924, 2.8057847786810166]),
  ]

  private func close(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-8 * max(abs(expected), 1e-3)
  }

  @Test(
    "Likelihood, means and variances of sums and products are scikit-learn's", arguments: oracles)
  func oracle(_ oracle: Oracle) throws {
    let process = try GaussianProcess(
      points: GaussianProcessOracleTests.points, targets: GaussianProcessOracleTests.targets,
      hyperparameters: GaussianProcessHyperparameters(
        vector: oracle.vector, covariance: oracle.covariance, dimensions: 3))
    #expect(close(process.logMarginalLikelihood, oracle.value))
    let queries: [[Double]] = [[0.33, 0.1, -0.2], [0.1, -0.3, 0.1], [5, 5, 5]]
    for (i, query) in queries.enumerated() {
      let (mean, variance) = process.predict(query)
      #expect(close(mean, oracle.means[i]), "\(mean) against \(oracle.means[i])")
      #expect(close(variance, oracle.variances[i]), "\(variance) against \(oracle.variances[i])")
    }
  }

  @Test("The gradient of a squared exponential plus a polynomial is scikit-learn's")
  func gradientOfSum() {
    let oracle = Self.oracles[3]
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(
        points: GaussianProcessOracleTests.points, dimensions: 3),
      targets: GaussianProcessOracleTests.targets, covariance: oracle.covariance)
    var gradient = [Double](repeating: 0, count: oracle.vector.count)
    _ = likelihood.evaluate(oracle.vector, gradient: &gradient)
    // Its parameters are log variance, and for the polynomial log c and log σ_0 with our
    // σ² (1 + z·z'/ℓ²)² = c (σ_0² + z·z')²: ∂/∂log ℓ = −4 ∂/∂log c + ∂/∂log σ_0.
    let expected = [
      1.8114344020727093, 1.6417352493198378, 3.3068657907176084, -2 * 2.0614102518678066,
    ]
    for (g, e) in zip(gradient, expected) { #expect(close(g, e), "\(g) against \(e)") }
    let byLength = 4 * 1.0420998572190046 - 1.8720040666187163
    #expect(close(gradient[4] + gradient[5] + gradient[6], byLength))
    #expect(close(gradient[7], -2 * 1.0420998572190046))
    #expect(close(gradient[8], 2 * -1.326452684556677))
  }

  @Test("A periodic part with a squared exponential on one input is scikit-learn's")
  func periodic() throws {
    // k = C(.81) * ExpSineSquared(0.8, 0.74) + C(.25) * RBF(0.6), first input only.
    let vector = [log(0.8), log(0.74), log(0.9), log(0.6), log(0.5), Self.noise]
    let points = (0..<12).map { 0.1 * Double($0) }
    let function = CovarianceFunction.periodic + .squaredExponential
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(points: points, dimensions: 1),
      targets: GaussianProcessOracleTests.targets, covariance: function)
    var gradient = [Double](repeating: 0, count: 6)
    let value = likelihood.evaluate(vector, gradient: &gradient)
    #expect(close(value, -11.396986118180019))
    let expected = [
      -1.5076747056873974, 14.134809606247337, -2 * 2.141484175032338, -6.310948053044114,
      2 * 2.530914202515813,
    ]
    for (g, e) in zip(gradient, expected) { #expect(close(g, e), "\(g) against \(e)") }
    let process = try GaussianProcess(
      points: points, targets: GaussianProcessOracleTests.targets,
      hyperparameters: GaussianProcessHyperparameters(
        vector: vector, covariance: function, dimensions: 1))
    let (mean, variance) = process.predict([5])
    #expect(close(mean, -0.23828024064024111))
    #expect(close(variance, 0.371289345089134))
  }

  @Test(
    "The gradient is what central differences are, however parts are nested",
    arguments: [
      .periodic * .squaredExponential + .matern32,
      (.squaredExponential + .linear) * (.matern52 + .polynomial(degree: 3)),
      .matern52 * (.periodic * (.matern32 + .linear)) + .squaredExponential,
    ] as [CovarianceFunction])
  func gradientByDifferences(function: CovarianceFunction) {
    var stream = TestStream(seed: 5)
    let points = stream.gaussians(30 * 2)
    let targets = stream.gaussians(30)
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(points: points, dimensions: 2), targets: targets,
      covariance: function)
    let vector = stream.gaussians(function.parameterCount(dimensions: 2) + 1).map { 0.3 * $0 }
    var gradient = vector
    _ = likelihood.evaluate(vector, gradient: &gradient)
    for i in vector.indices {
      var (low, high) = (vector, vector)
      low[i] -= 1e-5
      high[i] += 1e-5
      let slope = (likelihood.evaluate(high) - likelihood.evaluate(low)) / 2e-5
      #expect(abs(slope - gradient[i]) < 1e-6 * max(1, abs(slope)), "\(i) of \(function.name)")
    }
  }

  @Test(
    "Functions drawn from a posterior have its mean and variance",
    arguments: [
      .squaredExponential + .polynomial(degree: 2), .linear + .matern52,
    ] as [CovarianceFunction])
  func pathwise(function: CovarianceFunction) throws {
    let model = try Self.model(function)
    let functions = 2000
    let samples = model.pathwiseSamples(count: functions, featureCount: 1000, seed: 31)
    let workspace = samples.makeWorkspace(capacity: functions)
    for state in [[0.1, 0.2], [0.8, -2], [2.5, 4]] {
      let exact = model.change(state, [1])
      let states = state.flatMap { [Double](repeating: $0, count: functions) }
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
        abs(mean - exact.mean[1]) < (4 / Double(functions).squareRoot() + 0.05) * deviation,
        "at \(state): \(mean) against \(exact.mean[1]) ± \(deviation)")
      #expect(
        abs(variance / exact.variance[1] - 1) < 4 * (2 / Double(functions)).squareRoot() + 0.05,
        "at \(state): variance \(variance) against \(exact.variance[1])")
    }
  }

  @Test("Functions of a product, which has no features, pass where the posterior does at the data")
  func pathwiseProduct() throws {
    let model = try Self.model(.squaredExponential * .linear)
    let samples = model.pathwiseSamples(count: 500, seed: 3)
    let state = Self.steps[3].state
    let exact = model.change(state, Self.steps[3].action)
    let states = state.flatMap { [Double](repeating: $0, count: 500) }
    let actions = [Double](repeating: Self.steps[3].action[0], count: 500)
    var values = [Double](repeating: 0, count: 1000)
    samples.predict(
      count: 500, stride: 500, states: states, actions: actions, mean: &values, variance: nil,
      workspace: samples.makeWorkspace(capacity: 500))
    let mean = values[500...].reduce(0, +) / 500
    let variance = values[500...].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 499
    #expect(abs(mean - exact.mean[1]) < 0.3 * exact.variance[1].squareRoot())
    #expect(abs(variance / exact.variance[1] - 1) < 0.4)
  }

  @Test("A batch's means without variances are those with them")
  func meansAlone() throws {
    let model = try Self.model(.squaredExponential + .polynomial(degree: 2))
    var stream = TestStream(seed: 9)
    let states = stream.gaussians(2 * 200)
    let actions = stream.gaussians(200)
    var (alone, together, variance) = (states, states, states)
    let workspace = model.makeWorkspace(capacity: 200)
    model.predict(
      count: 200, stride: 200, states: states, actions: actions, mean: &alone, variance: nil,
      workspace: workspace)
    model.predict(
      count: 200, stride: 200, states: states, actions: actions, mean: &together,
      variance: &variance, workspace: workspace)
    for i in alone.indices { #expect(alone[i] == together[i]) }
    #expect(variance.allSatisfy { $0 >= 0 && $0.isFinite })
  }

  private static let steps = TestPendulum().trial(
    steps: 25, parameters: [1, 0.01], noise: 0.05, seed: 21)

  private static func model(_ function: CovarianceFunction) throws -> GaussianProcessDynamics {
    try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(kinds: [.revolute]), periodSeconds: 0.1,
      settings: GaussianProcessSettings(covariance: function), seed: 1)
  }
}
