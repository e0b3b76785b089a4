import HardwareIO

/// What a doctor found, check by check.
public struct Diagnosis: Sendable, Codable {
  /// The robot's name.
  public var robot: String
  /// The port that was examined; nil when none could be opened.
  public var port: String?
  /// Whether no check failed; warnings don't count.
  public var isHealthy: Bool
  /// The checks, in the order in which they were made.
  public var findings: [Finding]
}

/// What one check found.
public struct Finding: Sendable, Codable {
  /// What is checked.
  public enum Check: String, Sendable, Codable, CaseIterable {
    /// Real-time priority and locked memory.
    case permissions
    /// How late this machine wakes a thread.
    case timer
    /// The adapter and the right to use it.
    case port
    /// Who answers, and whether it is off.
    case robot
    /// The limits that the firmware enforces.
    case limits
    /// How long the way to the robot and back takes, and what is lost on it.
    case echo
    /// How the robot's clock runs.
    case clock
    /// The stream of samples.
    case samples
    /// The robot's own end to a silent host.
    case watchdog
    /// The stop by message.
    case emergencyStop = "emergency-stop"
    /// The robot's own stop button, pressed by hand.
    case stopButton = "stop-button"
  }

  /// How bad it is.
  public enum Verdict: String, Sendable, Codable {
    /// As it should be.
    case healthy
    /// It works, but could be better.
    case warning
    /// It must be mended before a trial.
    case failed
    /// It could not be checked, since something before it failed or there is no such thing here.
    case skipped
  }

  /// What was checked.
  public var check: Check
  /// How bad it is.
  public var verdict: Verdict
  /// What was found, in a sentence.
  public var summary: String
  /// What to do about it; nil when nothing need be done.
  public var remedy: String?
  /// The numbers behind it, by name with their unit.
  public var measurements: [String: Double]
  /// The echoes at each rate; nil for other checks.
  public var echoes: [EchoFinding]?

  /// A finding from its parts.
  public init(
    _ check: Check, _ verdict: Verdict, _ summary: String, remedy: String? = nil,
    measurements: [String: Double] = [:], echoes: [EchoFinding]? = nil
  ) {
    self.check = check
    self.verdict = verdict
    self.summary = summary
    self.remedy = remedy
    self.measurements = measurements
    self.echoes = echoes
  }
}

/// Echoes at one rate.
public struct EchoFinding: Sendable, Codable {
  /// The rate at which they were sent, in hertz; a link slower than that gets them as fast as it can.
  public var rateHertz: Double
  /// What they told.
  public var measurement: EchoMeasurement
}

extension TimingReport.Distribution {
  /// The numbers of a finding.
  func measurements(_ name: String) -> [String: Double] {
    [
      "\(name)P50Microseconds": p50Microseconds, "\(name)P99Microseconds": p99Microseconds,
      "\(name)P999Microseconds": p999Microseconds,
      "\(name)MaximumMicroseconds": maximumMicroseconds,
    ]
  }
}
