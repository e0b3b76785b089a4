import Foundation
import LinearAlgebra
import Robotics

/// Learns a policy from the trials so far: fits a model of the dynamics, then searches a policy in
/// it.
///
///     let learner = EpisodeLearner(
///       robot: robot, task: task, prior: nil, priorDescription: nil, settings: settings, seed: 1)
///     let learnt = try learner.learn(
///       episode: 1, steps: [trial.steps(period: task.periodSeconds)], previous: nil)
///     let policy = try learnt.policy.makePolicy(for: robot)
///
/// What is learnt is a function of the steps, the seed, the settings and the previous episode: the
/// same bit for bit on one machine, whatever the number of threads; only the times differ.
public struct EpisodeLearner: Sendable {
  /// The robot.
  public let robot: Robot
  /// The task.
  public let task: Task
  /// How to learn.
  public let settings: LearningSettings
  /// The seed of everything random.
  public let seed: UInt64
  private let prior: PriorForFit?
  private let team: (any Team)?

  /// The part of the changes of every output that a prior explains from which on its model is of whole periods:
  /// it knows what happens in between. What others leave is learnt as without a prior.
  private static let soundPriorShare = 0.97

  /// The fewest steps that a model is fitted to.
  public static let fewestSteps = 5

  /// A learner of a task.
  ///
  /// - Parameters:
  ///   - robot: The robot.
  ///   - task: The task.
  ///   - prior: The prior simulator; used by GP-MI only.
  ///   - priorDescription: What is known of its parameters; `robot.prior` when nil.
  ///   - settings: How to learn.
  ///   - seed: The seed of everything random.
  ///   - team: Processes that learn in step with this one, each with the same learner, and share the
  ///     search; nil for none. What is learnt doesn't depend on it.
  public init(
    robot: Robot, task: Task, prior: (any PriorModel)?, priorDescription: PriorDescription?,
    settings: LearningSettings, seed: UInt64, team: (any Team)? = nil
  ) {
    self.robot = robot
    self.task = task
    self.settings = settings
    self.seed = seed
    self.team = team
    let description = priorDescription ?? robot.prior
    if settings.algorithm == .gpMI, let prior, let description {
      let previous = robot.previousActions(in: task)
      self.prior = PriorForFit(
        model: previous == 0
          ? prior
          : DelayedPrior(
            prior: prior, previousActions: previous, delaySeconds: robot.state.delaySeconds),
        description: description)
    } else {
      self.prior = nil
    }
  }

  /// Learns from the steps of all trials so far.
  ///
  /// - Parameters:
  ///   - episode: The number of the episode; names the random streams.
  ///   - steps: The steps of each trial, at the task's period (``LearningData``).
  ///   - measurementNoise: The standard deviations of measured positions (rad or m), and of velocities
  ///     (rad/s or m/s) unless they are filtered (``LearningData``); nil to take them from the model's
  ///     noise, as for steps that were not smoothed.
  ///   - middleSteps: The steps of a part of each period (``LearningData``), of which a model without a prior, or
  ///     with a poor one, is then learnt; nil for models of whole periods.
  ///   - previous: What the last episode learnt, to start one of the searches from.
  ///   - resuming: Where the search of this very episode was interrupted; nil to begin it.
  ///   - progress: Called as learning goes on.
  ///   - isCancelled: Asked often; once true while searching, the best so far is the result.
  /// - Throws: ``LearnerError``.
  public func learn(
    episode: Int, steps: [[Step]], measurementNoise: [Double]? = nil,
    middleSteps: [[Step]]? = nil, previous: LearntEpisode? = nil, resuming: SearchState? = nil,
    progress: @Sendable (LearningProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(LearnerError) -> LearntEpisode {
    try learnKeepingModel(
      episode: episode, steps: steps, measurementNoise: measurementNoise, middleSteps: middleSteps,
      previous: previous, resuming: resuming, progress: progress, isCancelled: isCancelled
    ).episode
  }

  /// Learns as ``learn(episode:steps:measurementNoise:middleSteps:previous:resuming:progress:isCancelled:)`` does, and
  /// gives the model of the dynamics too, in which the policy was searched.
  ///
  /// - Throws: ``LearnerError``.
  public func learnKeepingModel(
    episode: Int, steps: [[Step]], measurementNoise: [Double]? = nil,
    middleSteps: [[Step]]? = nil, previous: LearntEpisode? = nil, resuming: SearchState? = nil,
    progress: @Sendable (LearningProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(LearnerError) -> (episode: LearntEpisode, model: GaussianProcessDynamics) {
    guard task.stepCount > 0 else {
      throw .horizonTooShort(
        task: task.name, horizonSeconds: task.horizonSeconds, periodSeconds: task.periodSeconds)
    }
    try check(steps)
    if let middleSteps { try check(middleSteps) }
    let flat = steps.flatMap { $0 }
    guard flat.count >= Self.fewestSteps else {
      throw .notEnoughData(steps: flat.count, needed: Self.fewestSteps)
    }
    progress(.fitting(stepCount: flat.count))
    let clock = ContinuousClock()
    let began = clock.now
    let isCancelled = team.map { team in { @Sendable in team.isStopping } } ?? isCancelled
    let model = try fitInStep(
      flat, middleSteps?.flatMap { $0 }, episode: episode, isCancelled: isCancelled)
    let fitSeconds = (clock.now - began) / .seconds(1)
    if isCancelled() { throw .cancelled }

    let search = SearchOfEpisode(
      start: previous?.policy, path: [UInt64(max(0, episode))], resuming: resuming,
      isCancelled: isCancelled)
    let deviation = measurementDeviation(model, measurementNoise)
    let found =
      model.substeps(periodSeconds: task.periodSeconds) == 1
      ? try search.observed(self, model, deviation, progress)
      : try search.observed(
        self, model.stepped(periodSeconds: task.periodSeconds), deviation, progress)
    let learnt = LearntEpisode(
      policy: found.policy,
      predictedReturn: .init(mean: found.predictedMean, deviation: found.predictedDeviation),
      modelSummary: model.summary, fitSeconds: fitSeconds, searchSeconds: found.seconds,
      evaluations: found.rollouts, warnings: warnings(model.summary, found),
      exploration: found.exploration,
      unfinishedSearch: found.state)
    return (learnt, model)
  }

  /// The model of the dynamics that an episode's search would use.
  ///
  /// - Throws: ``LearnerError``.
  public func model(
    episode: Int, steps: [[Step]], middleSteps: [[Step]]? = nil
  ) throws(LearnerError) -> GaussianProcessDynamics {
    try check(steps)
    if let middleSteps { try check(middleSteps) }
    return try fit(
      steps.flatMap { $0 }, middleSteps?.flatMap { $0 }, episode: episode, isCancelled: { false })
  }

  /// Fits the model, and makes sure that all members of the team have the same one: a process whose
  /// processor rounds differently would search in another model.
  private func fitInStep(
    _ steps: [Step], _ middleSteps: [Step]?, episode: Int,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(LearnerError) -> GaussianProcessDynamics {
    let fitted: Result<GaussianProcessDynamics, LearnerError>
    do {
      fitted = .success(try fit(steps, middleSteps, episode: episode, isCancelled: isCancelled))
    } catch {
      fitted = .failure(error)
    }
    if let team {
      let summary = (try? fitted.get())?.summary
      let numbers =
        (summary?.outputs ?? []).flatMap {
          $0.lengthscales + [$0.signalDeviation, $0.noiseDeviation, $0.logMarginalLikelihood]
        } + (summary?.prior?.parameters ?? []).map(\.value)
      _ = team.exchange([], about: Parallel.fingerprint(of: numbers.map(\.bitPattern)))
    }
    return try fitted.get()
  }

  /// The mean rewards a step that the model of those steps predicts for policies; see
  /// ``PolicySearch/predictedReturns(of:model:task:robot:measurementDeviation:draws:particles:seed:threads:)``.
  ///
  /// - Throws: ``LearnerError``.
  public func predictedReturns(
    of policies: [PolicyParameters], steps: [[Step]], measurementNoise: [Double]? = nil,
    middleSteps: [[Step]]? = nil
  ) throws(LearnerError) -> [[Double]] {
    let model = try model(episode: steps.count, steps: steps, middleSteps: middleSteps)
    let deviation = measurementDeviation(model, measurementNoise)
    return model.substeps(periodSeconds: task.periodSeconds) == 1
      ? try predictedReturns(of: policies, model, deviation)
      : try predictedReturns(
        of: policies, model.stepped(periodSeconds: task.periodSeconds), deviation)
  }

  private func predictedReturns<Model: FunctionSampling>(
    of policies: [PolicyParameters], _ model: Model, _ deviation: [Double]
  ) throws(LearnerError) -> [[Double]] {
    guard seesStateItself else {
      return try PolicySearch.predictedReturns(
        of: policies, model: ObservedDynamics(inner: model, robot: robot, task: task), task: task,
        robot: robot, measurementDeviation: deviation, seed: seed, threads: settings.threads)
    }
    return try PolicySearch.predictedReturns(
      of: policies, model: model, task: task, robot: robot, measurementDeviation: deviation,
      seed: seed, threads: settings.threads)
  }

  /// Whether the policy sees the whole state as it was measured, and its actions act at once.
  private var seesStateItself: Bool {
    robot.state.velocityCutoffHertz == nil && robot.previousActions(in: task) == 0
      && robot.lateShare(in: task) == 0
  }

  /// One episode's search, in whatever model.
  private struct SearchOfEpisode {
    var start: PolicyParameters?
    var path: [UInt64]
    var resuming: SearchState?
    var isCancelled: @Sendable () -> Bool

    /// Searches in a model of what happens as the policy sees it.
    func observed<Model: FunctionSampling & DifferentiableDynamics>(
      _ learner: EpisodeLearner, _ model: Model, _ deviation: [Double],
      _ progress: @Sendable (LearningProgress) -> Void
    ) throws(LearnerError) -> PolicySearchResult where Model.Functions: DifferentiableDynamics {
      guard learner.seesStateItself else {
        let observed = ObservedDynamics(inner: model, robot: learner.robot, task: learner.task)
        return try run(learner, observed, deviation, progress)
      }
      return try run(learner, model, deviation, progress)
    }

    private func run<Model: FunctionSampling & DifferentiableDynamics>(
      _ learner: EpisodeLearner, _ model: Model, _ deviation: [Double],
      _ progress: @Sendable (LearningProgress) -> Void
    ) throws(LearnerError) -> PolicySearchResult where Model.Functions: DifferentiableDynamics {
      try PolicySearch.search(
        model: model, task: learner.task, robot: learner.robot, start: start,
        measurementDeviation: deviation, settings: learner.settings.search, seed: learner.seed,
        path: path, threads: learner.settings.threads, team: learner.team, resuming: resuming,
        progress: { progress(.searching($0)) }, isCancelled: isCancelled)
    }
  }

  /// The model of whole periods, or of parts of them where there are steps of such and no sound prior.
  private func fit(
    _ steps: [Step], _ middleSteps: [Step]?, episode: Int,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws(LearnerError) -> GaussianProcessDynamics {
    // Of trials that were sampled at another rate, or lost many samples, whole periods say more.
    guard let middleSteps, 2 * middleSteps.count >= steps.count else {
      return try fit(steps, substeps: 1, episode: episode, isCancelled: isCancelled)
    }
    if prior != nil {
      let whole = try fit(steps, substeps: 1, episode: episode, isCancelled: isCancelled)
      let isSound = whole.summary.prior.map { prior in
        prior.isUsed && prior.explained.allSatisfy { $0.byPrior >= Self.soundPriorShare }
      }
      if isSound == true { return whole }
    }
    return try fit(
      middleSteps, substeps: robot.substeps(in: task), episode: episode, isCancelled: isCancelled)
  }

  private func fit(
    _ steps: [Step], substeps: Int, episode: Int, isCancelled: @escaping @Sendable () -> Bool
  ) throws(LearnerError) -> GaussianProcessDynamics {
    do {
      return try GaussianProcessDynamics.fit(
        steps: steps, features: FeatureMap(robot: robot, task: task, substeps: substeps),
        periodSeconds: task.periodSeconds / Double(substeps), prior: prior,
        settings: settings.model, seed: seed &+ UInt64(max(0, episode)),
        threads: settings.threads, isCancelled: isCancelled)
    } catch is CancellationError {
      throw .cancelled
    } catch {
      throw .modelFailed(reason: "\(error)")
    }
  }

  /// How far off what the policy sees is, dimension by dimension of the searched model's state.
  private func measurementDeviation(
    _ model: GaussianProcessDynamics, _ measurementNoise: [Double]?
  ) -> [Double] {
    // A change's noise is that of two measurements.
    let fromModel = model.noiseDeviations.map { $0 / 2.0.squareRoot() }
    let measured = measurementNoise.flatMap { $0.count == fromModel.count ? $0 : nil } ?? fromModel
    let previous = [Double](
      repeating: 0, count: robot.previousActions(in: task) * robot.actionDimensions)
    let held = [Double](
      repeating: 0, count: robot.lateShare(in: task) > 0 ? robot.actionDimensions : 0)
    guard let cutoff = robot.state.velocityCutoffHertz else { return measured + previous + held }
    let joints = robot.joints.count
    let positions = Array((measurementNoise ?? fromModel).prefix(joints))
    let gain = VelocityFilter(cutoffHertz: cutoff).noiseGain(
      periodSeconds: robot.link.controlPeriodSeconds)
    return positions + positions.map { gain * $0 } + previous
      + [Double](repeating: 0, count: joints) + held
  }

  /// Checks that there is what the algorithm needs, and that the trials are this robot's.
  private func check(_ trials: [[Step]]) throws(LearnerError) {
    if settings.algorithm == .gpMI && prior == nil { throw .priorMissing(robot: robot.name) }
    for (trial, steps) in trials.enumerated() {
      for (index, step) in steps.enumerated() {
        let sizes = [
          ("numbers in its state", step.state.count, robot.stateDimensions),
          (
            "numbers in its action", step.action.count,
            robot.actionDimensions * (1 + robot.previousActions(in: task))
          ),
          ("numbers in its next state", step.nextState.count, robot.stateDimensions),
        ]
        for (what, found, expected) in sizes where found != expected {
          throw .stepOfAnotherRobot(
            trial: trial + 1, step: index + 1, found: found, expected: expected, what: what)
        }
        let numbers = step.state + step.action + step.nextState
        if numbers.contains(where: { !$0.isFinite }) {
          throw .stepNotFinite(trial: trial + 1, step: index + 1)
        }
      }
    }
  }

  private func warnings(_ summary: ModelSummary, _ found: PolicySearchResult) -> [String] {
    var warnings = found.exploration.map { ["\($0)."] } ?? []
    if settings.search.method == .trajectories && !task.reward.isPlannable {
      warnings.append(
        "Trajectories are planned for saturating rewards alone; the policy was searched as a black box."
      )
    }
    warnings += summary.approximations
    for output in summary.outputs where output.jitter > 0 && output.approximation == nil {
      warnings.append(
        "The model of \(output.name) needed \(output.jitter) of its diagonal added to be solved; "
          + "steps may be recorded twice.")
    }
    if found.brokenCandidates > 0 {
      warnings.append(
        "\(found.brokenCandidates) candidates were given up because the model's prediction was not "
          + "a finite number.")
    }
    if let prior = summary.prior {
      if let diverged = prior.divergedStepCount, diverged > 0 {
        warnings.append(
          "The prior's prediction is no finite number at \(diverged) of \(summary.pointCount) steps: "
            + "there it is taken to say that nothing changes.")
      }
      if let warning = prior.warning { warnings.append(warning) }
      let bound = prior.parameters.filter { $0.isTunable && $0.isAtBound }.map(\.name)
      if prior.isUsed && !bound.isEmpty {
        warnings.append(
          "The prior's \(bound.joined(separator: ", ")) ended at a bound: widen it in the robot "
            + "file, or the data don't determine it.")
      }
    }
    return warnings
  }
}
