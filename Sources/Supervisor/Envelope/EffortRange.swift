/// The rules that may change an effort, or a sample, without stopping the robot.
public enum ClampRule: Int, Sendable, CaseIterable, Codable {
  /// The joint's effort limit.
  case effortLimit
  /// How fast an effort may change.
  case effortRate
  /// A soft position limit.
  case softPosition
  /// A soft velocity limit.
  case softVelocity
  /// A motor that gets too hot.
  case temperature
  /// A motor that draws too much current.
  case current
  /// A supply that dips.
  case voltage
  /// The side of the box that the tip may be in.
  case tipBox
  /// The episode's energy.
  case energy
  /// A glitch of a sensor that was bridged.
  case glitch

  /// A short stable name, kept in the store.
  public var code: String {
    switch self {
    case .effortLimit: "effort-limit"
    case .effortRate: "effort-rate-limit"
    case .softPosition: "soft-position-limit"
    case .softVelocity: "soft-velocity-limit"
    case .temperature: "temperature"
    case .current: "current"
    case .voltage: "voltage"
    case .tipBox: "tip-box"
    case .energy: "energy"
    case .glitch: "glitch"
    }
  }
}

/// The efforts that a joint's rules leave it, and which rule drew each bound.
///
/// Soft rules take back what drives a joint, never what brakes it: braking distances are reckoned
/// with the full effort.
struct EffortRange {
  private(set) var lower: Double
  private(set) var upper: Double
  private(set) var lowerRule = ClampRule.effortLimit
  private(set) var upperRule = ClampRule.effortLimit

  /// All that the joint's effort limit allows.
  @inline(__always)
  init(limit: Double) {
    lower = -limit
    upper = limit
  }

  /// Takes back efforts upwards.
  @inline(__always)
  mutating func forbidUp(_ rule: ClampRule) {
    guard upper > 0 else { return }
    upper = 0
    upperRule = rule
  }

  /// Takes back efforts downwards.
  @inline(__always)
  mutating func forbidDown(_ rule: ClampRule) {
    guard lower < 0 else { return }
    lower = 0
    lowerRule = rule
  }

  /// Leaves a fraction of the effort limit, but to a joint that moves all that brakes it.
  @inline(__always)
  mutating func scale(
    to fraction: Double, of limit: Double, velocity: Double, slow: Double, _ rule: ClampRule
  ) {
    guard fraction < 1 else { return }
    let bound = limit * fraction
    if velocity >= -slow && upper > bound {
      upper = bound
      upperRule = rule
    }
    if velocity <= slow && lower < -bound {
      lower = -bound
      lowerRule = rule
    }
  }
}
