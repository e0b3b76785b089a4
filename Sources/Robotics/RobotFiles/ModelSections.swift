extension VirtualRobotSettings {
  /// Reads the `virtual` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    let map = try value.map()
    try map.allow([
      "plant", "mujoco", "step", "parameters", "encoder", "position_noise", "velocity_noise",
      "effort_delay",
    ])
    let zeros = [Double](repeating: 0, count: joints.count)
    try self.init(
      plant: map.required("plant", example: "plant: pendulum").name(), parameters: [:],
      stepSeconds: map.optional("step", .time, .positive, default: 0.001), encoderCounts: zeros,
      positionNoise: zeros, velocityNoise: zeros)
    mujoco = try map.value("mujoco").map { value throws(RobotFileError) in
      MuJoCoFile(path: try value.path(), joints: joints)
    }
    if stepSeconds > 0.001 || stepSeconds < 1e-6 {
      throw .outOfRange(
        map.place(of: "step"), found: stepSeconds.milliseconds, allowed: "0.001 ms to 1 ms",
        remedy: "a plant that stands for the world integrates at 1 ms or finer")
    }
    effortDelaySeconds = try map.optional("effort_delay", .time, .notNegative, default: 0)
    if effortDelaySeconds > 1 {
      throw .outOfRange(
        map.place(of: "effort_delay"), found: effortDelaySeconds.seconds, allowed: "at most 1 s",
        remedy: "shorten it")
    }
    for entry in try map.required("parameters", example: "parameters: { mass: 1 kg, ... }").map()
      .entries
    {
      parameters[entry.key] = try entry.value.parameter(named: entry.key).value
    }
    if let encoder = map.value("encoder") {
      for (index, value) in try encoder.map().byJoint(joints).enumerated() {
        guard let value else { continue }
        encoderCounts[index] = try value.quantity(joints[index].encoderKind, .notNegative)
      }
    }
    if let noise = map.value("position_noise") {
      for (index, value) in try noise.map().byJoint(joints).enumerated() {
        guard let value else { continue }
        positionNoise[index] = try value.quantity(joints[index].positionKind, .notNegative)
      }
    }
    if let noise = map.value("velocity_noise") {
      for (index, value) in try noise.map().byJoint(joints).enumerated() {
        guard let value else { continue }
        velocityNoise[index] = try value.quantity(joints[index].velocityKind, .notNegative)
      }
    }
  }
}

extension PriorDescription {
  /// Reads the `prior` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    let map = try value.map()
    try map.allow(["model", "library", "mujoco", "step", "parameters"])
    try self.init(
      model: map.required("model", example: "model: pendulum").name(),
      stepSeconds: map.optional("step", .time, .positive, default: 0.005), parameters: [])
    if stepSeconds < 1e-5 || stepSeconds > 0.1 {
      throw .outOfRange(
        map.place(of: "step"), found: stepSeconds.milliseconds, allowed: "0.01 ms to 100 ms",
        remedy: "write it as '5 ms'")
    }
    libraryPath = try map.value("library")?.path()
    if let value = map.value("mujoco") {
      if libraryPath != nil {
        throw .outOfRange(
          value.place, found: "a MuJoCo model beside a library", allowed: "one of them",
          remedy: "remove prior.library or prior.mujoco")
      }
      mujoco = MuJoCoFile(path: try value.path(), joints: joints)
    }
    let entries = try map.required(
      "parameters", example: "parameters: { mass: { nominal: 1 kg, lower: 0.5 kg, upper: 2 kg } }"
    ).map().entries
    for entry in entries {
      parameters.append(try PriorParameter(name: entry.key, from: entry.value.map()))
    }
  }
}

extension PriorParameter {
  fileprivate init(name: String, from map: YAMLMap) throws(RobotFileError) {
    try map.allow(["nominal", "lower", "upper", "tunable"])
    let kind = ParameterKind(name: name)?.kinds[0]
    let example = kind?.example ?? "0.5 kg"
    let nominal = try map.required("nominal", example: "nominal: \(example)").parameter(named: name)
    let isTunable = try map.value("tunable").map(YAMLValue.flag) ?? true
    self.init(
      name: name, unit: nominal.unit, nominal: nominal.value, lower: nominal.value,
      upper: nominal.value, isTunable: isTunable)
    guard isTunable || map.value("lower") != nil || map.value("upper") != nil else { return }
    lower = try bound("lower", in: map, example: example)
    upper = try bound("upper", in: map, example: example)
    if lower >= upper {
      throw .lowerAboveUpper(
        map.place, lower: "\(lower.plain) \(unit)", upper: "\(upper.plain) \(unit)")
    }
    if nominal.value < lower || nominal.value > upper {
      throw .nominalOutsideBounds(
        map.place(of: "nominal"), nominal: "\(nominal.value.plain) \(unit)",
        lower: "\(lower.plain) \(unit)",
        upper: "\(upper.plain) \(unit)")
    }
  }

  private func bound(
    _ key: String, in map: YAMLMap, example: String
  ) throws(RobotFileError) -> Double {
    let value = try map.required(key, example: "\(key): \(example)")
    let bound = try value.parameter(named: name)
    guard bound.unit == unit else {
      let written = try value.quantity(example: example).symbol
      throw .wrongUnit(
        value.place, found: try value.text(), unit: written,
        wanted: "the dimension of the nominal value", allowed: [unit],
        example: "\(bound.value.plain) \(unit)")
    }
    return bound.value
  }
}

extension YAMLValue {
  /// `flag()` in the form that `map` takes.
  fileprivate static func flag(_ value: YAMLValue) throws(RobotFileError) -> Bool {
    try value.flag()
  }
}

extension RecordingColumns {
  /// Reads the `recording` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    let map = try value.map()
    try map.allow(["time", "joints"])
    try self.init(time: map.required("time", example: "time: time_s").text(), joints: [])
    let values = try map.required("joints", example: "joints: { shoulder: ... }").map()
      .byEveryJoint(joints, example: { $0.columnsExample })
    for (joint, value) in zip(joints, values) {
      let columns = try value.map()
      try columns.allow(
        joint.isActuated ? ["position", "velocity", "effort"] : ["position", "velocity"])
      var names = JointColumns(
        position: try columns.required("position", example: "position: position_rad").text())
      if let velocity = columns.value("velocity") { names.velocity = try velocity.text() }
      if joint.isActuated {
        names.effort = try columns.required("effort", example: joint.effortColumnExample).text()
      }
      self.joints.append(names)
    }
  }
}

extension Joint {
  fileprivate var columnsExample: String {
    let position = kind == .revolute ? "position: position_rad" : "position: position_m"
    return isActuated ? "{ \(position), \(effortColumnExample) }" : "{ \(position) }"
  }

  fileprivate var effortColumnExample: String {
    kind == .revolute ? "effort: torque_Nm" : "effort: force_N"
  }
}
