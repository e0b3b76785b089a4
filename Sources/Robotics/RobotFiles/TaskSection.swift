import Foundation

extension Task {
  /// Reads the `tasks` map.
  static func list(
    from value: YAMLValue?, joints: [Joint], link: LinkSettings
  ) throws(RobotFileError) -> [Task] {
    guard let value else { return [] }
    var tasks: [Task] = []
    for entry in try value.map().entries {
      let name = try YAMLValue(node: .init(entry.key), place: entry.value.place).name()
      tasks.append(try Task(name: name, from: entry.value.map(), joints: joints, link: link))
    }
    return tasks
  }

  private init(
    name: String, from map: YAMLMap, joints: [Joint], link: LinkSettings
  ) throws(RobotFileError) {
    try map.allow([
      "period", "horizon", "start", "chain", "reward", "success", "scales", "policy",
    ])
    let period = try map.required("period", .time, .positive)
    let horizon = try map.required("horizon", .time, .positive)
    try Task.check(
      period, isWhole: link.controlPeriodSeconds, named: "control periods",
      at: map.place(of: "period"))
    try Task.check(horizon, isWhole: period, named: "task periods", at: map.place(of: "horizon"))
    if horizon / period > 1e6 {
      throw .outOfRange(
        map.place(of: "horizon"), found: horizon.seconds, allowed: "at most a million periods",
        remedy: "shorten it")
    }
    let chain = try RobotFile.section(map.value("chain")) { value throws(RobotFileError) in
      try TipChain(from: value.map(), joints: joints)
    }
    let zeros = [Double](repeating: 0, count: 2 * joints.count)
    try self.init(
      name: name, periodSeconds: period, horizonSeconds: horizon, initialState: zeros,
      initialStateDeviation: zeros,
      reward: Reward(
        from: map.required("reward", example: "reward: { width: 0.5, targets: { ... } }"),
        joints: joints, chain: chain),
      success: SuccessCriterion(
        from: map.required("success", example: "success: { within: { ... }, hold: 1 s }").map(),
        joints: joints, chain: chain),
      velocityScales: joints.map(\.limits.velocity), positionScales: joints.map(\.positionScale))
    if success.holdSeconds > horizon {
      throw .outOfRange(
        map.place(of: "success").appending("hold"), found: success.holdSeconds.seconds,
        allowed: "at most the horizon of \(horizon.seconds)",
        remedy: "shorten it, or lengthen the horizon")
    }
    if let start = map.value("start") { try readStart(from: start.map(), joints: joints) }
    if let scales = map.value("scales") { try readScales(from: scales.map(), joints: joints) }
    if let value = map.value("policy") {
      let text = try value.text()
      guard let shape = PolicyShape(text) else {
        throw .unknownChoice(value.place, found: text, allowed: [PolicyShape.forms])
      }
      policy = shape
    }
  }

  private mutating func readStart(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    for (index, value) in try map.byJoint(joints).enumerated() {
      guard let state = try value?.map() else { continue }
      let joint = joints[index]
      try state.allow(["position", "velocity", "position_deviation", "velocity_deviation"])
      if let position = state.value("position") {
        initialState[index] = try position.position(of: joint)
      }
      initialState[joints.count + index] = try state.optional(
        "velocity", joint.velocityKind, default: 0)
      initialStateDeviation[index] = try state.optional(
        "position_deviation", joint.positionKind, .notNegative, default: 0)
      initialStateDeviation[joints.count + index] = try state.optional(
        "velocity_deviation", joint.velocityKind, .notNegative, default: 0)
    }
  }

  private mutating func readScales(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    for (index, value) in try map.byJoint(joints).enumerated() {
      guard let scales = try value?.map() else { continue }
      try scales.allow(["velocity", "position"])
      velocityScales[index] = try scales.optional(
        "velocity", joints[index].velocityKind, .positive, default: velocityScales[index])
      positionScales[index] = try scales.optional(
        "position", joints[index].positionKind, .positive, default: positionScales[index])
    }
  }

  private static func check(
    _ time: Double, isWhole unit: Double, named name: String, at place: FilePlace
  ) throws(RobotFileError) {
    let count = (time / unit).rounded()
    guard count < 1 || abs(time / unit - count) > 1e-6 * count else { return }
    throw .notWholeMultiple(
      place, found: time.seconds, of: "\(name) (\(unit.seconds))",
      nearest: (max(1, count) * unit).seconds)
  }
}

extension Joint {
  /// What a position is divided by when the file doesn't say: half of the joint's range.
  fileprivate var positionScale: Double {
    let range = limits.positionUpper - limits.positionLower
    return range.isFinite ? range / 2 : 1
  }
}

extension FilePlace {
  func appending(_ key: String) -> FilePlace {
    FilePlace(file: file, line: line, key: "\(self.key).\(key)")
  }
}
