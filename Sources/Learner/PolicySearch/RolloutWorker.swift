import Robotics

/// The buffers of one thread: advances a block of candidates, all their particles in lockstep, from
/// the initial states to the horizon.
///
/// A candidate whose particles are all lost earns nothing any more: its score is known, and so its rollouts end
/// there. Of the others every rank counts in a covariance's update, down to the last, so that none can end
/// before it is known.
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
  /// Weights laid out a member an entry; nil for policies whose weights are too many for that.
  private let spread: UnsafeMutablePointer<Double>?
  /// What would be measured of one member.
  private var measuredState: [Double]
  /// The weights of the candidates that are left, once some have ended.
  private let keptWeights: UnsafeMutablePointer<Double>
  /// The candidates that are left, by their places in the block.
  private var places: [Int] = []

  /// How many members ending candidates must have before the others close up: as many as fill a register.
  private static var fewestEnded: Int { 8 }

  /// Up to how many particles a candidate's members are worth evaluating each with weights of its own, all
  /// candidates at once: as many as fill a few registers.
  private static var mostSpreadParticles: Int { 32 }

  init(problem: RolloutProblem<Model>, capacity: Int) {
    self.problem = problem
    self.capacity = capacity
    workspace = problem.model.makeWorkspace(capacity: capacity)
    let d = problem.model.stateDimensions
    let a = problem.model.actionDimensions
    let rows = 4 * d + 2 * a + 4
    let policyScratch = problem.policy.scratchCount(capacity: capacity)
    let spreadRows = problem.policy.deviations == nil ? problem.policy.weightCount : 0
    let size = (rows + spreadRows) * capacity + policyScratch
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
    spread = spreadRows == 0 ? nil : scratch + policyScratch
    measuredState = Array(repeating: 0, count: d)
    keptWeights = .zeros(problem.policy.weightCount * capacity)
    places.reserveCapacity(capacity)
  }

  deinit {
    buffer.deallocate()
    keptWeights.deallocate()
  }

  /// Values the candidates of some segments, whose weight vectors lie one after the other at `weights`.
  ///
  /// - Parameters:
  ///   - dynamics: The model itself, or functions drawn from it.
  ///   - scores: Where the candidates' scores go, in the same order.
  func run<Dynamics: DynamicsModel>(
    dynamics: Dynamics, segments: [RolloutSegment], weights: UnsafePointer<Double>,
    scores: UnsafeMutablePointer<RolloutScore>
  ) where Dynamics.Workspace == Model.Workspace {
    var segments = segments
    var weights = weights
    var count = segments.reduce(0) { $0 + $1.members }
    precondition(count <= capacity, "a block of rollouts exceeds its buffers")
    let drawsSteps = segments.contains { !$0.noise.steps.isEmpty }
    let particles = segments.first?.noise.particles ?? 1
    let sharesParticles = segments.allSatisfy { $0.noise.particles == particles }
    let spread = particles <= Self.mostSpreadParticles && sharesParticles ? self.spread : nil
    if let spread {
      problem.policy.spread(
        candidates: count / particles, members: particles, stride: capacity, weights: weights,
        into: spread)
    }
    for segment in segments {
      begin(segment)
      measure(segment, step: 0)
    }
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: 0..<segments.reduce(0) { $0 + $1.candidates })
    for step in 0..<problem.stepCount {
      decide(segments, count: count, step: step, weights: weights, spread: spread)
      dynamics.predict(
        count: count, stride: capacity, states: states, actions: actions, mean: means,
        variance: drawsSteps ? variances : nil, workspace: workspace)
      for segment in segments { advance(segment, step: step) }
      dropLost(count: count)
      judge(count: count, step: step)
      for segment in segments {
        measure(segment, step: step + 1)
        checkSuccess(segment, step: step)
      }
      for b in 0..<count where alive[b] > 0 { sums[b] += rewards[b] }
      guard step + 1 < problem.stepCount, endedMembers(of: segments) >= Self.fewestEnded else {
        continue
      }
      end(&segments, weights: &weights, spread: spread, scores: scores)
      count = segments.reduce(0) { $0 + $1.members }
      if count == 0 { return }
    }
    var candidate = 0
    for segment in segments {
      for own in 0..<segment.candidates {
        scores[places[candidate]] = score(of: own, in: segment)
        candidate += 1
      }
    }
  }

  /// How many members belong to candidates whose particles are all lost.
  private func endedMembers(of segments: [RolloutSegment]) -> Int {
    segments.reduce(0) { sum, segment in
      sum
        + (0..<segment.candidates).reduce(0) {
          $0 + (isLost($1, in: segment) ? segment.noise.particles : 0)
        }
    }
  }

  private func isLost(_ candidate: Int, in segment: RolloutSegment) -> Bool {
    let first = segment.firstMember + candidate * segment.noise.particles
    return (first..<(first + segment.noise.particles)).allSatisfy { alive[$0] <= 0 }
  }

  /// Scores the candidates whose particles are all lost, and closes up the others.
  ///
  /// Whole candidates go, so that a particle keeps its place among its candidate's: its noise and its
  /// function are those of before.
  private func end(
    _ segments: inout [RolloutSegment], weights: inout UnsafePointer<Double>,
    spread: UnsafeMutablePointer<Double>?, scores: UnsafeMutablePointer<RolloutScore>
  ) {
    let weightCount = problem.policy.weightCount
    var candidate = 0
    var kept = 0
    var member = 0
    for index in segments.indices {
      let segment = segments[index]
      let particles = segment.noise.particles
      segments[index].firstMember = member
      segments[index].candidates = 0
      for own in 0..<segment.candidates {
        defer { candidate += 1 }
        if isLost(own, in: segment) {
          scores[places[candidate]] = score(of: own, in: segment)
          continue
        }
        let first = segment.firstMember + own * particles
        move(particles, from: first, to: member, spread: spread)
        // Towards the front, where what stood there has moved or ended.
        (keptWeights + kept * weightCount).update(
          from: weights + candidate * weightCount, count: weightCount)
        places[kept] = places[candidate]
        segments[index].candidates += 1
        kept += 1
        member += particles
      }
    }
    weights = UnsafePointer(keptWeights)
  }

  /// Moves what is known of some members towards the front.
  private func move(
    _ members: Int, from first: Int, to place: Int, spread: UnsafeMutablePointer<Double>?
  ) {
    guard first != place else { return }
    func move(_ rows: Int, of memory: UnsafeMutablePointer<Double>) {
      for row in 0..<rows {
        (memory + row * capacity + place).update(
          from: memory + row * capacity + first, count: members)
      }
    }
    move(problem.model.stateDimensions, of: states)
    move(problem.model.stateDimensions, of: measured)
    move(problem.model.actionDimensions, of: previousActions)
    for memory in [sums, alive, held] { move(1, of: memory) }
    if let spread { move(problem.policy.weightCount, of: spread) }
  }

  /// Writes the actions, of all members at once where weights are spread.
  private func decide(
    _ segments: [RolloutSegment], count: Int, step: Int, weights: UnsafePointer<Double>,
    spread: UnsafeMutablePointer<Double>?
  ) {
    func act(_ first: Int, _ candidates: Int, _ segment: RolloutSegment, _ candidate: Int) {
      problem.policy.decide(
        candidates: candidates, members: segment.noise.particles, step: step, stride: capacity,
        weights: weights + candidate * problem.policy.weightCount, spread: spread,
        states: seen(segment) + first, actions: actions + first, scratch: scratch)
    }
    guard spread == nil, segments.count > 1 else {
      if let segment = segments.first {
        act(0, count / segment.noise.particles, segment, 0)
      }
      return
    }
    var candidate = 0
    for segment in segments {
      act(segment.firstMember, segment.candidates, segment, candidate)
      candidate += segment.candidates
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

  /// Notes which particles don't meet the task's criterion after a step, by what is measured of them.
  private func checkSuccess(_ segment: RolloutSegment, step: Int) {
    guard let success = problem.success, step >= problem.firstHeldStep else { return }
    let seen = seen(segment)
    for b in segment.firstMember..<(segment.firstMember + segment.members) where held[b] > 0 {
      for d in measuredState.indices { measuredState[d] = seen[d * capacity + b] }
      if alive[b] <= 0 || !success.holds(in: measuredState) { held[b] = 0 }
    }
  }

  private func begin(_ segment: RolloutSegment) {
    let particles = segment.noise.particles
    for candidate in 0..<segment.candidates {
      problem.begin(
        first: 0, count: particles, noise: segment.noise,
        states: states + segment.firstMember + candidate * particles, stride: capacity)
    }
    for b in segment.firstMember..<(segment.firstMember + segment.members) {
      sums[b] = 0
      alive[b] = 1
      held[b] = problem.success == nil ? 0 : 1
    }
  }

  /// Measures the states before a step, or at the horizon.
  private func measure(_ segment: RolloutSegment, step: Int) {
    guard !segment.noise.measurements.isEmpty else { return }
    let particles = segment.noise.particles
    for candidate in 0..<segment.candidates {
      let first = segment.firstMember + candidate * particles
      problem.measure(
        first: 0, count: particles, step: step, noise: segment.noise, states: states + first,
        measured: measured + first, stride: capacity)
    }
  }

  /// What the policy sees of the states.
  private func seen(_ segment: RolloutSegment) -> UnsafeMutablePointer<Double> {
    segment.noise.measurements.isEmpty ? states : measured
  }

  private func advance(_ segment: RolloutSegment, step: Int) {
    let noise = segment.noise
    let particles = noise.particles
    for d in 0..<problem.model.stateDimensions {
      let state = states + d * capacity + segment.firstMember
      let mean = means + d * capacity + segment.firstMember
      guard !noise.steps.isEmpty else {
        for b in 0..<segment.members { state[b] += mean[b] }
        continue
      }
      let variance = variances + d * capacity + segment.firstMember
      noise.steps.withUnsafeBufferPointer { numbers in
        let offset = step * noise.stepStride + d * particles
        guard particles > 1 else {
          let number = numbers[offset]
          for b in 0..<segment.members {
            state[b] += mean[b] + max(variance[b], 0).squareRoot() * number
          }
          return
        }
        for candidate in 0..<segment.candidates {
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
    let joints = problem.jointCount
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
      for d in problem.initialState.indices {
        states[d * capacity + b] = problem.initialState[d]
      }
    }
  }

  private func score(of candidate: Int, in segment: RolloutSegment) -> RolloutScore {
    let particles = segment.noise.particles
    let first = segment.firstMember + candidate * particles
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
      solved += alive[b] > 0 ? held[b] : 0
      if alive[b] < 0 || !value.isFinite { broken = true }
    }
    let mean = sum / Double(particles)
    let variance = max(0, squares / Double(particles) - mean * mean)
    return RolloutScore(
      mean: broken ? .nan : mean, deviation: variance.squareRoot(), lost: lost,
      solved: solved / Double(particles))
  }
}
