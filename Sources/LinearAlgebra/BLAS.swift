import COpenBLAS

/// The few routines of BLAS that Handful calls, on column-major matrices in flat memory.
///
/// OpenBLAS is kept to one thread: parallel work is laid out above it (see ``Parallel``), so that
/// results don't depend on the number of threads.
public enum BLAS {
  /// Keeps OpenBLAS to one thread; touched by every call below.
  @usableFromInline static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Whether a matrix enters a product as it is or transposed.
  public enum Form: Sendable {
    /// As it is.
    case plain
    /// Transposed.
    case transposed

    var flag: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
  }

  /// On which side of the other operand a triangular matrix stands.
  public enum Side: Sendable {
    /// Left of it.
    case left
    /// Right of it.
    case right

    var flag: CBLAS_SIDE { self == .left ? CblasLeft : CblasRight }
  }

  /// x · y.
  public static func dot(_ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>)
    -> Double
  {
    _ = singleThreaded
    return cblas_ddot(Int32(count), x, 1, y, 1)
  }

  /// C ← scale A B + keep C with C `rows` × `columns`, and `inner` the dimension summed over.
  public static func multiply(
    _ formA: Form, _ formB: Form, rows: Int, columns: Int, inner: Int, scale: Double = 1,
    _ a: UnsafePointer<Double>, _ strideA: Int, _ b: UnsafePointer<Double>, _ strideB: Int,
    keep: Double = 0, into c: UnsafeMutablePointer<Double>, _ strideC: Int
  ) {
    _ = singleThreaded
    cblas_dgemm(
      CblasColMajor, formA.flag, formB.flag, Int32(rows), Int32(columns), Int32(inner), scale, a,
      Int32(strideA), b, Int32(strideB), keep, c, Int32(strideC))
  }

  /// y ← scale A x + keep y, with A stored `rows` × `columns`.
  public static func multiply(
    _ form: Form, rows: Int, columns: Int, scale: Double = 1, _ a: UnsafePointer<Double>,
    _ strideA: Int, vector x: UnsafePointer<Double>, keep: Double = 0,
    into y: UnsafeMutablePointer<Double>
  ) {
    _ = singleThreaded
    cblas_dgemv(
      CblasColMajor, form.flag, Int32(rows), Int32(columns), scale, a, Int32(strideA), x, 1, keep,
      y, 1)
  }

  /// C ← Aᵀ A + C, the lower triangle alone, with A `rows` × `columns`.
  public static func addGram(
    columns: Int, rows: Int, _ a: UnsafePointer<Double>, _ strideA: Int,
    to c: UnsafeMutablePointer<Double>, _ strideC: Int
  ) {
    _ = singleThreaded
    cblas_dsyrk(
      CblasColMajor, CblasLower, CblasTrans, Int32(columns), Int32(rows), 1, a, Int32(strideA), 1,
      c, Int32(strideC))
  }

  /// B ← op(L)⁻¹ B (left) or B op(L)⁻¹ (right), with L lower triangular and B `rows` × `columns`.
  public static func solveLower(
    _ side: Side, _ form: Form, rows: Int, columns: Int, _ l: UnsafePointer<Double>,
    _ strideL: Int, _ b: UnsafeMutablePointer<Double>, _ strideB: Int
  ) {
    _ = singleThreaded
    cblas_dtrsm(
      CblasColMajor, side.flag, CblasLower, form.flag, CblasNonUnit, Int32(rows), Int32(columns),
      1, l, Int32(strideL), b, Int32(strideB))
  }

  /// b ← op(L)⁻¹ b, with L lower triangular and b `size` numbers.
  public static func solveLower(
    _ form: Form, size: Int, _ l: UnsafePointer<Double>, _ strideL: Int,
    vector b: UnsafeMutablePointer<Double>
  ) {
    _ = singleThreaded
    cblas_dtrsv(
      CblasColMajor, CblasLower, form.flag, CblasNonUnit, Int32(size), l, Int32(strideL), b, 1)
  }

  /// B ← scale op(L) B (left) or scale B op(L) (right), with L lower triangular.
  /// B is `rows` × `columns`.
  public static func multiplyLower(
    _ side: Side, _ form: Form, rows: Int, columns: Int, scale: Double = 1,
    _ l: UnsafePointer<Double>, _ strideL: Int, _ b: UnsafeMutablePointer<Double>, _ strideB: Int
  ) {
    _ = singleThreaded
    cblas_dtrmm(
      CblasColMajor, side.flag, CblasLower, form.flag, CblasNonUnit, Int32(rows), Int32(columns),
      scale, l, Int32(strideL), b, Int32(strideB))
  }
}
