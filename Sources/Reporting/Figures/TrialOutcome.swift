import Robotics
import TrialStore

/// What came of a trial, judged by its task.
public struct TrialOutcome: Sendable, Equatable {
  /// The trial's number.
  public var number: Int
  /// The mean of what its steps earned, from 0 to 1.
  public var meanReward: Double
  /// Whether it ran to its horizon and met the task's criterion.
  public var isSolved: Bool

  /// The outcome of a trial of a task.
  public init(trial: Trial, task: Task) {
    number = trial.number
    meanReward = trial.meanReward(task: task)
    isSolved = trial.isSolved(task: task)
  }
}

/// A store's trials of its task with their outcomes: what figures and reports are made from.
public struct RunRecord: Sendable {
  /// What the experiment was begun with.
  public var experiment: ExperimentRecord
  /// The robot.
  public var robot: Robot
  /// The task; nil for a store of recordings without one.
  public var task: Task?
  /// The trials, by number, without those that a resumed run repeated.
  public var trials: [Trial]
  /// The trials without their samples, with their labels.
  public var summaries: [TrialSummary]
  /// What was learnt, by number.
  public var episodes: [EpisodeRecord]
  /// What came of the trials, in their order; empty without a task.
  public var outcomes: [TrialOutcome]

  /// Reads a store.
  ///
  /// - Throws: ``StoreError``.
  public init(store: TrialStore, robot: Robot) throws(StoreError) {
    experiment = store.experiment
    self.robot = robot
    let task = robot.task(named: store.experiment.task)
    self.task = task
    let trials = try store.trials().withoutRepeated()
    self.trials = trials
    summaries = try store.trialSummaries()
    episodes = try store.episodes()
    outcomes = task.map { task in trials.map { TrialOutcome(trial: $0, task: task) } } ?? []
  }

  /// The number of the first trial that solved the task; nil when none did.
  public var firstSolved: Int? { outcomes.first { $0.isSolved }?.number }

  /// The time on the robot up to and including a trial, in seconds of its clock.
  public func interactionSeconds(upTo number: Int) -> Double {
    let counting = Set(trials.map(\.number))
    return summaries.filter { $0.number <= number && counting.contains($0.number) }
      .reduce(0) { $0 + $1.durationSeconds }
  }

  /// The outcome in a sentence.
  public var verdict: String {
    let total = trials.count
    let counted = "\(total) trial\(total == 1 ? "" : "s")"
    guard task != nil else { return "\(counted), no task to judge them by" }
    func seconds(_ number: Int) -> String {
      AxisTicks.label(interactionSeconds(upTo: number), decimals: 1) + " s on the robot"
    }
    if let first = firstSolved { return "solved in trial \(first), after \(seconds(first))" }
    return total == 0 ? "no trial yet" : "not solved in \(counted), \(seconds(.max))"
  }
}
