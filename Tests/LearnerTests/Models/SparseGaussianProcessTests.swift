import Foundation
import Testing

import Learner

/// Against plain matrix algebra in numpy 2.4.6 and scipy 1.17.1, fixed hyperparameters:
///
///     Z = np.array([[0.1*i, ((7*i)%5)*0.3-0.6, ((3*i)%7)*0.2-0.5] for i in range(40)])
///     y = np.array([np.sin(2*z[0]) + 0.5*z[1] - z[2]**2 for z in Z])
///     q = np.array([[.33, .1, -.2], [2.1, -.3, .1], [9, 5, 5]])
///     U = Z[[0, 4, 9, 13, 18, 22, 26, 31, 35, 39]]
///     l = np.array([.7, 1.3, .8])
///     k = lambda a, b: .9**2*np.exp(-.5*(((a[:, None]-b[None])/l)**2).sum(-1))
///     # and that plus .4**2*(1+((a/1.5)@(b/1.5).T))**2
///     Q = k(Z, U)@np.linalg.solve(k(U, U), k(U, Z)); C = Q + .01*np.eye(40); t = np.trace(k(Z, Z)-Q)
///     multivariate_normal(np.zeros(40), C).logpdf(y) - t/.02                                 # lower
///     -20*np.log(2*np.pi) - slogdet(C)[1]/2 - y@solve(C+t*np.eye(40), y)/2                   # upper
///     S = k(U, U) + k(U, Z)@k(Z, U)/.01; p = k(q, U)
///     p@solve(S, k(U, Z)@y)/.01                                                              # means
///     diag(k(q, q)) - einsum('ij,ji->i', p, solve(k(U, U), p.T) - solve(S, p.T))             # variances
///     e = inv(C); (e@y)/np.diag(e); B = np.arange(10, 20)
///     (solve(e[np.ix_(B, B)], (e@y)[B])**2).sum(); y@e@y
@Suite struct SparseGaussianProcessTests {
  static let points: [Double] = (0..<40).flatMap { i -> [Double] in
    let second = Double((7 * i) % 5) * 0.3 - 0.6
    let third = Double((3 * i) % 7) * 0.2 - 0.5
    return [0.1 * Double(i), second, third]
  }
  static let targets: [Double] = (0..<40).map { i -> Double in
    let (first, second, third) = (points[3 * i], points[3 * i + 1], points[3 * i + 2])
    return sin(2 * first) + 0.5 * second - third * third
  }
  static let inducing = [0, 4, 9, 13, 18, 22, 26, 31, 35, 39]
  static let queries: [[Double]] = [[0.33, 0.1, -0.2], [2.1, -0.3, 0.1], [9, 5, 5]]
  static let smooth = [log(0.7), log(1.3), log(0.8), log(0.9)]
  static let quadratic = [log(1.5), log(1.5), log(1.5), log(0.4)]

  struct Oracle: Sendable {
    var covariance: CovarianceFunction
    var vector: [Double]
    var lower: Double
    var upper: Double
    var means: [Double]
    var variances: [Double]
    /// Of points 0, 7 and 20.
    var leftOut: [Double]
    /// Of points 10 to 19.
    var blockSquares: Double
    var misfit: Double
  }

  static let oracles = [
    Oracle(
      covariance: .squaredExponential, vector: smooth + [log(0.1)], lower: -302.7923813539854,
      upper: 28.42190256275511,
      means: [0.29461911587350975, -1.3590596990227584, 4.088706594882506e-22],
      variances: [0.17871701823881925, 0.09201101141860235, 0.81],
      leftOut: [-0.6484492658216144, 0.613833830208376, 0.378570631129404],
      blockSquares: 0.8972801578826783, misfit: 165.58463851148875),
    Oracle(
      covariance: .squaredExponential + .polynomial(degree: 2),
      vector: smooth + quadratic + [log(0.1)], lower: -335.0918223546729,
      upper: 25.78874435893343,
      means: [0.3445741329819321, -1.396567934134278, 5.659122405974247],
      variances: [0.19951327231085547, 0.10154051453063762, 194.00001199802728],
      leftOut: [-0.613273874658973, 0.5301354184719893, 0.40391117754530803],
      blockSquares: 0.9173565243511309, misfit: 118.90664029426965),
  ]

  private func close(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-8 * max(abs(expected), 1e-3)
  }

  @Test("Bounds, means, variances and residuals of points left out are numpy's", arguments: oracles)
  func oracle(_ oracle: Oracle) throws {
    // Standardising targets inside changes nothing.
    for scale in [1, 0.3] {
      let process = try GaussianProcess(
        points: Self.points, targets: Self.targets, targetScale: scale,
        hyperparameters: .init(vector: oracle.vector, covariance: oracle.covariance, dimensions: 3),
        inducing: .given(Self.inducing))
      #expect(close(process.logMarginalLikelihood, oracle.lower))
      let gap = try #require(process.approximation).evidenceGap
      #expect(close(gap, oracle.upper - oracle.lower))
      for (i, query) in Self.queries.enumerated() {
        let (mean, variance) = process.predict(query)
        #expect(close(mean, oracle.means[i]), "\(mean) against \(oracle.means[i])")
        #expect(
          close(variance, oracle.variances[i]), "\(variance) against \(oracle.variances[i])")
      }
      let residuals = process.leaveOneOutResiduals
      for (place, expected) in zip([0, 7, 20], oracle.leftOut) {
        #expect(close(residuals[place], expected))
      }
      #expect(close(process.squaresOfLeftOut([10..<20])[0], oracle.blockSquares))
      let whitened = process.whiten(Self.targets)
      #expect(whitened.count == process.whitenedCount)
      #expect(close(whitened.reduce(0) { $0 + $1 * $1 }, oracle.misfit))
    }
  }

  static let exactCases: [(CovarianceFunction, [Double])] = [
    (.squaredExponential, smooth),
    (.squaredExponential + .polynomial(degree: 2), smooth + quadratic),
    (.matern52 * .linear, smooth + [log(1.1), log(0.9), log(1.2), log(0.7)]),
    (.matern32, smooth),
  ]

  @Test(
    "With every point an inducing one, an approximate process is the exact one",
    arguments: exactCases)
  func allInducing(covariance: CovarianceFunction, parameters: [Double]) throws {
    let hyperparameters = GaussianProcessHyperparameters(
      vector: parameters + [log(0.1)], covariance: covariance, dimensions: 3)
    let exact = try GaussianProcess(
      points: Self.points, targets: Self.targets, hyperparameters: hyperparameters)
    let sparse = try GaussianProcess(
      points: Self.points, targets: Self.targets, hyperparameters: hyperparameters,
      inducing: .given(Array(0..<40)))
    #expect(close(sparse.logMarginalLikelihood, exact.logMarginalLikelihood))
    #expect(try #require(sparse.approximation).unexplainedVariance < 1e-8)
    for query in Self.queries {
      #expect(close(sparse.predict(query).mean, exact.predict(query).mean))
      let (found, expected) = (sparse.predict(query).variance, exact.predict(query).variance)
      #expect(close(found, expected), "\(found) against \(expected)")
    }
    for (found, expected) in zip(sparse.leaveOneOutResiduals, exact.leaveOneOutResiduals) {
      #expect(close(found, expected))
    }
    let blocks = [0..<5, 5..<17, 17..<40]
    for (found, expected) in zip(
      sparse.squaresOfLeftOut(blocks), exact.squaresOfLeftOut(blocks))
    {
      #expect(close(found, expected))
    }
    func square(_ process: GaussianProcess) -> Double {
      process.whiten(Self.targets).reduce(0) { $0 + $1 * $1 }
    }
    #expect(close(square(sparse), square(exact)))
  }

  @Test("Repeated points are chosen once, and no more than explain all to the tolerance")
  func choice() throws {
    let hyperparameters = GaussianProcessHyperparameters(vector: Self.smooth + [log(0.1)])
    func chosen(_ tolerance: Double) throws -> ModelSummary.Approximation {
      let process = try GaussianProcess(
        points: Self.points + Self.points, targets: Self.targets + Self.targets,
        hyperparameters: hyperparameters, inducing: .chosen(most: 80, tolerance: tolerance))
      return try #require(process.approximation)
    }
    let all = try chosen(0)
    #expect(all.inducingPointCount <= 40 && all.unexplainedVariance < 1e-6)
    let some = try chosen(0.1)
    #expect(some.inducingPointCount < all.inducingPointCount)
    #expect(some.unexplainedVariance <= 0.1)
    // One more would have been needed for a hundredth of that.
    #expect(some.unexplainedVariance > 0.001)
  }

  @Test("Points chosen greedily explain more than as many evenly spread ones")
  func greedy() throws {
    let hyperparameters = GaussianProcessHyperparameters(vector: Self.smooth + [log(0.1)])
    func unexplained(_ inducing: GaussianProcess.Inducing) throws -> Double {
      let process = try GaussianProcess(
        points: Self.points, targets: Self.targets, hyperparameters: hyperparameters,
        inducing: inducing)
      return try #require(process.approximation).unexplainedVariance
    }
    let even = try unexplained(.given(Self.inducing))
    #expect(try unexplained(.chosen(most: 10, tolerance: 0)) < 0.9 * even)
  }

  @Test("Noise and signal are changed to raise the bound, as far as it goes", arguments: [0.3, 3])
  func scales(noiseFactor: Double) throws {
    var stream = TestStream(seed: 41)
    let noisy = zip(Self.targets, stream.gaussians(40)).map { $0 + 0.1 * $1 }
    func process(_ vector: [Double], adapts: Bool) throws -> GaussianProcess {
      try GaussianProcess(
        points: Self.points, targets: noisy, hyperparameters: .init(vector: vector),
        inducing: .given(Array(0..<40)), leastNoiseRatio: adapts ? 1e-6 : nil)
    }
    let start = Self.smooth + [log(0.1 * noiseFactor)]
    let best = try process(start, adapts: true)
    #expect(best.logMarginalLikelihood > (try process(start, adapts: false)).logMarginalLikelihood)
    #expect(best.hyperparameters.logLengthscales == Array(Self.smooth.prefix(3)))
    // No neighbour in either is better: it is the maximum, to a nat's hundredth.
    for (signal, noise) in [(0.05, 0.0), (-0.05, 0), (0, 0.05), (0, -0.05)] {
      var vector = best.hyperparameters.vector
      vector[3] += signal
      vector[4] += noise
      #expect(
        try process(vector, adapts: false).logMarginalLikelihood < best.logMarginalLikelihood + 0.01
      )
    }
  }
}
