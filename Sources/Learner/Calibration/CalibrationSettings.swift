/// A stretch of time of a recording.
public struct RecordedRange: Sendable, Equatable, Codable {
  /// The trial's number.
  public var trialNumber: Int
  /// Where it begins, in seconds since the recording began.
  public var fromSeconds: Double
  /// Where it ends, in seconds since the recording began.
  public var toSeconds: Double

  /// A range from its parts.
  public init(trialNumber: Int, fromSeconds: Double, toSeconds: Double) {
    self.trialNumber = trialNumber
    self.fromSeconds = fromSeconds
    self.toSeconds = toSeconds
  }
}

/// How long after its sample a recorded effort begins to act.
public enum ActionDelay: Sendable, Equatable, Codable {
  /// The link's command delay for trials that were run; for imported recordings, whichever of −10 to
  /// 10 ms, to within 2.5 ms, explains them best.
  case automatic
  /// A known delay, in seconds.
  case fixed(seconds: Double)
  /// Whichever of these explains the recordings best, in seconds.
  case candidates(seconds: [Double])
}

/// How a prior's parameters are fitted to recordings.
public struct CalibrationSettings: Sendable, Equatable, Codable {
  /// The length of a segment over which the prior must predict, in seconds.
  public var segmentSeconds: Double
  /// The time from one segment's beginning to the next one's, in seconds.
  public var spacingSeconds: Double
  /// The longest time between two measured samples that a segment may hold, in seconds.
  public var longestGapSeconds: Double
  /// The step at which the prior is driven, in seconds; nil takes the recordings' own sampling,
  /// between 2 and 10 ms.
  public var integrationSeconds: Double?
  /// How long after its sample an effort begins to act.
  public var actionDelay: ActionDelay
  /// How many points within the bounds are tried before fitting.
  public var screenedStarts: Int
  /// How many of them are fitted from.
  public var starts: Int
  /// How many parts the recordings are cut into for held-out errors; below 2 for none.
  public var folds: Int
  /// How much less certain than the smoother says a segment's first state is taken to be: the
  /// smoother knows of measurement noise, and not of a frame that shakes.
  public var initialStateInflation: Double
  /// A segment is disturbed when its error exceeds this many times the upper quartile of all
  /// segments' errors.
  public var disturbanceFactor: Double
  /// Stretches that are known not to belong.
  public var excluded: [RecordedRange]
  /// How recorded positions are smoothed.
  public var smoothing: SmoothingSettings
  /// The most threads that work at once; results don't depend on it.
  public var threads: Int

  /// Settings from their parts.
  public init(
    segmentSeconds: Double = 0.5, spacingSeconds: Double = 0.25, longestGapSeconds: Double = 0.1,
    integrationSeconds: Double? = nil, actionDelay: ActionDelay = .automatic,
    screenedStarts: Int = 64, starts: Int = 4, folds: Int = 4, initialStateInflation: Double = 10,
    disturbanceFactor: Double = 8, excluded: [RecordedRange] = [],
    smoothing: SmoothingSettings = SmoothingSettings(), threads: Int = 2
  ) {
    self.segmentSeconds = segmentSeconds
    self.spacingSeconds = spacingSeconds
    self.longestGapSeconds = longestGapSeconds
    self.integrationSeconds = integrationSeconds
    self.actionDelay = actionDelay
    self.screenedStarts = screenedStarts
    self.starts = starts
    self.folds = folds
    self.initialStateInflation = initialStateInflation
    self.disturbanceFactor = disturbanceFactor
    self.excluded = excluded
    self.smoothing = smoothing
    self.threads = threads
  }
}
