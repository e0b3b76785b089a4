import Robotics

/// A trial without its samples.
public struct TrialSummary: Sendable, Equatable, Codable {
  /// The trial's number in its store, from 1.
  public var number: Int
  /// The robot's name.
  public var robot: String
  /// The task's name; empty for a recording without one.
  public var task: String
  /// Where the actions came from.
  public var origin: Trial.Origin
  /// The seed of the trial's random stream.
  public var seed: UInt64
  /// The control loop's period, in seconds of the robot's clock.
  public var samplePeriodSeconds: Double
  /// When it began, in seconds since 1970.
  public var startedAtUnixSeconds: Double
  /// Why it ended.
  public var end: TrialEnd
  /// The number of samples.
  public var sampleCount: Int
  /// The time from its first to its last sample, in seconds of the robot's clock.
  public var durationSeconds: Double
  /// The operator's label, such as `good` or `discard`; empty for none.
  public var label: String
  /// The operator's note; empty for none.
  public var note: String
  /// Where an imported trial came from; empty for one recorded here.
  public var source: String

  /// The trial with its samples.
  func trial(samples: [Sample]) -> Trial {
    Trial(
      number: number, robot: robot, task: task, origin: origin, seed: seed,
      samplePeriodSeconds: samplePeriodSeconds, startedAtUnixSeconds: startedAtUnixSeconds,
      end: end, samples: samples)
  }
}
