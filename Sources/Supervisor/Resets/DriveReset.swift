import Robotics

/// Waits until the robot stands still at home by itself, and drives it there gently when that takes
/// longer than the robot file's patience.
final class DriveReset: ResetStrategy {
  private let drive: HomeDrive
  private let patienceSeconds: Double
  private var isDriving = false

  init(settings: ResetSettings, joints: [Joint]) {
    drive = HomeDrive(settings: settings, joints: joints)
    patienceSeconds = settings.patienceSeconds
  }

  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction {
    if !moment.isHome && moment.elapsedSeconds > patienceSeconds { isDriving = true }
    guard isDriving else { return .wait }
    drive.writeEfforts(moment, efforts)
    return .drive
  }
}

/// A proportional-derivative controller towards home, with effort limits of its own.
struct HomeDrive {
  private let settings: ResetSettings
  private let joints: [Joint]

  init(settings: ResetSettings, joints: [Joint]) {
    self.settings = settings
    self.joints = joints
  }

  /// Writes the efforts that lead home.
  func writeEfforts(_ moment: ResetMoment, _ efforts: UnsafeMutableBufferPointer<Double>) {
    for j in joints.indices {
      let away = HomeJudge.displacement(
        position: moment.positions[j], home: settings.homePositions[j],
        isContinuous: joints[j].isContinuous)
      efforts[j] = effort(joint: j, error: -away, errorRate: -moment.velocities[j])
    }
  }

  /// The effort for a joint that is so far from where it shall be.
  @inline(__always)
  func effort(joint j: Int, error: Double, errorRate: Double) -> Double {
    let wanted = settings.proportionalGains[j] * error + settings.derivativeGains[j] * errorRate
    return min(max(wanted, -settings.effortLimits[j]), settings.effortLimits[j])
  }
}
