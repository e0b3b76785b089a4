import Foundation

extension Robot {
  /// Reads a robot's description from a YAML file; `calibration/README.md` documents every key.
  ///
  ///     let robot = try Robot(contentsOf: "calibration/pendulum/robot.yaml")
  ///
  /// - Throws: ``RobotFileError`` when the file can't be read or isn't a valid description, with the
  ///   file, the line, the key, what was found and what is allowed.
  public init(contentsOf path: String) throws(RobotFileError) {
    try self.init(yaml: RobotFile.text(contentsOf: path), file: path)
  }

  /// Reads a robot's description from YAML.
  ///
  /// - Parameters:
  ///   - yaml: The text of the description.
  ///   - file: What errors call the file. Files that the description names are relative to its folder.
  /// - Throws: ``RobotFileError`` when it isn't a valid description.
  public init(yaml: String, file: String) throws(RobotFileError) {
    let top = try YAMLValue.document(yaml: yaml, file: file).map()
    try RobotFile.checkVersion(of: top, key: "handful")
    try top.allow([
      "handful", "robot", "summary", "link", "joints", "state", "reset", "safety", "virtual",
      "prior", "recording", "tasks",
    ])
    let name = try top.required("robot", example: "robot: pendulum").name()
    let joints = try Joint.list(
      from: top.required("joints", example: "joints: [{ name: shoulder, ... }]"))
    let link = try LinkSettings(from: top.value("link"))
    try self.init(
      name: name, summary: top.value("summary").map(RobotFile.text) ?? "", joints: joints,
      link: link,
      reset: ResetSettings(
        from: top.required("reset", example: "reset: { home: { shoulder: 0 deg }, ... }"),
        joints: joints),
      safety: RobotFile.section(top.value("safety")) { value throws(RobotFileError) in
        try SafetySettings(from: value, joints: joints)
      },
      virtualRobot: RobotFile.section(top.value("virtual")) { value throws(RobotFileError) in
        try VirtualRobotSettings(from: value, joints: joints)
      },
      prior: RobotFile.section(top.value("prior")) { value throws(RobotFileError) in
        try PriorDescription(from: value, joints: joints)
      },
      recording: RobotFile.section(top.value("recording")) { value throws(RobotFileError) in
        try RecordingColumns(from: value, joints: joints)
      },
      tasks: Task.list(from: top.value("tasks"), joints: joints, link: link),
      state: StateSettings(from: top.value("state"), link: link))
    if let section = top.value("state") {
      try state.check(tasks, at: section.map().place(of: "delay"))
    }
  }
}

extension Robot {
  /// The text of a description, or of a prior's file, with the paths of the simulators that it names
  /// made absolute, so that it means the same in another folder.
  ///
  /// - Parameters:
  ///   - yaml: The text.
  ///   - file: The file that it is from.
  public static func textWithAbsolutePaths(yaml: String, file: String) -> String {
    var lines = yaml.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let top = try? YAMLValue.document(yaml: yaml, file: file).map() else { return yaml }
    for (section, key) in [("prior", "library"), ("prior", "mujoco"), ("virtual", "mujoco")] {
      guard let value = try? top.value(section)?.map().value(key), let text = try? value.text(),
        let path = try? value.path(), path != text, lines.indices.contains(value.place.line - 1)
      else { continue }
      let line = lines[value.place.line - 1]
      guard let start = line.range(of: key + ":"),
        let found = line.range(of: text, range: start.upperBound..<line.endIndex)
      else { continue }
      lines[value.place.line - 1].replaceSubrange(found, with: path)
    }
    return lines.joined(separator: "\n")
  }
}

/// What every file of this package has in common: how it's read, and its version.
enum RobotFile {
  /// The version of the formats that this package reads and writes.
  static let version = 1

  static func text(contentsOf path: String) throws(RobotFileError) -> String {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .unreadable(file: path, reason: reason(error, path: path))
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw .unreadable(file: path, reason: "it isn't UTF-8 text")
    }
    return text
  }

  /// Why a file can't be read, without Foundation's repetition of the path.
  static func reason(_ error: any Error, path: String) -> String {
    var isDirectory: ObjCBool = false
    if !FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      return "there is no such file"
    }
    return isDirectory.boolValue ? "it is a folder" : (error as NSError).localizedDescription
  }

  static func checkVersion(of top: YAMLMap, key: String) throws(RobotFileError) {
    let value = try top.required(key, example: "\(key): \(version)")
    let found = try value.integer(in: 0...Int.max, example: "\(version)")
    if found != version { throw .unknownVersion(value.place, found: found, known: version) }
  }

  static func text(_ value: YAMLValue) throws(RobotFileError) -> String { try value.text() }

  static func section<Section>(
    _ value: YAMLValue?, read: (YAMLValue) throws(RobotFileError) -> Section
  ) throws(RobotFileError) -> Section? {
    guard let value else { return nil }
    return try read(value)
  }
}
