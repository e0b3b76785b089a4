import Robotics

/// A trial as comma-separated values (RFC 4180, `\n` at line ends), a line a sample, units in the
/// columns' names.
///
///     tick,robot_time_s,host_time_s,hinge_position_rad,…,hinge_sent_effort_N_m,decision,…,not_sent
///
/// Numbers are the shortest that read back to the same double; `nan`, `inf` and `-inf` stand for
/// what they say. The last six columns are the sample's flags, 0 or 1.
public struct CSVExport: Sendable {
  private static let flags: [(name: String, flag: Sample.Flags)] = [
    ("decision", .decision), ("clamped", .clamped), ("glitch", .glitch),
    ("after_loss", .afterLoss), ("late", .late), ("not_sent", .notSent),
  ]

  /// The whole of a trial of a robot with those joints.
  public static func text(of trial: Trial, joints: [Joint]) -> String {
    CSVExport(joints: joints).text(of: trial)
  }

  private let layout: SampleLayout

  /// An export of trials of a robot with those joints.
  public init(joints: [Joint]) { layout = SampleLayout(joints: joints) }

  /// The first line.
  public var header: String {
    (layout.columns.filter { $0.content != .flags }.map(\.name) + Self.flags.map(\.name))
      .joined(separator: ",") + "\n"
  }

  /// The line of a sample.
  public func line(_ sample: Sample) -> String {
    let numbers = zip(layout.columns, layout.row(sample)).filter { $0.0.content == .numbers }
      .map(\.1)
    let flags = Self.flags.map { sample.flags.contains($0.flag) ? "1" : "0" }
    return ([String(sample.tick)] + numbers.map(\.description) + flags).joined(separator: ",")
      + "\n"
  }

  /// The whole of a trial.
  public func text(of trial: Trial) -> String {
    header + trial.samples.map(line).joined()
  }
}
