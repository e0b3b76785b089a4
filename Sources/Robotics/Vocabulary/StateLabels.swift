extension Robot {
  /// The state's dimensions by name and unit, positions, then velocities: `shoulder position` in rad,
  /// `shoulder velocity` in rad/s.
  public var stateLabels: [(name: String, unit: String)] {
    joints.map { ("\($0.name) position", $0.positionUnit) }
      + joints.map { ("\($0.name) velocity", $0.velocityUnit) }
  }
}
