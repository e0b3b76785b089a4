extension Joint {
  /// Reads the `joints` list.
  static func list(from value: YAMLValue) throws(RobotFileError) -> [Joint] {
    let items = try value.list()
    if items.isEmpty {
      throw .wrongKind(value.place, found: "an empty list", wanted: "a list of joints")
    }
    var joints: [Joint] = []
    for item in items {
      let map = try item.map()
      let joint = try Joint(from: map)
      if joints.contains(where: { $0.name == joint.name }), let name = map.value("name") {
        throw .duplicateName(name.place, found: joint.name)
      }
      joints.append(joint)
    }
    return joints
  }

  private init(from map: YAMLMap) throws(RobotFileError) {
    try map.allow([
      "name", "kind", "actuated", "continuous", "position", "velocity_limit", "effort_limit",
      "effort_rate_limit", "braking_deceleration", "on_stop", "soft_velocity_limit", "temperature",
      "current", "voltage",
    ])
    try self.init(
      name: map.required("name", example: "name: shoulder").name(),
      kind: map.required("kind", example: "kind: revolute").choice(of: Kind.self),
      limits: JointLimits(velocity: 0, effort: 0, brakingDeceleration: .infinity))
    if let value = map.value("actuated") { isActuated = try value.flag() }
    if let value = map.value("continuous") { isContinuous = try value.flag() }
    if let value = map.value("on_stop") { stopBehaviour = try value.choice(of: StopBehaviour.self) }
    if isContinuous && kind == .prismatic, let value = map.value("continuous") {
      throw .outOfRange(
        value.place, found: "a sliding joint without end", allowed: "continuous: false",
        remedy: "give the joint position limits, or make it revolute")
    }
    try readPosition(from: map)
    limits.velocity = try map.required("velocity_limit", velocityKind, .positive)
    try readSoftVelocity(from: map)
    try readEffort(from: map)
  }

  private mutating func readPosition(from map: YAMLMap) throws(RobotFileError) {
    if isContinuous {
      if let value = map.value("position") {
        throw .outOfRange(
          value.place, found: "position limits of a continuous joint",
          allowed: "no position key", remedy: "remove it, or write continuous: false")
      }
      return
    }
    let range = try map.required(
      "position",
      example: kind == .revolute
        ? "position: { lower: -90 deg, upper: 90 deg }"
        : "position: { lower: -0.5 m, upper: 0.5 m }"
    ).map()
    try range.allow(["lower", "upper", "soft_lower", "soft_upper"])
    limits.positionLower = try range.required("lower", positionKind)
    limits.positionUpper = try range.required("upper", positionKind)
    if limits.positionLower >= limits.positionUpper {
      throw .lowerAboveUpper(
        range.place, lower: try range.required("lower", example: "").text(),
        upper: try range.required("upper", example: "").text())
    }
    try readSoftPosition(from: range)
  }

  private mutating func readEffort(from map: YAMLMap) throws(RobotFileError) {
    guard isActuated else {
      for key in [
        "effort_limit", "effort_rate_limit", "braking_deceleration", "on_stop",
        "soft_velocity_limit", "temperature", "current", "voltage",
      ] {
        if let value = map.value(key) {
          throw .outOfRange(
            value.place, found: "a key for joints with a motor, but actuated: false",
            allowed: "no \(key) key", remedy: "remove it, or write actuated: true")
        }
      }
      return
    }
    limits.effort = try map.required("effort_limit", effortKind, .positive)
    limits.effortRate = try map.optional(
      "effort_rate_limit", effortRateKind, .positive, default: .infinity)
    limits.brakingDeceleration = try map.required(
      "braking_deceleration", accelerationKind, .positive)
    limits.motor = try MotorLimits(from: map)
  }
}

// MARK: - What a joint's quantities must be

extension Joint {
  private func kind(_ revolute: QuantityKind, _ prismatic: QuantityKind) -> QuantityKind {
    kind == .revolute ? revolute : prismatic
  }

  var positionKind: QuantityKind { kind(.angle, .length) }
  var velocityKind: QuantityKind { kind(.angularVelocity, .velocity) }
  var accelerationKind: QuantityKind { kind(.angularAcceleration, .acceleration) }
  var effortKind: QuantityKind { kind(.torque, .force) }
  var effortRateKind: QuantityKind { kind(.torqueRate, .forceRate) }
  var proportionalGainKind: QuantityKind { kind(.angularStiffness, .stiffness) }
  var derivativeGainKind: QuantityKind { kind(.angularDamping, .damping) }
  var encoderKind: QuantityKind { kind(.countsPerTurn, .countsPerLength) }
}

// MARK: - Maps by joints

extension YAMLMap {
  /// The values of a map by joints, in joint order, nil for joints that it leaves out.
  func byJoint(_ joints: [Joint]) throws(RobotFileError) -> [YAMLValue?] {
    for entry in entries where !joints.contains(where: { $0.name == entry.key }) {
      throw .unknownJoint(entry.value.place, allowed: joints.map(\.name))
    }
    return joints.map { value($0.name) }
  }

  /// The values of a map that must have every joint.
  func byEveryJoint(
    _ joints: [Joint], example: (Joint) -> String
  ) throws(RobotFileError) -> [YAMLValue] {
    var values: [YAMLValue] = []
    for (joint, value) in zip(joints, try byJoint(joints)) {
      guard let value else {
        throw .missingKey(
          FilePlace(file: place.file, line: place.line, key: "\(place.key).\(joint.name)"),
          example: "\(joint.name): \(example(joint))")
      }
      values.append(value)
    }
    return values
  }
}
