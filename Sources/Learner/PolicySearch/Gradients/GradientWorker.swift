import Robotics

/// The return of one candidate's particles and its derivative by the weights.
struct ReturnGradient: Sendable {
  /// The sum of returns a step over the particles.
  var sum = 0.0
  /// Its derivative by each weight.
  var gradient: [Double]
}

/// The buffers of one thread: rolls particles of one candidate out in lockstep, remembering every
/// step, and passes the derivative of their return back from the horizon to the start.
final class GradientWorker<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let capacity: Int
  private let workspace: Model.Workspace
  private let tape: PolicyTape
  private let dimensions: Int
  private let actionCount: Int
  /// What a state dimension's derivative is multiplied with before its size is judged.
  private let scales: [Double]
  private let gradientLimit: Double
  /// What earlier states earn, and those over which success must hold.
  private var reward: Reward
  private var heldReward: Reward
  private let successTerms: [Reward.WeightedTerm]

  private let buffer: UnsafeMutablePointer<Double>
  /// The states of every step, the first included.
  private let states: UnsafeMutablePointer<Double>
  private let jacobians: UnsafeMutablePointer<Double>
  /// The derivative of every step's reward by the state.
  private let slopes: UnsafeMutablePointer<Double>
  private let measured: UnsafeMutablePointer<Double>
  private let actions: UnsafeMutablePointer<Double>
  private let change: UnsafeMutablePointer<Double>
  private let costate: UnsafeMutablePointer<Double>
  private let moved: UnsafeMutablePointer<Double>
  private let rewards: UnsafeMutablePointer<Double>
  private let rewardsBelow: UnsafeMutablePointer<Double>
  private let alive: UnsafeMutablePointer<Double>

  init(
    problem: RolloutProblem<Model>, shape: PolicyParameters, capacity: Int,
    settings: RefinementSettings
  ) {
    self.problem = problem
    self.capacity = capacity
    gradientLimit = settings.gradientLimit
    reward = problem.reward
    heldReward = problem.reward
    successTerms = problem.success.flatMap { settings.success?.terms(of: $0) } ?? []
    workspace = problem.model.makeWorkspace(capacity: capacity)
    tape = PolicyTape(shape, capacity: capacity, stepCount: problem.stepCount)
    let d = problem.model.stateDimensions
    let a = problem.model.actionDimensions
    dimensions = d
    actionCount = a
    scales = shape.stateScales + problem.unseenScales
    let steps = problem.stepCount
    let rows = (steps + 1) * d + steps * d * (d + a) + steps * d + 4 * d + 2 * a + 3
    buffer = .allocate(capacity: rows * capacity)
    buffer.initialize(repeating: 0, count: rows * capacity)
    var next = buffer
    func take(_ rows: Int) -> UnsafeMutablePointer<Double> {
      defer { next += rows * capacity }
      return next
    }
    states = take((steps + 1) * d)
    jacobians = take(steps * d * (d + a))
    slopes = take(steps * d)
    measured = take(d)
    change = take(d)
    costate = take(d)
    moved = take(d)
    actions = take(2 * a)
    rewards = take(1)
    rewardsBelow = take(1)
    alive = take(1)
  }

  deinit { buffer.deallocate() }

  /// Rolls out the particles `first` to `first + count` of the noise.
  func run<Dynamics: DifferentiableDynamics>(
    dynamics: Dynamics, weights: UnsafePointer<Double>, first: Int, count: Int,
    noise: RolloutNoise, widthFactor: Double
  ) -> ReturnGradient where Dynamics.Workspace == Model.Workspace {
    precondition(count <= capacity, "a block of rollouts exceeds its buffers")
    var result = ReturnGradient(gradient: Array(repeating: 0, count: tape.weightCount))
    let share = 1 / Double(problem.stepCount)
    reward = problem.reward
    reward.width *= widthFactor
    heldReward = Reward(terms: reward.terms + successTerms)
    problem.begin(first: first, count: count, noise: noise, states: states, stride: capacity)
    alive.update(repeating: 1, count: count)
    for step in 0..<problem.stepCount {
      let state = states + step * dimensions * capacity
      let next = state + dimensions * capacity
      tape.decide(
        step: step, count: count, stride: capacity, weights: weights,
        states: measure(state, step: step, first: first, count: count, noise: noise),
        actions: actions)
      dynamics.linearise(
        count: count, stride: capacity, firstMember: first, states: state, actions: actions,
        change: change, jacobian: jacobian(step), workspace: workspace)
      for d in 0..<dimensions {
        for b in 0..<count {
          next[d * capacity + b] = state[d * capacity + b] + change[d * capacity + b]
        }
      }
      dropLost(next, step: step, count: count)
      let reward = reward(after: step)
      reward.values(count: count, stride: capacity, states: next, into: rewards)
      for b in 0..<count { result.sum += alive[b] * rewards[b] * share }
      differentiateReward(next, step: step, count: count, share: share)
    }
    result.gradient.withUnsafeMutableBufferPointer { gradient in
      guard let gradient = gradient.baseAddress else { return }
      passBack(weights: weights, count: count, gradient: gradient)
    }
    return result
  }

  /// What the state after a step earns.
  private func reward(after step: Int) -> Reward {
    step >= problem.firstHeldStep ? heldReward : reward
  }

  private func jacobian(_ step: Int) -> UnsafeMutablePointer<Double> {
    jacobians + step * dimensions * (dimensions + actionCount) * capacity
  }

  /// What the policy sees of the states.
  private func measure(
    _ state: UnsafeMutablePointer<Double>, step: Int, first: Int, count: Int, noise: RolloutNoise
  ) -> UnsafePointer<Double> {
    guard !noise.measurements.isEmpty else { return UnsafePointer(state) }
    problem.measure(
      first: first, count: count, step: step, noise: noise, states: state, measured: measured,
      stride: capacity)
    return UnsafePointer(measured)
  }

  /// Parks particles whose state makes no sense at the initial state; they earn nothing from there
  /// on, and no derivative passes through them.
  private func dropLost(_ next: UnsafeMutablePointer<Double>, step: Int, count: Int) {
    let joints = problem.jointCount
    for joint in 0..<joints {
      let position = next + joint * capacity
      let velocity = next + (joints + joint) * capacity
      let limit = problem.speedLimits[joint]
      let range = problem.positionLimits[joint]
      for b in 0..<count
      where !(abs(velocity[b]) <= limit && range.contains(position[b])) { alive[b] = 0 }
    }
    let rows = dimensions * (dimensions + actionCount)
    for b in 0..<count where alive[b] == 0 {
      for d in 0..<dimensions { next[d * capacity + b] = problem.initialState[d] }
      let jacobian = jacobian(step)
      for row in 0..<rows { jacobian[row * capacity + b] = 0 }
    }
  }

  /// The reward's derivative by each position, by central differences: smooth, and exact to ten
  /// digits.
  private func differentiateReward(
    _ state: UnsafeMutablePointer<Double>, step: Int, count: Int, share: Double
  ) {
    let width = 1e-5
    let reward = reward(after: step)
    let slope = slopes + step * dimensions * capacity
    for d in 0..<dimensions {
      let row = state + d * capacity
      let target = slope + d * capacity
      // Velocities earn nothing, nor do previous actions.
      guard d < problem.jointCount else {
        target.update(repeating: 0, count: count)
        continue
      }
      for b in 0..<count {
        moved[b] = row[b]
        row[b] += width
      }
      reward.values(count: count, stride: capacity, states: state, into: rewards)
      for b in 0..<count { row[b] = moved[b] - width }
      reward.values(count: count, stride: capacity, states: state, into: rewardsBelow)
      for b in 0..<count {
        row[b] = moved[b]
        target[b] = alive[b] * share * (rewards[b] - rewardsBelow[b]) / (2 * width)
      }
    }
  }

  /// From the horizon to the start: λ(t) = ∂x(t+1)/∂x(t)ᵀ (λ(t+1) + ∂r(t+1)/∂x(t+1)).
  private func passBack(
    weights: UnsafePointer<Double>, count: Int, gradient: UnsafeMutablePointer<Double>
  ) {
    let inputs = dimensions + actionCount
    let byAction = actions + actionCount * capacity
    for d in 0..<dimensions { (costate + d * capacity).update(repeating: 0, count: count) }
    for step in (0..<problem.stepCount).reversed() {
      let slope = slopes + step * dimensions * capacity
      for d in 0..<dimensions {
        for b in 0..<count { costate[d * capacity + b] += slope[d * capacity + b] }
      }
      limitCostate(count: count)
      let jacobian = jacobian(step)
      for j in 0..<inputs {
        let target = j < dimensions ? moved + j * capacity : byAction + (j - dimensions) * capacity
        if j < dimensions {
          target.update(from: costate + j * capacity, count: count)
        } else {
          target.update(repeating: 0, count: count)
        }
        for i in 0..<dimensions {
          let slope = jacobian + (i * inputs + j) * capacity
          let source = costate + i * capacity
          for b in 0..<count { target[b] += slope[b] * source[b] }
        }
      }
      tape.pullBack(
        step: step, count: count, stride: capacity, weights: weights, actionGradient: byAction,
        stateGradient: moved, weightGradient: gradient)
      costate.update(from: moved, count: dimensions * capacity)
    }
  }

  /// Shortens derivatives that grew beyond all use: where a rollout is chaotic, they say nothing.
  private func limitCostate(count: Int) {
    for b in 0..<count {
      var square = 0.0
      for d in 0..<dimensions {
        let part = costate[d * capacity + b] * scales[d]
        square += part * part
      }
      let size = square.squareRoot()
      guard !(size <= gradientLimit) else { continue }
      let factor = size.isFinite ? gradientLimit / size : 0
      for d in 0..<dimensions {
        let value = costate[d * capacity + b]
        costate[d * capacity + b] = value.isFinite ? value * factor : 0
      }
    }
  }
}
