import Foundation

// MARK: - Reading

extension CalibratedPrior {
  /// Reads calibrated values from a YAML file.
  ///
  /// - Throws: ``RobotFileError`` when the file can't be read or isn't valid.
  public init(contentsOf path: String) throws(RobotFileError) {
    try self.init(yaml: RobotFile.text(contentsOf: path), file: path)
  }

  /// Reads calibrated values from YAML.
  ///
  /// - Parameters:
  ///   - yaml: The text.
  ///   - file: What errors call the file.
  /// - Throws: ``RobotFileError`` when it isn't valid.
  public init(yaml: String, file: String) throws(RobotFileError) {
    let top = try YAMLValue.document(yaml: yaml, file: file).map()
    try RobotFile.checkVersion(of: top, key: "handful_prior")
    try top.allow([
      "handful_prior", "robot", "model", "provenance", "parameters", "covariance",
    ])
    try self.init(
      robot: top.required("robot", example: "robot: pendulum").name(),
      model: top.required("model", example: "model: pendulum").name(), parameters: [])
    if let value = top.value("provenance") {
      let map = try value.map()
      try map.allow(["date", "data", "command"])
      provenance.date = try map.value("date").map(RobotFile.text) ?? ""
      provenance.data = try map.value("data").map(RobotFile.text) ?? ""
      provenance.command = try map.value("command").map(RobotFile.text) ?? ""
    }
    let values = try top.required(
      "parameters", example: "parameters: { mass: { value: 1 kg, standard_error: 0.01 kg } }"
    ).map()
    for entry in values.entries {
      let map = try entry.value.map()
      try map.allow(["value", "standard_error"])
      let example = ParameterKind(name: entry.key)?.kinds[0].example ?? "0.5 kg"
      let value = try map.required("value", example: "value: \(example)")
        .parameter(named: entry.key)
      var parameter = Parameter(name: entry.key, unit: value.unit, value: value.value)
      if let error = map.value("standard_error") {
        parameter.standardError = try error.quantity(
          QuantityKind(parameterUnit: value.unit), .notNegative)
      }
      parameters.append(parameter)
    }
    if let value = top.value("covariance") { try readCovariance(from: value) }
  }

  private mutating func readCovariance(from value: YAMLValue) throws(RobotFileError) {
    let rows = try value.list()
    let shape = "a list of \(parameters.count) lists of \(parameters.count) numbers"
    if rows.count != parameters.count {
      throw .wrongKind(value.place, found: "\(rows.count) rows", wanted: shape)
    }
    for row in rows {
      let items = try row.list()
      if items.count != parameters.count {
        throw .wrongKind(row.place, found: "\(items.count) numbers", wanted: shape)
      }
      var numbers: [Double] = []
      for item in items { numbers.append(try item.quantity(.number)) }
      covariance.append(numbers)
    }
    for i in covariance.indices {
      if covariance[i][i] < 0 {
        throw .outOfRange(
          rows[i].place, found: "a variance of \(covariance[i][i].plain)",
          allowed: "a variance of zero or more", remedy: "calibrate again")
      }
      for j in 0..<i where covariance[i][j] != covariance[j][i] {
        throw .outOfRange(
          rows[i].place, found: "\(covariance[i][j].plain) against \(covariance[j][i].plain)",
          allowed: "a symmetric covariance", remedy: "calibrate again")
      }
    }
  }
}

// MARK: - Writing

extension CalibratedPrior {
  /// The values as YAML, which reads back to the same values bit for bit.
  public var yaml: String {
    var lines = [
      "# Values fitted to recordings; the robot's description beside this file has the bounds.",
      "handful_prior: \(RobotFile.version)",
      "robot: \(robot)",
      "model: \(model)",
      "provenance:",
      "  date: \(Self.quoted(provenance.date))",
      "  data: \(Self.quoted(provenance.data))",
      "  command: \(Self.quoted(provenance.command))",
      parameters.isEmpty ? "parameters: {}" : "parameters:",
    ]
    for parameter in parameters {
      let unit = parameter.unit == "1" ? "" : " \(parameter.unit)"
      let error = parameter.standardError.map { ", standard_error: \($0)\(unit)" } ?? ""
      lines.append("  \(parameter.name): { value: \(parameter.value)\(unit)\(error) }")
    }
    if !covariance.isEmpty {
      lines.append("# Rows and columns in the order above, in the products of the units.")
      lines.append("covariance:")
      for row in covariance {
        lines.append("  - [\(row.map { "\($0)" }.joined(separator: ", "))]")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes the values to a file, whole or not at all.
  ///
  /// - Throws: ``RobotFileError/unreadable(file:reason:)`` when the file can't be written.
  public func write(to path: String) throws(RobotFileError) {
    do {
      try Data(yaml.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unreadable(file: path, reason: (error as NSError).localizedDescription)
    }
  }

  /// A text as a YAML double-quoted scalar.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
