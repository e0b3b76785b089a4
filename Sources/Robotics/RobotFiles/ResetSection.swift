extension ResetSettings {
  /// Reads the `reset` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    let map = try value.map()
    try map.allow(["home", "tolerance", "hold", "patience", "time_limit", "drive"])
    let zeros = [Double](repeating: 0, count: joints.count)
    self.init(
      homePositions: zeros, positionTolerances: zeros, velocityTolerances: zeros,
      effortLimits: zeros, proportionalGains: zeros, derivativeGains: zeros)
    try readHome(from: map, joints: joints)
    holdSeconds = try map.optional("hold", .time, .positive, default: holdSeconds)
    patienceSeconds = try map.optional("patience", .time, .notNegative, default: patienceSeconds)
    timeLimitSeconds = try map.optional("time_limit", .time, .positive, default: timeLimitSeconds)
    if let drive = map.value("drive") { try readDrive(from: drive.map(), joints: joints) }
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

extension Joint {
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
