/// Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations.
///
/// - Parameters:
///   - matrix: The matrix, row after row.
///   - count: The number of rows.
/// - Returns: The eigenvalues, and the eigenvectors as columns of a matrix stored row after row.
func symmetricEigen(_ matrix: [Double], count n: Int) -> (values: [Double], vectors: [Double]) {
  var a = matrix
  var v = Array(repeating: 0.0, count: n * n)
  for i in 0..<n { v[i * n + i] = 1 }
  for _ in 0..<60 {
    var off = 0.0
    var diagonal = 0.0
    for i in 0..<n {
      diagonal += a[i * n + i] * a[i * n + i]
      for j in 0..<i { off += a[i * n + j] * a[i * n + j] }
    }
    if off <= 1e-30 * diagonal { break }
    for p in 0..<n {
      for q in (p + 1)..<max(n, p + 1) where a[p * n + q] != 0 {
        let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
        let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
        let c = 1 / (t * t + 1).squareRoot()
        let s = t * c
        for k in 0..<n {
          let x = a[k * n + p]
          let y = a[k * n + q]
          a[k * n + p] = c * x - s * y
          a[k * n + q] = s * x + c * y
        }
        for k in 0..<n {
          let x = a[p * n + k]
          let y = a[q * n + k]
          a[p * n + k] = c * x - s * y
          a[q * n + k] = s * x + c * y
          let vx = v[k * n + p]
          let vy = v[k * n + q]
          v[k * n + p] = c * vx - s * vy
          v[k * n + q] = s * vx + c * vy
        }
      }
    }
  }
  return ((0..<n).map { a[$0 * n + $0] }, v)
}
