/// Tells when a sample should arrive, from when earlier ones did.
///
/// The delay between the robot's clock and a sample's arrival is a constant, plus the clocks' slow
/// drift, plus queueing that is never negative. So the least delay of late is the best estimate of
/// the undisturbed one (the minimum filter of NTP; Mills, RFC 5905, section 10). The least of the
/// current and the previous window of time is taken: a robot's clock that runs slow by 100 ppm is
/// followed to within 100 µs for each second of two windows.
///
/// It is a value of a few numbers and allocates nothing.
public struct ArrivalPredictor: Sendable {
  /// The length of a window, in nanoseconds of the host's clock.
  public let windowNanoseconds: Int64
  /// How fast the robot's clock runs against the wall's.
  public let speed: Double

  private var originRobotNanoseconds: Int64 = 0
  private var windowStart: Int64 = 0
  private var currentLeast = Int64.max
  private var previousLeast = Int64.max

  /// A predictor that has seen nothing.
  ///
  /// - Parameters:
  ///   - speed: How fast the robot's clock runs against the wall's.
  ///   - windowSeconds: The length of a window, in seconds.
  public init(speed: Double = 1, windowSeconds: Double = 1) {
    self.speed = speed
    windowNanoseconds = Int64(windowSeconds * 1e9)
  }

  /// Whether a sample has come.
  public var isReady: Bool { currentLeast != .max }

  /// Takes note of a sample's time by the robot's clock and of its arrival by the host's.
  public mutating func note(robotTimeNanoseconds: Int64, hostTimeNanoseconds: Int64) {
    if !isReady {
      originRobotNanoseconds = robotTimeNanoseconds
      windowStart = hostTimeNanoseconds
    }
    let delay = hostTimeNanoseconds &- hostSpan(to: robotTimeNanoseconds)
    if hostTimeNanoseconds - windowStart >= windowNanoseconds {
      // After a gap longer than a window the one before says nothing any more.
      previousLeast =
        hostTimeNanoseconds - windowStart < 2 * windowNanoseconds ? currentLeast : delay
      currentLeast = delay
      windowStart = hostTimeNanoseconds
    } else {
      currentLeast = min(currentLeast, delay)
    }
  }

  /// When a sample of that time of the robot's clock arrives undisturbed, in nanoseconds of the
  /// host's clock; nil before the first sample.
  public func arrivalNanoseconds(ofRobotTimeNanoseconds robotTime: Int64) -> Int64? {
    isReady ? hostSpan(to: robotTime) &+ min(currentLeast, previousLeast) : nil
  }

  /// The robot's time since the first sample, in nanoseconds of the wall.
  private func hostSpan(to robotTime: Int64) -> Int64 {
    let span = robotTime &- originRobotNanoseconds
    return speed == 1 ? span : Int64(Double(span) / speed)
  }
}
