/// How recorded positions become smooth states.
public struct SmoothingSettings: Sendable, Equatable, Codable {
  /// Whether recorded velocities are taken as measurements too.
  ///
  /// Off by default: firmware mostly differentiates positions, and such velocities repeat the
  /// positions' noise instead of adding to what is known. Turn it on for a real velocity sensor.
  public var usesVelocities: Bool
  /// The standard deviation of a measured position (rad or m); nil lets the data choose.
  public var positionNoise: Double?
  /// Whether accelerations may jump where efforts change. Off by default: recorded efforts are often
  /// measured, and change all the time; turn it on for trials in which a policy held its efforts.
  public var jumpsWithEfforts: Bool

  /// Smoothing settings from their parts.
  public init(
    usesVelocities: Bool = false, positionNoise: Double? = nil, jumpsWithEfforts: Bool = false
  ) {
    self.usesVelocities = usesVelocities
    self.positionNoise = positionNoise
    self.jumpsWithEfforts = jumpsWithEfforts
  }
}
