/// Paces a control loop by the robot's own clock: sleeps until the next sample should have arrived.
///
/// The robot sends a sample each of its control periods; its clock, not the host's, sets the rate.
/// From the arrivals so far the pacer predicts the next (``ArrivalPredictor``), adds a small guard,
/// and sleeps to that absolute deadline; `receive` then finds the sample there, or polls for the
/// rest of the jitter. How late the thread woke is what the deadline says of the machine; a sample
/// that itself came after its prediction (a robot whose clock gave way), or not at all, is not the
/// thread's lateness: while it waited in the port it was ready.
///
///     var pacer = ControlPacer(periodSeconds: 0.01, speed: link.speed)
///     while running {
///       let lateness = pacer.waitForNextSample()
///       if link.receive(into: sample, timeoutNanoseconds: period) == .sample {
///         pacer.noteSample(
///           robotTimeNanoseconds: sample.robotTimeNanoseconds,
///           hostTimeNanoseconds: sample.hostTimeNanoseconds)
///       } else {
///         pacer.noteSilence()
///       }
///     }
///
/// A world that runs at another speed than the wall has no deadlines in wall time: there the pacer
/// never sleeps, and `receive` waits in the port. Nothing here allocates.
public struct ControlPacer: Sendable {
  /// The number of deadlines so far.
  public private(set) var deadlines = 0
  /// The number of deadlines that the thread met a period or more too late: overruns.
  public private(set) var overruns = 0
  /// How old the last sample was on arrival beyond an undisturbed one, in nanoseconds; nil before
  /// the first and in a world at another speed than the wall's.
  public private(set) var lastSampleAgeNanoseconds: Int64?

  private var predictor: ArrivalPredictor
  private let periodNanoseconds: Int64
  private let guardNanoseconds: Int64
  private let sleeps: Bool
  private let clock: any HostClock
  private var lastRobotTimeNanoseconds: Int64 = 0
  /// Until when the thread was last ready for a sample.
  private var readyUntilNanoseconds: Int64 = 0
  private var periodsSinceSample: Int64 = 0

  /// A pacer that has seen no sample; until the first it doesn't sleep.
  ///
  /// - Parameters:
  ///   - periodSeconds: The control loop's period, in seconds of the robot's clock.
  ///   - speed: How fast the robot's clock runs against the wall's.
  ///   - guardSeconds: How long after the predicted arrival the deadline lies; unless given, 100 µs or
  ///     a twentieth of the period, whichever is less.
  ///   - clock: The host's clock.
  public init(
    periodSeconds: Double, speed: Double = 1, guardSeconds: Double? = nil,
    clock: any HostClock = SystemClock()
  ) {
    precondition(periodSeconds > 0, "a control period must be positive")
    periodNanoseconds = Int64((periodSeconds * 1e9).rounded())
    guardNanoseconds = Int64((guardSeconds ?? min(100e-6, periodSeconds / 20)) * 1e9)
    sleeps = speed == 1
    self.clock = clock
    predictor = ArrivalPredictor(speed: speed)
  }

  /// Sleeps until the next sample should be there; returns at once when that is past.
  ///
  /// - Returns: How long after its deadline the thread ran, in nanoseconds; nil when there was no
  ///   deadline.
  public mutating func waitForNextSample() -> Int64? {
    guard sleeps else { return nil }
    periodsSinceSample += 1
    let nextRobotTime = lastRobotTimeNanoseconds &+ periodsSinceSample &* periodNanoseconds
    guard let arrival = predictor.arrivalNanoseconds(ofRobotTimeNanoseconds: nextRobotTime)
    else { return nil }
    let deadline = arrival &+ guardNanoseconds
    deadlines += 1
    let asked = clock.nowNanoseconds()
    if asked >= deadline {
      // No sleep: what the thread did since it was last ready is all that it can be late by.
      let lateness = min(asked - deadline, max(asked - readyUntilNanoseconds, 0))
      if lateness >= periodNanoseconds { overruns += 1 }
      return lateness
    }
    clock.sleep(untilNanoseconds: deadline)
    let lateness = clock.nowNanoseconds() - deadline
    if lateness >= periodNanoseconds { overruns += 1 }
    return max(lateness, 0)
  }

  /// Takes note that the thread waited for a sample and none came.
  public mutating func noteSilence() { readyUntilNanoseconds = clock.nowNanoseconds() }

  /// Takes note of a sample that came.
  ///
  /// - Parameters:
  ///   - robotTimeNanoseconds: The robot's clock when the sample was taken.
  ///   - hostTimeNanoseconds: The host's monotonic clock when it arrived.
  public mutating func noteSample(robotTimeNanoseconds: Int64, hostTimeNanoseconds: Int64) {
    predictor.note(
      robotTimeNanoseconds: robotTimeNanoseconds, hostTimeNanoseconds: hostTimeNanoseconds)
    lastRobotTimeNanoseconds = robotTimeNanoseconds
    readyUntilNanoseconds = hostTimeNanoseconds
    periodsSinceSample = 0
    guard sleeps else { return }
    let undisturbed = predictor.arrivalNanoseconds(ofRobotTimeNanoseconds: robotTimeNanoseconds)
    lastSampleAgeNanoseconds = undisturbed.map { hostTimeNanoseconds - $0 }
  }
}
