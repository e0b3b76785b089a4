/// A limit in two steps: from `soft` on the supervisor gives way, past `hard` it stops the robot.
public struct GradedLimit: Sendable, Equatable, Codable {
  /// From here on driving efforts are taken back.
  public var soft: Double
  /// Past this the robot is stopped.
  public var hard: Double

  /// A limit from its parts; `soft` is at most `hard`.
  public init(soft: Double, hard: Double) {
    self.soft = soft
    self.hard = hard
  }
}

/// The voltages at which a motor may work, in volts.
public struct VoltageLimits: Sendable, Equatable, Codable {
  /// Below this the robot is stopped.
  public var lower: Double
  /// Below this driving efforts are taken back, which lets a supply that dips recover.
  public var softLower: Double
  /// Above this the robot is stopped: a motor that brakes feeds its supply.
  public var upper: Double

  /// Limits from their parts, in ascending order.
  public init(lower: Double, softLower: Double, upper: Double) {
    self.lower = lower
    self.softLower = softLower
    self.upper = upper
  }
}

/// What a joint's motor may bear, by what its link reports of it; nil where the robot file gives none.
public struct MotorLimits: Sendable, Equatable, Codable {
  /// The temperature, in degrees Celsius.
  public var temperatureCelsius: GradedLimit?
  /// The current, either way, in amperes.
  public var currentAmperes: GradedLimit?
  /// The supply's voltage.
  public var voltageVolts: VoltageLimits?

  /// Limits from their parts; none when not given.
  public init(
    temperatureCelsius: GradedLimit? = nil, currentAmperes: GradedLimit? = nil,
    voltageVolts: VoltageLimits? = nil
  ) {
    self.temperatureCelsius = temperatureCelsius
    self.currentAmperes = currentAmperes
    self.voltageVolts = voltageVolts
  }
}

/// The box that the tip of a robot's chain of links may be in, in the chain's plane.
public struct TipBox: Sendable, Equatable, Codable {
  /// The chain.
  public var chain: TipChain
  /// The corner to the left and below, in metres from where the chain's root is when its slide
  /// stands at zero.
  public var lower: TipPlace
  /// The corner to the right and above.
  public var upper: TipPlace
  /// How far inside the box's sides efforts that lead out are taken back, in metres.
  public var marginMetres: Double

  /// A box from its parts.
  public init(chain: TipChain, lower: TipPlace, upper: TipPlace, marginMetres: Double = 0) {
    self.chain = chain
    self.lower = lower
    self.upper = upper
    self.marginMetres = marginMetres
  }
}

/// Limits of the robot as a whole; nil where the robot file gives none.
public struct SafetySettings: Sendable, Equatable, Codable {
  /// Where the tip may be.
  public var tipBox: TipBox?
  /// The work that the actuators may do in an episode, the sum of |effort × velocity| over time, in
  /// joules.
  public var energyJoules: GradedLimit?

  /// Settings from their parts; no limits when not given.
  public init(tipBox: TipBox? = nil, energyJoules: GradedLimit? = nil) {
    self.tipBox = tipBox
    self.energyJoules = energyJoules
  }
}
