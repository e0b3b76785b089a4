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

  private var state = TrajectoryState()
  private var tally = RolloutTally()
  /// The rollouts before refinement began, or would have begun.
  private var plannedRollouts = 0

  init(
    model: Model, task: Task, robot: Robot, measurementDeviation: [Double]?,
    settings: SearchSettings, seed: UInt64, path: [UInt64], threads: Int,
    team: (any Team)?, resuming: SearchState?
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
    // Weights of another shape would be read beyond their end.
    let shape = PolicyParameters(
      kind: .trajectory(steps: task.stepCount), robot: robot, task: task)
    if let known = resuming?.trajectories, known.isOf(weightCount: shape.weightCount) {
      state = known
    }
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
    plan(previous: previous, isCancelled: isCancelled)
    var candidates = state.plans.sorted { $0.key < $1.key }.compactMap(\.value.weights)
    if let previous { candidates.append(previous.weights) }
    guard !candidates.isEmpty else { throw isCancelled() ? .cancelled : .noPlanIsFinite }
    var cancelled = state.plans.contains { !$0.value.isFinished }
    // What an interrupted group found may be the best so far, but a search that goes on plans it anew.
    state.plans = state.plans.filter(\.value.isFinished)

    let problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: shape,
      measurementDeviation: measurementDeviation, settings: settings)
    var judged = problem
    judged.success = task.success
    let judge = RolloutEvaluator(problem: judged, threads: threads, team: team)
    var scores = self.scores(candidates, judge, problem, particles: 50, name: 1)
    plannedRollouts = tally.rollouts
    report(progress, scores, part: 0.6)
    cancelled = cancelled || isCancelled()
    if !cancelled && settings.refinement.iterations > 0 {
      let order = ranking(scores)
      let chosen = order.prefix(settings.refinement.candidates).map { candidates[$0] }
      let refined = refine(
        chosen, shape: shape, problem: judged, progress: progress, isCancelled: isCancelled)
      cancelled = !isRefined
      candidates = order.prefix(4).map { candidates[$0] } + refined
    }
    scores = self.scores(
      candidates, judge, problem, particles: settings.finalParticles, name: 2)
    let winner = candidates[ranking(scores)[0]]
    // The winner of a comparison is a lucky one, too: its prediction is drawn afresh.
    let final = self.scores([winner], judge, problem, particles: settings.finalParticles, name: 3)
    report(progress, final, part: 1)
    var result = PolicySearchResult(
      policy: shape.with(weights: winner), predictedMean: final[0].mean,
      predictedDeviation: final[0].deviation, rollouts: tally.rollouts,
      lostRollouts: tally.lost, brokenCandidates: tally.broken,
      seconds: (clock.now - began) / .seconds(1),
      state: cancelled ? SearchState(progress: .trajectories(state)) : nil)
    result.exploreIfUncertain(
      final[0], certain: judge.score(of: winner, dynamics: model),
      particles: settings.finalParticles,
      candidates: zip(candidates, scores).map { (shape.with(weights: $0), $1) },
      reward: task.reward, seed: seed, path: path)
    return result
  }

  /// Plans the groups that have no plan yet.
  private mutating func plan(
    previous: PolicyParameters?, isCancelled: @escaping @Sendable () -> Bool
  ) {
    let own = settings.trajectories
    let groups = (0..<own.groups).filter { state.plans[$0] == nil }
    // Three quarters of the budget, the rest being for comparisons and refinement.
    let found = TrajectorySearch(
      model: model, task: task, robot: robot, settings: own, seed: seed, path: path,
      threads: threads, team: team
    ).plans(
      of: groups, previous: previous, rolloutBudget: settings.rolloutBudget * 3 / 4 / own.groups,
      isCancelled: isCancelled)
    for (group, plan) in zip(groups, found) { state.plans[group] = plan }
    tally.rollouts += state.plans.values.reduce(0) { $0 + $1.rollouts }
  }

  /// Whether refinement came to its end.
  private var isRefined: Bool {
    (state.refinement?.iteration ?? 0) >= refinementSteps
  }

  /// The steps of refinement that the budget leaves room for.
  private var refinementSteps: Int {
    let own = settings.refinement
    let final = settings.finalParticles * (4 + own.candidates + 1)
    let left = settings.rolloutBudget - plannedRollouts - final
    return min(own.iterations, max(0, left / max(1, own.candidates * own.particles)))
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
    problem.noise(
      particles: particles, sampling: .wholeFunctions, seed: seed, path: path + [name, 0x7B])
  }

  private mutating func scores(
    _ candidates: [[Double]], _ judge: RolloutEvaluator<Model>, _ problem: RolloutProblem<Model>,
    particles: Int, name: UInt64
  ) -> [RolloutScore] {
    let noise = noise(problem, particles: particles, name: name)
    let scores = judge.scores(
      of: candidates, noise: noise,
      dynamics: model.functions(count: particles, seed: noise.functionSeed))
    tally.count(scores, particles: particles)
    return scores
  }

  /// Follows the gradient of each candidate's mean return over functions drawn from the model.
  private mutating func refine(
    _ candidates: [[Double]], shape: PolicyParameters, problem: RolloutProblem<Model>,
    progress: (PolicySearchProgress) -> Void, isCancelled: () -> Bool
  ) -> [[Double]] {
    let refinement = settings.refinement
    let evaluator = GradientEvaluator(
      problem: problem, shape: shape, settings: refinement, threads: threads, team: team)
    var underway = state.refinement ?? RefinementState(weights: candidates)
    // What was made before an interruption counts as if it had not been.
    tally.rollouts += underway.iteration * underway.weights.count * refinement.particles
    var drawn: (noise: RolloutNoise, functions: Model.Functions)?
    while underway.iteration < refinementSteps && !isCancelled() {
      let iteration = underway.iteration
      if drawn == nil || iteration % max(1, refinement.redrawInterval) == 0 {
        let first = iteration / max(1, refinement.redrawInterval) * refinement.redrawInterval
        let noise = noise(problem, particles: refinement.particles, name: UInt64(4 + first))
        drawn = (noise, model.functions(count: refinement.particles, seed: noise.functionSeed))
      }
      guard let (noise, functions) = drawn else { break }
      let part = Double(iteration) / Double(refinement.iterations)
      let rate = refinement.rate * pow(refinement.lastRate / refinement.rate, part)
      let found = evaluator.evaluate(
        underway.weights, noise: noise, widthFactor: refinement.rewardWidthFactor,
        dynamics: functions)
      tally.rollouts += underway.weights.count * refinement.particles
      if iteration % 10 == 9 {
        let means = found.map { RolloutScore(mean: $0.sum, deviation: 0, lost: 0) }
        report(progress, means, part: 0.6 + 0.35 * part)
      }
      for (index, result) in found.enumerated() {
        underway.optimisers[index].descend(
          &underway.weights[index], gradient: result.gradient.map { -$0 }, rate: rate)
      }
      underway.iteration += 1
    }
    state.refinement = underway
    return underway.weights
  }
}
