import Foundation
import LinearAlgebra

/// Whole functions drawn from the posterior of Gaussian-process dynamics, each consistent over all
/// inputs it is asked at: pathwise conditioning (Wilson et al., ICML 2020).
///
/// A function is a prior sample by random Fourier features (Rahimi & Recht 2007) plus the kernel
/// times K⁻¹ (y − f(Z) − ε). Asking costs one pass over points and features, with no solve, so a
/// rollout in which every particle keeps its own dynamics is cheaper than predicting a variance:
///
///     let samples = model.pathwiseSamples(count: 32, seed: 7)
///     let workspace = samples.makeWorkspace(capacity: 1024)
///     samples.predict(count: 1024, …, variance: nil, workspace: workspace)
///
/// A covariance function of several parts is drawn term by term of its sum: squared exponentials and
/// Matérn parts by Fourier features, polynomials up to the second degree exactly. One with other terms
/// (products, periodic parts) is drawn at the points alone and interpolated: away from them such
/// functions differ less than the posterior says.
///
/// Member b of a batch has function b mod ``functionCount``: lay a batch out with particles fastest.
/// As a ``DynamicsModel`` it is certain: its mean is the function's value, its variance zero.
public struct PathwiseSamples: DynamicsModel {
  /// The dynamics that the functions were drawn from.
  public let model: GaussianProcessDynamics
  /// The number of functions.
  public let functionCount: Int
  /// The function that the first member of a batch has.
  public var firstFunction = 0

  /// The functions of one output.
  struct Output: Sendable {
    /// In half turns a unit of scaled input, a feature's dimensions side by side.
    var frequencies: [Double]
    /// In half turns.
    var phases: [Double]
    /// A row a feature: a weight a function, repeated past its end.
    var featureWeights: [Double]
    /// A row a point: a coefficient a function, repeated past its end.
    var coefficients: [Double]
    /// The polynomial part of each function; empty when there is none.
    var quadratics: [QuadraticForm] = []
    /// The covariances that the coefficients weigh.
    var kernel = Kernel.squaredExponential
    /// Whether derivatives are known in closed form: of the process's own squared exponential, with a
    /// polynomial part or without.
    var hasSlopes: Bool { if case .squaredExponential = kernel { true } else { false } }

    enum Kernel: Sendable {
      /// The process's own squared exponential.
      case squaredExponential
      /// Another one.
      case composite(CovarianceBatch)
      /// Polynomials alone: all is in `quadratics`.
      case none
    }
  }

  let outputs: [Output]
  let stride: Int

  /// The number of state dimensions.
  public var stateDimensions: Int { model.stateDimensions }
  /// The number of action dimensions.
  public var actionDimensions: Int { model.actionDimensions }

  init(model: GaussianProcessDynamics, count: Int, featureCount: Int, seed: UInt64) {
    precondition(count > 0 && featureCount > 0, "at least one function of at least one feature")
    self.model = model
    functionCount = count
    let stride = count + VectorKernels.Coefficients.padding
    self.stride = stride
    outputs = model.outputs.indices.map { index in
      let process = model.outputs[index]
      let stream = RandomStream(seed: seed, path: [UInt64(index)])
      guard process.composite == nil else {
        return PathwiseSamples.drawComposite(
          process, count: count, stride: stride, featureCount: featureCount, stream: stream)
      }
      return PathwiseSamples.draw(
        process, count: count, stride: stride, featureCount: featureCount, stream: stream)
    }
  }

  private static func draw(
    _ process: GaussianProcess, count: Int, stride: Int, featureCount: Int, stream: RandomStream
  ) -> Output {
    var stream = stream
    let dimensions = process.dimensions
    let points = process.pointCount
    func gaussians(_ count: Int) -> [Double] {
      var numbers = [Double](repeating: 0, count: count)
      numbers.withUnsafeMutableBufferPointer { stream.fillGaussian($0) }
      return numbers
    }
    let frequencies = gaussians(featureCount * dimensions).map { $0 / .pi }
    let phases = (0..<featureCount).map { _ in stream.nextUniform(in: 0, 2) }
    // All on standardised targets; brought back to physical ones at the end.
    let amplitude = (2 * process.signalVariance / Double(featureCount)).squareRoot()
    var weights = [Double](repeating: 0, count: featureCount * stride)
    for m in 0..<featureCount {
      for (f, normal) in gaussians(count).enumerated() {
        weights[m * stride + f] = amplitude * normal
      }
    }
    let noise = gaussians(points * count)
    var rest = process.noisyTargets(noise, count: count, stride: stride)
    subtractFeatures(
      of: process, frequencies: frequencies, phases: phases, weights: weights, from: &rest,
      count: count, stride: stride)
    process.condition(&rest, noise, count: count, stride: stride)

    finish(&weights, featureCount, count, stride, process.targetScale)
    finish(&rest, points, count, stride, process.targetScale)
    return Output(
      frequencies: frequencies, phases: phases, featureWeights: weights, coefficients: rest)
  }

  /// Takes the values that weighted features have at a process's points off rows of a number a
  /// function, a row a point.
  static func subtractFeatures(
    of process: GaussianProcess, frequencies: [Double], phases: [Double], weights: [Double],
    from rest: inout [Double], count: Int, stride: Int
  ) {
    let points = process.pointCount
    var features = [Double](repeating: 0, count: phases.count * points)
    VectorKernels.cosineMatrix(
      featureCount: phases.count, dimensions: process.dimensions, frequencies: frequencies,
      phases: phases, count: points,
      queries: dimensionMajor(process.points, dimensions: process.dimensions), queryStride: points,
      out: &features, outStride: points)
    BLAS.multiply(
      .plain, .transposed, rows: count, columns: points, inner: phases.count, scale: -1, weights,
      stride, features, points, keep: 1, into: &rest, stride)
  }

  /// Brings rows of a number a function to physical targets, and repeats them past their end.
  static func finish(
    _ rows: inout [Double], _ rowCount: Int, _ count: Int, _ stride: Int, _ scale: Double
  ) {
    for row in 0..<rowCount {
      for f in 0..<count { rows[row * stride + f] *= scale }
      for f in count..<stride { rows[row * stride + f] = rows[row * stride + f % count] }
    }
  }

  /// Scratch memory for one thread, for batches of any size.
  public func makeWorkspace(capacity: Int) -> GaussianProcessDynamics.Workspace {
    model.makeWorkspace(capacity: capacity)
  }

  /// Writes each member's change of state under its own function; the variance is zero.
  public func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?,
    workspace: GaussianProcessDynamics.Workspace
  ) {
    let block = GaussianProcessDynamics.Workspace.block
    model.forEachBlock(count) { first, part in
      model.prepareInputs(
        part, stride: stride, states: states + first, actions: actions + first,
        workspace: workspace)
      for index in outputs.indices {
        evaluate(
          index, GaussianProcessDynamics.Workspace.filled(part),
          function: (firstFunction + first) % functionCount,
          into: workspace.means + index * block, workspace)
      }
      model.writeChange(
        part, stride: stride, states: states + first, actions: actions + first,
        change: mean + first, workspace: workspace)
      if let variance {
        for d in 0..<stateDimensions {
          (variance + d * stride + first).update(repeating: 0, count: part)
        }
      }
    }
  }

  /// Writes one output's function values of a piece of a batch.
  func evaluate(
    _ index: Int, _ part: Int, function: Int, into values: UnsafeMutablePointer<Double>,
    _ workspace: GaussianProcessDynamics.Workspace
  ) {
    let process = model.outputs[index]
    let output = outputs[index]
    let scaled = workspace.scratch
    process.scale(
      count: part, queries: workspace.inputs,
      queryStride: GaussianProcessDynamics.Workspace.block, into: scaled)
    output.coefficients.withUnsafeBufferPointer { coefficients in
      guard let base = coefficients.baseAddress else { return }
      switch output.kernel {
      case .squaredExponential:
        VectorKernels.kernelBatch(
          points: process.kernelPoints, count: part, queries: scaled, queryStride: part,
          coefficients: .init(
            functions: base, stride: stride, functionCount: functionCount, firstFunction: function),
          mean: values, kernel: nil, kernelStride: 0)
      case .composite(let batch):
        let kernel = scaled + process.dimensions * part
        batch.evaluate(
          count: part, queries: scaled, queryStride: part, into: kernel,
          scratch: kernel + process.pointCount * part)
        values.update(repeating: 0, count: part)
        for n in 0..<process.pointCount {
          let row = base + n * stride
          let covariances = kernel + n * part
          var f = function
          for b in 0..<part {
            values[b] += row[f] * covariances[b]
            f = f + 1 == functionCount ? 0 : f + 1
          }
        }
      case .none:
        values.update(repeating: 0, count: part)
      }
    }
    if !output.quadratics.isEmpty {
      for b in 0..<part {
        values[b] += output.quadratics[(function + b) % functionCount].value(
          at: scaled + b, stride: part)
      }
    }
    for b in 0..<part { values[b] += process.mean }
    guard !output.phases.isEmpty else { return }
    output.featureWeights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return }
      VectorKernels.cosineFeatures(
        featureCount: output.phases.count, dimensions: process.dimensions,
        frequencies: output.frequencies, phases: output.phases, count: part, queries: scaled,
        queryStride: part,
        coefficients: .init(
          functions: base, stride: stride, functionCount: functionCount, firstFunction: function),
        sum: values)
    }
  }
}

extension GaussianProcessDynamics {
  /// Draws whole functions from the posterior, for rollouts in which a particle keeps its dynamics.
  ///
  /// - Parameters:
  ///   - count: The number of functions; about as many as particles.
  ///   - featureCount: The random features that make up the prior part; more cost more and come
  ///     closer to the posterior away from the data.
  ///   - seed: Of the draw.
  public func pathwiseSamples(count: Int, featureCount: Int = 256, seed: UInt64) -> PathwiseSamples
  {
    PathwiseSamples(model: self, count: count, featureCount: featureCount, seed: seed)
  }
}
