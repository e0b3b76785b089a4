/// Follows how a robot's clock runs against the host's, from nothing but when samples arrive.
///
/// A sample's delay, arrival minus the robot's time, is a constant plus the clocks' drift plus
/// queueing that is never negative. The least delay of each half second is nearly free of queueing
/// (the minimum filter of NTP; Mills, RFC 5905, section 10); the slope of the straight line through
/// those, by least squares, is the drift. Sums are all that is kept: it allocates nothing.
public struct ClockTracker: Sendable {
  /// The stretch of the robot's clock of which the least delay counts, in nanoseconds.
  private static let windowNanoseconds: Int64 = 500_000_000

  private var originRobotNanoseconds: Int64 = 0
  private var originDelayNanoseconds: Int64 = 0
  private var lastRobotNanoseconds: Int64 = 0
  private var windowStart: Int64 = 0
  private var windowLeast = Int64.max
  private var windowTime: Int64 = 0
  private var sampleCount = 0

  // Of the windows: their number, and sums of times (s), delays (s), squares and products.
  private var count = 0.0
  private var sumTime = 0.0
  private var sumDelay = 0.0
  private var sumTimeSquared = 0.0
  private var sumDelaySquared = 0.0
  private var sumProduct = 0.0

  /// A tracker that has seen nothing.
  public init() {}

  /// Takes note of a sample's time by the robot's clock and of its arrival by the host's.
  public mutating func note(robotTimeNanoseconds: Int64, hostTimeNanoseconds: Int64) {
    let delay = hostTimeNanoseconds &- robotTimeNanoseconds
    if sampleCount == 0 {
      originRobotNanoseconds = robotTimeNanoseconds
      originDelayNanoseconds = delay
      windowStart = robotTimeNanoseconds
    }
    sampleCount += 1
    lastRobotNanoseconds = robotTimeNanoseconds
    if robotTimeNanoseconds - windowStart >= Self.windowNanoseconds {
      closeWindow()
      windowStart = robotTimeNanoseconds
    }
    if delay < windowLeast {
      windowLeast = delay
      windowTime = robotTimeNanoseconds
    }
  }

  private mutating func closeWindow() {
    guard windowLeast != .max else { return }
    let time = Double(windowTime - originRobotNanoseconds) * 1e-9
    let delay = Double(windowLeast - originDelayNanoseconds) * 1e-9
    count += 1
    sumTime += time
    sumDelay += delay
    sumTimeSquared += time * time
    sumDelaySquared += delay * delay
    sumProduct += time * delay
    windowLeast = .max
  }

  /// What the samples so far tell; nil before the first.
  public var reading: ClockReading? {
    guard sampleCount > 0 else { return nil }
    var last = self
    last.closeWindow()
    return last.closedReading
  }

  private var closedReading: ClockReading {
    let span = Double(lastRobotNanoseconds - originRobotNanoseconds) * 1e-9
    let meanTime = sumTime / count
    let meanDelay = sumDelay / count
    let spread = sumTimeSquared - count * meanTime * meanTime
    // Three windows at least: two always lie on a line, which then says nothing of its error.
    guard count >= 3, spread > 0 else {
      return ClockReading(
        offsetSeconds: Double(originDelayNanoseconds) * 1e-9 + meanDelay,
        driftPartsPerMillion: nil, driftErrorPartsPerMillion: nil, spanSeconds: span)
    }
    let slope = (sumProduct - count * meanTime * meanDelay) / spread
    let residual = max(
      sumDelaySquared - count * meanDelay * meanDelay - slope * slope * spread, 0)
    let error = (residual / (count - 2) / spread).squareRoot()
    return ClockReading(
      offsetSeconds: Double(originDelayNanoseconds) * 1e-9 + meanDelay - slope * meanTime,
      // A robot's clock that runs fast shows as delays that shrink.
      driftPartsPerMillion: -slope / (1 + slope) * 1e6, driftErrorPartsPerMillion: error * 1e6,
      spanSeconds: span)
  }
}

/// How a robot's clock ran against the host's during a trial.
public struct ClockReading: Sendable, Equatable, Codable {
  /// The host's monotonic clock minus the robot's at the first sample, in seconds; greater than the
  /// truth by a sample's undisturbed way to the host.
  public var offsetSeconds: Double
  /// How much faster the robot's clock ran than the host's, in parts per million; nil for less than
  /// about a second and a half of samples.
  public var driftPartsPerMillion: Double?
  /// The drift's standard error, in parts per million.
  public var driftErrorPartsPerMillion: Double?
  /// How long the clocks were compared, in seconds of the robot's clock.
  public var spanSeconds: Double

  /// A reading from its parts.
  public init(
    offsetSeconds: Double, driftPartsPerMillion: Double?, driftErrorPartsPerMillion: Double?,
    spanSeconds: Double
  ) {
    self.offsetSeconds = offsetSeconds
    self.driftPartsPerMillion = driftPartsPerMillion
    self.driftErrorPartsPerMillion = driftErrorPartsPerMillion
    self.spanSeconds = spanSeconds
  }
}
