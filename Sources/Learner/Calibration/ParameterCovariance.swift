import LinearAlgebra

/// How sure a robust fit is of its parameters.
///
/// The Laplace approximation's covariance A⁻¹, A the Hessian of the negative log posterior, would be
/// right if the segments' errors were independent and as large as assumed. They are neither: the
/// same mistake of the prior comes back in every segment, and overlapping segments share samples. So
/// the covariance is the sandwich A⁻¹ (B + Π) A⁻¹ (Huber 1967) with B the long-run covariance of
/// the segments' scores, neighbours included with Bartlett weights (Newey & West 1987); Π is the
/// prior's part. Intervals take Student's quantile for n − p degrees of freedom, n segments and p
/// parameters. (On simulated recordings that gives the stated coverage; enlarging B by n / (n − p) for
/// the independent segments besides gave 98 to 99 %: `calibration-benchmark`.)
struct ParameterCovariance {
  /// The covariance of all free parameters; zero in the rows of those at a bound.
  let covariance: Matrix
  /// The Hessian A, of all free parameters.
  let hessian: Matrix
  /// The bound that each parameter lies at.
  let bounds: [CalibrationResult.Estimate.Bound?]
  /// How far from its bound each parameter that lies at one may be; nil for the others.
  let oneSided: [OneSidedUncertainty?]
  /// The degrees of freedom of the intervals.
  let degreesOfFreedom: Double

  init(
    _ problem: OutputErrorProblem, fit: RobustFit, using used: [Bool], spacingSeconds: Double,
    segmentSeconds: Double
  ) {
    let count = problem.count
    let terms = problem.terms(fit.values, shifts: fit.shifts)
    let system = NormalEquations(problem, terms, fit: fit, using: used)
    // The robust loss bends less than its weights say: A = Σ w J̃ᵀJ̃ + 2 w' g gᵀ + Π.
    var exact = system.matrix
    for (s, segment) in system.segments.enumerated() where segment.weight > 0 {
      let bend = 2 * RobustLoss.curvature(fit.squares[s])
      for p in 0..<count {
        for q in 0..<count { exact[p, q] += bend * segment.gradient[p] * segment.gradient[q] }
      }
    }
    let bounds = (0..<count).map { p -> CalibrationResult.Estimate.Bound? in
      let margin = 1e-6 * problem.range(p)
      if fit.values[p] <= problem.lower[p] + margin { return .lower }
      return fit.values[p] >= problem.upper[p] - margin ? .upper : nil
    }
    let inside = (0..<count).filter { bounds[$0] == nil }
    let part = { (matrix: Matrix, chosen: [Int]) -> Matrix in
      var result = Matrix(rows: chosen.count, columns: chosen.count)
      for (i, p) in chosen.enumerated() {
        for (j, q) in chosen.enumerated() { result[i, j] = matrix[p, q] }
      }
      return result
    }
    let isConvex = (try? SymmetricEigen(part(exact, inside)))?.values.first.map { $0 > 0 } ?? false
    let hessian = isConvex ? exact : system.matrix

    let freedom = max(1, Double(used.count { $0 }) - Double(inside.count))
    var middle = ParameterCovariance.scoreCovariance(
      problem, system, lagSeconds: segmentSeconds, spacingSeconds: spacingSeconds)
    for p in 0..<count {
      middle[p, p] += 1 / (problem.priorDeviation(p) * problem.priorDeviation(p))
    }

    var covariance = Matrix(rows: count, columns: count)
    if !inside.isEmpty, let inverse = try? Cholesky(part(hessian, inside)).inverse() {
      let sandwich = inverse * part(middle, inside) * inverse
      for (i, p) in inside.enumerated() {
        for (j, q) in inside.enumerated() {
          covariance[p, q] = 0.5 * (sandwich[i, j] + sandwich[j, i])
        }
      }
    }
    oneSided = (0..<count).map { p in
      guard bounds[p] != nil else { return nil }
      // The others move along: what counts is the curvature that is left when they do.
      let chosen = inside + [p]
      let last = inside.count
      guard let inverse = try? Cholesky(part(system.matrix, chosen)).inverse() else { return nil }
      let sandwich = inverse * part(middle, chosen) * inverse
      // The sandwich says by how much the posterior is too sure of itself.
      let inflation = max(1, sandwich[last, last] / inverse[last, last])
      return OneSidedUncertainty(
        slope: abs(system.gradient[p]) / inflation, variance: inverse[last, last] * inflation)
    }
    self.covariance = covariance
    self.hessian = hessian
    self.bounds = bounds
    degreesOfFreedom = freedom
  }

  private static func scoreCovariance(
    _ problem: OutputErrorProblem, _ system: NormalEquations, lagSeconds: Double,
    spacingSeconds: Double
  ) -> Matrix {
    let count = problem.count
    let lags = max(1, Int((lagSeconds / spacingSeconds).rounded(.up)))
    let segments = problem.rollouts.segments
    let scores = system.segments.map { segment in segment.gradient.map { $0 * segment.weight } }
    var result = Matrix(rows: count, columns: count)
    for s in segments.indices where system.segments[s].weight > 0 {
      for other in s..<min(segments.count, s + lags + 1) {
        guard system.segments[other].weight > 0,
          segments[other].recording == segments[s].recording
        else { continue }
        let apart = (segments[other].startSeconds - segments[s].startSeconds) / spacingSeconds
        let weight = max(0, 1 - apart / Double(lags + 1))
        for p in 0..<count {
          for q in 0..<count {
            let product = weight * scores[s][p] * scores[other][q]
            result[p, q] += product
            if other != s { result[q, p] += product }
          }
        }
      }
    }
    return result
  }
}

/// The quantile of Student's t distribution, by Fisher & Cornish's expansion about the normal one
/// (Abramowitz & Stegun 26.7.5); good to 1 % from three degrees of freedom on.
func studentQuantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
  let z = normalQuantile(probability)
  let z2 = z * z
  let first = z * (z2 + 1) / 4
  let second = z * ((5 * z2 + 16) * z2 + 3) / 96
  let third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
  let n = degreesOfFreedom
  return z + first / n + second / (n * n) + third / (n * n * n)
}
