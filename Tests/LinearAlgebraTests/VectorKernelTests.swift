import CKernels
import Foundation
import LinearAlgebra
import Testing

/// Every instruction set that this machine can run, against the C library one number at a time.
@Suite struct VectorKernelTests {
  static let levels: [Int] = (0..<HANDFUL_KERNEL_LEVELS).filter {
    handful_kernels_at(Int32($0)) != nil
  }

  private func kernels(_ level: Int) throws -> HandfulKernels {
    try #require(handful_kernels_at(Int32(level))).pointee
  }

  private func numbers(_ count: Int, _ lower: Double, _ upper: Double, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in stream.nextUniform(in: lower, upper) }
  }

  @Test("The exponential is the C library's to 1e-14", arguments: levels)
  func exponential(level: Int) throws {
    let kernels = try kernels(level)
    let x = numbers(20_003, -708, 709.7, seed: 1) + numbers(5000, -1, 1, seed: 2) + [0]
    var out = [Double](repeating: .nan, count: x.count)
    kernels.exponential(x.count, x, &out)
    var worst = 0.0
    for i in x.indices { worst = max(worst, abs(out[i] / exp(x[i]) - 1)) }
    #expect(worst < 1e-14, "\(String(cString: kernels.name)): \(worst)")
    #expect(out[x.count - 1] == 1)
  }

  @Test("The exponential of what has none is 0, infinity or NaN", arguments: levels)
  func exponentialOfExtremes(level: Int) throws {
    let x = [-800, -Double.infinity, -1e300, 710, .infinity, 1e300, .nan]
    var out = [Double](repeating: 5, count: 7)
    try kernels(level).exponential(7, x, &out)
    #expect(out[0...2].elementsEqual([0, 0, 0]))
    #expect(out[3...5].elementsEqual([.infinity, .infinity, .infinity]))
    #expect(out[6].isNaN)
  }

  @Test("A number's exponential doesn't depend on its neighbours", arguments: levels)
  func placeIndependence(level: Int) throws {
    let kernels = try kernels(level)
    let x = numbers(37, -5, 5, seed: 3)
    var all = [Double](repeating: 0, count: 37)
    kernels.exponential(37, x, &all)
    for i in x.indices {
      var one = 0.0
      kernels.exponential(1, [x[i]], &one)
      #expect(one == all[i])
    }
  }

  @Test(
    "A triangle's squares are those of plain loops, for every member whatever stands beside it",
    arguments: levels)
  func triangleSquares(level: Int) throws {
    let kernels = try kernels(level)
    for (size, count) in [(1, 1), (4, 8), (7, 16), (10, 37), (33, 70)] {
      let lower = numbers(size * size, -1, 1, seed: 21)
      let stride = count + 2
      let matrix = numbers(size * stride, -1, 1, seed: 22)
      var panels: [Double] = []
      for first in Swift.stride(from: 0, to: size, by: HANDFUL_PANEL_ROWS) {
        for j in 0..<(first + HANDFUL_PANEL_ROWS) {
          for i in first..<(first + HANDFUL_PANEL_ROWS) {
            panels.append(j <= i && i < size ? lower[i + j * size] : 0)
          }
        }
      }
      var out = [Double](repeating: .nan, count: count + 1)
      kernels.triangle_squares(size, panels, count, matrix, stride, 5, &out)
      for b in 0..<count {
        var expected = 5.0
        for i in 0..<size {
          let sum = (0...i).reduce(0.0) { $0 + lower[i + $1 * size] * matrix[$1 * stride + b] }
          expected -= sum * sum
        }
        #expect(abs(out[b] - expected) < 1e-12 * max(1, abs(expected)))
        var alone = 0.0
        let own = (0..<size).map { matrix[$0 * stride + b] }
        kernels.triangle_squares(size, panels, 1, own, 1, 5, &alone)
        #expect(alone == out[b], "member \(b) of \(count), size \(size)")
      }
      #expect(out[count].isNaN)
      let packed = TriangularPanels(lower: lower, size: size)
      var again = out
      packed.subtractSquares(count: count, matrix: matrix, stride: stride, start: 5, out: &again)
      for b in 0..<count { #expect(abs(again[b] - out[b]) < 1e-12 * max(1, abs(out[b]))) }
    }
  }

  @Test("A layer of members with weights of their own is that of plain loops", arguments: levels)
  func memberLayer(level: Int) throws {
    let kernels = try kernels(level)
    for (count, inputs, outputs) in [(1, 3, 1), (8, 5, 10), (21, 4, 3)] {
      let stride = count + 3
      let weights = numbers((inputs + 1) * outputs * stride, -1, 1, seed: 23)
      let input = numbers(inputs * stride, -1, 1, seed: 24)
      var out = [Double](repeating: .nan, count: outputs * stride)
      kernels.member_layer(count, inputs, outputs, weights, stride, input, stride, &out, stride)
      for o in 0..<outputs {
        for b in 0..<count {
          let row = o * (inputs + 1)
          let expected = (0..<inputs).reduce(weights[(row + inputs) * stride + b]) {
            $0 + weights[(row + $1) * stride + b] * input[$1 * stride + b]
          }
          #expect(out[o * stride + b] == expected)
        }
        #expect(out[o * stride + count].isNaN)
      }
    }
  }

  /// Points on a cube of side `size` about `middle`, of which squares of lengths are used up to a size of
  /// some hundreds.
  private func cube(
    _ count: Int, _ size: Double, about middle: Double, _ dimensions: Int, seed: UInt64
  ) -> [Double] {
    numbers(count * dimensions, middle - size / 2, middle + size / 2, seed: seed)
  }

  @Test(
    "Kernels, their sums, functions and slopes are those of plain loops, wherever the points lie",
    arguments: levels)
  func kernelBatch(level: Int) throws {
    let kernels = try kernels(level)
    let cases: [(dimensions: Int, count: Int, functions: Int, middle: Double, size: Double)] = [
      (1, 1, 1, 0, 4), (3, 33, 5, 0, 4), (4, 40, 3, 1000, 4), (5, 64, 2, -20, 6), (6, 70, 8, 0, 4),
      (7, 9, 4, 5, 3), (9, 40, 13, 0, 4), (3, 20, 5, 10, 4000), (9, 12, 5, 0, 4000),
    ]
    for (dimensions, count, functions, middle, size) in cases {
      let points = cube(11, size, about: middle, dimensions, seed: 4)
      let stride = count + 2
      // Some of the queries stand near a point, however far apart the points are.
      var queries = cube(stride, size, about: middle, dimensions, seed: 5)
      for b in 0..<stride where b % 2 == 0 {
        for d in 0..<dimensions { queries[d * stride + b] = points[b % 11 * dimensions + d] + 0.3 }
      }
      let row = functions + 8
      var weights = numbers(11 * row, -1, 1, seed: 6)
      for n in 0..<11 {
        for f in functions..<row { weights[n * row + f] = weights[n * row + f % functions] }
      }
      var kernel = [Double](repeating: .nan, count: 11 * stride)
      var mean = [Double](repeating: .nan, count: stride)
      var (plainMean, value) = (mean, mean)
      var slopes = [Double](repeating: .nan, count: dimensions * stride)
      KernelPoints(points, dimensions: dimensions, variance: 1.7).withKernelPoints { points in
        kernels.kernel_batch(
          points, count, queries, stride, weights, row, functions, 3, &mean, &kernel, stride)
        kernels.kernel_batch(points, count, queries, stride, weights, row, 0, 0, &plainMean, nil, 0)
        kernels.kernel_slopes(
          points, count, queries, stride, weights, row, functions, 3, &value, &slopes, stride)
      }
      let tolerance = 1e-14 * max(1, abs(middle) / 10)
      for b in 0..<count {
        var (own, plain) = (0.0, 0.0)
        var slope = [Double](repeating: 0, count: dimensions)
        for n in 0..<11 {
          let differences = (0..<dimensions).map {
            points[n * dimensions + $0] - queries[$0 * stride + b]
          }
          let k = 1.7 * exp(-0.5 * differences.reduce(0) { $0 + $1 * $1 })
          #expect(abs(kernel[n * stride + b] - k) < 1.7 * tolerance)
          let weight = weights[n * row + (3 + b) % functions]
          own += weight * k
          plain += weights[n * row] * k
          let product = weight * k
          for d in 0..<dimensions { slope[d] += product * differences[d] }
        }
        #expect(abs(mean[b] - own) < 10 * tolerance)
        #expect(abs(plainMean[b] - plain) < 10 * tolerance)
        #expect(abs(value[b] - own) < 10 * tolerance)
        for d in 0..<dimensions {
          // Sums of points and of kernels are subtracted, whose size is the points'.
          let error = abs(slopes[d * stride + b] - slope[d])
          #expect(error < 10 * tolerance * max(1, size))
        }
      }
      #expect(kernel[count].isNaN && mean[count].isNaN, "nothing is written past the batch")
      #expect(value[count].isNaN && slopes[count].isNaN)
    }
  }

  @Test("A query that is no number is like none of the points", arguments: levels)
  func kernelOfNoNumber(level: Int) throws {
    let kernels = try kernels(level)
    for size in [1.0, 4000] {
      var kernel = [Double](repeating: .nan, count: 3)
      let points = cube(1, size, about: 0, 2, seed: 8)
      KernelPoints(points, dimensions: 2, variance: 1).withKernelPoints {
        kernels.kernel_batch(
          $0, 3, [.nan, .infinity, 1e200, 0, 0, 0], 3, nil, 0, 0, 0, nil, &kernel, 3)
      }
      #expect(kernel == [0, 0, 0])
    }
  }

  @Test(
    "The kernel of all pairs of points, and sums over it, are those of plain loops",
    arguments: levels)
  func pairs(level: Int) throws {
    let kernels = try kernels(level)
    // The last are so far apart for their lengthscales that they are compared by differences.
    for (count, weights) in [
      (2, [0.3, 1.2, 2]), (3, [0.3, 1.2, 2]), (9, [0.3, 1.2, 2]), (33, [0.3, 1.2, 2]),
      (50, [0, 1.2, 2]), (71, [0.3, 1.2, 2]), (3, [1e5, 3e5, 1]), (71, [1e5, 1, 0]),
    ] {
      let padding = Int(HANDFUL_PAIR_PADDING)
      let (stride, inverseStride) = (count + padding, count + 3)
      let columns = numbers(3 * stride, -2, 2, seed: 7)
      let pairs = count * (count - 1) / 2
      var kernel = numbers(pairs + padding, -1, 1, seed: 8)
      kernel[pairs] = .nan
      var scratch = [Double](repeating: .nan, count: 4 * stride)
      kernels.kernel_of_pairs(
        count, 3, columns, stride, weights, log(0.8), &scratch, &kernel)
      #expect(kernel[pairs].isNaN, "nothing is written past the pairs")
      let inverse = numbers(count * inverseStride + padding, -1, 1, seed: 9)
      let solution = numbers(count, -1, 1, seed: 10)
      var sums = [Double](repeating: .nan, count: 4)
      // Whatever stands past the ends counts for nothing.
      let padded = solution + [Double](repeating: .infinity, count: padding)
      kernels.pair_gradient(
        count, 3, columns, stride, kernel, inverse, inverseStride, padded, &sums)
      var expected = [0.0, 0, 0, 0]
      var place = 0
      for j in 0..<count {
        for i in (j + 1)..<max(count, j + 1) {
          let squares = (0..<3).map { d in
            pow(columns[d * stride + i] - columns[d * stride + j], 2)
          }
          let value = 0.8 * exp(-0.5 * zip(weights, squares).reduce(0) { $0 + $1.0 * $1.1 })
          #expect(abs(kernel[place] - value) < 4e-15)
          let weight = (solution[i] * solution[j] - inverse[i + j * inverseStride]) * value
          for d in 0..<3 { expected[d] += weight * squares[d] }
          expected[3] += weight
          place += 1
        }
      }
      for d in 0..<4 {
        #expect(abs(sums[d] - expected[d]) < 1e-12 * max(1, abs(expected[d])), "\(count) points")
      }
    }
  }

  @Test("A matrix is decomposed and inverted as by plain loops", arguments: levels)
  func decomposes(level: Int) throws {
    let kernels = try kernels(level)
    for (size, count) in [
      (8, 8), (16, 16), (24, 24), (40, 40), (72, 72), (136, 136), (8, 1), (8, 6), (16, 9), (56, 50),
      (72, 67), (104, 100),
    ] {
      let half = numbers(size * size, -1, 1, seed: 31)
      var matrix = [Double](repeating: .nan, count: size * size)
      for j in 0..<size {
        for i in j..<size {
          let unit = i == j ? 1.0 : 0
          // Rows beyond `count` fill the last block, as an identity's.
          matrix[i + j * size] =
            i >= count
            ? unit
            : (0..<size).reduce(unit) { $0 + half[i + $1 * size] * half[j + $1 * size] }
        }
      }
      var (lower, upper) = (matrix, [Double](repeating: 0, count: size * size))
      let failure = kernels.decompose(size, count, &lower, &upper)
      #expect(failure == 0)
      var inverse = lower
      kernels.upper_gram(size, count, upper, &inverse)
      for j in 0..<size {
        for i in 0..<size {
          if i > j { #expect(upper[i + j * size] == 0) }
          if i >= j {
            let product = (0...j).reduce(0.0) { $0 + lower[i + $1 * size] * lower[j + $1 * size] }
            #expect(abs(product - matrix[i + j * size]) < 1e-11, "\(count) of \(size)")
          }
          guard i < count, j < count else { continue }
          // A A⁻¹, both from their lower triangles.
          let unit = (0..<count).reduce(0.0) { sum, k in
            sum + matrix[max(i, k) + min(i, k) * size] * inverse[max(k, j) + min(k, j) * size]
          }
          #expect(abs(unit - (i == j ? 1 : 0)) < 1e-9, "\(count) of \(size)")
        }
      }
      // The first minor that isn't positive is named, and what isn't a number isn't positive.
      for (place, wrong) in [(count / 2, -1.0), (count - 1, .nan)] {
        var spoilt = matrix
        spoilt[place * size + place] = wrong
        let found = kernels.decompose(size, count, &spoilt, &upper)
        #expect(found == place + 1)
      }
    }
  }

  @Test("Cosine features are cosines, and their sums sums", arguments: levels)
  func cosines(level: Int) throws {
    let kernels = try kernels(level)
    let frequencies = numbers(9 * 2, -20, 20, seed: 8)
    let phases = numbers(9, 0, 2, seed: 9)
    let queries = numbers(2 * 35, -3, 3, seed: 10)
    var matrix = [Double](repeating: 0, count: 9 * 35)
    kernels.cosine_matrix(9, 2, frequencies, phases, 35, queries, 35, &matrix, 35)
    var weights = numbers(9 * 12, -1, 1, seed: 11)
    for m in 0..<9 { for f in 4..<12 { weights[m * 12 + f] = weights[m * 12 + f % 4] } }
    var sum = [Double](repeating: 10, count: 35)
    kernels.cosine_features(9, 2, frequencies, phases, 35, queries, 35, weights, 12, 4, 1, &sum)
    for b in 0..<35 {
      var expected = 10.0
      for m in 0..<9 {
        let turns =
          frequencies[2 * m] * queries[b] + frequencies[2 * m + 1] * queries[35 + b] + phases[m]
        let value = cos(.pi * turns.remainder(dividingBy: 2))
        #expect(abs(matrix[m * 35 + b] - value) < 1e-12)
        expected += weights[m * 12 + (1 + b) % 4] * value
      }
      #expect(abs(sum[b] - expected) < 1e-11)
    }
  }

  @Test("Squares are subtracted row by row", arguments: levels)
  func subtractSquares(level: Int) throws {
    let matrix = numbers(6 * 40, -1, 1, seed: 12)
    var out = [Double](repeating: 0, count: 37)
    try kernels(level).subtract_squares(6, 37, matrix, 40, 9, &out)
    for b in 0..<37 {
      let expected = (0..<6).reduce(9.0) { $0 - matrix[$1 * 40 + b] * matrix[$1 * 40 + b] }
      #expect(abs(out[b] - expected) < 1e-14)
    }
  }
}
