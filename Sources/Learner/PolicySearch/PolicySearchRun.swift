import Foundation
import LinearAlgebra
import Robotics

/// One search underway.
struct PolicySearchRun<Model: DynamicsModel> {
  /// One of the searches that run beside each other.
  private struct Strand {
    let index: UInt64
    var search: CMAES
    var handling: UncertaintyHandling
    /// What uncertainty handling may not widen it beyond.
    var firstStepSize: Double
    /// The number of times it began anew with a larger population.
    var restarts: UInt64 = 0
    var score = -Double.infinity
  }

  /// Values groups of candidates, in the model or in functions drawn from it.
  typealias Evaluate = (RolloutEvaluator<Model>, [RolloutGroup]) -> [[RolloutScore]]

  private let evaluate: Evaluate
  private let shape: PolicyParameters
  private let settings: SearchSettings
  private let seed: UInt64
  private let path: [UInt64]
  private let searching: RolloutEvaluator<Model>
  private let judging: RolloutEvaluator<Model>
  private let stepCount: Int
  private let dimensions: Int
  private let measuresNoisily: Bool
  private let threads: Int
  private var strands: [Strand] = []
  private var finalists: [[Double]] = []
  private var rollouts = 0
  private var lost = 0
  private var broken = 0

  init(
    model: Model, task: Task, robot: Robot, start: PolicyParameters?,
    measurementDeviation: [Double]?, settings: SearchSettings, seed: UInt64, path: [UInt64],
    threads: Int, team: (any Team)?, evaluate: @escaping Evaluate
  ) throws(LearnerError) {
    try settings.check()
    guard task.stepCount > 0 else {
      throw .horizonTooShort(
        task: task.name, horizonSeconds: task.horizonSeconds, periodSeconds: task.periodSeconds)
    }
    shape = PolicyParameters(kind: settings.policy, robot: robot, task: task)
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
    let problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: shape,
      measurementDeviation: measurementDeviation, settings: settings)
    stepCount = problem.stepCount
    dimensions = problem.model.stateDimensions
    measuresNoisily = problem.measurementDeviation.contains { $0 > 0 }
    judging = RolloutEvaluator(problem: problem, threads: threads, team: team)
    var broad = problem
    broad.reward.width *= settings.rewardWidthFactor
    searching = RolloutEvaluator(problem: broad, threads: threads, team: team)
    let warm = start.flatMap { $0.weights.count == shape.weightCount ? $0.weights : nil }
    if let warm { finalists.append(warm) }
    strands = (0..<settings.starts).map { index in
      strand(index: UInt64(index), restarts: 0, warm: index == 0 ? warm : nil)
    }
  }

  mutating func result(
    progress: (PolicySearchProgress) -> Void, isCancelled: () -> Bool
  ) throws(LearnerError) -> PolicySearchResult {
    let clock = ContinuousClock()
    let began = clock.now
    var cancelled = false
    // Halving rounds: starts, starts/2, … 1 searches, each round with the same budget.
    var rounds = 1
    while (strands.count >> rounds) > 0 { rounds += 1 }
    for round in 1...rounds {
      let end = settings.rolloutBudget * round / rounds
      while rollouts < end && !cancelled {
        if isCancelled() {
          cancelled = true
          break
        }
        let bestMean = advance()
        progress(
          PolicySearchProgress(
            rollouts: rollouts, rolloutBudget: settings.rolloutBudget, bestMean: bestMean))
      }
      let told = strands.filter { $0.search.generation > 0 || $0.restarts > 0 }
      finalists += told.map(\.search.mean)
      if cancelled { break }
      halve(round: round)
    }
    guard !finalists.isEmpty else { throw .cancelled }
    let best = judge(finalists, particles: settings.finalParticles, name: 1)
    // The winner of a comparison is a lucky one, too: its prediction is drawn afresh.
    let winner = finalists[best.index]
    let final = judge([winner], particles: settings.finalParticles, name: 2)
    return PolicySearchResult(
      policy: shape.with(weights: winner), predictedMean: final.score.mean,
      predictedDeviation: final.score.deviation, rollouts: rollouts, lostRollouts: lost,
      brokenCandidates: broken,
      seconds: (clock.now - began) / .seconds(1), wasCancelled: cancelled)
  }

  private func strand(index: UInt64, restarts: UInt64, warm: [Double]?) -> Strand {
    var mean = warm ?? []
    var step = settings.warmStepSize
    if warm == nil {
      let deviation = initialDeviation(index: index)
      var stream = RandomStream(seed: seed, path: path + [index, restarts, 0x57_A2_7])
      mean = (0..<shape.weightCount).map { _ in deviation * stream.nextGaussian() }
      step = max(1e-6, settings.stepSizeFactor * deviation)
    }
    let usual =
      settings.population ?? CMAESConstants(dimensions: mean.count).population
    return Strand(
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
    let groups = strands.indices.map { index in
      RolloutGroup(
        candidates: asked[index], noise: noise(of: strands[index], evaluation: 0))
    }
    let scores = evaluate(searching, groups)
    let costs = zip(asked, scores).map { candidates, scores in
      zip(candidates, scores).map { cost($0, $1) }
    }
    for (group, scores) in zip(groups, scores) { count(scores, particles: group.noise.particles) }
    if settings.mostParticles > settings.particles && !settings.noiseIsFixed {
      tellUncertain(asked, costs)
    } else {
      onEachStrand { strand, index in strand.search.tell(asked[index], values: costs[index]) }
    }
    for index in strands.indices where strands[index].search.stop != nil {
      finalists.append(strands[index].search.mean)
      strands[index] = strand(
        index: strands[index].index, restarts: strands[index].restarts + 1, warm: nil)
    }
    return scores.joined().map(\.mean).filter(\.isFinite).max() ?? -.infinity
  }

  /// Tells the searches what their candidates cost, once some of them have been valued again to see how
  /// far the noise changes their ranks.
  private mutating func tellUncertain(_ asked: [[[Double]]], _ costs: [[Double]]) {
    let again = strands.indices.map { index in
      strands[index].handling.candidatesToRepeat(
        population: asked[index].count, generation: strands[index].search.generation, seed: seed)
    }
    let groups = strands.indices.map { index in
      RolloutGroup(
        candidates: again[index].map { asked[index][$0] },
        noise: noise(of: strands[index], evaluation: 1))
    }
    let second = evaluate(searching, groups)
    for index in strands.indices {
      count(second[index], particles: groups[index].noise.particles)
      var strand = strands[index]
      let verdict = strand.handling.assess(
        values: costs[index], repeated: again[index],
        repeatedValues: zip(groups[index].candidates, second[index]).map { cost($0, $1) },
        dimensions: strand.search.dimensions)
      strand.search.tell(asked[index], values: costs[index], order: verdict.order)
      if strand.search.stepSize < strand.firstStepSize {
        strand.search.scaleStepSize(by: verdict.stepSizeFactor)
      }
      strands[index] = strand
    }
  }

  /// The noise of a search's generation: its first evaluation, or the one that is repeated.
  private func noise(of strand: Strand, evaluation: UInt64) -> RolloutNoise {
    let generation = settings.noiseIsFixed ? 0 : UInt64(strand.search.generation)
    return noise(
      particles: Int(strand.handling.evaluations.rounded()),
      path: path + [strand.index, strand.restarts, generation, evaluation])
  }

  /// What `body` gives for each search, several at once: CMA-ES's own work on many weights takes as
  /// long as small rollouts do.
  @discardableResult
  private mutating func onEachStrand<Result: Sendable>(
    _ body: @Sendable (_ strand: inout Strand, _ index: Int) -> Result
  ) -> [Result] {
    var results = [Result?](repeating: nil, count: strands.count)
    let threads = threads
    strands.withUnsafeMutableBufferPointer { strands in
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
    guard strands.count > 1 else { return }
    let noise = noise(particles: 50, path: path + [UInt64(round), 0x4A1F])
    let scores = evaluate(
      searching, [RolloutGroup(candidates: strands.map(\.search.mean), noise: noise)])[0]
    count(scores, particles: noise.particles)
    for index in strands.indices {
      strands[index].score = scores[index].mean.isFinite ? scores[index].mean : -.infinity
    }
    let order = strands.indices.sorted {
      (-strands[$0].score, $0) < (-strands[$1].score, $1)
    }
    strands = order.prefix((strands.count + 1) / 2).sorted().map { strands[$0] }
  }

  private mutating func judge(
    _ candidates: [[Double]], particles: Int, name: UInt64
  ) -> (index: Int, score: RolloutScore) {
    let noise = noise(particles: particles, path: path + [name, 0x1D6E])
    let scores = evaluate(judging, [RolloutGroup(candidates: candidates, noise: noise)])[0]
    count(scores, particles: particles)
    let values = scores.map { $0.mean.isFinite ? $0.mean : -.infinity }
    let best = values.indices.max { (values[$0], -$0) < (values[$1], -$1) } ?? 0
    return (best, scores[best])
  }

  private func noise(particles: Int, path: [UInt64]) -> RolloutNoise {
    RolloutNoise(
      particles: particles, stepCount: stepCount, dimensions: dimensions,
      sampling: settings.sampling, measuresNoisily: measuresNoisily, seed: seed, path: path)
  }

  /// What CMA-ES minimises: minus the mean reward, and a price for weights out of range.
  private func cost(_ weights: [Double], _ score: RolloutScore) -> Double {
    let excess = weights.reduce(0.0) {
      let beyond = max(0, abs($1) - settings.weightRange) / settings.weightRange
      return $0 + beyond * beyond
    }
    return -score.mean + 0.1 * excess / Double(weights.count)
  }

  private mutating func count(_ scores: [RolloutScore], particles: Int) {
    rollouts += scores.count * particles
    for score in scores {
      lost += score.lost
      if !score.mean.isFinite { broken += 1 }
    }
  }
}
