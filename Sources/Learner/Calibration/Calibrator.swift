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
/// measures. Student's loss over segments bounds the pull of what the prior can't explain; segments
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
    var session = try CalibrationSession(
      recordings: recordings, robot: robot, prior: prior, description: description,
      settings: settings, seed: seed)
    try session.leaveOutDiverged()
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
  /// Whether a segment may be used: no excluded stretch touches it, and the prior foretells it.
  private(set) var isCandidate: [Bool]
  /// How many segments are left out because the prior diverges there.
  private(set) var divergedSegmentCount = 0
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

  /// Leaves out the segments in which the prior diverges at its nominal parameters, so that they don't
  /// keep it from being fitted to the others; where it diverges in all of them, at the best of the
  /// points that the fit may start from.
  ///
  /// - Throws: ``CalibrationError``.
  mutating func leaveOutDiverged() throws(CalibrationError) {
    let problem = problem(delaySeconds: firstDelay)
    let none = [Double](repeating: 0, count: problem.dimensions * problem.segments)
    func foretold(_ point: [Double]) -> [Bool] {
      zip(problem.squares(point, shifts: none), isCandidate).map { $0.isFinite && $1 }
    }
    var kept = foretold(problem.nominal)
    if !kept.contains(true) {
      for point in scattered(problem) {
        let found = foretold(point)
        if found.count(where: { $0 }) > kept.count(where: { $0 }) { kept = found }
      }
    }
    let (before, left) = (isCandidate.count { $0 }, kept.count { $0 })
    guard left > 0 else { throw .priorDiverges(tried: settings.screenedStarts + 1) }
    guard left >= CalibrationSession.fewestSegments else {
      throw .priorDivergesNearlyEverywhere(
        diverged: before - left, of: before, needed: CalibrationSession.fewestSegments)
    }
    divergedSegmentCount = before - left
    isCandidate = kept
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
    let first = firstDelay
    var stage = try firstStage(problem(delaySeconds: first))
    var chosen = first
    var fits: [CalibrationResult.DelayFit] = []
    if candidates.count > 1 {
      (stage, chosen, fits) = bestDelay(candidates, first: first, from: stage)
    }
    let delay = chosen ?? motions[0].actionDelaySeconds
    if fits.isEmpty { fits = [.init(delaySeconds: delay, cost: stage.fit.cost)] }
    return summary(stage, delay: delay, delays: fits)
  }

  private func delays() -> [Double?] {
    switch settings.actionDelay {
    case .fixed(let seconds): [seconds]
    case .candidates(let seconds): seconds.isEmpty ? [nil] : seconds
    case .automatic: isImported ? (-2...2).map { Double($0) * 0.005 } : [nil]
    }
  }

  /// The delay that the fit begins with; nil for each recording's own.
  private var firstDelay: Double? { delays().min { abs($0 ?? 0) < abs($1 ?? 0) } ?? nil }

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
    guard let best = fits.min(by: { $0.cost < $1.cost }) else {
      throw .priorDiverges(tried: starts.count)
    }
    let stage = Stage(problem: problem, fit: best, used: isCandidate)
    return settled(hopped(settled(hopped(stage, round: 0)), round: 1))
  }

  /// The best of seeded points within the bounds, the nominal one always among them and first.
  private func screened(_ problem: OutputErrorProblem) -> [[Double]] {
    let none = [Double](repeating: 0, count: problem.dimensions * problem.segments)
    let isNominalFinite = problem.squares(problem.nominal, shifts: none).contains(where: \.isFinite)
    return (isNominalFinite ? [problem.nominal] : [])
      + best(settings.starts - 1, of: scattered(problem), problem, shifts: none, isCandidate)
  }

  /// Seeded points within the bounds.
  private func scattered(_ problem: OutputErrorProblem) -> [[Double]] {
    var stream = RandomStream(seed: seed, path: [0xCA1B])
    return (0..<max(0, settings.screenedStarts)).map { _ in
      problem.free.indices.map { stream.nextUniform(in: problem.lower[$0], problem.upper[$0]) }
    }
  }

  /// Leaves the minimum at hand for a better one, if there is one: all parameters are moved a
  /// little, or some drawn anew and the rest kept, and the best of such points fitted from. Friction that sticks makes many
  /// small valleys beside each other, and a parameter that had no effect yet (how fast a stiction of
  /// zero fades) may have one elsewhere.
  private func hopped(_ stage: Stage, round: UInt64) -> Stage {
    let problem = stage.problem
    var stream = RandomStream(seed: seed, path: [0xCA1C, round])
    let points = (0..<max(0, settings.screenedStarts)).map { index -> [Double] in
      var point = stage.fit.values
      if index % 2 == 0 {
        for p in point.indices {
          let moved = point[p] + 0.05 * problem.range(p) * stream.nextGaussian()
          point[p] = min(max(moved, problem.lower[p]), problem.upper[p])
        }
        return point
      }
      for _ in 0...(index % 3) {
        let p = min(Int(stream.nextUniform() * Double(point.count)), point.count - 1)
        point[p] = stream.nextUniform(in: problem.lower[p], problem.upper[p])
      }
      return point
    }
    var result = stage
    let chosen = best(
      settings.starts - 1, of: points, problem, shifts: stage.fit.shifts, stage.used)
    for point in chosen {
      guard let fit = RobustFit.minimise(problem, from: point, using: stage.used),
        fit.cost < result.fit.cost
      else { continue }
      result.fit = fit
    }
    return result
  }

  /// The points of least cost, the best first; those where the prior diverges are left out.
  private func best(
    _ count: Int, of points: [[Double]], _ problem: OutputErrorProblem, shifts: [Double],
    _ used: [Bool]
  ) -> [[Double]] {
    let costs = points.map { point in
      zip(problem.squares(point, shifts: shifts), used).reduce(0.0) {
        $1.1 ? $0 + RobustLoss.value($1.0) : $0
      }
    }
    let order = points.indices.filter { costs[$0].isFinite }.sorted { costs[$0] < costs[$1] }
    return order.prefix(max(0, count)).map { points[$0] }
  }

  /// Alternates between fitting, scales, and disturbed segments until they stand.
  private func settled(_ start: Stage) -> Stage {
    var stage = start
    for round in 0..<5 {
      let disturbed = Disturbances.find(
        errors: relativeErrors(stage), travels: travels, isCandidate: isCandidate,
        factor: settings.disturbanceFactor)
      let used = zip(isCandidate, disturbed).map { $0 && !$1 }
      let scales = settledScales(stage, used)
      let change = zip(scales, stage.problem.scales).map { abs($0 / $1 - 1) }.max() ?? 0
      if round > 0, used == stage.used, change < 0.1 { break }
      stage.used = used
      stage.problem.scales = scales
      guard let fit = RobustFit.minimise(stage.problem, from: stage.fit.values, using: used) else {
        break
      }
      stage.fit = fit
    }
    return stage
  }

  /// Each segment's error from its smoothed first state, in the joints' scales.
  private func relativeErrors(_ stage: Stage) -> [Double] {
    let none = [Double](repeating: 0, count: stage.fit.shifts.count)
    return stage.problem.squares(stage.fit.values, shifts: none).map { $0.squareRoot() }
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
  ///
  /// Every delay is fitted twice, the second time from the best of all the first fits, so that delays
  /// are compared and not the valleys that the fits happened to end in.
  private func bestDelay(
    _ candidates: [Double?], first: Double?, from base: Stage
  ) -> (Stage, Double?, [CalibrationResult.DelayFit]) {
    func stage(_ delay: Double?, from values: [Double]) -> Stage {
      var problem = problem(delaySeconds: delay)
      problem.scales = base.problem.scales
      var start = Stage(problem: problem, fit: base.fit, used: base.used)
      start.fit.values = values
      return refitted(start)
    }
    var tried = candidates
    var stages = tried.map { $0 == first ? base : stage($0, from: base.fit.values) }
    func leader() -> Int { stages.indices.min { stages[$0].fit.cost < stages[$1].fit.cost } ?? 0 }
    let values = stages[leader()].fit.values
    for index in stages.indices {
      let next = stage(tried[index], from: values)
      if next.fit.cost < stages[index].fit.cost { stages[index] = next }
    }
    if case .automatic = settings.actionDelay, let best = tried[leader()] {
      let start = stages[leader()].fit.values
      for delay in [best - 0.0025, best + 0.0025] {
        tried.append(delay)
        stages.append(stage(delay, from: start))
      }
    }
    let fits = zip(tried, stages).map {
      CalibrationResult.DelayFit(delaySeconds: $0 ?? 0, cost: $1.fit.cost)
    }
    // A delay other than the first must be worth it: by two standard deviations of a likelihood
    // ratio with one parameter, lest noise decide.
    let enough = 4.0
    let least = stages[leader()].fit.cost
    let chosen =
      tried.indices.filter { stages[$0].fit.cost <= least + enough }
      .min { abs((tried[$0] ?? 0) - (first ?? 0)) < abs((tried[$1] ?? 0) - (first ?? 0)) } ?? 0
    return (
      settled(hopped(stages[chosen], round: 2)), tried[chosen],
      fits.sorted { $0.delaySeconds < $1.delaySeconds }
    )
  }

  /// A stage fitted again from its own values; one that can't be costs infinitely much.
  private func refitted(_ stage: Stage) -> Stage {
    var result = stage
    if let fit = RobustFit.minimise(stage.problem, from: stage.fit.values, using: stage.used) {
      result.fit = fit
    } else {
      result.fit.cost = .infinity
    }
    return result
  }
}
