import Foundation
import Testing

import Learner
import Robotics

/// Against scikit-learn 1.9.1, fixed hyperparameters:
///
///     Z = np.array([[0.1*i, ((7*i)%5)*0.3-0.6, ((3*i)%7)*0.2-0.5] for i in range(12)])
///     y = np.array([np.sin(2*z[0]) + 0.5*z[1] - z[2]**2 for z in Z])
///     k = ConstantKernel(0.9**2) * RBF([0.7, 1.3, 0.8]) + WhiteKernel(0.1**2)
///     g = GaussianProcessRegressor(kernel=k, optimizer=None, alpha=0).fit(Z, y)
///     g.log_marginal_likelihood(g.kernel_.theta, eval_gradient=True)
///     g.predict([[.33, .1, -.2], [.1, -.3, .1], [5, 5, 5]], return_std=True)
@Suite struct GaussianProcessOracleTests {
  static let points: [Double] = (0..<12).flatMap { i -> [Double] in
    let second = Double((7 * i) % 5) * 0.3 - 0.6
    let third = Double((3 * i) % 7) * 0.2 - 0.5
    return [0.1 * Double(i), second, third]
  }
  static let targets: [Double] = (0..<12).map { i -> Double in
    let (first, second, third) = (points[3 * i], points[3 * i + 1], points[3 * i + 2])
    return sin(2 * first) + 0.5 * second - third * third
  }
  static let vector = [log(0.7), log(1.3), log(0.8), log(0.9), log(0.1)]

  private func close(_ found: Double, _ expected: Double) -> Bool {
    abs(found - expected) <= 1e-8 * max(abs(expected), 1e-3)
  }

  @Test("The log marginal likelihood and its gradient are scikit-learn's")
  func likelihood() {
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(points: Self.points, dimensions: 3), targets: Self.targets)
    var gradient = [Double](repeating: 0, count: 5)
    let value = likelihood.evaluate(Self.vector, gradient: &gradient)
    #expect(close(value, -1.5914256174191))
    let expected = [
      1.5883359894319484, 1.709581420784973, 3.685715155064951, -5.135538437214365,
      -2.8325174854868074,
    ]
    for (g, e) in zip(gradient, expected) { #expect(close(g, e), "\(g) against \(e)") }
  }

  @Test("Means and variances are scikit-learn's, near the points and far away")
  func predictions() throws {
    let process = try GaussianProcess(
      points: Self.points, targets: Self.targets,
      hyperparameters: GaussianProcessHyperparameters(vector: Self.vector))
    #expect(close(process.logMarginalLikelihood, -1.5914256174191))
    let queries: [[Double]] = [[0.33, 0.1, -0.2], [0.1, -0.3, 0.1], [5, 5, 5]]
    let means = [0.5783279029008703, 0.10907743302045492, 1.0440150219814742e-17]
    let variances = [0.03221237561206914, 0.02632110699257196, 0.81]
    for i in queries.indices {
      let (mean, variance) = process.predict(queries[i])
      #expect(close(mean, means[i]), "\(mean) against \(means[i])")
      #expect(close(variance, variances[i]), "\(variance) against \(variances[i])")
    }
  }

  @Test("Dividing targets inside changes no prediction")
  func targetScale() throws {
    let parameters = GaussianProcessHyperparameters(vector: Self.vector)
    let plain = try GaussianProcess(
      points: Self.points, targets: Self.targets, hyperparameters: parameters)
    let scaled = try GaussianProcess(
      points: Self.points, targets: Self.targets, targetScale: 0.03, hyperparameters: parameters)
    #expect(close(scaled.logMarginalLikelihood, plain.logMarginalLikelihood))
    let query = [0.4, 0.2, 0.1]
    #expect(close(scaled.predict(query).mean, plain.predict(query).mean))
    #expect(close(scaled.predict(query).variance, plain.predict(query).variance))
  }

  @Test("The gradient is what central differences of the value are", arguments: [1, 2, 3])
  func gradientByDifferences(seed: UInt64) {
    var stream = TestStream(seed: seed)
    let count = 40
    let points = stream.gaussians(count * 4)
    let targets = stream.gaussians(count)
    let likelihood = MarginalLikelihood(
      differences: SquaredDifferences(points: points, dimensions: 4), targets: targets)
    let vector = stream.gaussians(6).map { 0.5 * $0 }
    var gradient = [Double](repeating: 0, count: 6)
    _ = likelihood.evaluate(vector, gradient: &gradient)
    for i in vector.indices {
      let step = 1e-4
      var (up, down) = (vector, vector)
      up[i] += step
      down[i] -= step
      var (up2, down2) = (vector, vector)
      up2[i] += 2 * step
      down2[i] -= 2 * step
      let near = likelihood.evaluate(up) - likelihood.evaluate(down)
      let far = likelihood.evaluate(up2) - likelihood.evaluate(down2)
      let difference = (8 * near - far) / (12 * step)
      #expect(
        abs(gradient[i] - difference) < 1e-6 * max(1, abs(difference)),
        "seed \(seed), parameter \(i): \(gradient[i]) against \(difference)")
    }
  }

  @Test(
    "The barriers' gradient is what central differences of their value are",
    arguments: [(100.0, [4.5, -4.4, 0.2, 2.0, -4.1]), (1e5, [11.3, -1, 0.2, 2.0, -4.1])])
  func barrierGradient(longest: Double, vector: [Double]) {
    let barriers = HyperparameterBarriers(longLengthscaleRatio: longest)
    var gradient = [Double](repeating: 0, count: 5)
    let value = barriers.penalty(vector, gradient: &gradient)
    #expect(value > 0.1)
    for i in vector.indices {
      var ignored = gradient
      var (up, down) = (vector, vector)
      up[i] += 1e-5
      down[i] -= 1e-5
      let difference =
        (barriers.penalty(up, gradient: &ignored) - barriers.penalty(down, gradient: &ignored))
        / 2e-5
      #expect(abs(gradient[i] - difference) < 1e-6 * max(1, abs(difference)))
    }
  }

  @Test(
    "Without barriers a likelihood is greater where an input says nothing, and a model surer of that far away"
  )
  func barriers() throws {
    var stream = TestStream(seed: 12)
    let count = 60
    let (points, noise) = (stream.gaussians(3 * count), stream.gaussians(count))
    // Of the first input a sine, of the second a line; of the third nothing.
    let steps = (0..<count).map { n in
      let (x, v, u) = (points[3 * n], points[3 * n + 1], points[3 * n + 2])
      let change = sin(2 * x) + 1.5 * v + 0.05 * noise[n]
      return Step(state: [x, v], action: [u], nextState: [x, v + change])
    }
    func fit(_ barriers: HyperparameterBarriers) throws -> GaussianProcess {
      var settings = GaussianProcessSettings()
      settings.barriers = barriers
      return try GaussianProcessDynamics.fit(
        steps: steps, features: FeatureMap(kinds: [.prismatic]), periodSeconds: 0.05,
        settings: settings, seed: 1
      ).outputs[0]
    }
    let kept = try fit(HyperparameterBarriers())
    let free = try fit(
      HyperparameterBarriers(
        signalToNoise: 1e5, lengthscaleRatio: 1e5, longLengthscaleRatio: 1e5, signalRatio: 1e5))
    let far = [0.0, 0, 300]
    print(
      "log likelihoods", kept.logMarginalLikelihood, free.logMarginalLikelihood, "variances",
      kept.predict(far).variance, free.predict(far).variance)
    #expect(kept.hyperparameters.logLengthscales.allSatisfy { $0 < log(150) })
    #expect(free.logMarginalLikelihood > kept.logMarginalLikelihood)
    #expect(free.predict(far).variance < 0.1 * kept.predict(far).variance)
  }

  @Test("Leave-one-out residuals are those of processes without the point")
  func leaveOneOut() throws {
    let parameters = GaussianProcessHyperparameters(vector: Self.vector)
    let whole = try GaussianProcess(
      points: Self.points, targets: Self.targets, hyperparameters: parameters)
    for i in 0..<12 {
      var points = Self.points
      points.removeSubrange((3 * i)..<(3 * i + 3))
      var targets = Self.targets
      targets.remove(at: i)
      let without = try GaussianProcess(
        points: points, targets: targets, hyperparameters: parameters)
      let residual =
        Self.targets[i] - without.predict(Array(Self.points[(3 * i)..<(3 * i + 3)])).mean
      #expect(abs(whole.leaveOneOutResiduals[i] - residual) < 1e-10)
    }
  }
}
