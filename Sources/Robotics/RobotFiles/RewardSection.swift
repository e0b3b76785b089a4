extension TipChain {
  /// Reads a task's `chain` map.
  init(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    try map.allow(["slide", "links", "angles"])
    self.init(joints: [], lengthsMetres: [])
    if let value = map.value("slide") {
      slide = try value.joint(in: joints, of: .prismatic)
    }
    let links = try map.required("links", example: "links: { pole: 0.5 m }").map()
    let turning = joints.filter { $0.kind == .revolute }.map(\.name)
    for entry in links.entries {
      guard let joint = joints.firstIndex(where: { $0.name == entry.key }),
        joints[joint].kind == .revolute
      else { throw .unknownJoint(entry.value.place, allowed: turning) }
      self.joints.append(joint)
      lengthsMetres.append(try entry.value.quantity(.length, .positive))
    }
    if self.joints.isEmpty {
      throw .wrongKind(links.place, found: "an empty map", wanted: "a map of lengths by joints")
    }
    if let value = map.value("angles") {
      anglesAreRelative = try value.choice(of: Angles.self) == .relative
    }
  }

  private enum Angles: String, CaseIterable {
    case absolute
    case relative
  }
}

extension SuccessCriterion {
  /// Reads a task's `success` map.
  init(from map: YAMLMap, joints: [Joint], chain: TipChain?) throws(RobotFileError) {
    try map.allow(["within", "tip", "hold"])
    self.init(conditions: [], holdSeconds: try map.required("hold", .time, .notNegative))
    try readConditions(from: map, joints: joints, chain: chain)
  }

  /// Reads `within` and `tip`, of which one must be there.
  mutating func readConditions(
    from map: YAMLMap, joints: [Joint], chain: TipChain?
  ) throws(RobotFileError) {
    if let within = map.value("within") {
      for (index, value) in try within.map().byJoint(joints).enumerated() {
        guard let near = try value?.map() else { continue }
        let joint = joints[index]
        try near.allow(["of", "tolerance"])
        conditions.append(
          Condition(
            joint: index,
            target: try near.required("of", example: "of: \(joint.positionKind.example)")
              .position(of: joint),
            tolerance: try near.required("tolerance", joint.positionKind, .positive),
            isContinuous: joint.isContinuous))
      }
    }
    if let tip = map.value("tip") {
      let chain = try tip.chain(chain)
      let near = try tip.map()
      try near.allow(["of", "tolerance"])
      tipConditions.append(
        TipCondition(
          chain: chain,
          target: try near.required("of", example: "of: upright").tipPlace(of: chain),
          toleranceMetres: try near.required("tolerance", .length, .positive)))
    }
    if conditions.isEmpty && tipConditions.isEmpty {
      throw .missingKey(
        map.place.appending("within"),
        example: "within: { \(joints[0].name): { of: \(joints[0].zero), tolerance: "
          + "\(joints[0].kind == .revolute ? "10 deg" : "0.1 m") } }")
    }
  }
}

extension YAMLValue {
  /// The task's chain, which a key about its tip needs.
  func chain(_ chain: TipChain?) throws(RobotFileError) -> TipChain {
    guard let chain else {
      throw .outOfRange(
        place, found: "a tip, but the task has no chain",
        allowed: "a tip in a task with a chain",
        remedy: "add it to the task, such as 'chain: { links: { pole: 0.5 m } }'")
    }
    return chain
  }

  /// A place for the chain's tip: `upright`, or a map with x and y.
  func tipPlace(of chain: TipChain) throws(RobotFileError) -> TipPlace {
    if case .scalar = node {
      let text = try text()
      guard text == "upright" else {
        throw .unknownChoice(place, found: text, allowed: ["upright", "{ x: 0.1 m, y: 0.3 m }"])
      }
      return chain.upright
    }
    let map = try map()
    try map.allow(["x", "y"])
    return TipPlace(
      xMetres: try map.required("x", .length), yMetres: try map.required("y", .length))
  }

  /// The index of a joint of that kind by its name.
  fileprivate func joint(in joints: [Joint], of kind: Joint.Kind) throws(RobotFileError) -> Int {
    let name = try text()
    guard let joint = joints.firstIndex(where: { $0.name == name && $0.kind == kind }) else {
      throw .unknownChoice(
        place, found: name, allowed: joints.filter { $0.kind == kind }.map(\.name))
    }
    return joint
  }
}
