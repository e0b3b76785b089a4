extension Joint {
  /// Reads `soft_lower` and `soft_upper` of the position limits.
  mutating func readSoftPosition(from range: YAMLMap) throws(RobotFileError) {
    func read(_ key: String) throws(RobotFileError) -> Double? {
      guard let value = range.value(key) else { return nil }
      let position = try value.position(of: self)
      return position
    }
    limits.softPositionLower = try read("soft_lower")
    limits.softPositionUpper = try read("soft_upper")
    if let lower = limits.softPositionLower, let upper = limits.softPositionUpper, lower >= upper {
      throw .lowerAboveUpper(range.place, lower: lower.shown, upper: upper.shown)
    }
  }

  /// Reads `soft_velocity_limit`, below `velocity_limit`.
  mutating func readSoftVelocity(from map: YAMLMap) throws(RobotFileError) {
    guard map.value("soft_velocity_limit") != nil else { return }
    let soft = try map.required("soft_velocity_limit", velocityKind, .positive)
    guard soft <= limits.velocity else {
      throw .outOfRange(
        map.place(of: "soft_velocity_limit"), found: "\(soft.shown) \(velocityUnit)",
        allowed: "at most velocity_limit, \(limits.velocity.shown) \(velocityUnit),",
        remedy: "lower it, or remove it")
    }
    limits.softVelocity = soft
  }
}

extension GradedLimit {
  /// Reads `{ soft: …, hard: … }`; `soft` is `hard` when left out.
  init(from value: YAMLValue, _ kind: QuantityKind) throws(RobotFileError) {
    let map = try value.map()
    try map.allow(["soft", "hard"])
    hard = try map.required("hard", kind, .positive)
    soft = try map.optional("soft", kind, .positive, default: hard)
    guard soft <= hard else {
      throw .outOfRange(
        map.place(of: "soft"), found: "\(soft.shown) \(kind.symbol)",
        allowed: "at most hard, \(hard.shown) \(kind.symbol),", remedy: "lower it, or remove it")
    }
  }
}

extension MotorLimits {
  /// Reads `temperature`, `current` and `voltage` of a joint; nil when it has none of them.
  init?(from map: YAMLMap) throws(RobotFileError) {
    self.init()
    if let value = map.value("temperature") {
      temperatureCelsius = try GradedLimit(from: value, .temperature)
    }
    if let value = map.value("current") { currentAmperes = try GradedLimit(from: value, .current) }
    if let value = map.value("voltage") { voltageVolts = try VoltageLimits(from: value.map()) }
    if self == MotorLimits() { return nil }
  }
}

extension VoltageLimits {
  /// Reads `{ lower: …, soft_lower: …, upper: … }`.
  fileprivate init(from map: YAMLMap) throws(RobotFileError) {
    try map.allow(["lower", "soft_lower", "upper"])
    lower = try map.required("lower", .voltage, .positive)
    upper = try map.required("upper", .voltage, .positive)
    softLower = try map.optional("soft_lower", .voltage, .positive, default: lower)
    guard lower < upper else {
      throw .lowerAboveUpper(map.place, lower: "\(lower.shown) V", upper: "\(upper.shown) V")
    }
    guard lower <= softLower && softLower < upper else {
      throw .outOfRange(
        map.place(of: "soft_lower"), found: "\(softLower.shown) V",
        allowed: "from lower to below upper, \(lower.shown) V to \(upper.shown) V,",
        remedy: "move it inside, or remove it")
    }
  }
}

extension SafetySettings {
  /// Reads the `safety` map.
  init(from value: YAMLValue, joints: [Joint]) throws(RobotFileError) {
    self.init()
    let map = try value.map()
    try map.allow(["energy", "tip"])
    if let value = map.value("energy") { energyJoules = try GradedLimit(from: value, .energy) }
    if let value = map.value("tip") { tipBox = try TipBox(from: value.map(), joints: joints) }
  }
}

extension TipBox {
  /// Reads the `tip` map: a chain as a task's, and the box that its tip may be in.
  fileprivate init(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    try map.allow(["chain", "x", "y", "margin"])
    chain = try TipChain(
      from: map.required("chain", example: "chain: { links: { shoulder: 0.5 m } }").map(),
      joints: joints)
    let x = try TipBox.side(map, "x")
    let y = try TipBox.side(map, "y")
    lower = TipPlace(xMetres: x.lower, yMetres: y.lower)
    upper = TipPlace(xMetres: x.upper, yMetres: y.upper)
    marginMetres = try map.optional("margin", .length, .notNegative, default: 0)
    let least = min(x.upper - x.lower, y.upper - y.lower)
    guard 2 * marginMetres < least else {
      throw .outOfRange(
        map.place(of: "margin"), found: "\(marginMetres.shown) m",
        allowed: "less than half the box's shorter side of \(least.shown) m,",
        remedy: "lower it, or widen the box")
    }
  }

  private static func side(
    _ map: YAMLMap, _ key: String
  ) throws(RobotFileError) -> (lower: Double, upper: Double) {
    let side = try map.required(key, example: "\(key): { lower: -0.5 m, upper: 0.5 m }").map()
    try side.allow(["lower", "upper"])
    let lower = try side.required("lower", .length)
    let upper = try side.required("upper", .length)
    guard lower < upper else {
      throw .lowerAboveUpper(side.place, lower: "\(lower.shown) m", upper: "\(upper.shown) m")
    }
    return (lower, upper)
  }
}
