/// How well a trial's control loop kept time; stored with the trial.
public struct TimingReport: Sendable, Equatable, Codable {
  /// Percentiles of one kind of duration, in microseconds; all zero when none was recorded.
  public struct Distribution: Sendable, Equatable, Codable {
    /// The number of durations.
    public var count: Int
    /// The median.
    public var p50Microseconds: Double
    /// What 99 % do not exceed.
    public var p99Microseconds: Double
    /// What 99.9 % do not exceed.
    public var p999Microseconds: Double
    /// The longest.
    public var maximumMicroseconds: Double

    /// A distribution from its parts.
    public init(
      count: Int = 0, p50Microseconds: Double = 0, p99Microseconds: Double = 0,
      p999Microseconds: Double = 0, maximumMicroseconds: Double = 0
    ) {
      self.count = count
      self.p50Microseconds = p50Microseconds
      self.p99Microseconds = p99Microseconds
      self.p999Microseconds = p999Microseconds
      self.maximumMicroseconds = maximumMicroseconds
    }
  }

  /// How long after its deadline the control thread ran.
  public var wakeUpLateness: Distribution
  /// How long an echo took to the robot and back.
  public var roundTrip: Distribution
  /// How old a sample was when it was read, by the estimate of the robot's clock.
  public var sampleAge: Distribution
  /// The number of samples that were answered.
  public var deadlines: Int
  /// The number of answers that reached the robot after they should have taken effect, by its own
  /// count.
  public var missedDeadlines: Int
  /// The number of times that the control thread ran a whole period or more after it should have;
  /// nil for worlds at another speed than the wall's, which have no such times.
  public var overruns: Int?
  /// How the robot's clock ran against the host's; nil for worlds at another speed than the wall's.
  public var clock: ClockReading?

  /// A report from its parts.
  public init(
    wakeUpLateness: Distribution = Distribution(), roundTrip: Distribution = Distribution(),
    sampleAge: Distribution = Distribution(), deadlines: Int = 0, missedDeadlines: Int = 0,
    overruns: Int? = nil, clock: ClockReading? = nil
  ) {
    self.wakeUpLateness = wakeUpLateness
    self.roundTrip = roundTrip
    self.sampleAge = sampleAge
    self.deadlines = deadlines
    self.missedDeadlines = missedDeadlines
    self.overruns = overruns
    self.clock = clock
  }
}

extension TimingReport.Distribution: CustomStringConvertible {
  /// One line, with units.
  public var description: String {
    guard count > 0 else { return "none recorded" }
    func text(_ microseconds: Double) -> String {
      String((microseconds * 10).rounded() / 10)
    }
    return "p50 \(text(p50Microseconds)) µs, p99 \(text(p99Microseconds)) µs, "
      + "p99.9 \(text(p999Microseconds)) µs, max \(text(maximumMicroseconds)) µs (n = \(count))"
  }
}
