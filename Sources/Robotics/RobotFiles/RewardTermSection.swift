extension Reward {
  /// Reads a task's `reward`: a map, which is a single saturating term, or a list of terms.
  init(from value: YAMLValue, joints: [Joint], chain: TipChain?) throws(RobotFileError) {
    guard case .sequence = value.node else {
      let map = try value.map()
      try map.allow(["width", "targets", "tip"])
      self.init(terms: [
        WeightedTerm(try .saturating(from: map, joints: joints, chain: chain))
      ])
      return
    }
    let items = try value.list()
    if items.isEmpty {
      throw .wrongKind(
        value.place, found: "an empty list",
        wanted: "a list of terms, such as "
          + "[{ saturating: { width: 0.5, targets: { ... } } }]")
    }
    var terms: [WeightedTerm] = []
    for item in items {
      terms.append(try WeightedTerm(from: item.map(), joints: joints, chain: chain))
    }
    self.init(terms: terms)
  }
}

extension Reward.WeightedTerm {
  /// The names of the terms in a robot's file.
  private enum Kind: String, CaseIterable {
    case saturating
    case indicator
    case quadratic
    case distance
    case effort
    case smoothness
    case learnt
  }

  /// Reads an item of a list: one term by its name, and its weight.
  fileprivate init(
    from map: YAMLMap, joints: [Joint], chain: TipChain?
  ) throws(RobotFileError) {
    let names = Kind.allCases.map(\.rawValue)
    try map.allow(names + ["weight"])
    let found = map.entries.filter { names.contains($0.key) }
    guard let entry = found.first, let kind = Kind(rawValue: entry.key) else {
      throw .missingKey(
        map.place.appending("saturating"), example: "saturating: { width: 0.5, targets: { ... } }")
    }
    if found.count > 1 {
      throw .outOfRange(
        found[1].value.place, found: "a second term in one item", allowed: "one term an item",
        remedy: "write '- \(found[1].key): { ... }' on a line of its own")
    }
    let weight = try map.optional("weight", .number, .positive, default: 1)
    let term = try entry.value.map()
    switch kind {
    case .saturating:
      try term.allow(["width", "targets", "tip"])
      self.init(try .saturating(from: term, joints: joints, chain: chain), weight: weight)
    case .indicator:
      try term.allow(["within", "tip"])
      var criterion = SuccessCriterion(conditions: [], holdSeconds: 0)
      try criterion.readConditions(from: term, joints: joints, chain: chain)
      self.init(
        .indicator(conditions: criterion.conditions, tipConditions: criterion.tipConditions),
        weight: weight)
    case .quadratic, .distance:
      try term.allow(["scale", "targets", "tip"])
      let (distances, isLength) = try term.distances(joints: joints, chain: chain)
      let scale = try term.required("scale", isLength ? .length : .number, .positive)
      self.init(
        kind == .quadratic
          ? .quadratic(distances: distances, scale: scale)
          : .distance(distances: distances, scale: scale), weight: weight)
    case .effort:
      self.init(.effort(scales: try term.effortScales(joints: joints)), weight: weight)
    case .smoothness:
      self.init(.smoothness(scales: try term.effortScales(joints: joints)), weight: weight)
    case .learnt:
      self.init(.learnt(try LearntReward(from: term, joints: joints)), weight: weight)
    }
  }
}

extension RewardTerm {
  fileprivate static func saturating(
    from map: YAMLMap, joints: [Joint], chain: TipChain?
  ) throws(RobotFileError) -> RewardTerm {
    let (distances, isLength) = try map.distances(joints: joints, chain: chain)
    return .saturating(
      distances: distances,
      width: try map.required("width", isLength ? .length : .number, .positive)
    )
  }
}

extension YAMLMap {
  /// Reads `targets` and `tip`, of which one must be there, and whether their distance is a length.
  ///
  /// A mixture of turning and sliding joints has its distance in metres, and a unit of the circle
  /// counts as one metre.
  fileprivate func distances(
    joints: [Joint], chain: TipChain?
  ) throws(RobotFileError) -> (distances: [Reward.Distance], isLength: Bool) {
    var distances: [Reward.Distance] = []
    var isLength = false
    if let targets = value("targets") {
      for (index, value) in try targets.map().byJoint(joints).enumerated() {
        guard let target = try value?.position(of: joints[index]) else { continue }
        if joints[index].kind == .revolute {
          distances.append(.unitCircle(joint: index, targetRadians: target))
        } else {
          distances.append(.position(joint: index, target: target))
          isLength = true
        }
      }
    }
    if let tip = value("tip") {
      let chain = try tip.chain(chain)
      distances.append(.tip(chain: chain, target: try tip.tipPlace(of: chain)))
      isLength = true
    }
    if distances.isEmpty {
      throw .missingKey(
        place.appending("targets"), example: "targets: { \(joints[0].name): \(joints[0].zero) }")
    }
    return (distances, isLength)
  }

  /// The scales of the actuated joints' efforts: those of `scale` by joint, and their limits where
  /// there is no such key; a joint that `scale` leaves out doesn't count.
  fileprivate func effortScales(joints: [Joint]) throws(RobotFileError) -> [Double] {
    try allow(["scale"])
    let actuated = joints.filter(\.isActuated)
    guard let scale = value("scale") else { return actuated.map(\.limits.effort) }
    let entries = try scale.map()
    for entry in entries.entries where !actuated.contains(where: { $0.name == entry.key }) {
      throw .unknownJoint(entry.value.place, allowed: actuated.map(\.name))
    }
    if entries.entries.isEmpty {
      throw .wrongKind(scale.place, found: "an empty map", wanted: "a map of efforts by joints")
    }
    var scales: [Double] = []
    for joint in actuated {
      scales.append(
        try entries.optional(joint.name, joint.effortKind, .positive, default: .infinity))
    }
    return scales
  }
}
