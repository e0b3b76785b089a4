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
    switch (method, policy) {
    case (.trajectories, _): "planning trajectories"
    case (.blackBox, .network(let units)): "policy network:\(units) by \(method.rawValue)"
    case (.blackBox, .radial(let centres)): "policy radial:\(centres) by \(method.rawValue)"
    case (.blackBox, .periodic(let count)): "policy periodic:\(count) by \(method.rawValue)"
    case (.blackBox, .linear): "policy linear by \(method.rawValue)"
    case (.blackBox, .trajectory), (.blackBox, .random): "policy by \(method.rawValue)"
    }
  }
}
