import Foundation
import Robotics

/// Where the numbers of a sample stand in a row of a chunk, and what each is called.
///
/// A row is: tick, robot time, host time, flags; then each joint's position; each joint's velocity;
/// each actuated joint's asked effort; each one's sent effort.
public struct SampleLayout: Sendable, Equatable {
  /// What the numbers of a column are.
  public enum Content: Sendable {
    /// Counts of the robot's ticks.
    case ticks
    /// Sets of flags, the raw values of `Sample.Flags`.
    case flags
    /// Times, measured numbers and efforts.
    case numbers

    /// Whether they are whole numbers.
    public var isWhole: Bool { self != .numbers }
  }

  /// The name and unit of one entry of a row, and what it is.
  public struct Column: Sendable, Equatable {
    /// The name, unit included, such as `hinge_velocity_rad_per_s`; letters, digits and `_` only.
    public var name: String
    /// The unit's symbol, such as `rad/s`; empty for a count.
    public var unit: String
    /// What its numbers are.
    public var content = Content.numbers
  }

  /// The number of joints.
  public let jointCount: Int
  /// The number of actuated joints.
  public let actionCount: Int
  /// The entries of a row, in order.
  public let columns: [Column]

  /// The layout of a robot's samples.
  public init(joints: [Joint]) {
    let actuated = joints.filter(\.isActuated)
    jointCount = joints.count
    actionCount = actuated.count
    var columns = [
      Column(name: "tick", unit: "", content: .ticks),
      Column(name: "robot_time_s", unit: "s"), Column(name: "host_time_s", unit: "s"),
      Column(name: "flags", unit: "", content: .flags),
    ]
    func add(_ joint: Joint, _ quantity: String, _ unit: String) {
      columns.append(
        Column(
          name:
            "\(ColumnName.word(ofName: joint.name))_\(quantity)_\(ColumnName.word(ofUnit: unit))",
          unit: unit))
    }
    for joint in joints { add(joint, "position", joint.positionUnit) }
    for joint in joints { add(joint, "velocity", joint.velocityUnit) }
    for joint in actuated { add(joint, "asked_effort", joint.effortUnit) }
    for joint in actuated { add(joint, "sent_effort", joint.effortUnit) }
    self.columns = Self.unique(columns)
  }

  /// The number of doubles of a row.
  public var width: Int { 4 + 2 * jointCount + 2 * actionCount }

  /// Whether a sample has as many joints and actions as this layout.
  package func fits(_ sample: Sample) -> Bool {
    sample.positions.count == jointCount && sample.velocities.count == jointCount
      && sample.askedAction.count == actionCount && sample.sentAction.count == actionCount
  }

  /// A sample's numbers in the order of ``columns``; it must fit (``fits(_:)``).
  public func row(_ sample: Sample) -> [Double] {
    [
      Double(sample.tick), sample.robotTimeSeconds, sample.hostTimeSeconds,
      Double(sample.flags.rawValue),
    ] + sample.positions + sample.velocities + sample.askedAction + sample.sentAction
  }

  /// The samples as the bytes of a chunk.
  package func encode(_ samples: [Sample]) -> Data {
    var data = Data(capacity: samples.count * width * 8)
    func put(_ value: Double) {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    for sample in samples {
      row(sample).forEach(put)
    }
    return data
  }

  /// The samples of a chunk's bytes; nil when they aren't a whole number of plausible rows.
  package func decode(_ data: Data) -> [Sample]? {
    guard data.count % (width * 8) == 0 else { return nil }
    let values = data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map {
        Double(
          bitPattern: UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
    var samples: [Sample] = []
    samples.reserveCapacity(values.count / width)
    for row in stride(from: 0, to: values.count, by: width) {
      guard let tick = Int(exactly: values[row]), let flags = UInt8(exactly: values[row + 3])
      else { return nil }
      var next = row + 4
      func take(_ count: Int) -> [Double] {
        defer { next += count }
        return Array(values[next..<next + count])
      }
      samples.append(
        Sample(
          tick: tick, robotTimeSeconds: values[row + 1], hostTimeSeconds: values[row + 2],
          positions: take(jointCount), velocities: take(jointCount),
          askedAction: take(actionCount), sentAction: take(actionCount),
          flags: Sample.Flags(rawValue: flags)))
    }
    return samples
  }

  // MARK: - Names

  /// Two joint names may become the same word; numbers keep their columns apart.
  private static func unique(_ columns: [Column]) -> [Column] {
    var seen: Set<String> = []
    return columns.map { column in
      var column = column
      let stem = column.name
      var count = 1
      while !seen.insert(column.name).inserted {
        count += 1
        column.name = "\(stem)_\(count)"
      }
      return column
    }
  }
}
