/// How recorded positions become smooth states.
public struct SmoothingSettings: Sendable, Equatable, Codable {
  /// Whether recorded velocities are taken as measurements too.
  ///
  /// Off by default: firmware mostly differentiates positions, and such velocities repeat the
  /// positions' noise instead of adding to what is known. Turn it on for a real velocity sensor.
  public var usesVelocities: Bool
  /// The standard deviation of a measured position (rad or m); nil lets the data choose.
  public var positionNoise: Double?

  /// Smoothing settings from their parts.
  public init(usesVelocities: Bool = false, positionNoise: Double? = nil) {
    self.usesVelocities = usesVelocities
    self.positionNoise = positionNoise
  }
}
