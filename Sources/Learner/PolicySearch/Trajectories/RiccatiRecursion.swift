import LinearAlgebra

/// The Riccati recursion from a trajectory's horizon to its start: the step of the controls that its
/// quadratic model asks for, and the feedback around it. Its memory is made once.
package struct RiccatiRecursion {
  private let d: Int
  private let m: Int
  private let stepCount: Int
  /// How each step's number v should change, an entry an action.
  package private(set) var steps: [Double]
  /// K of each step, a row an action.
  package private(set) var gains: [Double]

  /// V's derivatives by the state after the present step.
  private var vx: [Double]
  private var vxx: [Double]
  private var nextVx: [Double]
  private var nextVxx: [Double]
  /// x(t+1) by x(t), and by v.
  private var a: [Double]
  private var b: [Double]
  private var va: [Double]
  private var vb: [Double]
  private var qu: [Double]
  private var quu: [Double]
  private var qux: [Double]
  /// L of Q_uu + regularisation = L Lᵀ, by columns.
  private var factor: [Double]
  /// −Q_u and −Q_ux by columns, then the step and the gains.
  private var solution: [Double]

  /// Memory for trajectories of so many steps.
  package init(dimensions: Int, actions: Int, stepCount: Int) {
    d = dimensions
    m = actions
    self.stepCount = stepCount
    func zeros(_ count: Int) -> [Double] { Array(repeating: 0, count: count) }
    steps = zeros(stepCount * actions)
    gains = zeros(stepCount * actions * dimensions)
    vx = zeros(dimensions)
    vxx = zeros(dimensions * dimensions)
    nextVx = vx
    nextVxx = vxx
    a = vxx
    b = zeros(dimensions * actions)
    va = vxx
    vb = b
    qu = zeros(actions)
    quu = zeros(actions * actions)
    qux = zeros(actions * dimensions)
    factor = quu
    solution = zeros(actions * (1 + dimensions))
  }

  /// Plans a step and feedback.
  ///
  /// - Parameters:
  ///   - controls: v of each step, an entry an action.
  ///   - effortPrice: The price of v², halved.
  ///   - regularisation: What is added to the curvature by v, as a multiple of that price, or of 1e-6.
  /// - Returns: Whether every step's curvature had a minimum; when not, `steps` and `gains` are of no
  ///   use, and a greater regularisation may help.
  package mutating func run<Dynamics: DifferentiableDynamics>(
    _ linear: TrajectoryLinearisation<Dynamics>, controls: [Double], effortPrice: Double,
    regularisation: Double
  ) -> Bool {
    for i in vx.indices { vx[i] = 0 }
    for i in vxx.indices { vxx[i] = 0 }
    for step in (0..<stepCount).reversed() {
      addCost(linear, step)
      readDynamics(linear, step)
      formQ(step, controls, effortPrice)
      guard solve(step, extra: regularisation * max(effortPrice, 1e-6)) else { return false }
      stepBack(step)
    }
    return true
  }

  private mutating func addCost<Dynamics: DifferentiableDynamics>(
    _ linear: TrajectoryLinearisation<Dynamics>, _ step: Int
  ) {
    let n = linear.joints
    for i in 0..<n {
      vx[i] += linear.gradients[i * stepCount + step]
      for j in 0..<n { vxx[i * d + j] += linear.curvatures[(i * n + j) * stepCount + step] }
    }
  }

  private mutating func readDynamics<Dynamics: DifferentiableDynamics>(
    _ linear: TrajectoryLinearisation<Dynamics>, _ step: Int
  ) {
    let inputs = d + m
    for i in 0..<d {
      for j in 0..<d {
        a[i * d + j] = (i == j ? 1 : 0) + linear.jacobian[(i * inputs + j) * stepCount + step]
      }
      for j in 0..<m {
        b[i * m + j] =
          linear.jacobian[(i * inputs + d + j) * stepCount + step]
          * linear.slopes[j * stepCount + step]
      }
    }
  }

  private mutating func formQ(_ step: Int, _ controls: [Double], _ effortPrice: Double) {
    for i in 0..<d {
      for j in 0..<d {
        var sum = 0.0
        for k in 0..<d { sum += vxx[i * d + k] * a[k * d + j] }
        va[i * d + j] = sum
      }
      for j in 0..<m {
        var sum = 0.0
        for k in 0..<d { sum += vxx[i * d + k] * b[k * m + j] }
        vb[i * m + j] = sum
      }
    }
    for i in 0..<m {
      qu[i] = effortPrice * controls[step * m + i]
      for k in 0..<d { qu[i] += b[k * m + i] * vx[k] }
      for j in 0..<m {
        var sum = i == j ? effortPrice : 0
        for k in 0..<d { sum += b[k * m + i] * vb[k * m + j] }
        quu[i * m + j] = sum
      }
      for j in 0..<d {
        var sum = 0.0
        for k in 0..<d { sum += b[k * m + i] * va[k * d + j] }
        qux[i * d + j] = sum
      }
    }
  }

  /// Writes the step and the gains that minimise Q; false when Q has no minimum.
  private mutating func solve(_ step: Int, extra: Double) -> Bool {
    for i in 0..<m {
      for j in 0..<m { factor[i * m + j] = quu[i * m + j] + (i == j ? extra : 0) }
    }
    let isPositive = factor.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { Cholesky.factorise($0, size: m) == 0 } ?? false
    }
    guard isPositive, factor[0].isFinite else { return false }
    for i in 0..<m {
      solution[i] = -qu[i]
      for j in 0..<d { solution[(1 + j) * m + i] = -qux[i * d + j] }
    }
    Cholesky.solve(factor, size: m, &solution, columns: 1 + d)
    for i in 0..<m {
      steps[step * m + i] = solution[i]
      for j in 0..<d { gains[(step * m + i) * d + j] = solution[(1 + j) * m + i] }
    }
    return true
  }

  /// V of the step before.
  private mutating func stepBack(_ step: Int) {
    let first = step * m
    for i in 0..<d {
      nextVx[i] = 0
      for k in 0..<d { nextVx[i] += a[k * d + i] * vx[k] }
      for p in 0..<m {
        var quuStep = 0.0
        for q in 0..<m { quuStep += quu[p * m + q] * steps[first + q] }
        nextVx[i] +=
          gains[(first + p) * d + i] * (quuStep + qu[p]) + qux[p * d + i] * steps[first + p]
      }
      for j in 0..<d {
        var sum = 0.0
        for k in 0..<d { sum += a[k * d + i] * va[k * d + j] }
        for p in 0..<m {
          var quuGain = 0.0
          for q in 0..<m { quuGain += quu[p * m + q] * gains[(first + q) * d + j] }
          sum += gains[(first + p) * d + i] * (quuGain + qux[p * d + j])
          sum += qux[p * d + i] * gains[(first + p) * d + j]
        }
        nextVxx[i * d + j] = sum
      }
    }
    swap(&vx, &nextVx)
    for i in 0..<d {
      for j in 0..<d { vxx[i * d + j] = 0.5 * (nextVxx[i * d + j] + nextVxx[j * d + i]) }
    }
  }
}
