import Foundation
import LinearAlgebra

/// Inputs shared by several outputs, standardised once.
struct StandardisedInputs: Sendable {
  /// Physical points, a point's dimensions side by side.
  let points: [Double]
  let dimensions: Int
  /// The standard deviation of each dimension; 1 where it is constant.
  let scales: [Double]
  /// The dimensions that don't vary.
  let constantDimensions: [Int]
  /// N.
  let count: Int
  /// The points that hyperparameters are fitted to, evenly spread; nil for all.
  let fitted: [Int]?
  /// Of the points that hyperparameters are fitted to.
  let differences: SquaredDifferences
  /// Some of the points, for coming near the optimum cheaply; nil where all are few.
  let rung: Rung?

  /// Some of the points.
  struct Rung: Sendable {
    let indices: [Int]
    let differences: SquaredDifferences
  }

  /// - Parameters:
  ///   - covariance: What is fitted to them.
  ///   - screeningCount: How many points the rung below all has at least.
  ///   - fittedCount: How many points hyperparameters are fitted to at most; nil for all.
  init(
    points: [Double], dimensions: Int, covariance: CovarianceFunction, screeningCount: Int,
    fittedCount: Int? = nil
  ) {
    let count = points.count / dimensions
    let scales = StandardisedInputs.scales(points: points, dimensions: dimensions)
    let scaled = points.indices.map { points[$0] / scales[$0 % dimensions] }
    func rung(_ indices: [Int]) -> Rung {
      let subset = indices.flatMap { scaled[($0 * dimensions)..<(($0 + 1) * dimensions)] }
      return Rung(
        indices: indices,
        differences: SquaredDifferences(points: subset, dimensions: dimensions, for: covariance))
    }
    self.count = count
    self.points = points
    self.dimensions = dimensions
    self.scales = scales
    constantDimensions = StandardisedInputs.constants(points: points, dimensions: dimensions)
    let fittedCount = min(fittedCount ?? count, count)
    if fittedCount < count {
      let some = rung(EvenSpread.places(fittedCount, of: count))
      fitted = some.indices
      differences = some.differences
    } else {
      fitted = nil
      differences = SquaredDifferences(points: scaled, dimensions: dimensions, for: covariance)
    }
    if fittedCount >= 3 * screeningCount {
      let size = max(screeningCount, fittedCount / 4)
      self.rung = rung((0..<size).map { $0 * count / size })
    } else {
      self.rung = nil
    }
  }

  /// The standard deviation of each dimension; 1 where it is constant.
  static func scales(points: [Double], dimensions: Int) -> [Double] {
    let constants = constants(points: points, dimensions: dimensions)
    return (0..<dimensions).map { d in
      constants.contains(d) ? 1 : statistics(points, dimensions, d).deviation
    }
  }

  /// The dimensions that don't vary.
  static func constants(points: [Double], dimensions: Int) -> [Int] {
    (0..<dimensions).filter { d in
      let (mean, deviation) = statistics(points, dimensions, d)
      return !(deviation > 1e-9 * max(abs(mean), 1e-9))
    }
  }

  private static func statistics(_ points: [Double], _ dimensions: Int, _ d: Int)
    -> (mean: Double, deviation: Double)
  {
    meanAndDeviation(stride(from: d, to: points.count, by: dimensions).map { points[$0] })
  }
}

/// The mean and the standard deviation (divided by N) of some numbers.
func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
  let count = Double(max(values.count, 1))
  let mean = values.reduce(0, +) / count
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
  return (mean, variance.squareRoot())
}

/// One output to be fitted.
struct FitTarget: Sendable {
  /// The output's name, for errors.
  var name: String
  /// N values, in physical units.
  var values: [Double]
  /// What the process goes back to far from all points.
  var mean: Double
  /// What the targets, less the mean, are divided by.
  var scale: Double
  /// Whether the targets don't vary, so that there is nothing to fit.
  var isConstant: Bool

  /// - Parameters:
  ///   - centred: Whether the mean of the values is taken off; a residual on a prior keeps zero.
  ///   - reference: The size below a billionth of which variation counts as none.
  init(name: String, values: [Double], centred: Bool, reference: Double? = nil) {
    self.name = name
    self.values = values
    let (average, deviation) = meanAndDeviation(values)
    mean = centred ? average : 0
    let size =
      centred
      ? deviation
      : (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
    let floor = max(1e-9 * (reference ?? abs(average)), 1e-12)
    isConstant = size <= floor
    scale = max(size, floor)
  }

  var standardised: [Double] { values.map { ($0 - mean) / scale } }
}

/// Fits Gaussian processes that share their inputs.
struct GaussianProcessFit {
  var inputs: StandardisedInputs
  var settings: GaussianProcessSettings
  var seed: UInt64
  var threads: Int
  var isCancelled: @Sendable () -> Bool

  /// Maximises every output's marginal likelihood, from several starts.
  ///
  /// - Parameter warm: Hyperparameters in physical units to start from as well, an entry an output.
  /// - Throws: ``ModelError``, or `CancellationError`.
  func fit(_ targets: [FitTarget], warm: [GaussianProcessHyperparameters]?) throws
    -> [GaussianProcess]
  {
    let known = targets.indices.map { output in
      warm.flatMap { self.known($0[output], target: targets[output]) }
    }
    let starts = targets.indices.map { output in
      let fresh = self.starts(output: output, target: targets[output])
      guard let known = known[output], inputs.rung == nil else { return fresh }
      return [withinReach(known)] + fresh
    }
    let runs = targets.indices.flatMap { output in
      starts[output].indices.map { (output: output, start: $0) }
    }
    // Every start goes a part of the way; the best of them then on, with all points.
    let raced = try Parallel.map(blocks: runs.count, threads: threads) { run in
      let (output, start) = runs[run]
      let target = targets[output]
      let vector = starts[output][start]
      if target.isConstant || (starts[output].count == 1 && inputs.rung == nil) {
        return LBFGS.Result.unmoved(vector)
      }
      return try optimise(
        likelihood(target, on: inputs.rung), from: vector,
        iterations: settings.screeningIterations)
    }
    return try Parallel.map(blocks: targets.count, threads: threads) { output in
      let target = targets[output]
      var best: LBFGS.Result?
      for (run, result) in zip(runs, raced) where run.output == output {
        if result.value < best?.value ?? .infinity { best = result }
      }
      var vector = best?.point ?? starts[output][0]
      if !target.isConstant {
        let whole = likelihood(target, on: nil)
        var curvature = best?.curvature ?? []
        if let rung = inputs.rung {
          vector = withinReach(vector)
          let growth = Double(whole.targets.count) / Double(rung.indices.count)
          curvature = curvature.map { $0.scaled(by: growth) }
          // The last fit's hyperparameters may beat what some points suggest.
          if let known = known[output], objective(whole, known) < objective(whole, vector) {
            (vector, curvature) = (known, [])
          }
        }
        vector = try optimise(
          whole, from: vector, curvature: curvature, iterations: settings.maximumIterations
        ).point
      }
      return try process(target, vector)
    }
  }

  /// The same with no lengthscale so long that the likelihood says nothing of it any more: what other
  /// points left open may matter to these.
  private func withinReach(_ vector: [Double]) -> [Double] {
    var result = vector
    for part in CovarianceTree(settings.covariance, dimensions: inputs.dimensions).parts {
      for place in part.lengthscales { result[place] = min(result[place], log(10)) }
    }
    return result
  }

  /// The likelihood of a target on some of the points, or on all.
  func likelihood(_ target: FitTarget, on rung: StandardisedInputs.Rung?)
    -> MarginalLikelihood
  {
    let values = target.standardised
    guard let rung else {
      return MarginalLikelihood(
        differences: inputs.differences,
        targets: inputs.fitted.map { $0.map { values[$0] } } ?? values,
        covariance: settings.covariance)
    }
    return MarginalLikelihood(
      differences: rung.differences, targets: rung.indices.map { values[$0] },
      covariance: settings.covariance)
  }

  /// −log p(y | Z) plus barriers and priors.
  private func objective(_ likelihood: MarginalLikelihood, _ vector: [Double]) -> Double {
    let value = likelihood.evaluate(vector)
    var ignored = vector
    return value.isFinite ? settings.penalty(vector, gradient: &ignored) - value : .infinity
  }

  /// The processes with given hyperparameters, in physical units.
  func condition(_ targets: [FitTarget], _ hyperparameters: [GaussianProcessHyperparameters])
    throws -> [GaussianProcess]
  {
    try Parallel.map(blocks: targets.count, threads: threads) { output in
      let target = targets[output]
      return try process(
        target,
        hyperparameters[output].dividing(inputs: inputs.scales, target: target.scale).vector)
    }
  }

  /// Hyperparameters in physical units from a vector for standardised data.
  func hyperparameters(_ vector: [Double], target: FitTarget) -> GaussianProcessHyperparameters {
    GaussianProcessHyperparameters(
      vector: vector, covariance: settings.covariance, dimensions: inputs.dimensions
    ).multiplying(inputs: inputs.scales, target: target.scale)
  }

  private func process(_ target: FitTarget, _ vector: [Double]) throws -> GaussianProcess {
    do {
      let hyperparameters = hyperparameters(vector, target: target)
        .forgetting(constantDimensions: inputs.constantDimensions)
      guard settings.isApproximate(pointCount: inputs.count) else {
        return try GaussianProcess(
          points: inputs.points, targets: target.values, mean: target.mean,
          targetScale: target.scale, hyperparameters: hyperparameters)
      }
      return try GaussianProcess(
        points: inputs.points, targets: target.values, mean: target.mean,
        targetScale: target.scale, hyperparameters: hyperparameters,
        inducing: .chosen(
          most: settings.inducingPointCount, tolerance: settings.sparse.tolerance),
        leastNoiseRatio: target.isConstant ? nil : pow(settings.barriers.signalToNoise, -2))
    } catch ModelError.notPositiveDefinite(_, let points) {
      throw ModelError.notPositiveDefinite(output: target.name, points: points)
    }
  }

  /// Minimises −log p(y | Z) plus barriers and priors.
  func optimise(
    _ likelihood: MarginalLikelihood, from vector: [Double],
    curvature: [LBFGS.CurvaturePair] = [], iterations: Int
  ) throws -> LBFGS.Result {
    var optimiser = LBFGS()
    optimiser.maximumIterations = iterations
    optimiser.gradientTolerance = 1e-3
    optimiser.valueTolerance = 1e-6
    let result = optimiser.minimise(
      from: vector, curvature: curvature, isCancelled: isCancelled
    ) { point, gradient in
      let value = likelihood.evaluate(point, gradient: &gradient)
      guard value.isFinite else { return .infinity }
      for i in gradient.indices { gradient[i] = -gradient[i] }
      return settings.penalty(point, gradient: &gradient) - value
    }
    if result.reason == .cancelled { throw CancellationError() }
    return result
  }

  /// The last fit's hyperparameters for standardised data; nil where they are of another covariance, or say
  /// nothing of these data.
  private func known(_ warm: GaussianProcessHyperparameters, target: FitTarget) -> [Double]? {
    guard !target.isConstant, warm.covariance == settings.covariance,
      warm.dimensions == inputs.dimensions
    else { return nil }
    let vector = warm.dividing(inputs: inputs.scales, target: target.scale).vector
    return vector.allSatisfy { abs($0) < 12 } ? vector : nil
  }

  /// Where to start: as PILCO does and, with few points, which have several optima more often, smoother and
  /// seeded random.
  private func starts(output: Int, target: FitTarget) -> [[Double]] {
    let dimensions = inputs.dimensions
    var starts: [[Double]] = []
    // A further part starts smoother and smaller than the first; a period, longer than the data.
    let further = CovarianceTree(settings.covariance, dimensions: dimensions).parts
    func add(_ logLengthscales: [Double], _ logNoise: Double) {
      var vector: [Double] = []
      for (index, part) in further.enumerated() {
        vector += logLengthscales.map { index == 0 ? $0 : $0 + log(2) }
        if part.kind == .periodic {
          vector += [Double](repeating: log(4), count: dimensions)
        }
        vector.append(index == 0 || !part.carriesUnit ? 0 : log(0.5))
      }
      starts.append(vector + [logNoise])
    }
    if target.isConstant {
      add([Double](repeating: 0, count: dimensions), log(0.1))
      return starts
    }
    add([Double](repeating: 0, count: dimensions), log(0.1))
    let isFew = inputs.differences.pointCount <= settings.restartPointCount
    let restarts = isFew ? settings.restarts : 1
    if restarts > 1 {
      add([Double](repeating: log(2), count: dimensions), log(0.1))
    }
    for restart in 2..<max(restarts, 2) {
      var stream = RandomStream(seed: seed, path: [UInt64(output), UInt64(restart)])
      let lengthscales = (0..<dimensions).map { _ in log(2) + stream.nextGaussian() }
      add(lengthscales, stream.nextUniform(in: log(0.01), log(0.5)))
    }
    return starts
  }
}

extension LBFGS.Result {
  /// A minimisation that had nothing to do.
  static func unmoved(_ point: [Double]) -> LBFGS.Result {
    LBFGS.Result(point: point, value: 0, iterations: 0, evaluations: 0, reason: .gradient)
  }
}
