import Foundation

/// A recording of a robot in a CSV file, read as a trial.
///
/// The robot's description says which columns hold what; their values are in SI units, or in the unit
/// that a column's name ends with (``ColumnUnit``). Times are kept as recorded, from the first
/// line's on, however irregular; angles are not wrapped. Every sample stands for a command that was
/// sent, as if the control loop had run at the recording's rate.
public struct CSVRecording: Sendable, Equatable {
  /// The recording as a trial, whose sample period is the median of the recorded ones.
  public var trial: Trial
  /// The names of the joints whose velocities were not recorded, and were computed from their
  /// positions by central differences: smoother than a measurement, and they know the future by one
  /// sample. Empty when all were recorded.
  public var differentiatedJoints: [String]

  /// Reads a recording.
  ///
  /// - Parameters:
  ///   - path: The CSV file: a line of names, then a line of numbers for each sample.
  ///   - robot: The robot, with its `recording` section.
  ///   - number: The number of the trial.
  /// - Throws: ``RecordingError`` with the file and line of what is wrong.
  public static func read(
    contentsOf path: String, robot: Robot, number: Int = 1
  ) throws(RecordingError) -> CSVRecording {
    try read(csv: CSVTable.text(contentsOf: path), file: path, robot: robot, number: number)
  }

  /// Reads a recording from text.
  ///
  /// - Parameters:
  ///   - csv: The text.
  ///   - file: What errors call the file.
  ///   - robot: The robot, with its `recording` section.
  ///   - number: The number of the trial.
  /// - Throws: ``RecordingError`` with the file and line of what is wrong.
  public static func read(
    csv: String, file: String, robot: Robot, number: Int = 1
  ) throws(RecordingError) -> CSVRecording {
    guard let names = robot.recording else {
      throw .noColumnsDescribed(file: file, robot: robot.name)
    }
    let wanted =
      [names.time]
      + names.joints.flatMap { [$0.position, $0.velocity, $0.effort] }
      .compactMap { $0 }
    let table = try CSVTable(csv: csv, file: file, wanted: wanted)
    let kinds =
      [QuantityKind.time]
      + zip(robot.joints, names.joints).flatMap { joint, names in
        [
          joint.positionKind, names.velocity == nil ? nil : joint.velocityKind,
          names.effort == nil ? nil : joint.effortKind,
        ].compactMap { $0 }
      }
    var scaled: [[Double]] = []
    for (place, column) in table.columns.enumerated() {
      let factor = try ColumnUnit.factor(of: wanted[place], for: kinds[place], file: file)
      scaled.append(factor == 1 ? column : column.map { factor * $0 })
    }
    var columns = scaled[...]
    let times = columns.removeFirst()
    try checkTimes(times, table: table, file: file)
    var positions: [[Double]] = []
    var velocities: [[Double]] = []
    var efforts: [[Double]] = []
    var differentiatedJoints: [String] = []
    for (joint, names) in zip(robot.joints, names.joints) {
      let position = columns.removeFirst()
      if joint.kind == .revolute {
        try checkAngles(position, column: names.position, table: table, file: file)
      }
      positions.append(position)
      if names.velocity == nil {
        velocities.append(centralDifferences(of: position, at: times))
        differentiatedJoints.append(joint.name)
      } else {
        velocities.append(columns.removeFirst())
      }
      if names.effort != nil { efforts.append(columns.removeFirst()) }
    }
    let samples = times.indices.map { index in
      let seconds = times[index] - times[0]
      let action = efforts.map { $0[index] }
      return Sample(
        tick: index, robotTimeSeconds: seconds, hostTimeSeconds: seconds,
        positions: positions.map { $0[index] }, velocities: velocities.map { $0[index] },
        askedAction: action, sentAction: action)
    }
    let trial = Trial(
      number: number, robot: robot.name, task: "", origin: .imported, seed: 0,
      samplePeriodSeconds: medianPeriod(of: times), startedAtUnixSeconds: 0, end: .completed,
      samples: samples)
    return CSVRecording(trial: trial, differentiatedJoints: differentiatedJoints)
  }

  private static func checkTimes(
    _ times: [Double], table: CSVTable, file: String
  ) throws(RecordingError) {
    if times.count < 2 { throw .tooShort(file: file, found: times.count) }
    for index in 1..<times.count where times[index] <= times[index - 1] {
      throw .timeNotIncreasing(
        file: file, line: table.lines[index], found: times[index], previous: times[index - 1])
    }
  }

  private static func checkAngles(
    _ angles: [Double], column: String, table: CSVTable, file: String
  ) throws(RecordingError) {
    for index in 1..<angles.count where abs(angles[index] - angles[index - 1]) > .pi {
      throw .wrappedAngle(
        file: file, line: table.lines[index], column: column, found: angles[index],
        previous: angles[index - 1])
    }
  }

  private static func medianPeriod(of times: [Double]) -> Double {
    let periods = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
    let middle = periods.count / 2
    return periods.count.isMultiple(of: 2)
      ? 0.5 * (periods[middle - 1] + periods[middle]) : periods[middle]
  }

  /// The derivative of values at irregular times: that of the parabola through each value and its
  /// neighbours, and at both ends the slope to the one neighbour.
  private static func centralDifferences(of values: [Double], at times: [Double]) -> [Double] {
    let slopes = zip(zip(values.dropFirst(), values), zip(times.dropFirst(), times))
      .map { ($0.0 - $0.1) / ($1.0 - $1.1) }
    return values.indices.map { index in
      if index == 0 { return slopes[0] }
      if index == values.count - 1 { return slopes[index - 1] }
      let before = times[index] - times[index - 1]
      let after = times[index + 1] - times[index]
      return (slopes[index - 1] * after + slopes[index] * before) / (before + after)
    }
  }
}
