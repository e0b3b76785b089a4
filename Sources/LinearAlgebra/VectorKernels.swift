import CKernels

/// The vectorised kernels of `CKernels`, in the fastest form that this machine can run.
public enum VectorKernels {
  /// The most dimensions of a point.
  public static let mostDimensions = 256

  /// The chosen kernels; the table is constant memory that lives as long as the process.
  nonisolated(unsafe) private static let chosen: UnsafePointer<HandfulKernels> = {
    guard let kernels = handful_kernels() else { fatalError("the baseline kernels always exist") }
    return kernels
  }()

  /// The instruction set in use: `avx512`, `avx2` or `baseline`.
  public static var name: String { String(cString: chosen.pointee.name) }

  /// out[i] = exp(x[i]), with a relative error below 1e-14; `out` may be `x`.
  public static func exponential(
    _ count: Int, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.exponential(count, x, out)
  }

  /// How many readable numbers follow columns of points and what else stands for pairs of them.
  public static let pairPadding = Int(HANDFUL_PAIR_PADDING)

  /// The squared-exponential kernel of all pairs i > j of `count` points, in the order of a lower triangle's
  /// columns.
  ///
  /// - Parameters:
  ///   - columns: The points' coordinates, a dimension after the other, best centred.
  ///   - stride: From a dimension to the next, at least `count` + ``pairPadding``.
  ///   - weights: 1 / ℓ² of each dimension.
  ///   - logVariance: The logarithm of the kernel's greatest value.
  ///   - scratch: Memory for `stride` × (`dimensions` + 1) numbers.
  ///   - out: Where `count` (`count` − 1) / 2 values go.
  public static func kernelOfPairs(
    count: Int, dimensions: Int, columns: UnsafePointer<Double>, stride: Int,
    weights: UnsafePointer<Double>, logVariance: Double, scratch: UnsafeMutablePointer<Double>,
    out: UnsafeMutablePointer<Double>
  ) {
    guard count > 1 else { return }
    chosen.pointee.kernel_of_pairs(
      count, dimensions, columns, stride, weights, logVariance, scratch, out)
  }

  /// Σ w_ij (z_i,d − z_j,d)² of each dimension, then Σ w_ij, over all pairs i > j, with w_ij =
  /// (`solution`_i `solution`_j − `inverse`_ij) `kernel`_ij.
  ///
  /// - Parameters:
  ///   - kernel: As ``kernelOfPairs(count:dimensions:columns:stride:weights:logVariance:scratch:out:)`` writes it.
  ///   - inverse: `count` columns, `inverseStride` apart, of which the lower triangle is read.
  ///   - solution: `count` numbers.
  ///   - sums: Where `dimensions` + 1 sums go.
  public static func pairGradient(
    count: Int, dimensions: Int, columns: UnsafePointer<Double>, stride: Int,
    kernel: UnsafePointer<Double>, inverse: UnsafePointer<Double>, inverseStride: Int,
    solution: UnsafePointer<Double>, sums: UnsafeMutablePointer<Double>
  ) {
    sums.update(repeating: 0, count: dimensions + 1)
    guard count > 1 else { return }
    chosen.pointee.pair_gradient(
      count, dimensions, columns, stride, kernel, inverse, inverseStride, solution, sums)
  }

  /// Decomposes a symmetric positive definite matrix L Lᵀ: see ``SymmetricInverse``.
  static func decompose(
    size: Int, count: Int, matrix: UnsafeMutablePointer<Double>,
    upper: UnsafeMutablePointer<Double>
  ) -> Bool {
    chosen.pointee.decompose(size, count, matrix, upper) == 0
  }

  /// The lower triangle of U Uᵀ of the first `count` columns of an upper triangular U.
  static func upperGram(
    size: Int, count: Int, upper: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.upper_gram(size, count, upper, out)
  }

  /// Uᵀ y and U Uᵀ y of an upper triangular U with zeros below the diagonal; all have `size` entries.
  static func upperSolve(
    size: Int, upper: UnsafePointer<Double>, y: UnsafePointer<Double>,
    white: UnsafeMutablePointer<Double>, solution: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.upper_solve(size, upper, y, white, solution)
  }

  /// Coefficients of Σ_n c(n) k(b, n): the same for every member of the batch, or those of one of
  /// several functions, member b having function (first + b) mod count.
  public struct Coefficients {
    var base: UnsafePointer<Double>
    var stride: Int
    var functionCount: Int
    var firstFunction: Int

    /// One coefficient a row, the same for every member.
    public init(_ base: UnsafePointer<Double>) {
      self.base = base
      stride = 1
      functionCount = 0
      firstFunction = 0
    }

    /// A row of `functionCount` coefficients each, which repeat from the row's beginning for another
    /// ``padding``; rows are `stride` apart.
    public init(
      functions base: UnsafePointer<Double>, stride: Int, functionCount: Int, firstFunction: Int
    ) {
      precondition(functionCount > 0 && stride >= functionCount + Coefficients.padding)
      self.base = base
      self.stride = stride
      self.functionCount = functionCount
      self.firstFunction = firstFunction
    }

    /// How far a row of functions' coefficients repeats from its beginning.
    public static let padding = 8
  }

  /// The squared-exponential kernel between points and queries.
  ///
  /// - Parameters:
  ///   - count: The number of queries.
  ///   - queries: The queries, divided by the lengthscales, `dimensions` × `queryStride`.
  ///   - coefficients: What to sum the kernel with, into `mean`.
  ///   - mean: Where Σ_n c(n) k(b, n) goes; nil when not wanted.
  ///   - kernel: Where k(b, n) goes, at `n * kernelStride + b`; nil when not wanted.
  public static func kernelBatch(
    points: KernelPoints, count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    coefficients: Coefficients?, mean: UnsafeMutablePointer<Double>?,
    kernel: UnsafeMutablePointer<Double>?, kernelStride: Int
  ) {
    points.withKernelPoints { points in
      chosen.pointee.kernel_batch(
        points, count, queries, queryStride, coefficients?.base, coefficients?.stride ?? 0,
        coefficients?.functionCount ?? 0, coefficients?.firstFunction ?? 0,
        coefficients == nil ? nil : mean, kernel, kernelStride)
    }
  }

  /// sum[b] += Σ_m c(m) cos(π (frequencies[m] · query_b + phases[m])).
  public static func cosineFeatures(
    featureCount: Int, dimensions: Int, frequencies: UnsafePointer<Double>,
    phases: UnsafePointer<Double>, count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    coefficients: Coefficients, sum: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.cosine_features(
      featureCount, dimensions, frequencies, phases, count, queries, queryStride,
      coefficients.base, coefficients.stride, coefficients.functionCount,
      coefficients.firstFunction, sum)
  }

  /// out[m * outStride + b] = cos(π (frequencies[m] · query_b + phases[m])).
  public static func cosineMatrix(
    featureCount: Int, dimensions: Int, frequencies: UnsafePointer<Double>,
    phases: UnsafePointer<Double>, count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    out: UnsafeMutablePointer<Double>, outStride: Int
  ) {
    chosen.pointee.cosine_matrix(
      featureCount, dimensions, frequencies, phases, count, queries, queryStride, out, outStride)
  }

  /// out[b] = start − Σ_n matrix[n * stride + b]².
  public static func subtractSquares(
    rows: Int, count: Int, matrix: UnsafePointer<Double>, stride: Int, start: Double,
    out: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.subtract_squares(rows, count, matrix, stride, start, out)
  }

  /// What ``TriangularPanels/subtractSquares(count:matrix:stride:start:out:)`` computes.
  static func triangleSquares(
    size: Int, panels: UnsafePointer<Double>, count: Int, matrix: UnsafePointer<Double>,
    stride: Int, start: Double, out: UnsafeMutablePointer<Double>
  ) {
    chosen.pointee.triangle_squares(size, panels, count, matrix, stride, start, out)
  }

  /// One layer of a network whose members have weights of their own.
  ///
  /// - Parameters:
  ///   - weights: For each output a row for each input and one for the bias, `weightStride` apart,
  ///     with an entry a member.
  ///   - input: `inputs` × `inputStride`.
  ///   - output: Where Σ_i w_oi x_i + bias_o goes, `outputs` × `outputStride`.
  public static func memberLayer(
    count: Int, inputs: Int, outputs: Int, weights: UnsafePointer<Double>, weightStride: Int,
    input: UnsafePointer<Double>, inputStride: Int, output: UnsafeMutablePointer<Double>,
    outputStride: Int
  ) {
    chosen.pointee.member_layer(
      count, inputs, outputs, weights, weightStride, input, inputStride, output, outputStride)
  }

  /// value[b] = Σ_n c(n) k(b, n) as ``kernelBatch`` sums it, and its derivatives by the query:
  /// slopes[d * slopeStride + b].
  public static func kernelSlopes(
    points: KernelPoints, count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    coefficients: Coefficients, value: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>, slopeStride: Int
  ) {
    points.withKernelPoints { points in
      chosen.pointee.kernel_slopes(
        points, count, queries, queryStride, coefficients.base, coefficients.stride,
        coefficients.functionCount, coefficients.firstFunction, value, slopes, slopeStride)
    }
  }

  /// Adds what ``cosineFeatures`` adds to `value`, and its derivatives by the query to `slopes`.
  public static func cosineSlopes(
    featureCount: Int, dimensions: Int, frequencies: UnsafePointer<Double>,
    phases: UnsafePointer<Double>, count: Int, queries: UnsafePointer<Double>, queryStride: Int,
    coefficients: Coefficients, value: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>, slopeStride: Int
  ) {
    chosen.pointee.cosine_slopes(
      featureCount, dimensions, frequencies, phases, count, queries, queryStride,
      coefficients.base, coefficients.stride, coefficients.functionCount,
      coefficients.firstFunction, value, slopes, slopeStride)
  }
}
