import Foundation
import HardwareIO
import Learner
import LinearAlgebra
import Robotics
import Supervisor
import TrialStore

/// The alternation at the heart of Handful: run a trial, fit a model to everything logged so far,
/// search a better policy in it, run the next trial; until the task is solved, the trials are used
/// up, or someone stops it. Or, with a policy or an excitation given, those trials alone.
///
/// Everything is stored as it happens. A run that goes on with a store (`--resume`) finds the trials
/// and the policies there, learns what had not been learnt yet, and continues.
public final class LearningRun {
  private let configuration: RunConfiguration
  private let store: TrialStore
  private let robot: SupervisedRobot
  private let stopSwitch: StopSwitch
  private let budget: RunBudget
  private let team: MPITeam?
  private let permission: @Sendable (Int) -> Bool
  private let observe: @Sendable (RunEvent) -> Void
  private var use = RobotUse()
  /// Whether the team was found to have parted.
  private var isAlone = false
  private var reports: [TrialReport] = []
  private var episodes: [LearntEpisode] = []
  /// The number of the trial after which the last policy was learnt; 0 before the first.
  private var learntAfterTrial = 0
  /// The search that an earlier run was interrupted in, after that trial; nil when it was in none.
  private var unfinished: (afterTrial: Int, state: SearchState)?
  /// The model in which the last policy was searched; nil after a resume, until the next.
  private var model: GaussianProcessDynamics?

  /// A run on a connected robot.
  ///
  /// - Parameters:
  ///   - configuration: What to do.
  ///   - store: Where everything is kept; open for writing.
  ///   - robot: The robot, connected.
  ///   - stopSwitch: The operator's way to stop it, the same that `robot` reads.
  ///   - budget: What the experiment may use of the robot, earlier runs included.
  ///   - team: The processes that share the search, of which this is the first; nil for none.
  ///   - permission: Asked before each trial, with its number, whether it may begin; may wait for an
  ///     operator. The run ends in good order when it says no.
  ///   - observe: Told of every event.
  public init(
    configuration: RunConfiguration, store: TrialStore, robot: SupervisedRobot,
    stopSwitch: StopSwitch, budget: RunBudget = RunBudget(), team: MPITeam? = nil,
    permission: @escaping @Sendable (Int) -> Bool = { _ in true },
    observe: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.budget = budget
    self.team = team
    self.permission = permission
    self.configuration = configuration
    self.store = store
    self.robot = robot
    self.stopSwitch = stopSwitch
    self.observe = observe
  }

  /// Runs the experiment to its end.
  ///
  /// - Throws: `StoreError`, `LinkError`, `LearnerError`, ``ExperimentError``; never for a robot that
  ///   was stopped, which is a result.
  public func run() throws -> RunResult {
    try configuration.check()
    let learner = configuration.isLearning ? try configuration.makeLearner(team: team) : nil
    try readStored()
    if configuration.isLearning && reports.contains(where: \.isSolved) { return result(.solved) }
    while reports.count < configuration.trialCount {
      if stopSwitch.pressed != .none { return result(.interrupted) }
      if let limit = budget.limitReached(
        after: use, nextTrialSeconds: configuration.task.horizonSeconds)
      {
        return result(.budgetSpent(limit))
      }
      if let learner, needsLearning {
        guard try learn(with: learner), stopSwitch.pressed == .none else {
          return result(.interrupted)
        }
      }
      guard permission(reports.count + 1) else { return result(.interrupted) }
      let reason = try runTrial()
      if let reason { return result(.stopped(reason)) }
      if configuration.isLearning && reports.last?.isSolved == true { return result(.solved) }
    }
    return result(configuration.isLearning ? .notSolved : .policyRan)
  }

  private func result(_ ending: RunResult.Ending) -> RunResult {
    RunResult(ending: ending, trials: reports, episodes: episodes, use: use)
  }

  // MARK: - What is already there

  private func readStored() throws {
    for number in try store.markUnfinishedTrials() {
      observe(
        .warning(
          "trial \(number) was cut short when the program ended; what was stored of it is kept"
            + (configuration.repeatsTrialsCutShort ? ", and it is run again from its start" : "")))
    }
    let records = try store.episodes()
    learntAfterTrial = records.last?.afterTrial ?? 0
    episodes = try records.map { record in
      try JSONDecoder.handful.decode(LearntEpisode.self, from: Data(record.modelJSON.utf8))
    }
    unfinished = try UnfinishedSearch.last(in: store)
    let margins = try TrialMargins.stored(in: store)
    let trials = try store.trials()
    let counting = Set(trials.withoutRepeated().map(\.number))
    for trial in trials {
      use = use + (margins[trial.number]?.use ?? RobotUse(trial: trial, robot: configuration.robot))
      if trial.samples.isEmpty || !counting.contains(trial.number) { continue }
      if trial.end.isHostDied && configuration.repeatsTrialsCutShort { continue }
      reports.append(
        report(
          on: trial, outcome: nil,
          policy: records.lastIndex { $0.afterTrial < trial.number }.map { episodes[$0] }))
    }
  }

  /// Whether a trial has been run since the last policy was learnt, and there is enough to learn
  /// from: a first trial that was cut short is followed by another random one.
  private var needsLearning: Bool {
    guard let last = reports.last, last.trial.number > learntAfterTrial else { return false }
    let period = configuration.task.periodSeconds
    let stepCount = reports.reduce(0) { $0 + $1.trial.steps(period: period).count }
    return stepCount >= max(EpisodeLearner.fewestSteps, configuration.task.stepCount / 4)
  }

  // MARK: - Learning

  /// - Returns: Whether a policy was learnt; false when the operator asked to stop.
  private func learn(with learner: EpisodeLearner) throws -> Bool {
    let data = LearningData(
      trials: reports.map(\.trial), robot: configuration.robot, task: configuration.task)
    let stopSwitch = stopSwitch
    let observe = observe
    let after = reports.last?.trial.number ?? 0
    let job = LearningJob(
      episode: reports.count, steps: data.steps, measurementNoise: data.measurementNoise,
      middleSteps: data.middleSteps, previous: episodes.last,
      resuming: unfinished.flatMap { $0.afterTrial == after ? $0.state : nil })
    do {
      try team?.lead(job)
      let (episode, model) = try learner.learnKeepingModel(
        episode: job.episode, steps: job.steps, measurementNoise: job.measurementNoise,
        middleSteps: job.middleSteps, previous: job.previous, resuming: job.resuming,
        progress: { observe(.learning($0)) },
        isCancelled: { stopSwitch.pressed != .none })
      if let team, team.hasParted, !isAlone {
        isAlone = true
        observe(
          .warning(
            "the processes of mpirun don't compute the same numbers; this one goes on alone. "
              + "Processors of different kinds can be made to agree with OPENBLAS_CORETYPE=Haswell")
        )
      }
      if episode.unfinishedSearch != nil {
        let kept = UnfinishedSearch(episode, afterTrial: after)
        try store.recordEvent(kept.event(atUnixSeconds: Date().timeIntervalSince1970))
        observe(.warning(kept.sentence))
        return false
      }
      episodes.append(episode)
      self.model = model
      unfinished = nil
      learntAfterTrial = after
      try store.recordEpisode(
        EpisodeRecord(
          number: episodes.count, afterTrial: after, seed: configuration.seed,
          policyJSON: String(
            decoding: try JSONEncoder.handful.encode(episode.policy), as: UTF8.self),
          modelJSON: String(decoding: try JSONEncoder.handful.encode(episode), as: UTF8.self),
          modelSummary: ModelDescription.text(of: episode.modelSummary),
          predictedReturn: episode.predictedReturn.mean,
          fitSeconds: episode.fitSeconds, searchSeconds: episode.searchSeconds))
      for warning in episode.warnings { observe(.warning(warning)) }
      observe(.learnt(episode, afterTrial: after))
      return true
    } catch LearnerError.cancelled {
      return false
    }
  }

  // MARK: - A trial

  /// - Returns: Why the robot was stopped; nil when the trial ran to its horizon.
  private func runTrial() throws -> StopReason? {
    let index = reports.count
    let seed = trialSeed(index)
    let (policy, origin) = try nextPolicy(seed: seed)
    let plan = TrialPlan(policy: policy, robot: configuration.robot, task: configuration.task)
    let number = try store.beginTrial(
      origin: origin, seed: seed,
      samplePeriodSeconds: configuration.robot.link.controlPeriodSeconds,
      startedAtUnixSeconds: Date().timeIntervalSince1970)
    observe(.trialBegins(number: number, of: configuration.trialCount, origin: origin))
    let horizon = configuration.task.horizonSeconds
    let result: EpisodeResult
    do {
      result = try robot.runEpisode(plan) { samples in
        try store.append(samples: samples, toTrial: number)
        observe(.stored(samples: samples, horizonSeconds: horizon))
      }
    } catch {
      try? store.finishTrial(
        number, end: .fault(code: "not-started", reason: "the episode could not begin: \(error)"))
      throw error
    }
    try finish(number, result)
    if let storeError = result.storeError { throw storeError }
    let trial = try store.trial(number)
    if !trial.samples.isEmpty {
      try configuration.checkReward(of: trial)
      let report = report(
        on: trial, outcome: result.outcome, policy: episodes.last)
      reports.append(report)
      observe(.trialEnded(report))
    }
    if let warning = robot.schedulingWarning, index == 0 { observe(.warning(warning)) }
    return result.outcome.stopReason
  }

  /// Marks the trial with how it ended. A store that could not take samples may not take this
  /// either; the trial is then found unfinished, and marked, when the store is opened next.
  private func finish(_ number: Int, _ result: EpisodeResult) throws {
    let outcome = result.outcome
    use = use + outcome.use
    let end = outcome.stopReason?.trialEnd(for: configuration.robot) ?? .completed
    do {
      try store.finishTrial(number, end: end)
      try store.recordTiming(
        trial: number,
        json: String(decoding: try JSONEncoder.handful.encode(outcome.timing), as: UTF8.self))
      try store.recordLinkStatistics(
        trial: number,
        json: String(decoding: try JSONEncoder.handful.encode(outcome.link), as: UTF8.self))
      try store.recordEvent(
        TrialMargins(outcome).event(
          trial: number, atUnixSeconds: Date().timeIntervalSince1970))
      for clamp in outcome.clamps {
        try store.recordEvent(
          EventRecord(
            atUnixSeconds: Date().timeIntervalSince1970, trial: number, kind: "clamp",
            text: clamp.sentence,
            json: String(decoding: try JSONEncoder.handful.encode(clamp), as: UTF8.self)))
      }
      if let reason = outcome.stopReason {
        let values = StopValues(reason, robot: configuration.robot)
        try store.recordEvent(
          EventRecord(
            atUnixSeconds: Date().timeIntervalSince1970, trial: number, kind: reason.code,
            text: reason.explanation(for: configuration.robot),
            json: String(decoding: try JSONEncoder.handful.encode(values), as: UTF8.self)))
      }
    } catch {
      if result.storeError == nil { throw error }
    }
  }

  /// The trial that would be next, for a rehearsal: with the given policy, the store's last one, or
  /// random actions.
  ///
  /// - Throws: `LearnerError` for a policy that doesn't fit the robot, `StoreError`.
  public static func rehearsalPlan(
    _ configuration: RunConfiguration, store: TrialStore?
  ) throws -> TrialPlan {
    let last = try store?.episodes().last.map { record in
      try JSONDecoder.handful.decode(LearntEpisode.self, from: Data(record.modelJSON.utf8)).policy
    }
    let policy: any Policy =
      try configuration.excitation.map(EffortSequencePolicy.init)
      ?? (configuration.policy ?? last)?.makePolicy(for: configuration.robot)
      ?? RandomPolicy(
        robot: configuration.robot, task: configuration.task, seed: configuration.seed)
    return TrialPlan(policy: policy, robot: configuration.robot, task: configuration.task)
  }

  private func nextPolicy(seed: UInt64) throws -> (any Policy, Trial.Origin) {
    if let excitation = configuration.excitation {
      return (EffortSequencePolicy(excitation), .excitation)
    }
    if let policy = configuration.policy {
      return (try policy.makePolicy(for: configuration.robot), .policy)
    }
    if let episode = episodes.last {
      return (try episode.policy.makePolicy(for: configuration.robot), .policy)
    }
    return (
      RandomPolicy(robot: configuration.robot, task: configuration.task, seed: seed), .random
    )
  }

  /// The seed of a trial's random stream: the experiment's seed and the trial's place in it.
  private func trialSeed(_ index: Int) -> UInt64 {
    var stream = RandomStream(seed: configuration.seed, path: [0x7472_6961, UInt64(index)])
    // SQLite and JSON readers keep 53 bits of a number.
    return stream.next() >> 11
  }

  private func report(
    on trial: Trial, outcome: EpisodeOutcome?, policy: LearntEpisode?
  ) -> TrialReport {
    let task = configuration.task
    let modelError =
      outcome == nil
      ? nil
      : model.map {
        StepErrors.rootMeanSquares(of: $0, on: trial, robot: configuration.robot, task: task)
      }
    return TrialReport(
      trial: trial, meanReward: trial.meanReward(task: task),
      secondsWithin: task.success.secondsWithin(samples: trial.samples),
      isSolved: trial.isSolved(task: task), modelError: modelError,
      predictedReward: trial.origin == .policy ? policy?.predictedReturn.mean : nil,
      resetSeconds: outcome?.resetSeconds,
      timing: outcome?.timing, jointMargins: outcome?.jointMargins,
      robotMargins: outcome?.robotMargins,
      clamps: outcome?.clamps)
  }
}

extension JSONEncoder {
  /// How everything in a store is encoded: keys in order, so that equal values give equal bytes, and
  /// numbers that JSON lacks as strings.
  public static var handful: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension JSONDecoder {
  /// Reads what ``Foundation/JSONEncoder/handful`` writes.
  public static var handful: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
