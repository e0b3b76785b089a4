extension ResetSettings {
  /// Reads the `reset` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    let map = try value.map()
    try map.allow([
      "strategy", "home", "tolerance", "hold", "patience", "time_limit", "drive", "trajectory",
    ])
    let zeros = [Double](repeating: 0, count: joints.count)
    self.init(
      homePositions: zeros, positionTolerances: zeros, velocityTolerances: zeros,
      effortLimits: zeros, proportionalGains: zeros, derivativeGains: zeros)
    try readHome(from: map, joints: joints)
    holdSeconds = try map.optional("hold", .time, .positive, default: holdSeconds)
    patienceSeconds = try map.optional("patience", .time, .notNegative, default: patienceSeconds)
    if let drive = map.value("drive") { try readDrive(from: drive.map(), joints: joints) }
    try readStrategy(from: map, joints: joints)
    timeLimitSeconds = try map.optional(
      "time_limit", .time, .positive, default: strategy == .operator ? 300 : timeLimitSeconds)
    try checkTimes(in: map)
  }

  /// Reads by what the robot comes home; without the key, by driving where the file says how, else
  /// by waiting. What another strategy needs may stay in the file.
  private mutating func readStrategy(
    from map: YAMLMap, joints: [Joint]
  ) throws(RobotFileError) {
    strategy =
      try map.value("strategy")?.choice(of: Strategy.self)
      ?? (map.value("drive") == nil ? .settle : .drive)
    if strategy == .drive || strategy == .trajectory {
      let joint = joints.first(where: \.isActuated) ?? joints[0]
      let drive = try map.required("drive", example: "drive: { \(joint.driveExample) }")
      guard joints.indices.contains(where: { proportionalGains[$0] > 0 }) else {
        throw .outOfRange(
          drive.place, found: "no joint with a proportional gain above zero",
          allowed: "at least one",
          remedy: "give one, such as '\(joint.driveExample)', or write 'strategy: settle'")
      }
    }
    if let value = map.value("trajectory") {
      waypoints = try Waypoint.list(from: value, joints: joints)
    } else if strategy == .trajectory {
      _ = try map.required("trajectory", example: "trajectory: [\(joints.waypointExample)]")
    }
  }

  private func checkTimes(in map: YAMLMap) throws(RobotFileError) {
    let (needed, what): (Double, String) =
      switch strategy {
      case .settle, .operator: (holdSeconds, "hold")
      case .drive: (patienceSeconds + holdSeconds, "patience and hold together")
      case .trajectory:
        (
          patienceSeconds + (waypoints.last?.atSeconds ?? 0) + holdSeconds,
          "patience, the trajectory and hold together"
        )
      }
    guard timeLimitSeconds <= needed else { return }
    throw .outOfRange(
      map.place(of: "time_limit"), found: timeLimitSeconds.seconds,
      allowed: "more than \(needed.seconds), which is \(what),",
      remedy: "lengthen it, or shorten what it must hold")
  }

  private mutating func readHome(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    let home = try map.required("home", example: "home: { \(joints[0].name): \(joints[0].zero) }")
      .map().byEveryJoint(joints, example: \.zero)
    let tolerance = try map.required(
      "tolerance", example: "tolerance: { \(joints[0].name): \(joints[0].toleranceExample) }"
    )
    .map().byEveryJoint(joints, example: \.toleranceExample)
    for (index, joint) in joints.enumerated() {
      homePositions[index] = try home[index].position(of: joint)
      let map = try tolerance[index].map()
      try map.allow(["position", "velocity"])
      positionTolerances[index] = try map.required("position", joint.positionKind, .positive)
      velocityTolerances[index] = try map.required("velocity", joint.velocityKind, .positive)
    }
  }

  private mutating func readDrive(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    for (index, value) in try map.byJoint(joints).enumerated() {
      guard let value else { continue }
      let joint = joints[index]
      guard joint.isActuated else {
        throw .unknownJoint(value.place, allowed: joints.filter(\.isActuated).map(\.name))
      }
      let gains = try value.map()
      try gains.allow(["effort_limit", "proportional", "derivative"])
      effortLimits[index] = try gains.required("effort_limit", joint.effortKind, .positive)
      if effortLimits[index] > joint.limits.effort {
        throw .outOfRange(
          gains.place(of: "effort_limit"),
          found: "\(effortLimits[index].plain) \(joint.effortUnit)",
          allowed:
            "at most the joint's own limit of \(joint.limits.effort.plain) \(joint.effortUnit)",
          remedy: "lower it, as driving home should be gentle")
      }
      proportionalGains[index] = try gains.required(
        "proportional", joint.proportionalGainKind, .notNegative)
      derivativeGains[index] = try gains.required(
        "derivative", joint.derivativeGainKind, .notNegative)
    }
  }
}

extension YAMLValue {
  /// A position of a joint, within its limits (rad or m).
  func position(of joint: Joint) throws(RobotFileError) -> Double {
    let position = try quantity(joint.positionKind)
    let limits = joint.limits
    guard limits.positionLower <= position && position <= limits.positionUpper else {
      throw .outOfRange(
        place, found: try text(),
        allowed: "a position within the limits of \(joint.name), "
          + "\(limits.positionLower.shown) to \(limits.positionUpper.shown) \(joint.positionUnit),",
        remedy: "move it inside, or widen the joint's position limits")
    }
    return position
  }
}

extension ResetSettings.Waypoint {
  /// Reads the `trajectory` list: times that grow, and positions that a joint can reach in them.
  fileprivate static func list(
    from value: YAMLValue, joints: [Joint]
  ) throws(RobotFileError) -> [Self] {
    let items = try value.list()
    if items.isEmpty {
      throw .wrongKind(value.place, found: "an empty list", wanted: "a list of waypoints")
    }
    let driven = joints.filter(\.isActuated)
    var waypoints: [Self] = []
    for item in items {
      let map = try item.map()
      try map.allow(["at", "positions"])
      let at = try map.required("at", .time, .positive)
      let positions = try map.required(
        "positions", example: "positions: { \(driven.first?.positionExample ?? "") }"
      ).map().byEveryJoint(driven, example: \.zero)
      var waypoint = Self(atSeconds: at, positions: joints.map { _ in 0 })
      var next = 0
      for (index, joint) in joints.enumerated() where joint.isActuated {
        waypoint.positions[index] = try positions[next].position(of: joint)
        next += 1
      }
      if let last = waypoints.last {
        guard at > last.atSeconds else {
          throw .outOfRange(
            map.place(of: "at"), found: at.seconds,
            allowed: "a time after the waypoint before, at \(last.atSeconds.seconds),",
            remedy: "put the waypoints in order of time")
        }
        try waypoint.checkSpeed(from: last, joints: joints, at: map.place(of: "at"))
      }
      waypoints.append(waypoint)
    }
    return waypoints
  }

  /// A movement from rest to rest reaches 15/8 of its mean speed (Flash & Hogan 1985).
  private func checkSpeed(
    from last: Self, joints: [Joint], at place: FilePlace
  ) throws(RobotFileError) {
    for (index, joint) in joints.enumerated() {
      let distance = abs(positions[index] - last.positions[index])
      let least = 1.875 * distance / joint.limits.velocity
      guard atSeconds - last.atSeconds <= least else { continue }
      throw .outOfRange(
        place, found: atSeconds.seconds,
        allowed: "more than \((last.atSeconds + least).seconds), as \(joint.name) may move at "
          + "\(joint.limits.velocity.plain) \(joint.velocityUnit),",
        remedy: "give the movement more time")
    }
  }
}

extension [Joint] {
  /// A waypoint, as someone would write it for these joints.
  fileprivate var waypointExample: String {
    let positions = filter(\.isActuated).map(\.positionExample).joined(separator: ", ")
    return "{ at: 2 s, positions: { \(positions) } }"
  }
}

extension Joint {
  /// A position, as someone would write it for this joint.
  fileprivate var positionExample: String { "\(name): \(zero)" }
  /// How to drive it, as someone would write it.
  fileprivate var driveExample: String {
    "\(name): { effort_limit: \(effortKind.example), "
      + "proportional: \(proportionalGainKind.example), "
      + "derivative: \(derivativeGainKind.example) }"
  }
  /// Zero, as someone would write it for this joint.
  var zero: String { kind == .revolute ? "0 deg" : "0 m" }
  /// A tolerance, as someone would write it for this joint.
  fileprivate var toleranceExample: String {
    kind == .revolute
      ? "{ position: 2 deg, velocity: 0.1 rad/s }" : "{ position: 1 cm, velocity: 0.02 m/s }"
  }
}

extension Double {
  /// The number to four decimals, for a message.
  var shown: String { isFinite ? ((self * 1e4).rounded() / 1e4).plain : "\(self)" }
}
