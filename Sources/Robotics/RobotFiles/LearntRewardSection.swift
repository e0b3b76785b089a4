extension LearntReward {
  /// A feature as a robot's file and a table of samples name it.
  package struct NamedFeature {
    package let feature: Feature
    package let name: String
    /// The unit, after a space; empty for a plain number.
    package let unit: String
    let kind: QuantityKind
  }

  /// What a learnt reward may look at, of each joint in turn: an angle's cosine and sine, or a position
  /// along a line, and the velocity.
  package static func knownFeatures(of joints: [Joint]) -> [NamedFeature] {
    joints.indices.flatMap { index -> [NamedFeature] in
      let joint = joints[index]
      let velocity = NamedFeature(
        feature: .value(dimension: joints.count + index), name: "\(joint.name)_velocity",
        unit: " \(joint.velocityUnit)", kind: joint.velocityKind)
      guard joint.kind == .revolute else {
        let position = NamedFeature(
          feature: .value(dimension: index), name: "\(joint.name)_position",
          unit: " \(joint.positionUnit)", kind: joint.positionKind)
        return [position, velocity]
      }
      return [
        NamedFeature(
          feature: .cosine(dimension: index), name: "\(joint.name)_cosine", unit: "",
          kind: .number),
        NamedFeature(
          feature: .sine(dimension: index), name: "\(joint.name)_sine", unit: "", kind: .number),
        velocity,
      ]
    }
  }

  /// Reads a `learnt` term, as `handful reward` writes it: `offset`, `lengthscales` by feature, and
  /// `samples`, rows of the features in that order (SI units) and a weight.
  init(from map: YAMLMap, joints: [Joint]) throws(RobotFileError) {
    try map.allow(["offset", "lengthscales", "samples"])
    let known = Self.knownFeatures(of: joints)
    let scales = try map.required(
      "lengthscales", example: "lengthscales: { \(known[0].name): 0.5, ... }"
    ).map()
    try scales.allow(known.map(\.name))
    var features: [Feature] = []
    var lengthscales: [Double] = []
    for entry in scales.entries {
      guard let named = known.first(where: { $0.name == entry.key }) else { continue }
      features.append(named.feature)
      lengthscales.append(try entry.value.quantity(named.kind, .positive))
    }
    guard !features.isEmpty, features.count <= Self.mostFeatures else {
      throw .outOfRange(
        scales.place, found: "\(features.count) features", allowed: "1 to \(Self.mostFeatures)",
        remedy: "write the section with 'handful reward'")
    }
    let samples = try map.required("samples", example: "samples: [[-1, 0, 0.9], ...]")
    var centres: [Double] = []
    var weights: [Double] = []
    for row in try samples.list() {
      let numbers = try row.list()
      guard numbers.count == features.count + 1 else {
        throw .outOfRange(
          row.place, found: "\(numbers.count) numbers",
          allowed: "\(features.count + 1): the features and a weight",
          remedy: "write the section with 'handful reward'")
      }
      for number in numbers.dropLast() { centres.append(try number.quantity(.number)) }
      weights.append(try numbers[features.count].quantity(.number))
    }
    guard !weights.isEmpty else {
      throw .wrongKind(
        samples.place, found: "an empty list", wanted: "a row of numbers for each sample")
    }
    self.init(
      features: features, lengthscales: lengthscales,
      offset: try map.optional("offset", .number, default: 0), centres: centres, weights: weights)
  }

  /// The term as it stands in a robot's file, bit for bit; indented to go below `reward:`.
  ///
  /// - Parameter joints: The robot's joints.
  public func yaml(joints: [Joint]) -> String {
    let known = Self.knownFeatures(of: joints)
    let scales = zip(features, lengthscales).map { feature, lengthscale -> String in
      guard let named = known.first(where: { $0.feature == feature }) else {
        preconditionFailure("the reward is another robot's")
      }
      return "\(named.name): \(lengthscale)\(named.unit)"
    }
    var lines = [
      "- learnt:", "    offset: \(offset)",
      "    lengthscales: { \(scales.joined(separator: ", ")) }", "    samples:",
    ]
    for sample in weights.indices {
      let row = centres[(sample * features.count)..<((sample + 1) * features.count)]
      lines.append(
        "      - [\((row + [weights[sample]]).map { "\($0)" }.joined(separator: ", "))]")
    }
    return lines.map { "      " + $0 }.joined(separator: "\n") + "\n"
  }
}
