import Foundation

/// Efforts over time that a trial is to run as they stand, such as those that `handful calibrate
/// --suggest` proposes: one effort a motor, held from each line's time to the next.
///
/// As a file it is CSV: `time_s`, then a column a motor, `shoulder_effort_N_m` or `cart_effort_N`; a
/// line at every `periodSeconds` from 0 on.
public struct EffortSequence: Sendable, Equatable {
  /// The time between two efforts, in seconds: a whole number of the robot's control periods.
  public var periodSeconds: Double
  /// The efforts (N m or N), an array a motor.
  public var efforts: [[Double]]

  /// A sequence from its parts.
  public init(periodSeconds: Double, efforts: [[Double]]) {
    self.periodSeconds = periodSeconds
    self.efforts = efforts
  }

  /// The number of efforts of each motor.
  public var count: Int { efforts.first?.count ?? 0 }
  /// How long the sequence lasts, in seconds.
  public var durationSeconds: Double { Double(count) * periodSeconds }

  /// Reads a sequence for a robot.
  ///
  /// - Throws: ``RecordingError`` with file and line when it can't be read, lacks a motor's column, isn't
  ///   evenly spaced at the robot's rate, or asks for more than a joint's effort limit.
  public init(contentsOf path: String, robot: Robot) throws(RecordingError) {
    try self.init(csv: CSVTable.text(contentsOf: path), file: path, robot: robot)
  }

  /// Reads a sequence from CSV; what errors call the file is `file`.
  ///
  /// - Throws: ``RecordingError``.
  public init(csv: String, file: String, robot: Robot) throws(RecordingError) {
    let names = Self.columnNames(of: robot)
    let table: CSVTable
    do {
      table = try CSVTable(csv: csv, file: file, wanted: ["time_s"] + names)
    } catch .missingColumn(_, let wanted, let found) {
      throw .missingEffortColumn(file: file, wanted: wanted, found: found)
    }
    let times = table.columns[0]
    if times.count < 2 { throw .tooShort(file: file, found: times.count) }
    let control = robot.link.controlPeriodSeconds
    let mean = (times[times.count - 1] - times[0]) / Double(times.count - 1)
    let period = max(1, (mean / control).rounded()) * control
    for (index, time) in times.enumerated() {
      // Microseconds are what such files are written to.
      let wanted = Double(index) * period
      if abs(time - wanted) > 2e-6 {
        throw .unevenEfforts(
          file: file, line: table.lines[index], found: time, wanted: wanted, period: period,
          controlPeriod: control)
      }
    }
    for (motor, joint) in robot.actuatedJoints.map({ robot.joints[$0] }).enumerated() {
      for (index, effort) in table.columns[motor + 1].enumerated()
      where abs(effort) > joint.limits.effort {
        throw .effortBeyondLimit(
          file: file, line: table.lines[index], column: names[motor], found: effort,
          limit: joint.limits.effort, unit: joint.effortUnit)
      }
    }
    self.init(periodSeconds: period, efforts: Array(table.columns.dropFirst()))
  }

  /// The names of the efforts' columns.
  private static func columnNames(of robot: Robot) -> [String] {
    robot.joints.filter(\.isActuated).map {
      "\(ColumnName.word(ofName: $0.name))_effort_\(ColumnName.word(ofUnit: $0.effortUnit))"
    }
  }

  /// The sequence as CSV, to six decimals.
  public func csv(for robot: Robot) -> String {
    var lines = [(["time_s"] + Self.columnNames(of: robot)).joined(separator: ",")]
    for index in 0..<count {
      let values = [Double(index) * periodSeconds] + efforts.map { $0[index] }
      lines.append(values.map { String(format: "%.6f", $0) }.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
