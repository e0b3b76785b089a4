import Foundation

/// A prior that stands in a file of its own, to be used in place of the one in a robot's description.
///
/// There are two kinds. Calibrated values (``CalibratedPrior``) replace the nominal values and leave
/// the model and its bounds. A whole prior, for studies of priors that are wrong, replaces everything:
///
///     handful: 1
///     robot: pendubot
///     prior: { model: pendubot, parameters: { mass1: { nominal: 0.4 kg, tunable: false }, ... } }
public enum PriorFile {
  /// The prior of a robot with what a file says in its place.
  ///
  /// - Parameters:
  ///   - path: The file, of either kind.
  ///   - robot: The robot's description.
  /// - Returns: The prior, its parameters in SI units whatever the file writes them in; nil when the
  ///   file has calibrated values and the robot no prior to take them.
  /// - Throws: ``RobotFileError``: `unreadable` when the file can't be read; what
  ///   ``prior(yaml:file:for:)`` throws.
  public static func prior(
    contentsOf path: String, for robot: Robot
  ) throws(RobotFileError) -> PriorDescription? {
    try prior(yaml: RobotFile.text(contentsOf: path), file: path, for: robot)
  }

  /// The same from a file's text.
  ///
  /// - Parameters:
  ///   - yaml: The text.
  ///   - file: The file's path, for errors to name; a simulator's path is taken relative to its folder.
  ///   - robot: The robot's description.
  /// - Throws: ``RobotFileError``: `syntax`, `unknownVersion` and the errors of a robot's description,
  ///   each with its line, when the text is not a valid prior; `outOfRange` when a whole prior is of
  ///   another robot; `calibrationMismatch` when calibrated values don't fit the robot's prior
  ///   (``CalibratedPrior/applied(to:)``), whose model they must have but whose robot's name they need
  ///   not.
  public static func prior(
    yaml: String, file: String, for robot: Robot
  ) throws(RobotFileError) -> PriorDescription? {
    let top = try YAMLValue.document(yaml: yaml, file: file).map()
    guard top.value("prior") != nil else {
      let calibrated = try CalibratedPrior(yaml: yaml, file: file)
      guard let prior = robot.prior else { return nil }
      return try calibrated.applied(to: prior)
    }
    try RobotFile.checkVersion(of: top, key: "handful")
    try top.allow(["handful", "robot", "summary", "prior"])
    let value = try top.required("robot", example: "robot: \(robot.name)")
    let name = try value.name()
    guard name == robot.name else {
      throw .outOfRange(
        value.place, found: "a prior of robot '\(name)'", allowed: "one of robot '\(robot.name)'",
        remedy: "give the file of this robot")
    }
    return try PriorDescription(
      from: top.required("prior", example: "prior: { model: pendulum, ... }"), joints: robot.joints)
  }

  /// A whole prior as a file that reads back to the same numbers, bit for bit, and to the same
  /// simulator, whose absolute path it has.
  ///
  /// - Parameters:
  ///   - prior: The prior.
  ///   - robot: The name of the robot that it is of.
  ///   - summary: What it is, in a line without quotation marks and backslashes.
  /// - Returns: The file's text: the step in seconds, parameters in the SI units that they have in the
  ///   prior, those without bounds of their own at their nominal values.
  public static func yaml(_ prior: PriorDescription, robot: String, summary: String) -> String {
    var lines = [
      "handful: \(RobotFile.version)", "robot: \(robot)", "summary: \"\(summary)\"", "prior:",
      "  model: \(prior.model)", "  step: \(prior.stepSeconds) s",
    ]
    if let path = prior.libraryPath { lines.append("  library: \(CalibratedPrior.quoted(path))") }
    if let model = prior.mujoco { lines.append("  mujoco: \(CalibratedPrior.quoted(model.path))") }
    lines.append(prior.parameters.isEmpty ? "  parameters: {}" : "  parameters:")
    for parameter in prior.parameters {
      let unit = parameter.unit == "1" ? "" : " \(parameter.unit)"
      var parts = ["nominal: \(parameter.nominal)\(unit)"]
      if parameter.lower < parameter.upper {
        parts += ["lower: \(parameter.lower)\(unit)", "upper: \(parameter.upper)\(unit)"]
      }
      if !parameter.isTunable { parts.append("tunable: false") }
      lines.append("    \(parameter.name): { \(parts.joined(separator: ", ")) }")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
