import Robotics

/// The names and units of a model's inputs.
enum InputName {
  static func all(features: FeatureMap, actionDimensions: Int) -> [(name: String, unit: String)] {
    var names: [(String, String)] = []
    for (joint, kind) in zip(features.jointNames, features.kinds) {
      if kind == .revolute {
        names.append(("cos \(joint)", "1"))
        names.append(("sin \(joint)", "1"))
      } else {
        names.append(("\(joint) position", "m"))
      }
    }
    for (joint, kind) in zip(features.jointNames, features.kinds) {
      names.append(("\(joint) velocity", kind == .revolute ? "rad/s" : "m/s"))
    }
    for angle in features.angles {
      let name = "\(features.jointNames[angle.joint]) from \(features.jointNames[angle.other])"
      names.append(("cos \(name)", "1"))
      names.append(("sin \(name)", "1"))
    }
    for action in 0..<actionDimensions { names.append(effort(action, features)) }
    return names
  }

  /// An action's name; after those of the present action come those of the ones before, the latest
  /// first.
  private static func effort(_ action: Int, _ features: FeatureMap) -> (String, String) {
    guard !features.motors.isEmpty else { return ("u\(action + 1)", "N m or N") }
    let joint = features.motors[action % features.motors.count]
    let before = action / features.motors.count
    return (
      "\(features.jointNames[joint]) effort"
        + (before == 0 ? "" : ", \(before) \(before == 1 ? "period" : "periods") before"),
      features.kinds[joint] == .revolute ? "N m" : "N"
    )
  }
}

/// The names and units of a model's outputs.
enum OutputName {
  static func all(features: FeatureMap, integratesPositions: Bool) -> [(name: String, unit: String)]
  {
    let joints = zip(features.jointNames, features.kinds)
    let velocities = joints.map { joint, kind in
      ("\(joint) velocity change", kind == .revolute ? "rad/s" : "m/s")
    }
    guard !integratesPositions else { return velocities }
    return joints.map { joint, kind in
      ("\(joint) position change", kind == .revolute ? "rad" : "m")
    } + velocities
  }
}
