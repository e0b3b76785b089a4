import Foundation
import Learner
import Reporting
import Robotics

/// What the seeds of a bench say together: how many solved the task by each trial, what the robot
/// moved for it, what a person would have waited.
public struct BenchReport: Sendable, Equatable, Codable {
  /// Numbers in short.
  public struct Spread: Sendable, Equatable, Codable {
    /// The least.
    public var least: Double
    /// The lower quartile.
    public var lowerQuartile: Double
    /// The median.
    public var median: Double
    /// The upper quartile.
    public var upperQuartile: Double
    /// The greatest.
    public var greatest: Double

    /// The spread of some numbers, quantiles by linear interpolation; nil without any.
    public init?(_ values: [Double]) {
      guard let least = values.min(), let greatest = values.max() else { return nil }
      (self.least, self.greatest) = (least, greatest)
      (lowerQuartile, median, upperQuartile) = (
        quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)
      )
    }
  }

  /// The robot's name.
  public var robot: String
  /// The task's name.
  public var task: String
  /// The algorithm's name.
  public var algorithm: String
  /// The prior's name.
  public var prior: String
  /// The program that made the results.
  public var program: String
  /// How many trials a seed had at most, the random one included.
  public var trialCount: Int
  /// How many seeds solved the task by each trial, from trial 1, the random one.
  public var solvedByTrial: [BinomialProportion]
  /// The mean reward a step of each trial over the seeds; a seed that had solved the task keeps what
  /// its last trial earned.
  public var meanReward: [Spread]
  /// How long the robot moved in trials a seed, in seconds of its clock.
  public var interactionSeconds: Spread?
  /// The same until the task was solved, over the seeds that solved it.
  public var interactionSecondsUntilSolved: Spread?
  /// How long searching a policy took, an episode, in seconds on one core.
  public var searchSeconds: Spread?
  /// How long fitting a model took, an episode, in seconds on one core.
  public var fitSeconds: Spread?
  /// How long the seeds took together, in seconds on one core.
  public var coreSeconds: Double
  /// The number of trials that the supervisor stopped for safety; each counts as one that did not solve
  /// the task, and the experiment went on after it.
  public var stoppedTrials: Int
  /// How often the supervisor stopped a robot, in trials or resets, by its reason.
  public var stops: [String: Int]
  /// The seeds that were repeated over the serial line.
  public var repetitions: [SerialRepetition]
  /// The results of the seeds, in order.
  public var seeds: [SeedResult]

  /// The report on finished seeds.
  public init(plan: BenchPlan, robot: String, seeds: [SeedResult], repetitions: [SerialRepetition])
  {
    let seeds = seeds.sorted { $0.seed < $1.seed }
    self.robot = robot
    task = plan.task
    algorithm = plan.settings.algorithm.rawValue
    prior = plan.prior
    program = plan.program
    trialCount = plan.trialCount
    solvedByTrial = (1...max(plan.trialCount, 1)).map { trial in
      BinomialProportion(
        count: seeds.count { ($0.solvedAtTrial ?? .max) <= trial }, of: seeds.count)
    }
    meanReward = (0..<plan.trialCount).compactMap { index in
      Spread(seeds.compactMap { $0.reward(ofTrial: index) })
    }
    interactionSeconds = Spread(seeds.map(\.interactionSeconds))
    interactionSecondsUntilSolved = Spread(
      seeds.filter { $0.solvedAtTrial != nil }.map(\.interactionSeconds))
    searchSeconds = Spread(seeds.flatMap { $0.episodes.map(\.searchSeconds) })
    fitSeconds = Spread(seeds.flatMap { $0.episodes.map(\.fitSeconds) })
    stoppedTrials = seeds.reduce(0) { $0 + $1.trials.count { $0.stopCode != nil } }
    stops = seeds.reduce(into: [:]) { counts, seed in
      for code in seed.stops { counts[code, default: 0] += 1 }
    }
    coreSeconds = seeds.reduce(0) { $0 + $1.wallSeconds }
    self.repetitions = repetitions.sorted { $0.seed < $1.seed }
    self.seeds = seeds
  }

  /// Whether every seed that was repeated over the serial line was the same.
  public var agreesWithSerialLine: Bool { repetitions.allSatisfy { $0.difference == nil } }

  // MARK: - For people

  /// The report as a person reads it.
  public var text: String {
    var lines = [title, "", "solved by trial  seeds       rate    95 % interval"]
    for (index, proportion) in solvedByTrial.enumerated() {
      let seeds = "\(proportion.count) of \(proportion.total)"
      lines.append(
        String(format: "  %2d", index + 1) + (index == 0 ? " (random)   " : "            ")
          + seeds.padded(to: 12)
          + String(
            format: "%3.0f %%    %.0f to %.0f %%", 100 * proportion.rate, 100 * proportion.lower,
            100 * proportion.upper))
    }
    lines.append("")
    func add(_ name: String, _ spread: Spread?) {
      guard let spread else { return }
      lines.append(
        name.padded(to: 17)
          + String(
            format: "median %.3g s, quartiles %.3g and %.3g s, from %.3g to %.3g s",
            spread.median, spread.lowerQuartile, spread.upperQuartile, spread.least,
            spread.greatest))
    }
    add("robot in trials", interactionSeconds)
    add("until solved", interactionSecondsUntilSolved)
    add("search, each", searchSeconds)
    add("fit, each", fitSeconds)
    if !stops.isEmpty {
      let reasons = stops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      let trials = seeds.reduce(0) { $0 + $1.trials.count }
      lines.append(
        "safety".padded(to: 17)
          + "stops by the supervisor: \(reasons.joined(separator: ", ")); "
          + "trials cut short: \(stoppedTrials) of \(trials)")
    }
    if !repetitions.isEmpty { lines.append(contentsOf: repetitionLines) }
    return lines.joined(separator: "\n")
  }

  /// What was measured, in a line.
  public var title: String {
    let count = seeds.count == 1 ? "1 seed" : "\(seeds.count) seeds"
    return
      "\(robot) · \(task) · \(algorithm) · prior \(prior) · \(count) · at most \(trialCount) trials"
  }

  private var repetitionLines: [String] {
    let same = repetitions.filter { $0.difference == nil }.map { "\($0.seed)" }
    var lines: [String] = []
    if !same.isEmpty {
      lines.append(
        "serial line".padded(to: 17) + "seed\(same.count == 1 ? "" : "s") "
          + same.joined(separator: ", ") + " repeated with 'handful run --port sim': the same, bit "
          + "for bit")
    }
    for repetition in repetitions {
      guard let difference = repetition.difference else { continue }
      lines.append("serial line".padded(to: 17) + "seed \(repetition.seed): \(difference)")
    }
    return lines
  }
}

extension SeedResult {
  /// What a trial earned, or the last one when the task had been solved by then; nil for a trial that
  /// was never run.
  func reward(ofTrial index: Int) -> Double? {
    if trials.indices.contains(index) { return trials[index].meanReward }
    return solvedAtTrial == nil ? nil : trials.last?.meanReward
  }
}
