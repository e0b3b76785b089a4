import Robotics

/// Brings a robot home: waits until it stands still there by itself, and drives it there gently when
/// that takes longer than the robot file's patience.
///
/// The drive is a proportional-derivative controller with effort limits of its own; what it asks for
/// passes the safety envelope like any other command. Allocation-free after `init`.
struct HomeReset: ~Copyable {
  /// What the reset wants next.
  enum Step: Equatable {
    /// Leave the actuators as they are, without effort.
    case wait
    /// Drive: the efforts were written.
    case drive
    /// The robot stands still at home.
    case home
    /// Time is up; the joint furthest from home.
    case failed(joint: Int)
  }

  private let settings: ResetSettings
  private let joints: [Joint]
  private var elapsedSeconds = 0.0
  private var stillSeconds = 0.0
  private(set) var isDriving = false

  init(robot: Robot) {
    settings = robot.reset
    joints = robot.joints
  }

  /// How long the reset has taken, in seconds of the robot's clock.
  var seconds: Double { elapsedSeconds }

  /// How far a joint is from home; whole turns don't count for a continuous joint.
  @inline(__always)
  static func displacement(position: Double, home: Double, isContinuous: Bool) -> Double {
    let difference = position - home
    guard isContinuous else { return difference }
    return difference - 2 * .pi * (difference / (2 * .pi)).rounded()
  }

  /// Decides on a sample, `periodSeconds` after the one before.
  mutating func decide(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>,
    periodSeconds: Double, efforts: UnsafeMutableBufferPointer<Double>
  ) -> Step {
    elapsedSeconds += periodSeconds
    var isHome = true
    var worst = 0
    var worstRatio = 0.0
    for j in joints.indices {
      let away = Self.displacement(
        position: positions[j], home: settings.homePositions[j],
        isContinuous: joints[j].isContinuous)
      let ratio = max(
        abs(away) / settings.positionTolerances[j],
        abs(velocities[j]) / settings.velocityTolerances[j])
      // A position or velocity that is not a number is at home nowhere.
      if !(ratio <= 1) || !away.isFinite || !velocities[j].isFinite { isHome = false }
      if ratio > worstRatio {
        worstRatio = ratio
        worst = j
      }
      let wanted =
        -settings.proportionalGains[j] * away - settings.derivativeGains[j] * velocities[j]
      efforts[j] = min(max(wanted, -settings.effortLimits[j]), settings.effortLimits[j])
    }
    stillSeconds = isHome ? stillSeconds + periodSeconds : 0
    if stillSeconds >= settings.holdSeconds { return .home }
    if elapsedSeconds > settings.timeLimitSeconds { return .failed(joint: worst) }
    if !isHome && elapsedSeconds > settings.patienceSeconds { isDriving = true }
    return isDriving ? .drive : .wait
  }
}
