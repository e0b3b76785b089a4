import Foundation
import LinearAlgebra
import Robotics

/// A search that plans trajectories in a model's mean, compares them in functions drawn from the
/// model, refines the best there, and compares again.
struct TrajectorySearchRun<Model: DifferentiableDynamics & FunctionSampling>
where Model.Functions: DifferentiableDynamics {
  let model: Model
  let task: Task
  let robot: Robot
  let settings: SearchSettings
  let measurementDeviation: [Double]?
  let seed: UInt64
  let path: [UInt64]
  let threads: Int
  let team: (any Team)?

  private var rollouts = 0
  private var lost = 0
  private var broken = 0

  init(
    model: Model, task: Task, robot: Robot, measurementDeviation: [Double]?,
    settings: SearchSettings, seed: UInt64, path: [UInt64], threads: Int,
    team: (any Team)?
  ) throws(LearnerError) {
    try settings.check()
    guard task.stepCount > 0 else {
      throw .horizonTooShort(
        task: task.name, horizonSeconds: task.horizonSeconds, periodSeconds: task.periodSeconds)
    }
    self.model = model
    self.task = task
    self.robot = robot
    self.measurementDeviation = measurementDeviation
    self.settings = settings
    self.seed = seed
    self.path = path
    self.threads = threads
    self.team = team
  }

  mutating func result(
    start: PolicyParameters?, progress: (PolicySearchProgress) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(LearnerError) -> PolicySearchResult {
    let clock = ContinuousClock()
    let began = clock.now
    let shape = PolicyParameters(
      kind: .trajectory(steps: task.stepCount), robot: robot, task: task)
    if let start {
      guard start.robot == robot.name, start.jointKinds == shape.jointKinds else {
        throw .policyForAnotherRobot(policy: start.robot, robot: robot.name)
      }
    }
    let previous = start.flatMap { $0.kind == shape.kind ? $0 : nil }
    report(progress, [], part: 0)
    let plan = TrajectorySearch(
      model: model, task: task, robot: robot, settings: settings.trajectories, seed: seed,
      path: path, threads: threads, team: team
    ).run(previous: previous, isCancelled: isCancelled)
    rollouts += plan.rollouts
    var candidates = plan.policies.map(\.weights)
    if let previous { candidates.append(previous.weights) }
    guard !candidates.isEmpty else { throw .cancelled }

    let problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: shape,
      measurementDeviation: measurementDeviation, settings: settings)
    var judged = problem
    judged.success = task.success
    let judge = RolloutEvaluator(problem: judged, threads: threads, team: team)
    var scores = self.scores(candidates, judge, problem, particles: 50, name: 1)
    report(progress, scores, part: 0.6)
    var cancelled = isCancelled()
    if !cancelled && settings.refinement.iterations > 0 {
      let order = ranking(scores)
      let chosen = order.prefix(settings.refinement.candidates).map { candidates[$0] }
      let refined = refine(
        chosen, shape: shape, problem: problem, progress: progress, isCancelled: isCancelled)
      cancelled = isCancelled()
      candidates = order.prefix(4).map { candidates[$0] } + refined
    }
    scores = self.scores(
      candidates, judge, problem, particles: settings.finalParticles, name: 2)
    let winner = candidates[ranking(scores)[0]]
    // The winner of a comparison is a lucky one, too: its prediction is drawn afresh.
    let final = self.scores([winner], judge, problem, particles: settings.finalParticles, name: 3)
    report(progress, final, part: 1)
    return PolicySearchResult(
      policy: shape.with(weights: winner), predictedMean: final[0].mean,
      predictedDeviation: final[0].deviation, rollouts: rollouts, lostRollouts: lost,
      brokenCandidates: broken, seconds: (clock.now - began) / .seconds(1),
      wasCancelled: cancelled)
  }

  private func report(
    _ progress: (PolicySearchProgress) -> Void, _ scores: [RolloutScore], part: Double
  ) {
    progress(
      PolicySearchProgress(
        rollouts: Int(part * 1000), rolloutBudget: 1000,
        bestMean: scores.map(\.mean).filter(\.isFinite).max() ?? 0))
  }

  /// Candidates' indices, the best first: by the chance to solve the task, and by the return, which
  /// decides where nothing solves it yet.
  private func ranking(_ scores: [RolloutScore]) -> [Int] {
    let values = scores.map { $0.mean.isFinite ? $0.mean + $0.solved : -.infinity }
    return values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
  }

  private func noise(
    _ problem: RolloutProblem<Model>, particles: Int, name: UInt64
  ) -> RolloutNoise {
    RolloutNoise(
      particles: particles, stepCount: problem.stepCount, dimensions: model.stateDimensions,
      sampling: .wholeFunctions,
      measuresNoisily: problem.measurementDeviation.contains { $0 > 0 }, seed: seed,
      path: path + [name, 0x7B])
  }

  private mutating func scores(
    _ candidates: [[Double]], _ judge: RolloutEvaluator<Model>, _ problem: RolloutProblem<Model>,
    particles: Int, name: UInt64
  ) -> [RolloutScore] {
    let noise = noise(problem, particles: particles, name: name)
    let scores = judge.scores(
      of: candidates, noise: noise,
      dynamics: model.functions(count: particles, seed: noise.functionSeed))
    rollouts += candidates.count * particles
    for score in scores {
      lost += score.lost
      if !score.mean.isFinite { broken += 1 }
    }
    return scores
  }

  /// Follows the gradient of each candidate's mean return over functions drawn from the model.
  private mutating func refine(
    _ candidates: [[Double]], shape: PolicyParameters, problem: RolloutProblem<Model>,
    progress: (PolicySearchProgress) -> Void, isCancelled: () -> Bool
  ) -> [[Double]] {
    let refinement = settings.refinement
    let evaluator = GradientEvaluator(
      problem: problem, shape: shape, gradientLimit: refinement.gradientLimit, threads: threads,
      team: team)
    var weights = candidates
    var optimisers = candidates.map { Adam(count: $0.count) }
    var noise = noise(problem, particles: refinement.particles, name: 4)
    var functions = model.functions(count: refinement.particles, seed: noise.functionSeed)
    for iteration in 0..<refinement.iterations {
      if isCancelled() { break }
      if iteration > 0 && iteration % max(1, refinement.redrawInterval) == 0 {
        noise = self.noise(
          problem, particles: refinement.particles, name: UInt64(4 + iteration))
        functions = model.functions(count: refinement.particles, seed: noise.functionSeed)
      }
      let part = Double(iteration) / Double(refinement.iterations)
      let rate = refinement.rate * pow(refinement.lastRate / refinement.rate, part)
      let found = evaluator.evaluate(
        weights, noise: noise, widthFactor: refinement.rewardWidthFactor, dynamics: functions)
      rollouts += weights.count * refinement.particles
      if iteration % 10 == 9 {
        let means = found.map { RolloutScore(mean: $0.sum, deviation: 0, lost: 0) }
        report(progress, means, part: 0.6 + 0.35 * part)
      }
      for (index, result) in found.enumerated() {
        optimisers[index].descend(
          &weights[index], gradient: result.gradient.map { -$0 }, rate: rate)
      }
    }
    return weights
  }
}
