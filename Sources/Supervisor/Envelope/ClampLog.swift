import Foundation
import Robotics

/// What a rule changed of a joint's efforts or samples in a trial.
public struct ClampSummary: Sendable, Equatable, Codable {
  /// The rule's name, such as `effort-limit`.
  public var rule: String
  /// The joint's name.
  public var joint: String
  /// How often the rule stepped in.
  public var count: Int
  /// When it first did, in seconds since the trial began.
  public var firstSeconds: Double
  /// Of the greatest change: what was asked for or measured.
  public var asked: Double
  /// Of the greatest change: what became of it.
  public var allowed: Double
  /// The unit of both.
  public var unit: String

  /// A summary from its parts.
  public init(
    rule: String, joint: String, count: Int, firstSeconds: Double, asked: Double, allowed: Double,
    unit: String
  ) {
    self.rule = rule
    self.joint = joint
    self.count = count
    self.firstSeconds = firstSeconds
    self.asked = asked
    self.allowed = allowed
    self.unit = unit
  }

  /// The summary in a line.
  public var sentence: String {
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    let times = count == 1 ? "once" : "\(count) times"
    let what =
      rule == ClampRule.glitch.code
      ? "a glitch was bridged" : "\(rule) changed the effort"
    return "\(joint): \(what) \(times), first at \(number(firstSeconds)) s; at most "
      + "\(number(asked)) became \(number(allowed)) \(unit)"
  }
}

/// Counts what each rule changed of each joint, on the control thread: a fixed table, so that
/// counting allocates nothing. Every single change is in the samples, as asked and as sent.
struct ClampLog {
  private struct Entry {
    var count = 0
    var firstSeconds = 0.0
    var asked = 0.0
    var allowed = 0.0
  }

  private static let ruleCount = ClampRule.allCases.count
  private let entries: UnsafeMutableBufferPointer<Entry>
  private let jointCount: Int

  init(jointCount: Int) {
    self.jointCount = jointCount
    entries = .allocate(capacity: jointCount * Self.ruleCount)
    entries.initialize(repeating: Entry())
  }

  func deallocate() { entries.deallocate() }

  /// Forgets everything.
  func reset() { entries.update(repeating: Entry()) }

  /// Takes one change; the greatest is kept, and one from what is not a number counts as that.
  @inline(__always)
  func record(
    _ rule: ClampRule, joint: Int, asked: Double, allowed: Double, atSeconds seconds: Double
  ) {
    let index = joint * Self.ruleCount + rule.rawValue
    if entries[index].count == 0 { entries[index].firstSeconds = seconds }
    let greatest = abs(entries[index].asked - entries[index].allowed)
    if entries[index].count == 0 || abs(asked - allowed) > greatest || asked.isNaN {
      entries[index].asked = asked
      entries[index].allowed = allowed
    }
    entries[index].count += 1
  }

  /// What happened, by joint, then by rule. Allocates: for after a trial.
  func summaries(joints: [Joint]) -> [ClampSummary] {
    var summaries: [ClampSummary] = []
    for (index, joint) in joints.enumerated() {
      for rule in ClampRule.allCases {
        let entry = entries[index * Self.ruleCount + rule.rawValue]
        guard entry.count > 0 else { continue }
        summaries.append(
          ClampSummary(
            rule: rule.code, joint: joint.name, count: entry.count,
            firstSeconds: entry.firstSeconds, asked: entry.asked, allowed: entry.allowed,
            unit: rule == .glitch ? joint.positionUnit : joint.effortUnit))
      }
    }
    return summaries
  }
}
