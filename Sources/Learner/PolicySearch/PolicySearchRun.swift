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

  /// Values candidates, in the model or in functions drawn from it.
  typealias Evaluate = (RolloutEvaluator<Model>, [[Double]], RolloutNoise) -> [RolloutScore]

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
        var bestMean = -Double.infinity
        for index in strands.indices {
          if isCancelled() {
            cancelled = true
            break
          }
          var strand = strands[index]
          bestMean = max(bestMean, step(&strand))
          strands[index] = strand
        }
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

  /// One generation of one search; returns the best mean reward a step in it.
  private mutating func step(_ strand: inout Strand) -> Double {
    let particles = Int(strand.handling.evaluations.rounded())
    let candidates = strand.search.ask()
    let generation = settings.noiseIsFixed ? 0 : UInt64(strand.search.generation)
    let names = path + [strand.index, strand.restarts, generation]
    let noise = noise(particles: particles, path: names + [0])
    let scores = evaluate(searching, candidates, noise)
    count(scores, particles: particles)
    let costs = zip(candidates, scores).map { cost($0, $1) }
    let best = scores.map(\.mean).filter(\.isFinite).max() ?? -.infinity
    if settings.mostParticles > settings.particles && !settings.noiseIsFixed {
      let again = strand.handling.candidatesToRepeat(
        population: candidates.count, generation: strand.search.generation, seed: seed)
      let repeated = Array(candidates[again])
      let second = evaluate(
        searching, repeated, self.noise(particles: particles, path: names + [1]))
      count(second, particles: particles)
      let verdict = strand.handling.assess(
        values: costs, repeated: again,
        repeatedValues: zip(repeated, second).map { cost($0, $1) },
        dimensions: strand.search.dimensions)
      strand.search.tell(candidates, values: costs, order: verdict.order)
      if strand.search.stepSize < strand.firstStepSize {
        strand.search.scaleStepSize(by: verdict.stepSizeFactor)
      }
    } else {
      strand.search.tell(candidates, values: costs)
    }
    if strand.search.stop != nil {
      finalists.append(strand.search.mean)
      strand = self.strand(index: strand.index, restarts: strand.restarts + 1, warm: nil)
    }
    return best
  }

  /// Keeps the better half of the searches, judged by their means under common noise.
  private mutating func halve(round: Int) {
    guard strands.count > 1 else { return }
    let noise = noise(particles: 50, path: path + [UInt64(round), 0x4A1F])
    let scores = evaluate(searching, strands.map(\.search.mean), noise)
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
    let scores = evaluate(judging, candidates, noise)
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
