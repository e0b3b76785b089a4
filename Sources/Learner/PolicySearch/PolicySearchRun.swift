import Foundation
import LinearAlgebra
import Robotics

/// One search underway.
struct PolicySearchRun<Model: DynamicsModel> {
  /// Values groups of candidates, in the model or in functions drawn from it.
  typealias Evaluate = (RolloutEvaluator<Model>, [RolloutGroup]) -> [[RolloutScore]]

  private let evaluate: Evaluate
  private let shape: PolicyParameters
  /// What CMA-ES's numbers mean.
  private let coordinates: SearchedWeights
  private let settings: SearchSettings
  private let seed: UInt64
  private let path: [UInt64]
  private let searching: RolloutEvaluator<Model>
  private let judging: RolloutEvaluator<Model>
  private let problem: RolloutProblem<Model>
  private let threads: Int
  private var state = BlackBoxState(strands: [], finalists: [])

  init(
    model: Model, task: Task, robot: Robot, start: PolicyParameters?,
    measurementDeviation: [Double]?, settings: SearchSettings, seed: UInt64, path: [UInt64],
    threads: Int, team: (any Team)?, resuming: SearchState?, evaluate: @escaping Evaluate
  ) throws(LearnerError) {
    try settings.check()
    guard task.stepCount > 0 else {
      throw .horizonTooShort(
        task: task.name, horizonSeconds: task.horizonSeconds, periodSeconds: task.periodSeconds)
    }
    shape = PolicyParameters(kind: settings.policy, robot: robot, task: task)
    coordinates = SearchedWeights(shape)
    if let start {
      guard start.robot == robot.name, start.jointKinds == shape.jointKinds else {
        throw .policyForAnotherRobot(policy: start.robot, robot: robot.name)
      }
    }
    self.settings = settings
    self.seed = seed
    self.path = path
    self.evaluate = evaluate
    self.threads = threads
    problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: shape,
      measurementDeviation: measurementDeviation, settings: settings)
    judging = RolloutEvaluator(problem: problem, threads: threads, team: team)
    var broad = problem
    broad.reward.width *= settings.rewardWidthFactor
    searching = RolloutEvaluator(problem: broad, threads: threads, team: team)
    let warm = start.flatMap { $0.weights.count == shape.weightCount ? $0.weights : nil }
    state.finalists = warm.map { [$0] } ?? []
    if let known = resuming?.blackBox, known.isOf(settings, weightCount: shape.weightCount) {
      state = known
    } else {
      state.strands = (0..<settings.starts).map { index in
        strand(index: UInt64(index), restarts: 0, warm: index == 0 ? warm : nil)
      }
    }
  }

  mutating func result(
    progress: (PolicySearchProgress) -> Void, isCancelled: () -> Bool
  ) throws(LearnerError) -> PolicySearchResult {
    let clock = ContinuousClock()
    let began = clock.now
    // Halving rounds: starts, starts/2, … 1 searches, each round with the same budget.
    var rounds = 1
    while (settings.starts >> rounds) > 0 { rounds += 1 }
    var cancelled = false
    while state.round <= rounds {
      let end = settings.rolloutBudget * state.round / rounds
      while state.tally.rollouts < end && !cancelled {
        cancelled = isCancelled()
        if cancelled { break }
        let bestMean = advance()
        progress(
          PolicySearchProgress(
            rollouts: state.tally.rollouts, rolloutBudget: settings.rolloutBudget,
            bestMean: bestMean))
      }
      if cancelled { break }
      state.finalists += told.map { coordinates.weights($0.search.mean) }
      halve(round: state.round)
      state.round += 1
    }
    let interrupted = cancelled ? SearchState(progress: .blackBox(state)) : nil
    if cancelled { state.finalists += told.map { coordinates.weights($0.search.mean) } }
    let finalists = state.finalists
    guard !finalists.isEmpty else { throw .cancelled }
    let best = judge(finalists, particles: settings.finalParticles, name: 1)
    // The winner of a comparison is a lucky one, too: its prediction is drawn afresh.
    let winner = finalists[best.index]
    let final = judge([winner], particles: settings.finalParticles, name: 2).scores[0]
    var result = PolicySearchResult(
      policy: shape.with(weights: winner), predictedMean: final.mean,
      predictedDeviation: final.deviation, rollouts: state.tally.rollouts,
      lostRollouts: state.tally.lost, brokenCandidates: state.tally.broken,
      seconds: (clock.now - began) / .seconds(1), state: interrupted)
    result.exploreIfUncertain(
      final, certain: judging.score(of: winner, dynamics: problem.model),
      particles: settings.finalParticles,
      candidates: zip(finalists, best.scores).map { (shape.with(weights: $0), $1) },
      reward: problem.reward, seed: seed, path: path)
    return result
  }

  /// The searches that have been told anything.
  private var told: [SearchStrand] {
    state.strands.filter { $0.search.generation > 0 || $0.restarts > 0 }
  }

  private func strand(index: UInt64, restarts: UInt64, warm: [Double]?) -> SearchStrand {
    var mean = warm.map { coordinates.numbers($0) } ?? []
    var step = settings.warmStepSize
    if warm == nil {
      let deviation = initialDeviation(index: index)
      var stream = RandomStream(seed: seed, path: path + [index, restarts, 0x57_A2_7])
      mean = (0..<shape.weightCount).map { _ in deviation * stream.nextGaussian() }
      step = max(1e-6, settings.stepSizeFactor * deviation)
    }
    let usual =
      settings.population ?? CMAESConstants(dimensions: mean.count).population
    return SearchStrand(
      index: index,
      search: CMAES(
        mean: mean, stepSize: step, population: usual << min(restarts, 3),
        limits: CMAESLimits(valueTolerance: 1e-6, stepTolerance: 1e-6), seed: seed,
        path: path + [index, restarts, 0xA5]),
      handling: UncertaintyHandling(
        leastEvaluations: Double(settings.particles),
        mostEvaluations: Double(max(settings.particles, settings.mostParticles))),
      firstStepSize: step, restarts: restarts)
  }

  /// The deviation of the weights that a fresh search starts from: from the boldest to the most
  /// timid in equal ratios.
  private func initialDeviation(index: UInt64) -> Double {
    guard settings.starts > 1, settings.leastInitialDeviation > 0 else {
      return settings.initialDeviation
    }
    let ratio = settings.leastInitialDeviation / settings.initialDeviation
    return settings.initialDeviation * pow(ratio, Double(index) / Double(settings.starts - 1))
  }

  /// One generation of every search, their rollouts in lockstep; returns the best mean reward a step.
  private mutating func advance() -> Double {
    let asked = onEachStrand { strand, _ in strand.search.ask() }
    let groups = state.strands.indices.map { index in
      RolloutGroup(
        candidates: asked[index].map { coordinates.weights($0) },
        noise: noise(of: state.strands[index], evaluation: 0))
    }
    let scores = evaluate(searching, groups)
    let costs = zip(asked, scores).map { candidates, scores in
      zip(candidates, scores).map { cost($0, $1) }
    }
    for (group, scores) in zip(groups, scores) {
      state.tally.count(scores, particles: group.noise.particles)
    }
    if settings.mostParticles > settings.particles && !settings.noiseIsFixed {
      tellUncertain(asked, costs)
    } else {
      onEachStrand { strand, index in strand.search.tell(asked[index], values: costs[index]) }
    }
    for index in state.strands.indices where state.strands[index].search.stop != nil {
      state.finalists.append(coordinates.weights(state.strands[index].search.mean))
      state.strands[index] = strand(
        index: state.strands[index].index, restarts: state.strands[index].restarts + 1, warm: nil)
    }
    return scores.joined().map(\.mean).filter(\.isFinite).max() ?? -.infinity
  }

  /// Tells the searches what their candidates cost, once some of them have been valued again to see how
  /// far the noise changes their ranks.
  private mutating func tellUncertain(_ asked: [[[Double]]], _ costs: [[Double]]) {
    let again = state.strands.indices.map { index in
      state.strands[index].handling.candidatesToRepeat(
        population: asked[index].count, generation: state.strands[index].search.generation,
        seed: seed)
    }
    let groups = state.strands.indices.map { index in
      RolloutGroup(
        candidates: again[index].map { coordinates.weights(asked[index][$0]) },
        noise: noise(of: state.strands[index], evaluation: 1))
    }
    let second = evaluate(searching, groups)
    for index in state.strands.indices {
      state.tally.count(second[index], particles: groups[index].noise.particles)
      var strand = state.strands[index]
      let verdict = strand.handling.assess(
        values: costs[index], repeated: again[index],
        repeatedValues: zip(again[index].map { asked[index][$0] }, second[index]).map {
          cost($0, $1)
        },
        dimensions: strand.search.dimensions)
      strand.search.tell(asked[index], values: costs[index], order: verdict.order)
      if strand.search.stepSize < strand.firstStepSize {
        strand.search.scaleStepSize(by: verdict.stepSizeFactor)
      }
      state.strands[index] = strand
    }
  }

  /// The noise of a search's generation: its first evaluation, or the one that is repeated.
  private func noise(of strand: SearchStrand, evaluation: UInt64) -> RolloutNoise {
    let generation = settings.noiseIsFixed ? 0 : UInt64(strand.search.generation)
    return noise(
      particles: Int(strand.handling.evaluations.rounded()),
      path: path + [strand.index, strand.restarts, generation, evaluation])
  }

  /// What `body` gives for each search, several at once: CMA-ES's own work on many weights takes as
  /// long as small rollouts do.
  @discardableResult
  private mutating func onEachStrand<Result: Sendable>(
    _ body: @Sendable (_ strand: inout SearchStrand, _ index: Int) -> Result
  ) -> [Result] {
    var results = [Result?](repeating: nil, count: state.strands.count)
    let threads = threads
    state.strands.withUnsafeMutableBufferPointer { strands in
      results.withUnsafeMutableBufferPointer { results in
        // Each block has a search and a result of its own.
        nonisolated(unsafe) let strands = strands
        nonisolated(unsafe) let results = results
        Parallel.forEach(blocks: strands.count, threads: threads) { index, _ in
          results[index] = body(&strands[index], index)
        }
      }
    }
    return results.compactMap { $0 }
  }

  /// Keeps the better half of the searches, judged by their means under common noise.
  private mutating func halve(round: Int) {
    guard state.strands.count > 1 else { return }
    let noise = noise(particles: 50, path: path + [UInt64(round), 0x4A1F])
    let scores = evaluate(
      searching,
      [
        RolloutGroup(
          candidates: state.strands.map { coordinates.weights($0.search.mean) }, noise: noise)
      ])[0]
    state.tally.count(scores, particles: noise.particles)
    let values = scores.map { $0.mean.isFinite ? $0.mean : -.greatestFiniteMagnitude }
    let order = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
    state.strands = order.prefix((state.strands.count + 1) / 2).sorted().map { state.strands[$0] }
  }

  private mutating func judge(
    _ candidates: [[Double]], particles: Int, name: UInt64
  ) -> (index: Int, scores: [RolloutScore]) {
    let noise = noise(particles: particles, path: path + [name, 0x1D6E])
    let scores = evaluate(judging, [RolloutGroup(candidates: candidates, noise: noise)])[0]
    state.tally.count(scores, particles: particles)
    let values = scores.map { $0.mean.isFinite ? $0.mean : -.infinity }
    let best = values.indices.max { (values[$0], -$0) < (values[$1], -$1) } ?? 0
    return (best, scores)
  }

  private func noise(particles: Int, path: [UInt64]) -> RolloutNoise {
    problem.noise(particles: particles, sampling: settings.sampling, seed: seed, path: path)
  }

  /// What CMA-ES minimises: minus the mean reward, and a price for numbers out of range.
  private func cost(_ numbers: [Double], _ score: RolloutScore) -> Double {
    let excess = numbers.reduce(0.0) {
      let beyond = max(0, abs($1) - settings.weightRange) / settings.weightRange
      return $0 + beyond * beyond
    }
    return -score.mean + 0.1 * excess / Double(numbers.count)
  }
}

extension BlackBoxState {
  /// Whether it is of a search with those settings.
  fileprivate func isOf(_ settings: SearchSettings, weightCount: Int) -> Bool {
    !strands.isEmpty && strands.count <= settings.starts
      && strands.allSatisfy { $0.search.dimensions == weightCount }
  }
}
