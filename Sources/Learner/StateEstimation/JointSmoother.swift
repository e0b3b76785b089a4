import Foundation

/// Acausal smoothing of one joint's recorded positions: a Kalman filter forwards and a
/// modified Bryson-Frazier pass backwards (Bierman 1973), for a joint whose acceleration wanders.
///
/// The state is (position, velocity, acceleration) and the jerk is white noise of spectral density
/// q, so the state's covariance grows exactly as the time between two samples says: irregular
/// sampling and long gaps need no special case. Measured positions carry independent noise of
/// standard deviation r (and velocities, when they are used, of standard deviation v).
///
/// Where an effort changes, so does the acceleration, at once: there its variance grows by the square of
/// the change times a number that the data choose, too. Without that, a smoother that follows the jumps
/// follows the noise between them.
///
/// The data choose the noise level: the likelihood of the filter's innovations is maximised over
/// κ = q / r² (and v / r), r itself following in closed form.
struct JointSmoother {
  /// When each sample was taken, in seconds.
  let times: [Double]
  /// The measured positions, in rad or m.
  let positions: [Double]
  /// The measured velocities, in rad/s or m/s; nil when they aren't used.
  let velocities: [Double]?
  /// Whether a sample's measurements count; a glitch's don't.
  let isMeasured: [Bool]
  /// Where the acceleration may jump; empty where it only wanders.
  let jumps: AccelerationJumps

  /// The median time between two samples, in seconds.
  private let typicalGap: Double
  /// The greatest speed between two samples, which bounds what the first velocity may be.
  private let greatestSpeed: Double

  init(
    times: [Double], positions: [Double], velocities: [Double]?, isMeasured: [Bool],
    jumps: AccelerationJumps = AccelerationJumps()
  ) {
    self.jumps = jumps
    self.times = times
    self.positions = positions
    self.velocities = velocities
    self.isMeasured = isMeasured
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
    typicalGap = gaps[gaps.count / 2]
    var speed = 0.0
    for k in 1..<times.count where isMeasured[k] && isMeasured[k - 1] {
      speed = max(speed, abs(positions[k] - positions[k - 1]) / (times[k] - times[k - 1]))
    }
    greatestSpeed = speed
  }

  /// The noise that the data choose.
  struct Noise {
    /// The standard deviation of a measured position, rad or m.
    var position: Double
    /// κ = q / r², in 1/s⁵.
    var jerkRatio: Double
    /// v / r, in 1/s.
    var velocityRatio: Double
    /// The variance of a jump of size 1 over r², in 1/s⁴.
    var jumpRatio = 0.0
  }

  /// What smoothing gives at every sample.
  struct Result {
    var position: [Double]
    var velocity: [Double]
    var acceleration: [Double]
    var positionVariance: [Double]
    var velocityVariance: [Double]
    var noise: Noise
  }

  // MARK: - Choosing the noise

  /// The noise under which the recording is likeliest.
  func chosenNoise(fixedPosition: Double?) -> Noise {
    // κ h⁵ is the square of the tracking index: below 1e-12 the joint coasts, above 1e4 every
    // measured step is believed.
    let unit = pow(typicalGap, -5)
    var shape = Noise(
      position: fixedPosition ?? 1, jerkRatio: unit, velocityRatio: 1 / typicalGap)
    var exponents = (jerk: 0.0, jump: 0.0)
    func score(_ change: (inout Noise) -> Void) -> Double {
      var noise = shape
      change(&noise)
      return filter(noise, fixedPosition: fixedPosition, keeping: nil).negativeLogLikelihood
    }
    // One number after the other: each is known well enough to find the next one by.
    let hasJumps = jumps.sizes.contains { $0 > 0 }
    let isAlone = velocities == nil && !hasJumps
    for round in 0..<(isAlone ? 1 : 3) {
      exponents.jerk = JointSmoother.minimum(
        from: round == 0 ? -12 : exponents.jerk - 2, to: round == 0 ? 4 : exponents.jerk + 2,
        cells: round == 0 ? 16 : 4
      ) { exponent in score { $0.jerkRatio = unit * pow(10, exponent) } }
      shape.jerkRatio = unit * pow(10, exponents.jerk)
      let gap = typicalGap
      if velocities != nil {
        let exponent = JointSmoother.minimum(from: -3, to: 4, cells: 7) { exponent in
          score { $0.velocityRatio = pow(10, exponent) / gap }
        }
        shape.velocityRatio = pow(10, exponent) / gap
      }
      if hasJumps {
        exponents.jump = JointSmoother.minimum(
          from: round == 0 ? -12 : exponents.jump - 2, to: round == 0 ? 4 : exponents.jump + 2,
          cells: round == 0 ? 16 : 4
        ) { exponent in score { $0.jumpRatio = pow(10, exponent) * pow(gap, -4) } }
        shape.jumpRatio = pow(10, exponents.jump) * pow(gap, -4)
      }
    }
    if fixedPosition == nil {
      shape.position = filter(shape, fixedPosition: nil, keeping: nil).variance.squareRoot()
    }
    return shape
  }

  /// The least point of a function: the best of a coarse grid, refined by golden sections.
  private static func minimum(
    from lower: Double, to upper: Double, cells: Int, _ value: (Double) -> Double
  ) -> Double {
    let width = (upper - lower) / Double(cells)
    var best = lower
    var bestValue = Double.infinity
    for cell in 0...cells {
      let point = lower + Double(cell) * width
      let current = value(point)
      if current < bestValue {
        bestValue = current
        best = point
      }
    }
    let golden = 0.381_966_011_250_105
    var a = max(lower, best - width)
    var b = min(upper, best + width)
    var x1 = a + golden * (b - a)
    var x2 = b - golden * (b - a)
    var f1 = value(x1)
    var f2 = value(x2)
    while b - a > 0.05 {
      if f1 < f2 {
        (b, x2, f2) = (x2, x1, f1)
        x1 = a + golden * (b - a)
        f1 = value(x1)
      } else {
        (a, x1, f1) = (x1, x2, f2)
        x2 = b - golden * (b - a)
        f2 = value(x2)
      }
    }
    return f1 < f2 ? x1 : x2
  }

  // MARK: - Forwards

  /// A sample's filtered state, and what the way back needs of its measurements.
  struct Filtered {
    var mean: (Double, Double, Double) = (0, 0, 0)
    /// The covariance: pp, pv, pa, vv, va, aa.
    var covariance: (Double, Double, Double, Double, Double, Double) = (0, 0, 0, 0, 0, 0)
    /// The gains, innovation variances and innovations of position and velocity; a variance of zero
    /// says that nothing was measured.
    var positionGain: (Double, Double, Double) = (0, 0, 0)
    var velocityGain: (Double, Double, Double) = (0, 0, 0)
    var positionVariance = 0.0
    var velocityVariance = 0.0
    var positionInnovation = 0.0
    var velocityInnovation = 0.0
  }

  /// The filter in units of r: covariances are multiples of r², so that r follows from the
  /// innovations.
  private func filter(
    _ noise: Noise, fixedPosition: Double?, keeping: UnsafeMutableBufferPointer<Filtered>?
  ) -> (negativeLogLikelihood: Double, variance: Double) {
    let first = isMeasured.firstIndex(of: true) ?? 0
    let scale = max(
      fixedPosition ?? noise.position, 1e-9 * (1 + greatestSpeed * typicalGap))
    let speed = (10 * greatestSpeed + 1e-6) / scale
    let acceleration = speed / (10 * typicalGap)
    var x = positions[first]
    var v = 0.0
    var a = 0.0
    var pp = 1e6
    var pv = 0.0
    var pa = 0.0
    var vv = max(speed * speed, 1e6 / (typicalGap * typicalGap))
    var va = 0.0
    var aa = max(acceleration * acceleration, 1e6 / pow(typicalGap, 4))
    var logarithms = 0.0
    var squares = 0.0
    var measurements = 0
    let q = noise.jerkRatio
    for k in times.indices {
      if k > 0 {
        let h = times[k] - times[k - 1]
        let half = 0.5 * h * h
        x += h * v + half * a
        v += h * a
        // F P Fᵀ with F = [1 h h²/2; 0 1 h; 0 0 1].
        let rowP = (pp + h * pv + half * pa, pv + h * vv + half * va, pa + h * va + half * aa)
        let rowV = (vv + h * va, va + h * aa)
        pp = rowP.0 + h * rowP.1 + half * rowP.2
        pv = rowP.1 + h * rowP.2
        pa = rowP.2
        vv = rowV.0 + h * rowV.1
        va = rowV.1
        let h2 = h * h
        let h3 = h2 * h
        pp += q * h3 * h2 / 20
        pv += q * h2 * h2 / 8
        pa += q * h3 / 6
        vv += q * h3 / 3
        va += q * h2 / 2
        aa += q * h
        if k <= jumps.sizes.count, jumps.sizes[k - 1] > 0 {
          // From its moment on, a jump of the acceleration moves all three.
          let g = noise.jumpRatio * jumps.sizes[k - 1] * jumps.sizes[k - 1]
          let left = max(0, h - jumps.delaySeconds)
          let moved = 0.5 * left * left
          pp += g * moved * moved
          pv += g * moved * left
          pa += g * moved
          vv += g * left * left
          va += g * left
          aa += g
        }
      }
      var kept = Filtered()
      if isMeasured[k] {
        let s = pp + 1
        let e = positions[k] - x
        let g = (pp / s, pv / s, pa / s)
        x += g.0 * e
        v += g.1 * e
        a += g.2 * e
        vv -= g.1 * pv
        va -= g.1 * pa
        aa -= g.2 * pa
        pp = g.0
        pv = g.1
        pa = g.2
        logarithms += log(s)
        squares += e * e / s
        measurements += 1
        kept.positionGain = g
        kept.positionVariance = s
        kept.positionInnovation = e
        if let velocities, velocities[k].isFinite {
          let s = vv + noise.velocityRatio * noise.velocityRatio
          let e = velocities[k] - v
          let g = (pv / s, vv / s, va / s)
          x += g.0 * e
          v += g.1 * e
          a += g.2 * e
          pp -= g.0 * pv
          pa -= g.0 * va
          aa -= g.2 * va
          pv -= g.0 * vv
          va -= g.1 * va
          vv -= g.1 * vv
          logarithms += log(s)
          squares += e * e / s
          measurements += 1
          kept.velocityGain = g
          kept.velocityVariance = s
          kept.velocityInnovation = e
        }
      }
      if let keeping {
        kept.mean = (x, v, a)
        kept.covariance = (pp, pv, pa, vv, va, aa)
        keeping[k] = kept
      }
    }
    let count = Double(max(measurements, 1))
    let least = 1e-18 * (1 + pow(greatestSpeed * typicalGap, 2))
    if let fixedPosition {
      let variance = max(fixedPosition * fixedPosition, least)
      let value = 0.5 * (logarithms + count * log(variance) + squares / variance)
      return (value, variance)
    }
    let variance = max(squares / count, least)
    return (0.5 * (logarithms + count * log(variance)), variance)
  }

  // MARK: - Backwards

  /// The smoothed states under that noise.
  func smoothed(_ noise: Noise) -> Result {
    let count = times.count
    var filtered = [Filtered](repeating: Filtered(), count: count)
    filtered.withUnsafeMutableBufferPointer {
      _ = filter(noise, fixedPosition: noise.position, keeping: $0)
    }
    var result = Result(
      position: [Double](repeating: 0, count: count),
      velocity: [Double](repeating: 0, count: count),
      acceleration: [Double](repeating: 0, count: count),
      positionVariance: [Double](repeating: 0, count: count),
      velocityVariance: [Double](repeating: 0, count: count), noise: noise)
    let r2 = noise.position * noise.position
    var adjoint = Adjoint()
    for k in stride(from: count - 1, through: 0, by: -1) {
      let f = filtered[k]
      let p = f.covariance
      let l = adjoint.vector
      result.position[k] = f.mean.0 - (p.0 * l.0 + p.1 * l.1 + p.2 * l.2)
      result.velocity[k] = f.mean.1 - (p.1 * l.0 + p.3 * l.1 + p.4 * l.2)
      result.acceleration[k] = f.mean.2 - (p.2 * l.0 + p.4 * l.1 + p.5 * l.2)
      result.positionVariance[k] =
        r2 * max(0, p.0 - adjoint.quadratic(p.0, p.1, p.2))
      result.velocityVariance[k] =
        r2 * max(0, p.3 - adjoint.quadratic(p.1, p.3, p.4))
      // Back over the sample's measurements, last first, then over the time before it.
      if f.velocityVariance > 0 {
        adjoint.measure(
          1, gain: f.velocityGain, variance: f.velocityVariance, innovation: f.velocityInnovation)
      }
      if f.positionVariance > 0 {
        adjoint.measure(
          0, gain: f.positionGain, variance: f.positionVariance, innovation: f.positionInnovation)
      }
      if k > 0 { adjoint.propagate(times[k] - times[k - 1]) }
    }
    return result
  }

  /// The adjoint state λ and matrix Λ of the backward pass.
  private struct Adjoint {
    var vector = (0.0, 0.0, 0.0)
    /// Λ: pp, pv, pa, vv, va, aa.
    var matrix = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

    func quadratic(_ x: Double, _ y: Double, _ z: Double) -> Double {
      let m = matrix
      let diagonal = m.0 * x * x + m.3 * y * y + m.5 * z * z
      let cross = m.1 * x * y + m.2 * x * z + m.4 * y * z
      return diagonal + 2 * cross
    }

    /// λ ← Cᵀ λ − h e / s and Λ ← Cᵀ Λ C + h hᵀ / s, with C = I − g hᵀ and h the unit vector of
    /// what was measured.
    mutating func measure(
      _ index: Int, gain g: (Double, Double, Double), variance s: Double, innovation e: Double
    ) {
      let l = vector
      let along = g.0 * l.0 + g.1 * l.1 + g.2 * l.2
      let m = matrix
      let mg = (
        m.0 * g.0 + m.1 * g.1 + m.2 * g.2, m.1 * g.0 + m.3 * g.1 + m.4 * g.2,
        m.2 * g.0 + m.4 * g.1 + m.5 * g.2
      )
      let gmg = g.0 * mg.0 + g.1 * mg.1 + g.2 * mg.2
      if index == 0 {
        vector.0 -= along + e / s
        matrix.0 += gmg - 2 * mg.0 + 1 / s
        matrix.1 -= mg.1
        matrix.2 -= mg.2
      } else {
        vector.1 -= along + e / s
        matrix.3 += gmg - 2 * mg.1 + 1 / s
        matrix.1 -= mg.0
        matrix.4 -= mg.2
      }
    }

    /// λ ← Fᵀ λ and Λ ← Fᵀ Λ F over `h` seconds.
    mutating func propagate(_ h: Double) {
      let half = 0.5 * h * h
      let l = vector
      vector = (l.0, h * l.0 + l.1, half * l.0 + h * l.1 + l.2)
      let m = matrix
      // Λ F, column by column, then Fᵀ (Λ F).
      let second = (h * m.0 + m.1, h * m.1 + m.3, h * m.2 + m.4)
      let third = (
        half * m.0 + h * m.1 + m.2, half * m.1 + h * m.3 + m.4, half * m.2 + h * m.4 + m.5
      )
      matrix = (
        m.0, second.0, third.0, h * second.0 + second.1, h * third.0 + third.1,
        half * third.0 + h * third.1 + third.2
      )
    }
  }
}

/// Where the acceleration of a joint may jump, because an effort changed.
struct AccelerationJumps {
  /// How far an effort changed at each sample, as a part of what it can be; empty for nowhere.
  var sizes: [Double] = []
  /// How long after its sample a change takes effect, in seconds: less than a gap between samples.
  var delaySeconds = 0.0
}

extension AccelerationJumps {
  /// Efforts' changes at the samples at which they were decided on, each moved on by the whole samples
  /// that its delay holds.
  init(changes: [Double], delaySeconds: Double, samplePeriodSeconds: Double) {
    let whole = max(0, (delaySeconds / samplePeriodSeconds + 1e-9).rounded(.down))
    let later = min(Int(whole), changes.count)
    sizes = [Double](repeating: 0, count: later) + changes.dropLast(later)
    self.delaySeconds = max(0, delaySeconds - whole * samplePeriodSeconds)
  }
}
