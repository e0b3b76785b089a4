import LinearAlgebra
import Robotics

/// Fits a prior model's parameters to recordings.
///
///     let result = try Calibrator.fit(
///       recordings: trials, robot: robot, prior: prior, description: description, seed: 1)
///     for estimate in result.estimates { print(estimate.name, estimate.value, estimate.unit) }
///
/// Output-error fitting by multiple shooting: from the smoothed state at the beginning of many short
/// segments, driven by the recorded efforts, the prior must predict the measured positions. It needs
/// no accelerations, takes the prior as a black box, and minimises just what ``PredictionEvaluator``
/// measures. A soft-L1 loss over segments bounds the pull of what the prior can't explain; segments
/// that no effort explains (somebody pushed) are found, named and left out. Everything is seeded and
/// the same for any number of threads.
public enum Calibrator {
  /// Fits the tunable parameters of a prior.
  ///
  /// - Parameters:
  ///   - recordings: Trials of the robot.
  ///   - robot: The robot.
  ///   - prior: The prior model.
  ///   - description: What is known of its parameters: nominal values, bounds, which are tunable.
  ///   - settings: How to fit.
  ///   - seed: The seed of the starting points.
  /// - Throws: ``CalibrationError``.
  public static func fit(
    recordings: [Trial], robot: Robot, prior: any PriorModel, description: PriorDescription,
    settings: CalibrationSettings = CalibrationSettings(), seed: UInt64
  ) throws(CalibrationError) -> CalibrationResult {
    let session = try CalibrationSession(
      recordings: recordings, robot: robot, prior: prior, description: description,
      settings: settings, seed: seed)
    return try session.run()
  }
}

/// One calibration: its data, and the stages of the fit.
struct CalibrationSession {
  let settings: CalibrationSettings
  let description: PriorDescription
  let prior: any PriorModel
  let seed: UInt64
  let motions: [RecordedMotion]
  let segments: [MotionSegment]
  let travels: [Double]
  /// Whether a segment may be used: no excluded stretch touches it.
  let isCandidate: [Bool]
  /// All parameters in the prior's order, and the places of the tunable ones.
  let described: [PriorParameter]
  let free: [Int]
  let isImported: Bool
  let stepSeconds: Double

  /// The fewest segments that can be fitted to.
  static let fewestSegments = 3

  init(
    recordings: [Trial], robot: Robot, prior: any PriorModel, description: PriorDescription,
    settings: CalibrationSettings, seed: UInt64
  ) throws(CalibrationError) {
    guard !recordings.isEmpty else { throw .noRecordings }
    try CalibrationSession.checkShape(prior, robot)
    let described = try CalibrationSession.matched(prior, description)
    let free = described.indices.filter { described[$0].isTunable }
    guard !free.isEmpty else { throw .nothingTunable(parameters: prior.parameterNames) }
    for place in free {
      let parameter = described[place]
      guard parameter.lower.isFinite, parameter.upper.isFinite, parameter.lower < parameter.upper
      else {
        throw .badBounds(
          parameter: parameter.name, lower: parameter.lower, upper: parameter.upper)
      }
    }
    do {
      try checkPositive("segmentSeconds", settings.segmentSeconds)
      try checkPositive("spacingSeconds", settings.spacingSeconds)
      try checkPositive("longestGapSeconds", settings.longestGapSeconds)
      try checkPositive("initialStateInflation", settings.initialStateInflation)
      try checkPositive("disturbanceFactor", settings.disturbanceFactor)
      if let step = settings.integrationSeconds { try checkPositive("integrationSeconds", step) }
      var motions: [RecordedMotion] = []
      var segments: [MotionSegment] = []
      for (place, trial) in recordings.enumerated() {
        let motion = try RecordedMotion(trial, robot: robot, smoothing: settings.smoothing)
        segments += try motion.segments(
          recording: place, lengthSeconds: settings.segmentSeconds,
          spacingSeconds: settings.spacingSeconds, longestGapSeconds: settings.longestGapSeconds)
        motions.append(motion)
      }
      self.motions = motions
      self.segments = segments
    } catch {
      throw .recording(error)
    }
    let (found, numbers) = (segments, motions.map(\.trialNumber))
    isCandidate = found.map { segment in
      !settings.excluded.contains {
        $0.trialNumber == numbers[segment.recording] && $0.fromSeconds < segment.endSeconds
          && $0.toSeconds > segment.startSeconds
      }
    }
    let left = isCandidate.count { $0 }
    guard left >= CalibrationSession.fewestSegments else {
      throw .tooFewSegments(
        found: segments.count, left: left, needed: CalibrationSession.fewestSegments)
    }
    travels = Disturbances.travels(segments, motions)
    isImported = recordings.allSatisfy { $0.origin == .imported }
    stepSeconds = settings.integrationSeconds ?? SegmentRollouts.standardStep(motions)
    self.settings = settings
    self.description = description
    self.prior = prior
    self.seed = seed
    self.described = described
    self.free = free
  }

  private static func checkShape(
    _ prior: any PriorModel, _ robot: Robot
  ) throws(CalibrationError) {
    guard prior.stateDimensions == robot.stateDimensions else {
      throw .priorShape(
        quantity: "state dimensions", found: prior.stateDimensions, needed: robot.stateDimensions)
    }
    guard prior.actionDimensions == robot.actionDimensions else {
      throw .priorShape(
        quantity: "action dimensions", found: prior.actionDimensions,
        needed: robot.actionDimensions)
    }
  }

  private static func matched(
    _ prior: any PriorModel, _ description: PriorDescription
  ) throws(CalibrationError) -> [PriorParameter] {
    var result: [PriorParameter] = []
    for name in prior.parameterNames {
      guard let parameter = description.parameters.first(where: { $0.name == name }) else {
        throw .missingParameter(name: name, given: description.parameters.map(\.name))
      }
      result.append(parameter)
    }
    return result
  }

  // MARK: - Stages

  /// A finished stage: the problem with its scales, the fit, and the segments in use.
  struct Stage: Sendable {
    var problem: OutputErrorProblem
    var fit: RobustFit
    var used: [Bool]
  }

  func run() throws(CalibrationError) -> CalibrationResult {
    let candidates = delays()
    let first = candidates.min { abs($0 ?? 0) < abs($1 ?? 0) } ?? nil
    var stage = try firstStage(problem(delaySeconds: first))
    var chosen = first
    var fits: [CalibrationResult.DelayFit] = []
    if candidates.count > 1 {
      (stage, chosen, fits) = try bestDelay(candidates, first: first, from: stage)
    }
    let delay = chosen ?? motions[0].actionDelaySeconds
    if fits.isEmpty { fits = [.init(delaySeconds: delay, cost: stage.fit.cost)] }
    return summary(stage, delay: delay, delays: fits)
  }

  private func delays() -> [Double?] {
    switch settings.actionDelay {
    case .fixed(let seconds): [seconds]
    case .candidates(let seconds): seconds.isEmpty ? [nil] : seconds
    case .automatic: isImported ? (-4...4).map { Double($0) * 0.0025 } : [nil]
    }
  }

  /// The problem with efforts that act after that delay; nil leaves each recording its own.
  private func problem(delaySeconds: Double?) -> OutputErrorProblem {
    let shifted = motions.map { motion in
      delaySeconds.map { motion.delayed(bySeconds: $0) } ?? motion
    }
    let rollouts = SegmentRollouts(
      motions: shifted, segments: segments, stepSeconds: stepSeconds)
    let inflation = settings.initialStateInflation * settings.initialStateInflation
    let joints = motions[0].jointCount
    // To begin with, a prediction that is wrong by a tenth of what the joint travels is in scale.
    let scales = (0..<joints).map { joint -> Double in
      max(0.1 * quantile(travels, 0.75), noiseFloor(joint))
    }
    return OutputErrorProblem(
      rollouts: rollouts, prior: prior, parameters: described.map(\.nominal), free: free,
      lower: free.map { described[$0].lower }, upper: free.map { described[$0].upper },
      nominal: free.map { described[$0].nominal }, scales: scales,
      precisions: rollouts.initialVariances.map { 1 / max(inflation * $0, 1e-18) },
      threads: settings.threads)
  }

  private func noiseFloor(_ joint: Int) -> Double {
    max(1e-9, 0.3 * (motions.map { $0.trajectory.joints[joint].positionNoise }.max() ?? 0))
  }

  /// Fits from several starting points, then settles the scales and the disturbed segments.
  private func firstStage(_ problem: OutputErrorProblem) throws(CalibrationError) -> Stage {
    let starts = screened(problem)
    guard !starts.isEmpty else { throw .priorDiverges(tried: settings.screenedStarts + 1) }
    let fits = starts.compactMap { RobustFit.minimise(problem, from: $0, using: isCandidate) }
      .sorted { $0.cost < $1.cost }
    guard let best = fits.first else { throw .priorDiverges(tried: starts.count) }
    let stage = Stage(problem: problem, fit: best, used: isCandidate)
    return settled(stage, alternatives: fits.dropFirst().prefix(1).map(\.values) + [starts[0]])
  }

  /// The best of seeded points within the bounds, the nominal one always among them and first.
  private func screened(_ problem: OutputErrorProblem) -> [[Double]] {
    var stream = RandomStream(seed: seed, path: [0xCA1B])
    let none = [Double](repeating: 0, count: problem.dimensions * problem.segments)
    var points = [problem.nominal]
    for _ in 0..<max(0, settings.screenedStarts) {
      points.append(
        problem.free.indices.map { stream.nextUniform(in: problem.lower[$0], problem.upper[$0]) })
    }
    let list = points
    let costs = list.map { point in
      zip(problem.squares(point, shifts: none), isCandidate).reduce(0.0) {
        $1.1 ? $0 + RobustLoss.value($1.0) : $0
      }
    }
    let order = list.indices.dropFirst().filter { costs[$0].isFinite }
      .sorted { costs[$0] < costs[$1] }
    let others = order.prefix(max(0, settings.starts - 1)).map { list[$0] }
    return (costs[0].isFinite ? [list[0]] : []) + others
  }

  /// Alternates between fitting, scales, and disturbed segments until they stand.
  private func settled(_ start: Stage, alternatives: [[Double]]) -> Stage {
    var stage = start
    for round in 0..<5 {
      let disturbed = Disturbances.find(
        squares: stage.fit.squares, travels: travels, isCandidate: isCandidate,
        factor: settings.disturbanceFactor)
      let used = zip(isCandidate, disturbed).map { $0 && !$1 }
      let scales = settledScales(stage, used)
      let change = zip(scales, stage.problem.scales).map { abs($0 / $1 - 1) }.max() ?? 0
      if round > 0, used == stage.used, change < 0.1 { break }
      stage.used = used
      stage.problem.scales = scales
      let starts = [stage.fit.values] + (round < 2 ? alternatives : [])
      let fits = starts.compactMap {
        RobustFit.minimise(stage.problem, from: $0, using: used)
      }
      guard let best = fits.min(by: { $0.cost < $1.cost }) else { break }
      stage.fit = best
    }
    return stage
  }

  /// Each joint's scale: the upper quartile of its RMS errors over the used segments that move, with
  /// their first states fitted.
  private func settledScales(_ stage: Stage, _ used: [Bool]) -> [Double] {
    let errors = stage.problem.jointErrors(stage.fit.values, shifts: stage.fit.shifts)
    let farthest = zip(travels, used).filter(\.1).map(\.0).max() ?? 0
    let moving = used.indices.filter { used[$0] && travels[$0] >= 0.05 * farthest }
    return errors.enumerated().map { joint, row in
      max(quantile(moving.map { row[$0] }, 0.75), noiseFloor(joint))
    }
  }

  /// Tries the other delays at the first one's scales, and settles on the best.
  private func bestDelay(
    _ candidates: [Double?], first: Double?, from base: Stage
  ) throws(CalibrationError) -> (Stage, Double?, [CalibrationResult.DelayFit]) {
    let nominal = base.problem.nominal
    var stages: [(delay: Double?, stage: Stage)] = []
    for delay in candidates {
      if delay == first {
        stages.append((delay, base))
        continue
      }
      var problem = problem(delaySeconds: delay)
      problem.scales = base.problem.scales
      let fits = [base.fit.values, nominal].compactMap {
        RobustFit.minimise(problem, from: $0, using: base.used)
      }
      guard let best = fits.min(by: { $0.cost < $1.cost }) else { continue }
      stages.append((delay, Stage(problem: problem, fit: best, used: base.used)))
    }
    let fits = stages.map {
      CalibrationResult.DelayFit(delaySeconds: $0.delay ?? 0, cost: $0.stage.fit.cost)
    }
    guard let best = stages.min(by: { $0.stage.fit.cost < $1.stage.fit.cost }) else {
      return (base, first, fits)
    }
    let stage = settled(best.stage, alternatives: [base.fit.values, nominal])
    return (stage, best.delay, fits)
  }
}
