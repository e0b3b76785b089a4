import Robotics

extension SearchSettings {
  /// Chooses how to search a policy of a shape: trajectories are planned, all others are searched as a
  /// black box.
  ///
  /// - Parameters:
  ///   - shape: The shape that was asked for; nil for that of the way to search.
  ///   - wanted: The way to search that was asked for; nil for the one that finds the shape.
  /// - Throws: ``LearnerError/searchMismatch(policy:search:remedy:)`` when they don't go together.
  public mutating func choose(policy shape: PolicyShape?, method wanted: Method?)
    throws(LearnerError)
  {
    if let wanted { method = wanted }
    guard let shape else { return }
    switch shape {
    case .trajectory:
      guard wanted != .blackBox else {
        throw .searchMismatch(
          policy: shape.text, search: Method.blackBox.rawValue,
          remedy: "search it by 'trajectories', or ask for another policy, such as network:10")
      }
      method = .trajectories
      return
    case .network(let units): policy = .network(hiddenUnits: units)
    case .linear: policy = .linear
    case .radial(let centres): policy = .radial(centres: centres)
    case .periodic(let harmonics): policy = .periodic(harmonics: harmonics)
    }
    guard wanted != .trajectories else {
      throw .searchMismatch(
        policy: shape.text, search: Method.trajectories.rawValue,
        remedy: "search it by 'black-box', or leave the policy to the search")
    }
    method = .blackBox
  }
}

extension SearchSettings {
  /// What is searched and how, such as `policy network:10 by black-box`.
  public var phrase: String {
    guard method == .blackBox else { return "planning trajectories" }
    return ["policy", policy.shape?.text, "by \(method.rawValue)"].compactMap { $0 }
      .joined(separator: " ")
  }
}

extension PolicyParameters.Kind {
  /// The shape that asks for such a policy; nil for a random one, which nobody asks for.
  var shape: PolicyShape? {
    switch self {
    case .random: nil
    case .network(let units): .network(hiddenUnits: units)
    case .linear: .linear
    case .trajectory: .trajectory
    case .radial(let centres): .radial(centres: centres)
    case .periodic(let harmonics): .periodic(harmonics: harmonics)
    }
  }
}
