/// Minimises a smooth function whose gradient is known, with limited memory (Liu & Nocedal 1989) and
/// a line search by bracketing for the weak Wolfe conditions (Lewis & Overton 2013).
///
///     let result = LBFGS().minimise(from: [0, 0]) { x, gradient in
///       gradient[0] = 2 * (x[0] - 1)
///       gradient[1] = 8 * x[1]
///       return (x[0] - 1) * (x[0] - 1) + 4 * x[1] * x[1]
///     }
///
/// A value that isn't finite counts as worse than any other, so the function may refuse points.
public struct LBFGS: Sendable {
  /// The pairs of steps and gradient changes that are remembered.
  public var memory = 10
  /// The most iterations, each of one line search.
  public var maximumIterations = 100
  /// Stops when no component of the gradient is larger.
  public var gradientTolerance = 1e-5
  /// Stops when an iteration lowers the value by less than this part of it (of 1, if that is more).
  public var valueTolerance = 1e-9
  /// The most that a step's trial may change a coordinate at first.
  public var greatestStep = 2.0

  /// Why a minimisation ended.
  public enum Reason: String, Sendable, Codable {
    /// The gradient vanished.
    case gradient
    /// The value no longer fell.
    case value
    /// No lower value was found along the search direction.
    case lineSearch
    /// The iterations were spent.
    case iterations
    /// The caller asked to stop.
    case cancelled
  }

  /// Where a minimisation ended.
  public struct Result: Sendable {
    /// The best point.
    public var point: [Double]
    /// Its value.
    public var value: Double
    /// The iterations that it took.
    public var iterations: Int
    /// How often the function was evaluated.
    public var evaluations: Int
    /// Why it ended.
    public var reason: Reason
    /// The last steps and gradient changes, oldest first.
    public var curvature: [CurvaturePair] = []
  }

  /// A step and how the gradient changed along it: what is known of the function's curvature there.
  public struct CurvaturePair: Sendable {
    /// The step.
    public var step: [Double]
    /// How the gradient changed.
    public var change: [Double]

    /// 1 / (step · change).
    fileprivate var rho: Double {
      1 / zip(step, change).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The same for a function that is a multiple of this one.
    public func scaled(by factor: Double) -> CurvaturePair {
      CurvaturePair(step: step, change: change.map { $0 * factor })
    }
  }

  /// The optimiser with default settings.
  public init() {}

  /// Minimises a function from a start.
  ///
  /// - Parameters:
  ///   - start: Where to begin.
  ///   - curvature: What an earlier minimisation learnt of the same function, or of one like it.
  ///   - isCancelled: Asked before every iteration.
  ///   - function: Writes the gradient at a point and returns the value there.
  public func minimise(
    from start: [Double], curvature: [CurvaturePair] = [], isCancelled: () -> Bool = { false },
    _ function: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) -> Result {
    let n = start.count
    var point = start
    var gradient = [Double](repeating: 0, count: n)
    var value = function(point, &gradient)
    var result = Result(
      point: point, value: value, iterations: 0, evaluations: 1, reason: .iterations)
    guard value.isFinite, gradient.allSatisfy(\.isFinite) else {
      result.reason = .lineSearch
      return result
    }
    let history = CurvatureHistory(capacity: memory, dimensions: n)
    for pair in curvature { history.append(step: pair.step, change: pair.change, rho: pair.rho) }
    var trial = point
    var trialGradient = gradient
    var direction = gradient
    var taken = point
    var change = gradient

    while result.iterations < maximumIterations {
      if isCancelled() {
        result.reason = .cancelled
        break
      }
      if gradient.allSatisfy({ abs($0) <= gradientTolerance }) {
        result.reason = .gradient
        break
      }
      history.descend(gradient: gradient, into: &direction)
      var slope = dot(direction, gradient)
      if !(slope < 0) {
        history.removeAll()
        for j in 0..<n { direction[j] = -gradient[j] }
        slope = dot(direction, gradient)
      }
      let length = direction.reduce(0) { max($0, abs($1)) }
      var step = min(1, greatestStep / length)
      if history.isEmpty { step = min(step, 1 / length) }

      let found = search(
        function, from: point, value: value, direction: direction, slope: slope, step: &step,
        trial: &trial, gradient: &trialGradient, evaluations: &result.evaluations)
      guard let found else {
        if history.isEmpty {
          result.reason = .lineSearch
          break
        }
        // The remembered curvature may mislead; once more along the gradient alone.
        history.removeAll()
        continue
      }
      result.iterations += 1
      for j in 0..<n {
        taken[j] = trial[j] - point[j]
        change[j] = trialGradient[j] - gradient[j]
      }
      let curvature = dot(taken, change)
      if curvature > 1e-12 * dot(change, change).squareRoot() * dot(taken, taken).squareRoot() {
        history.append(step: taken, change: change, rho: 1 / curvature)
      }
      let fall = value - found
      swap(&point, &trial)
      swap(&gradient, &trialGradient)
      value = found
      if fall <= valueTolerance * max(1, abs(value)) {
        result.reason = .value
        break
      }
    }
    result.point = point
    result.value = value
    result.curvature = history.pairs
    return result
  }

  /// Finds a step with sufficient decrease and, if it can, sufficient curvature; nil when no step
  /// lowers the value.
  private func search(
    _ function: ([Double], inout [Double]) -> Double, from point: [Double], value: Double,
    direction: [Double], slope: Double, step: inout Double, trial: inout [Double],
    gradient: inout [Double], evaluations: inout Int
  ) -> Double? {
    var lower = 0.0
    var upper = Double.infinity
    var best: (step: Double, value: Double, gradient: [Double])?
    for _ in 0..<25 {
      for j in point.indices { trial[j] = point[j] + step * direction[j] }
      let found = function(trial, &gradient)
      evaluations += 1
      if found.isFinite, gradient.allSatisfy(\.isFinite), found <= value + 1e-4 * step * slope {
        if best.map({ found < $0.value }) ?? true { best = (step, found, gradient) }
        if dot(gradient, direction) >= 0.9 * slope { return found }
        lower = step
        step = upper.isFinite ? 0.5 * (lower + upper) : 2 * step
      } else {
        upper = step
        if best != nil { break }
        // The minimum of the parabola through the value, the slope and the value found.
        let parabola = -slope * step * step / (2 * (found - value - slope * step))
        step =
          parabola.isFinite && lower == 0
          ? min(max(parabola, 0.1 * upper), 0.5 * upper) : 0.5 * (lower + upper)
      }
    }
    guard let best else { return nil }
    step = best.step
    for j in point.indices { trial[j] = point[j] + step * direction[j] }
    gradient = best.gradient
    return best.value
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for j in a.indices { sum += a[j] * b[j] }
    return sum
  }
}

/// The last steps and gradient changes of a minimisation, in memory that is made once, four variables at a
/// time: with a cheap function of few variables, arrays would cost as much as the function.
private final class CurvatureHistory {
  private typealias Four = SIMD4<Double>

  private let dimensions: Int
  private let capacity: Int
  /// How many fours hold the variables, zeros after the last.
  private let fours: Int
  private let steps: UnsafeMutablePointer<Four>
  private let changes: UnsafeMutablePointer<Four>
  private let direction: UnsafeMutablePointer<Four>
  private var rhos: [Double]
  private var weights: [Double]
  /// The oldest pair's place.
  private var first = 0
  private var count = 0

  init(capacity: Int, dimensions: Int) {
    func zeros(_ count: Int) -> UnsafeMutablePointer<Four> {
      let memory = UnsafeMutablePointer<Four>.allocate(capacity: max(count, 1))
      memory.initialize(repeating: .zero, count: max(count, 1))
      return memory
    }
    self.dimensions = dimensions
    self.capacity = capacity
    fours = (dimensions + 3) / 4
    steps = zeros(capacity * fours)
    changes = zeros(capacity * fours)
    direction = zeros(fours)
    rhos = Array(repeating: 0, count: capacity)
    weights = rhos
  }

  deinit {
    steps.deallocate()
    changes.deallocate()
    direction.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  func removeAll() { (first, count) = (0, 0) }

  /// Forgets the oldest pair where there is no room.
  func append(step: [Double], change: [Double], rho: Double) {
    guard capacity > 0 else { return }
    let place = (first + count) % capacity
    for j in 0..<dimensions {
      steps[place * fours + j / 4][j % 4] = step[j]
      changes[place * fours + j / 4][j % 4] = change[j]
    }
    rhos[place] = rho
    if count < capacity { count += 1 } else { first = (first + 1) % capacity }
  }

  /// Oldest first.
  var pairs: [LBFGS.CurvaturePair] {
    (0..<count).map { i in
      let start = (first + i) % capacity * fours
      return LBFGS.CurvaturePair(
        step: (0..<dimensions).map { steps[start + $0 / 4][$0 % 4] },
        change: (0..<dimensions).map { changes[start + $0 / 4][$0 % 4] })
    }
  }

  /// Writes −H g by the two-loop recursion.
  func descend(gradient: [Double], into result: inout [Double]) {
    for j in 0..<dimensions { direction[j / 4][j % 4] = gradient[j] }
    for i in (0..<count).reversed() {
      let place = (first + i) % capacity
      let weight = rhos[place] * product(steps + place * fours, direction)
      weights[place] = weight
      add(-weight, changes + place * fours)
    }
    if count > 0 { scale() }
    for i in 0..<count {
      let place = (first + i) % capacity
      let correction = weights[place] - rhos[place] * product(changes + place * fours, direction)
      add(correction, steps + place * fours)
    }
    for j in 0..<dimensions { result[j] = -direction[j / 4][j % 4] }
  }

  private func product(_ a: UnsafePointer<Four>, _ b: UnsafePointer<Four>) -> Double {
    var sum = Four.zero
    for k in 0..<fours { sum += a[k] * b[k] }
    return sum.sum()
  }

  private func add(_ factor: Double, _ vector: UnsafePointer<Four>) {
    for k in 0..<fours { direction[k] += factor * vector[k] }
  }

  /// Multiplies by the inverse curvature that the recursion starts from: each variable's own, as the pairs
  /// show it, within ``spread`` times the last pair's (Gilbert & Lemaréchal 1989 compare such diagonals).
  private func scale() {
    let last = changes + (first + count - 1) % capacity * fours
    let common = 1 / (rhos[(first + count - 1) % capacity] * product(last, last))
    let least = Four(repeating: common / Self.spread)
    let greatest = Four(repeating: common * Self.spread)
    for k in 0..<fours {
      var (stepSquares, changeSquares) = (Four.zero, Four(repeating: .leastNormalMagnitude))
      for place in 0..<count {
        let (step, change) = (steps[place * fours + k], changes[place * fours + k])
        stepSquares += step * step
        changeSquares += change * change
      }
      let own = (stepSquares / changeSquares).squareRoot()
      direction[k] *= pointwiseMin(pointwiseMax(own, least), greatest)
    }
  }

  /// How far a variable's curvature may be from the last pair's.
  private static let spread = 5.0
}
