import LinearAlgebra
import Robotics
import Synchronization

/// The least-squares problem of output-error fitting by multiple shooting: predict many short
/// segments, each from its own first state, and compare positions.
///
/// A segment's residual is e = (predicted − measured) / (σ_j √n) over its n samples, so that each
/// segment counts as one observation of each joint j with scale σ_j, however finely it was sampled:
/// residuals within a segment are nearly the same error growing. Its first state is the smoothed one
/// plus a nuisance δ with a normal prior, eliminated a segment at a time (variable projection, Golub
/// & Pereyra 1973).
struct OutputErrorProblem: Sendable {
  let rollouts: SegmentRollouts
  let prior: any PriorModel
  /// All parameters, of which the free ones are replaced.
  let parameters: [Double]
  /// The places of the free parameters.
  let free: [Int]
  let lower: [Double]
  let upper: [Double]
  /// The nominal values, about which the prior N(nominal, (range / 4)²) lies.
  let nominal: [Double]
  /// The scale σ of each joint, in rad or m.
  var scales: [Double]
  /// The precision of δ: entry `d * segments + s`.
  let precisions: [Double]
  let threads: Int

  var count: Int { free.count }
  var dimensions: Int { rollouts.stateDimensions }
  var segments: Int { rollouts.segmentCount }
  func range(_ p: Int) -> Double { upper[p] - lower[p] }
  /// The standard deviation of a parameter's prior: bounds are taken for the ends of a 95 % interval,
  /// as whoever wrote them meant them. A recording that moves a robot in one way only leaves
  /// combinations open (how friction splits into viscous and Coulomb, at one amplitude), and what
  /// is known beforehand must settle those.
  func priorDeviation(_ p: Int) -> Double { range(p) / 4 }

  /// One segment's part of the normal equations, δ not eliminated yet.
  struct SegmentTerms: Sendable {
    /// e · e.
    var squares = 0.0
    /// J_φᵀ e and J_δᵀ e.
    var gradient: [Double] = []
    var stateGradient: [Double] = []
    /// J_φᵀ J_φ, J_δᵀ J_φ (row by row, a state dimension a row) and J_δᵀ J_δ.
    var normal: [Double] = []
    var cross: [Double] = []
    var stateNormal: [Double] = []
  }

  /// All parameters, with the free ones at those values.
  func full(_ values: [Double]) -> [Double] {
    var result = parameters
    for (place, value) in zip(free, values) { result[place] = value }
    return result
  }

  /// e · e of every segment; infinite where the prior diverges.
  func squares(_ values: [Double], shifts: [Double]) -> [Double] {
    let states = predicted(values, initial: shifted(shifts), variants: 1)
    return states.withUnsafeBufferPointer { buffer in
      (0..<segments).map { s in
        var sum = 0.0
        forEachResidual(s, buffer, members: segments, member: s) { _, _, e in sum += e * e }
        return sum.isFinite ? sum : .infinity
      }
    }
  }

  /// The RMS error of each segment's positions over its joints, from the smoothed states.
  func rootMeanSquares(_ values: [Double]) -> [Double] {
    let none = [Double](repeating: 0, count: dimensions * segments)
    let joints = jointErrors(values, shifts: none)
    return (0..<segments).map { s in rootMeanSquare(joints.map { $0[s] }) }
  }

  /// The RMS error of each joint over each segment, in rad or m; infinite where the prior diverges.
  func jointErrors(_ values: [Double], shifts: [Double]) -> [[Double]] {
    let states = predicted(values, initial: shifted(shifts), variants: 1)
    var errors = [[Double]](
      repeating: [Double](repeating: 0, count: segments), count: rollouts.jointCount)
    states.withUnsafeBufferPointer { buffer in
      for s in 0..<segments {
        forEachResidual(s, buffer, members: segments, member: s) { _, joint, e in
          errors[joint][s] += e * e
        }
      }
    }
    for joint in errors.indices {
      for s in 0..<segments {
        let value = errors[joint][s].squareRoot() * scales[joint]
        errors[joint][s] = value.isFinite ? value : .infinity
      }
    }
    return errors
  }

  /// Every segment's terms at those free parameters and shifts of the first states.
  func terms(_ values: [Double], shifts: [Double]) -> [SegmentTerms] {
    let dimensions = dimensions
    let initial = shifted(shifts)
    // Forward differences for δ, in the same batch; central ones for φ, a batch each.
    let steps = (0..<dimensions).map { $0 < dimensions / 2 ? 1e-4 : 1e-3 }
    let variants = 1 + dimensions
    let members = variants * segments
    var batch = [Double](repeating: 0, count: dimensions * members)
    for d in 0..<dimensions {
      for v in 0..<variants {
        let shift = v == d + 1 ? steps[d] : 0
        for s in 0..<segments {
          batch[d * members + v * segments + s] = initial[d * segments + s] + shift
        }
      }
    }
    let differences = (0..<count).map { p -> (Double, Double) in
      let h = 1e-4 * max(abs(values[p]), 0.05 * range(p))
      return (max(values[p] - h, lower[p]), min(values[p] + h, upper[p]))
    }
    let start = batch
    let store = Mutex([[Double]](repeating: [], count: 1 + 2 * count))
    Parallel.forEach(blocks: 1 + 2 * count, threads: threads) { run, _ in
      let states: [Double]
      if run == 0 {
        states = predicted(values, initial: start, variants: variants)
      } else {
        let p = (run - 1) / 2
        var moved = values
        moved[p] = run % 2 == 1 ? differences[p].0 : differences[p].1
        states = predicted(moved, initial: initial, variants: 1)
      }
      store.withLock { $0[run] = states }
    }
    let runs = store.withLock { $0 }
    return (0..<segments).map { s in
      var rows: [[Double]] = []
      for v in 0..<variants {
        rows.append(residuals(s, runs[0], members: members, member: v * segments + s))
      }
      let e = rows[0]
      let stateColumns = (0..<dimensions).map { d in
        zip(rows[d + 1], e).map { ($0 - $1) / steps[d] }
      }
      let columns = (0..<count).map { p -> [Double] in
        let low = residuals(s, runs[1 + 2 * p], members: segments, member: s)
        let high = residuals(s, runs[2 + 2 * p], members: segments, member: s)
        let width = differences[p].1 - differences[p].0
        return zip(high, low).map { ($0 - $1) / width }
      }
      return SegmentTerms(
        squares: dot(e, e), gradient: columns.map { dot($0, e) },
        stateGradient: stateColumns.map { dot($0, e) },
        normal: columns.flatMap { a in columns.map { dot(a, $0) } },
        cross: stateColumns.flatMap { a in columns.map { dot(a, $0) } },
        stateNormal: stateColumns.flatMap { a in stateColumns.map { dot(a, $0) } })
    }
  }

  // MARK: - Predictions and residuals

  private func shifted(_ shifts: [Double]) -> [Double] {
    zip(rollouts.initialStates, shifts).map { $0 + $1 }
  }

  private func predicted(_ values: [Double], initial: [Double], variants: Int) -> [Double] {
    rollouts.predict(
      variants: variants, initial: initial,
      advance: SegmentRollouts.advance(
        prior, parameters: full(values), stepSeconds: rollouts.stepSeconds))
  }

  private func residuals(_ s: Int, _ states: [Double], members: Int, member: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity((rollouts.offsets[s + 1] - rollouts.offsets[s]) * rollouts.jointCount)
    states.withUnsafeBufferPointer {
      forEachResidual(s, $0, members: members, member: member) { _, _, e in result.append(e) }
    }
    return result
  }

  @inline(__always)
  private func forEachResidual(
    _ s: Int, _ states: UnsafeBufferPointer<Double>, members: Int, member: Int,
    _ body: (_ comparison: Int, _ joint: Int, _ residual: Double) -> Void
  ) {
    guard let base = states.baseAddress else { return }
    let range = rollouts.offsets[s]..<rollouts.offsets[s + 1]
    let root = Double(max(1, range.count)).squareRoot()
    let total = rollouts.comparisons.count
    for joint in 0..<rollouts.jointCount {
      let weight = 1 / (scales[joint] * root)
      for c in range {
        let position = rollouts.position(
          base, members: members, member: member, joint: joint, rollouts.comparisons[c])
        body(c, joint, weight * (position - rollouts.measured[joint * total + c]))
      }
    }
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}
