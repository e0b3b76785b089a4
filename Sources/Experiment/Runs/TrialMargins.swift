import Foundation
import Supervisor
import TrialStore

/// What a trial took out of the robot, kept in the store with the trial as an event of kind
/// `margins`.
public struct TrialMargins: Sendable, Codable {
  /// The kind of the event.
  public static let eventKind = "margins"

  /// How close each joint came to each of its limits, in joint order.
  public var joints: [JointMargins]
  /// How long the actuators were on, and the work they did, the reset included.
  public var use: RobotUse
  /// The host's monotonic clock at the trial's first sample, in seconds.
  public var startMonotonicSeconds: Double
  /// How close the robot as a whole came to its limits; nil in stores of earlier versions.
  public var robot: RobotMargins?

  init(_ outcome: EpisodeOutcome) {
    joints = outcome.jointMargins
    use = outcome.use
    startMonotonicSeconds = outcome.startMonotonicSeconds
    robot = outcome.robotMargins
  }

  /// The margins for a person: a sentence a joint, then the use.
  public var text: String {
    let used = String(
      format: "actuators on for %.3g s, %.3g J", use.armedSeconds, use.energyJoules)
    return (joints.map(\.sentence) + (robot?.sentences ?? []) + [used]).joined(separator: "; ")
  }

  /// The event that keeps the margins.
  func event(trial: Int, atUnixSeconds: Double) throws -> EventRecord {
    EventRecord(
      atUnixSeconds: atUnixSeconds, trial: trial, kind: Self.eventKind, text: text,
      json: String(decoding: try JSONEncoder.handful.encode(self), as: UTF8.self))
  }

  /// The margins of a store's trials by number; trials without any are left out.
  public static func stored(in store: TrialStore) throws -> [Int: TrialMargins] {
    var margins: [Int: TrialMargins] = [:]
    for event in try store.events() where event.kind == eventKind {
      guard let trial = event.trial else { continue }
      margins[trial] = try? JSONDecoder.handful.decode(
        TrialMargins.self, from: Data(event.json.utf8))
    }
    return margins
  }

  /// The number of a store's trials that count as episodes of their robot: it was armed, and the
  /// trial came to its end, so that a virtual robot's world goes on after it.
  public static func armedEpisodes(in store: TrialStore) throws -> Int {
    let margins = try stored(in: store)
    return try store.trialSummaries().count { trial in
      if trial.end == .unfinished || trial.end.isHostDied { return false }
      // The account of a trial comes after its end, and may be missing.
      return margins[trial.number].map { $0.use.armedSeconds > 0 } ?? (trial.sampleCount > 0)
    }
  }
}
