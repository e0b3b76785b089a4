/// Why a CSV recording could not be read as a trial.
public enum RecordingError: Error, Sendable, Equatable {
  /// The file could not be read.
  case unreadable(file: String, reason: String)
  /// The robot's description doesn't say which columns hold what.
  case noColumnsDescribed(file: String, robot: String)
  /// A column that the robot's description names isn't in the file.
  case missingColumn(file: String, wanted: String, found: [String])
  /// No column holds any part of the robot's state.
  case noStateColumn(file: String, wanted: [String], found: [String])
  /// Two columns have the same name.
  case duplicateColumn(file: String, name: String)
  /// A column's name ends with a unit of something else than the column shall hold.
  case wrongUnit(file: String, column: String, unit: String, wanted: String, allowed: [String])
  /// A line has more or fewer values than the first line has names.
  case raggedLine(file: String, line: Int, found: Int, wanted: Int)
  /// A value isn't a number.
  case notANumber(file: String, line: Int, column: String, found: String)
  /// A value is NaN or infinite.
  case notFinite(file: String, line: Int, column: String, found: String)
  /// The time of a line isn't later than that of the line before.
  case timeNotIncreasing(file: String, line: Int, found: Double, previous: Double)
  /// An angle jumps by more than half a turn from one line to the next.
  case wrappedAngle(file: String, line: Int, column: String, found: Double, previous: Double)
  /// A motor's column isn't in a file of efforts.
  case missingEffortColumn(file: String, wanted: String, found: [String])
  /// The efforts' times aren't multiples of a whole number of the robot's control periods, from 0 on.
  case unevenEfforts(
    file: String, line: Int, found: Double, wanted: Double, period: Double, controlPeriod: Double)
  /// An effort is greater than its joint's limit.
  case effortBeyondLimit(
    file: String, line: Int, column: String, found: Double, limit: Double, unit: String)
  /// There are too few lines to be a trial.
  case tooShort(file: String, found: Int)
}

extension RecordingError: CustomStringConvertible {
  /// A sentence with the place, the value found, the value allowed and the remedy.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): the recording can't be read: \(reason); give the path of a CSV file."
    case .noColumnsDescribed(let file, let robot):
      "\(file): the description of \(robot) doesn't say which columns hold what; "
        + "add a 'recording' section to it."
    case .missingColumn(let file, let wanted, let found):
      "\(file):1: no column '\(wanted)'; the columns are \(found.joined(separator: ", ")); "
        + (Spelling.nearest(to: wanted, among: found).map { "did you mean '\($0)'? " } ?? "")
        + "Mend the robot's 'recording' section or the file's first line."
    case .noStateColumn(let file, let wanted, let found):
      "\(file):1: no column of the robot's state; they may be \(wanted.joined(separator: ", ")); the "
        + "columns are \(found.joined(separator: ", ")); "
        + (wanted.first { Spelling.nearest(to: $0, among: found) != nil }
          .map { "did you mean '\($0)'? " } ?? "") + "Mend the file's first line."
    case .duplicateColumn(let file, let name):
      "\(file):1: two columns '\(name)'; names must differ; rename or remove one."
    case .wrongUnit(let file, let column, let unit, let wanted, let allowed):
      "\(file):1: the column '\(column)' is in '\(unit)'; \(wanted) is wanted, in "
        + "\(allowed.joined(separator: " or ")); name another column in the robot's 'recording' "
        + "section, or mend the file's first line."
    case .raggedLine(let file, let line, let found, let wanted):
      "\(file):\(line): \(found) values; the first line names \(wanted); mend or remove the line."
    case .notANumber(let file, let line, let column, let found):
      "\(file):\(line): \(column): found '\(found)'; a number is wanted; mend or remove the line."
    case .notFinite(let file, let line, let column, let found):
      "\(file):\(line): \(column): '\(found)' is not finite; a finite number is allowed; "
        + "mend or remove the line."
    case .timeNotIncreasing(let file, let line, let found, let previous):
      "\(file):\(line): the time \(found) s is not later than \(previous) s on the line before; "
        + "times must increase; sort the lines, or remove those recorded twice."
    case .wrappedAngle(let file, let line, let column, let found, let previous):
      "\(file):\(line): \(column): the angle jumps from \(previous) rad to \(found) rad; at most "
        + "half a turn from line to line is allowed; unwrap the angles before importing them."
    case .missingEffortColumn(let file, let wanted, let found):
      "\(file):1: no column '\(wanted)'; the columns are \(found.joined(separator: ", ")); efforts "
        + "stand under time_s and the names of the robot's motors: have them proposed by 'handful "
        + "calibrate --suggest', or mend the first line."
    case .unevenEfforts(let file, let line, let found, let wanted, let period, let controlPeriod):
      "\(file):\(line): the time \(found) s where \(wanted) s would be even; a line every "
        + "\(period) s from 0 on is wanted, a whole number of the robot's control periods of "
        + "\(controlPeriod) s; resample the efforts."
    case .effortBeyondLimit(let file, let line, let column, let found, let limit, let unit):
      "\(file):\(line): \(column): found \(found) \(unit); \(-limit) to \(limit) \(unit) is allowed, the "
        + "joint's effort_limit; lower the efforts, or have them proposed anew by 'handful calibrate "
        + "--suggest'."
    case .tooShort(let file, let found):
      "\(file): \(found) lines of values; at least 2 are needed; give a longer recording."
    }
  }
}
