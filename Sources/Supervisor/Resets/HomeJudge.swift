import Robotics

/// Judges by the sensors whether a robot stands still at home, and for how long it has.
struct HomeJudge {
  private let settings: ResetSettings
  private let joints: [Joint]
  private var heldSeconds = 0.0
  /// Whether every joint is within its tolerances of home.
  private(set) var isHome = false
  /// Whether every joint is slower than its tolerance.
  private(set) var isStill = false
  /// The joint that is furthest from standing still at home, measured in its tolerances.
  private(set) var worstJoint = 0

  init(settings: ResetSettings, joints: [Joint]) {
    self.settings = settings
    self.joints = joints
  }

  /// Whether the robot has stood still at home as long as the robot file asks.
  var isSettled: Bool { heldSeconds >= settings.holdSeconds }

  /// How far a joint is from home; whole turns don't count for a continuous joint.
  @inline(__always)
  static func displacement(position: Double, home: Double, isContinuous: Bool) -> Double {
    let difference = position - home
    guard isContinuous else { return difference }
    return difference - 2 * .pi * (difference / (2 * .pi)).rounded()
  }

  /// Takes a sample.
  mutating func judge(
    positions: UnsafeMutableBufferPointer<Double>, velocities: UnsafeMutableBufferPointer<Double>
  ) {
    isHome = true
    isStill = true
    var worstRatio = 0.0
    for j in joints.indices {
      let away = Self.displacement(
        position: positions[j], home: settings.homePositions[j],
        isContinuous: joints[j].isContinuous)
      let speedRatio = abs(velocities[j]) / settings.velocityTolerances[j]
      let ratio = max(abs(away) / settings.positionTolerances[j], speedRatio)
      // A position or velocity that is not a number is at home nowhere, and never still.
      if !(speedRatio <= 1) { isStill = false }
      if !(ratio <= 1) || !away.isFinite || !speedRatio.isFinite { isHome = false }
      if ratio > worstRatio {
        worstRatio = ratio
        worstJoint = j
      }
    }
  }

  /// Counts the time that the robot stands still at home; begins anew when it doesn't.
  mutating func hold(periodSeconds: Double) {
    heldSeconds = isHome ? heldSeconds + periodSeconds : 0
  }

  /// Begins anew.
  mutating func release() { heldSeconds = 0 }
}
