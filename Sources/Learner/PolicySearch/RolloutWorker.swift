import Robotics

/// The buffers of one thread: advances a block of candidates, all their particles in lockstep, from
/// the initial states to the horizon.
final class RolloutWorker<Model: DynamicsModel> {
  private let problem: RolloutProblem<Model>
  private let capacity: Int
  private let workspace: Model.Workspace
  private let buffer: UnsafeMutablePointer<Double>
  private let states: UnsafeMutablePointer<Double>
  private let measured: UnsafeMutablePointer<Double>
  private let actions: UnsafeMutablePointer<Double>
  /// The actions of the step before, kept for a reward that looks at actions.
  private let previousActions: UnsafeMutablePointer<Double>
  private let means: UnsafeMutablePointer<Double>
  private let variances: UnsafeMutablePointer<Double>
  private let rewards: UnsafeMutablePointer<Double>
  private let sums: UnsafeMutablePointer<Double>
  /// 1 while a particle lives, 0 once it is lost, −1 once it wasn't finite.
  private let alive: UnsafeMutablePointer<Double>
  /// 1 while a particle may still solve the task.
  private let held: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>

  init(problem: RolloutProblem<Model>, capacity: Int) {
    self.problem = problem
    self.capacity = capacity
    workspace = problem.model.makeWorkspace(capacity: capacity)
    let d = problem.model.stateDimensions
    let a = problem.model.actionDimensions
    let rows = 4 * d + 2 * a + 4
    let size = rows * capacity + problem.policy.scratchCount(capacity: capacity)
    buffer = .allocate(capacity: size)
    buffer.initialize(repeating: 0, count: size)
    states = buffer
    means = states + d * capacity
    variances = means + d * capacity
    measured = variances + d * capacity
    actions = measured + d * capacity
    previousActions = actions + a * capacity
    rewards = previousActions + a * capacity
    sums = rewards + capacity
    alive = sums + capacity
    held = alive + capacity
    scratch = held + capacity
  }

  deinit { buffer.deallocate() }

  /// Values `candidates` weight vectors that lie one after the other at `weights`.
  ///
  /// - Parameter dynamics: The model itself, or functions drawn from it.
  func run<Dynamics: DynamicsModel>(
    dynamics: Dynamics, candidates: Int, weights: UnsafePointer<Double>, noise: RolloutNoise,
    scores: UnsafeMutablePointer<RolloutScore>
  ) where Dynamics.Workspace == Model.Workspace {
    let particles = noise.particles
    let count = candidates * particles
    precondition(count <= capacity, "a block of rollouts exceeds its buffers")
    begin(candidates: candidates, noise: noise)
    for step in 0..<problem.stepCount {
      measure(candidates: candidates, step: step, noise: noise)
      problem.policy.decide(
        candidates: candidates, members: particles, step: step, stride: capacity,
        weights: weights,
        states: noise.measurements.isEmpty ? states : measured, actions: actions, scratch: scratch)
      dynamics.predict(
        count: count, stride: capacity, states: states, actions: actions, mean: means,
        variance: noise.steps.isEmpty ? nil : variances, workspace: workspace)
      advance(candidates: candidates, step: step, noise: noise)
      dropLost(count: count)
      judge(count: count, step: step)
      checkSuccess(candidates: candidates, step: step, noise: noise)
      for b in 0..<count where alive[b] > 0 { sums[b] += rewards[b] }
    }
    for candidate in 0..<candidates {
      scores[candidate] = score(first: candidate * particles, particles: particles)
    }
  }

  /// Writes what the step earns.
  private func judge(count: Int, step: Int) {
    guard problem.reward.dependsOnActions else {
      problem.reward.values(count: count, stride: capacity, states: states, into: rewards)
      return
    }
    problem.reward.values(
      of: RewardBatch(
        count: count, stride: capacity, states: states, actions: actions,
        previousActions: step > 0 ? previousActions : nil), into: rewards)
    previousActions.update(from: actions, count: problem.model.actionDimensions * capacity)
  }

  /// Notes which particles don't meet the task's criterion, by what would be measured of them.
  private func checkSuccess(candidates: Int, step: Int, noise: RolloutNoise) {
    guard let success = problem.success, step >= problem.firstHeldStep else { return }
    let dimensions = problem.model.stateDimensions
    var state = Array(repeating: 0.0, count: dimensions)
    for b in 0..<(candidates * noise.particles) where held[b] > 0 {
      for d in 0..<dimensions {
        state[d] = states[d * capacity + b]
        if !noise.measurements.isEmpty {
          let place = (step * dimensions + d) * noise.particles + b % noise.particles
          state[d] += problem.measurementDeviation[d] * noise.measurements[place]
        }
      }
      if alive[b] <= 0 || !success.holds(in: state) { held[b] = 0 }
    }
  }

  private func begin(candidates: Int, noise: RolloutNoise) {
    let particles = noise.particles
    for d in 0..<problem.model.stateDimensions {
      for candidate in 0..<candidates {
        let row = states + d * capacity + candidate * particles
        for p in 0..<particles {
          row[p] =
            problem.initialState[d] + problem.initialDeviation[d] * noise.initial[d * particles + p]
        }
      }
    }
    for b in 0..<(candidates * particles) {
      sums[b] = 0
      alive[b] = 1
      held[b] = problem.success == nil ? 0 : 1
    }
  }

  /// What the policy sees of the states.
  private func measure(candidates: Int, step: Int, noise: RolloutNoise) {
    guard !noise.measurements.isEmpty else { return }
    let particles = noise.particles
    let dimensions = problem.model.stateDimensions
    noise.measurements.withUnsafeBufferPointer { numbers in
      for d in 0..<dimensions {
        let deviation = problem.measurementDeviation[d]
        let offset = (step * dimensions + d) * particles
        for candidate in 0..<candidates {
          let first = d * capacity + candidate * particles
          for p in 0..<particles {
            measured[first + p] = states[first + p] + deviation * numbers[offset + p]
          }
        }
      }
    }
  }

  private func advance(candidates: Int, step: Int, noise: RolloutNoise) {
    let particles = noise.particles
    for d in 0..<problem.model.stateDimensions {
      let state = states + d * capacity
      let mean = means + d * capacity
      guard !noise.steps.isEmpty else {
        for b in 0..<(candidates * particles) { state[b] += mean[b] }
        continue
      }
      let variance = variances + d * capacity
      noise.steps.withUnsafeBufferPointer { numbers in
        let offset = step * noise.stepStride + d * particles
        for candidate in 0..<candidates {
          for p in 0..<particles {
            let b = candidate * particles + p
            state[b] += mean[b] + max(variance[b], 0).squareRoot() * numbers[offset + p]
          }
        }
      }
    }
  }

  /// Marks particles whose state makes no sense, and parks them at the initial state so that the
  /// arithmetic that follows stays finite.
  private func dropLost(count: Int) {
    let joints = problem.speedLimits.count
    for joint in 0..<joints {
      let position = states + joint * capacity
      let velocity = states + (joints + joint) * capacity
      let limit = problem.speedLimits[joint]
      let range = problem.positionLimits[joint]
      for b in 0..<count {
        if !(position[b].isFinite && velocity[b].isFinite) {
          alive[b] = -1
        } else if alive[b] > 0 && (abs(velocity[b]) > limit || !range.contains(position[b])) {
          alive[b] = 0
        }
      }
    }
    for b in 0..<count where alive[b] <= 0 {
      for d in 0..<(2 * joints) { states[d * capacity + b] = problem.initialState[d] }
    }
  }

  private func score(first: Int, particles: Int) -> RolloutScore {
    var sum = 0.0
    var squares = 0.0
    var lost = 0
    var broken = false
    var solved = 0.0
    for b in first..<(first + particles) {
      let value = sums[b] / Double(problem.stepCount)
      sum += value
      squares += value * value
      if alive[b] <= 0 { lost += 1 }
      solved += held[b]
      if alive[b] < 0 || !value.isFinite { broken = true }
    }
    let mean = sum / Double(particles)
    let variance = max(0, squares / Double(particles) - mean * mean)
    return RolloutScore(
      mean: broken ? .nan : mean, deviation: variance.squareRoot(), lost: lost,
      solved: solved / Double(particles))
  }
}
