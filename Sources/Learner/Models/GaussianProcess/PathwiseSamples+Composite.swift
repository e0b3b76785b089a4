import Foundation
import LinearAlgebra

extension PathwiseSamples {
  /// Draws functions of a process whose covariance has several parts.
  static func drawComposite(
    _ process: GaussianProcess, count: Int, stride: Int, featureCount: Int, stream: RandomStream
  ) -> Output {
    var stream = stream
    let dimensions = process.dimensions
    let function = process.hyperparameters.covariance
    // Hyperparameters for the points as they are kept, and standardised targets.
    let vector = process.hyperparameters
      .dividing(inputs: process.inputScales, target: process.targetScale).parameters
    let split = CovarianceSplit(function, vector: vector, dimensions: dimensions)
    let points = process.pointCount
    let spectral = SpectralFeatures(
      split.rest, dimensions: dimensions, featureCount: featureCount, stream: &stream)
    guard let spectral else {
      return drawAtPoints(
        process, vector: vector, count: count, stride: stride, stream: &stream)
    }

    var weights = [Double](repeating: 0, count: spectral.amplitudes.count * stride)
    for (m, amplitude) in spectral.amplitudes.enumerated() {
      for f in 0..<count { weights[m * stride + f] = amplitude * stream.nextGaussian() }
    }
    var forms = [QuadraticForm](repeating: QuadraticForm(dimensions: dimensions), count: count)
    for f in 0..<count {
      for polynomial in split.quadratics { forms[f].addSample(polynomial, stream: &stream) }
    }
    let noise = (0..<(points * count)).map { _ in stream.nextGaussian() }
    var rest = process.noisyTargets(noise, count: count, stride: stride)
    if !split.quadratics.isEmpty {
      for n in 0..<points {
        let point = Array(process.points[(n * dimensions)..<((n + 1) * dimensions)])
        for f in 0..<count { rest[n * stride + f] -= forms[f].value(at: point, stride: 1) }
      }
    }
    if !spectral.amplitudes.isEmpty {
      subtractFeatures(
        of: process, frequencies: spectral.frequencies, phases: spectral.phases, weights: weights,
        from: &rest, count: count, stride: stride)
    }
    process.condition(&rest, noise, count: count, stride: stride)
    for f in 0..<count {
      let own = (0..<points).map { rest[$0 * stride + f] }
      for polynomial in split.quadratics {
        forms[f].add(polynomial, points: process.points, coefficients: own)
      }
    }
    finish(&weights, spectral.amplitudes.count, count, stride, process.targetScale)
    finish(&rest, points, count, stride, process.targetScale)
    let kernel = split.rest.map { rest in
      Output.Kernel.composite(
        CovarianceBatch(
          rest.function, vector: rest.vector, points: process.points, dimensions: dimensions))
    }
    // A squared exponential that stands first has the process's own points and variance.
    let isOwn =
      split.rest?.function == .squaredExponential && function.terms[0] == .squaredExponential
    return Output(
      frequencies: spectral.frequencies, phases: spectral.phases, featureWeights: weights,
      coefficients: rest,
      quadratics: split.quadratics.isEmpty ? [] : forms.map { $0.scaled(process.targetScale) },
      kernel: isOwn ? .squaredExponential : kernel ?? .none)
  }

  /// Functions drawn at the points and interpolated: for covariances that have no features.
  ///
  /// With f = L₀ ξ the prior's values at the points, K₀ = L₀ L₀ᵀ without noise, the coefficients are
  /// K₀⁻¹ f + K⁻¹ (y − f − ε).
  private static func drawAtPoints(
    _ process: GaussianProcess, vector: [Double], count: Int, stride: Int,
    stream: inout RandomStream
  ) -> Output {
    let points = process.pointCount
    let batch = CovarianceBatch(
      process.hyperparameters.covariance, vector: vector, points: process.points,
      dimensions: process.dimensions)
    // The values of an approximate process at its inducing points are drawn from the posterior at
    // once, which needs nothing of the prior.
    let lower = process.sparse == nil ? priorFactor(process, batch) : nil
    var prior = [Double](repeating: 0, count: points * stride)
    var drawn = prior
    for f in 0..<count {
      var normals = Matrix(
        rows: points, columns: 1, (0..<points).map { _ in stream.nextGaussian() })
      guard let lower else { continue }
      let values = (lower * normals).values
      normals.values.withUnsafeMutableBufferPointer { x in
        lower.values.withUnsafeBufferPointer { l in
          guard let x = x.baseAddress, let l = l.baseAddress else { return }
          BLAS.solveLower(.left, .transposed, rows: points, columns: 1, l, points, x, points)
        }
      }
      for n in 0..<points {
        prior[n * stride + f] = normals.values[n]
        drawn[n * stride + f] = values[n]
      }
    }
    let noise = (0..<(points * count)).map { _ in stream.nextGaussian() }
    var rest = process.noisyTargets(noise, count: count, stride: stride)
    for i in rest.indices { rest[i] -= drawn[i] }
    process.condition(&rest, noise, count: count, stride: stride)
    for i in rest.indices { rest[i] += prior[i] }
    finish(&rest, points, count, stride, process.targetScale)
    return Output(
      frequencies: [], phases: [], featureWeights: [], coefficients: rest,
      kernel: .composite(batch))
  }

  /// L₀ of the covariances of a process's points without noise; nil when they have none.
  private static func priorFactor(_ process: GaussianProcess, _ batch: CovarianceBatch) -> Matrix? {
    let points = process.pointCount
    var covariance = Matrix(rows: points, columns: points)
    var scratch = [Double](repeating: 0, count: batch.scratchCount(points))
    batch.evaluate(
      count: points, queries: dimensionMajor(process.points, dimensions: process.dimensions),
      queryStride: points, into: &covariance.values, scratch: &scratch)
    return (try? Cholesky(covariance))?.lower
  }
}

extension GaussianProcess {
  /// y − ε for several functions: a row a point, `stride` apart, with an entry a function.
  ///
  /// An approximate process has zeros: the noise of its functions comes in when they are conditioned.
  ///
  /// - Parameter normals: Standard normal numbers, a row a point, `count` long.
  func noisyTargets(_ normals: [Double], count: Int, stride: Int) -> [Double] {
    var rest = [Double](repeating: 0, count: pointCount * stride)
    guard sparse == nil else { return rest }
    let deviation = noiseVariance.squareRoot()
    for n in 0..<pointCount {
      for f in 0..<count {
        rest[n * stride + f] = standardisedTargets[n] - deviation * normals[n * count + f]
      }
    }
    return rest
  }

  /// Turns ``noisyTargets(_:count:stride:)`` less functions drawn from the prior into coefficients
  /// that make them functions drawn from the posterior.
  func condition(_ rest: inout [Double], _ normals: [Double], count: Int, stride: Int) {
    if let sparse {
      return sparse.condition(&rest, count: count, stride: stride, normals: normals)
    }
    for form in [BLAS.Form.transposed, .plain] {
      BLAS.multiplyLower(
        .right, form, rows: count, columns: pointCount, inverseFactor, pointCount, &rest, stride)
    }
  }
}

/// Random Fourier features of a sum of squared exponentials and Matérn parts (Rahimi & Recht 2007).
///
/// A squared exponential's frequencies are normal; a Matérn part's have Student's t distribution with
/// 3 or 5 degrees of freedom (Rasmussen & Williams 2006, eq. 4.15).
struct SpectralFeatures {
  /// In half turns a unit of input, a feature's dimensions side by side.
  private(set) var frequencies: [Double] = []
  /// In half turns.
  private(set) var phases: [Double] = []
  /// What a feature's standard normal weight is multiplied by.
  private(set) var amplitudes: [Double] = []

  /// The features of a function with its hyperparameters; nil when a term has none.
  init?(
    _ rest: (function: CovarianceFunction, vector: [Double])?, dimensions: Int, featureCount: Int,
    stream: inout RandomStream
  ) {
    guard let rest else { return }
    var offset = 0
    for term in rest.function.terms {
      let freedom: Int
      switch term {
      case .squaredExponential: freedom = 0
      case .matern32: freedom = 3
      case .matern52: freedom = 5
      default: return nil
      }
      let inverse = (0..<dimensions).map { exp(-rest.vector[offset + $0]) }
      let variance = exp(2 * rest.vector[offset + dimensions])
      offset += term.parameterCount(dimensions: dimensions)
      for _ in 0..<featureCount {
        var squares = 0.0
        for _ in 0..<freedom {
          let normal = stream.nextGaussian()
          squares += normal * normal
        }
        let spread = freedom == 0 ? 1 : (Double(freedom) / squares).squareRoot()
        for d in 0..<dimensions {
          frequencies.append(spread * inverse[d] * stream.nextGaussian() / .pi)
        }
        phases.append(stream.nextUniform(in: 0, 2))
        amplitudes.append((2 * variance / Double(featureCount)).squareRoot())
      }
    }
  }
}
