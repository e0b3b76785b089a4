import LinearAlgebra

extension GaussianProcess {
  /// How many numbers ``whiten(_:)`` gives.
  package var whitenedCount: Int { standardisedTargets.count + (sparse == nil ? 0 : pointCount) }

  /// L⁻¹ y / scale: numbers that are independent with variance one if the process is right.
  /// Linear in the values. An approximate process gives a number an inducing point more.
  package func whiten(_ values: [Double]) -> [Double] {
    var result = values.map { $0 / targetScale }
    if let sparse { return sparse.whiten(result) }
    result.withUnsafeMutableBufferPointer { buffer in
      inverseFactor.withUnsafeBufferPointer { inverse in
        guard let x = buffer.baseAddress, let inverse = inverse.baseAddress else { return }
        BLAS.multiplyLower(
          .left, .plain, rows: pointCount, columns: 1, inverse, pointCount, x, pointCount)
      }
    }
    return result
  }
}

extension GaussianProcess {
  /// The sum of squared errors, in the target's unit, of each block of points when it is predicted
  /// from all others: r_B = ([K⁻¹]_BB)⁻¹ [K⁻¹ y]_B (Rasmussen & Williams 2006, section 5.4.2, for
  /// blocks).
  package func squaresOfLeftOut(_ blocks: [Range<Int>]) -> [Double] {
    if let sparse {
      return sparse.residualsOfLeftOut(blocks).map { residuals in
        residuals?.reduce(0) { $0 + $1 * $1 * targetScale * targetScale } ?? .infinity
      }
    }
    return blocks.map { block in
      let size = block.count
      var inner = Matrix(rows: size, columns: size)
      // K⁻¹ = L⁻ᵀ L⁻¹: entry (i, j) sums over the rows of L⁻¹ from max(i, j) on.
      for (a, i) in block.enumerated() {
        for (b, j) in block.enumerated() where b <= a {
          var sum = 0.0
          for k in i..<pointCount {
            sum += inverseFactor[i * pointCount + k] * inverseFactor[j * pointCount + k]
          }
          inner[a, b] = sum
          inner[b, a] = sum
        }
      }
      guard let factor = try? Cholesky(inner) else { return .infinity }
      return factor.solve(block.map { coefficients[$0] }).reduce(0) { $0 + $1 * $1 }
    }
  }
}
