import Robotics

/// A recording made ready for models: smoothed states, and the efforts that acted in between.
///
///     let motion = try RecordedMotion(trial, robot: robot)
///     let steps = motion.steps(periodSeconds: 0.02)      // what a model of the dynamics learns from
///
/// An effort acts from its sample's time plus a delay until the next one's, constant in between. The
/// delay is the link's command delay for a trial that Handful ran. A recording from elsewhere that
/// holds *measured* torque may need a negative one, as a motor driver's reading lags behind the
/// torque: ``Calibrator`` finds it.
public struct RecordedMotion: Sendable {
  /// The trial's number.
  public let trialNumber: Int
  /// When the samples were taken, in seconds since the trial began.
  public let timesSeconds: [Double]
  /// The measured positions (rad or m), joint by joint.
  public let measuredPositions: [[Double]]
  /// Whether a sample's position was measured; a glitch's wasn't.
  public let isMeasured: [Bool]
  /// The smoothed states.
  public let trajectory: SmoothedTrajectory
  /// How long after its sample an effort begins to act, in seconds.
  public let actionDelaySeconds: Double
  /// The efforts recorded with the samples (N m or N), action dimension by action dimension.
  public let actions: [[Double]]
  /// The names of the state's dimensions, such as `joint position`.
  public let stateNames: [String]
  /// The units of the state's dimensions, such as `rad`.
  public let stateUnits: [String]
  /// The impulse of each action dimension up to each sample (N m s or N s), before any delay.
  private let impulses: [[Double]]
  /// Whether no effort acted before the first sample's: the trial was run, and began at rest. What
  /// happened before a recording from elsewhere isn't known; its first effort is taken to have acted
  /// already.
  private let beginsWithoutEffort: Bool

  /// The number of joints.
  public var jointCount: Int { measuredPositions.count }
  /// The number of state dimensions.
  public var stateDimensions: Int { 2 * jointCount }
  /// The number of action dimensions.
  public var actionDimensions: Int { actions.count }

  /// The fewest samples that can be smoothed.
  public static let fewestSamples = 8

  /// A trial made ready for models.
  ///
  /// - Parameters:
  ///   - trial: The recording.
  ///   - robot: The robot it is of.
  ///   - smoothing: How to smooth.
  ///   - actionDelaySeconds: How long after its sample an effort begins to act; nil takes the
  ///     link's command delay and the state's for a trial that was run, and zero for an imported
  ///     recording.
  /// - Throws: ``MotionError`` for too few samples, numbers that aren't finite, or times that
  ///   don't increase.
  public init(
    _ trial: Trial, robot: Robot, smoothing: SmoothingSettings = SmoothingSettings(),
    actionDelaySeconds: Double? = nil
  ) throws(MotionError) {
    try RecordedMotion.check(trial, robot: robot)
    let samples = trial.samples
    trialNumber = trial.number
    timesSeconds = samples.map(\.robotTimeSeconds)
    measuredPositions = robot.joints.indices.map { joint in samples.map { $0.positions[joint] } }
    isMeasured = samples.map { !$0.flags.contains(.glitch) }
    let velocities = robot.joints.indices.map { joint in
      samples.map { joint < $0.velocities.count ? $0.velocities[joint] : .nan }
    }
    actions = (0..<robot.actionDimensions).map { action in samples.map { $0.sentAction[action] } }
    beginsWithoutEffort = trial.origin != .imported
    let standardDelay =
      trial.origin == .imported ? 0 : robot.link.commandDelaySeconds + robot.state.delaySeconds
    self.actionDelaySeconds = actionDelaySeconds ?? standardDelay
    var jumps = AccelerationJumps()
    if smoothing.jumpsWithEfforts {
      jumps = AccelerationJumps(
        changes: Self.changes(of: actions, limits: robot.actionLimits),
        delaySeconds: self.actionDelaySeconds, samplePeriodSeconds: trial.samplePeriodSeconds)
    }
    trajectory = SmoothedTrajectory(
      timesSeconds: timesSeconds, positions: measuredPositions, velocities: velocities,
      isMeasured: isMeasured, jumps: jumps, settings: smoothing)
    stateNames = robot.stateLabels.map(\.name)
    stateUnits = robot.stateLabels.map(\.unit)
    let times = timesSeconds
    impulses = actions.map { efforts in
      var sum = 0.0
      return efforts.indices.map { k in
        if k > 0 { sum += efforts[k - 1] * (times[k] - times[k - 1]) }
        return sum
      }
    }
  }

  /// How far the efforts changed at each sample, as a part of their limits.
  private static func changes(of actions: [[Double]], limits: [Double]) -> [Double] {
    guard let count = actions.first?.count else { return [] }
    return (0..<count).map { k in
      let squares = actions.indices.reduce(0.0) { sum, a in
        guard limits[a] > 0 else { return sum }
        let change = (actions[a][k] - (k > 0 ? actions[a][k - 1] : 0)) / limits[a]
        return sum + change * change
      }
      return squares.squareRoot()
    }
  }

  private init(_ other: RecordedMotion, actionDelaySeconds: Double) {
    trialNumber = other.trialNumber
    timesSeconds = other.timesSeconds
    measuredPositions = other.measuredPositions
    isMeasured = other.isMeasured
    trajectory = other.trajectory
    actions = other.actions
    stateNames = other.stateNames
    stateUnits = other.stateUnits
    impulses = other.impulses
    beginsWithoutEffort = other.beginsWithoutEffort
    self.actionDelaySeconds = actionDelaySeconds
  }

  /// The same motion with another delay of its efforts; nothing is smoothed again.
  public func delayed(bySeconds seconds: Double) -> RecordedMotion {
    RecordedMotion(self, actionDelaySeconds: seconds)
  }

  /// The mean effort of an action dimension (N m or N) between two times: constant efforts with the
  /// same impulse. The last effort goes on acting; before the first one there was none, but in a
  /// recording from elsewhere, in which it is taken to have acted before.
  public func meanAction(_ dimension: Int, from start: Double, to end: Double) -> Double {
    guard end > start else {
      let decided = start - actionDelaySeconds
      guard isDriven(at: decided) else { return 0 }
      return actions[dimension][trajectory.sample(atOrBefore: decided)]
    }
    let impulse =
      impulse(dimension, until: end - actionDelaySeconds)
      - impulse(dimension, until: start - actionDelaySeconds)
    return impulse / (end - start)
  }

  /// Whether an effort can have been decided on at that time.
  private func isDriven(at seconds: Double) -> Bool {
    !beginsWithoutEffort || seconds >= timesSeconds[0]
  }

  private func impulse(_ dimension: Int, until seconds: Double) -> Double {
    guard isDriven(at: seconds) else { return 0 }
    let sample = trajectory.sample(atOrBefore: seconds)
    let held = actions[dimension][sample]
    return impulses[dimension][sample] + held * (seconds - timesSeconds[sample])
  }

  /// The steps of a period that a model of the dynamics learns from: smoothed states, and the mean
  /// effort between them.
  ///
  /// - Parameters:
  ///   - periodSeconds: The period of the model.
  ///   - spacingSeconds: The time from one step's beginning to the next one's; nil for the period, or
  ///     the smoother's memory where that is longer (``SmoothedTrajectory/memorySeconds``).
  ///   - longestGapSeconds: A step with a longer gap between samples inside is left out.
  ///   - excluded: Stretches to leave out, such as ``CalibrationResult/disturbances``; those of
  ///     other trials don't matter.
  public func steps(
    periodSeconds: Double, spacingSeconds: Double? = nil, longestGapSeconds: Double = 0.1,
    excluding excluded: [RecordedRange] = []
  ) -> [Step] {
    stepStarts(
      periodSeconds: periodSeconds, spacingSeconds: spacingSeconds,
      longestGapSeconds: longestGapSeconds, excluding: excluded
    ).map { step(atSeconds: $0, periodSeconds: periodSeconds) }
  }

  /// The step that begins at a time (s).
  func step(atSeconds start: Double, periodSeconds: Double) -> Step {
    let end = start + periodSeconds
    return Step(
      state: trajectory.state(atSeconds: start),
      action: actions.indices.map { meanAction($0, from: start, to: end) },
      nextState: trajectory.state(atSeconds: end))
  }

  /// When the steps of ``steps(periodSeconds:spacingSeconds:longestGapSeconds:excluding:)`` begin, in
  /// seconds.
  func stepStarts(
    periodSeconds: Double, spacingSeconds: Double? = nil, longestGapSeconds: Double,
    excluding excluded: [RecordedRange] = []
  ) -> [Double] {
    guard periodSeconds > 0, let last = timesSeconds.last else { return [] }
    let spacing = max(1e-6, spacingSeconds ?? max(periodSeconds, trajectory.memorySeconds))
    var starts: [Double] = []
    var index = 0
    while true {
      let start = timesSeconds[0] + Double(index) * spacing
      let end = start + periodSeconds
      guard end <= last + 1e-9 else { return starts }
      index += 1
      let isExcluded = excluded.contains {
        $0.trialNumber == trialNumber && $0.fromSeconds < end && $0.toSeconds > start
      }
      guard !isExcluded, !hasGap(from: start, to: end, longerThan: longestGapSeconds) else {
        continue
      }
      starts.append(start)
    }
  }

  /// Whether measured samples between two times are further apart than allowed.
  func hasGap(from start: Double, to end: Double, longerThan longest: Double) -> Bool {
    var k = trajectory.sample(atOrBefore: start)
    var before = timesSeconds[k]
    while k + 1 < timesSeconds.count && before < end {
      k += 1
      if isMeasured[k] || timesSeconds[k] - before > longest {
        if timesSeconds[k] - before > longest { return true }
        before = timesSeconds[k]
      }
    }
    return false
  }

  private static func check(_ trial: Trial, robot: Robot) throws(MotionError) {
    let number = trial.number
    guard trial.samples.count >= fewestSamples else {
      throw .tooFewSamples(trial: number, found: trial.samples.count, needed: fewestSamples)
    }
    var before = -Double.infinity
    for (index, sample) in trial.samples.enumerated() {
      let (positions, efforts) = (sample.positions.count, sample.sentAction.count)
      guard positions == robot.joints.count else {
        throw .wrongShape(
          trial: number, sample: index, quantity: "positions", found: positions,
          needed: robot.joints.count)
      }
      guard efforts == robot.actionDimensions else {
        throw .wrongShape(
          trial: number, sample: index, quantity: "actions", found: efforts,
          needed: robot.actionDimensions)
      }
      guard sample.robotTimeSeconds.isFinite else {
        throw .notFinite(trial: number, sample: index, quantity: "time")
      }
      guard sample.robotTimeSeconds > before else {
        throw .timeNotIncreasing(
          trial: number, sample: index, seconds: sample.robotTimeSeconds, before: before)
      }
      before = sample.robotTimeSeconds
      let isGlitch = sample.flags.contains(.glitch)
      guard isGlitch || sample.positions.allSatisfy(\.isFinite) else {
        throw .notFinite(trial: number, sample: index, quantity: "position")
      }
      guard sample.sentAction.allSatisfy(\.isFinite) else {
        throw .notFinite(trial: number, sample: index, quantity: "action")
      }
    }
    let measured = trial.samples.count { !$0.flags.contains(.glitch) }
    guard measured >= fewestSamples else {
      throw .tooFewSamples(trial: number, found: measured, needed: fewestSamples)
    }
  }
}
