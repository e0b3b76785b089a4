import Robotics

/// Drives the robot through the robot file's waypoints, each from rest to rest, then home.
///
/// Between two waypoints the reference is the minimum-jerk movement (Flash & Hogan 1985, eq. 3),
/// q(τ) = q₀ + (q₁ − q₀)(10 τ³ − 15 τ⁴ + 6 τ⁵), followed with the gains of driving home. It begins
/// where the robot stands once it is still, or when the patience is over.
final class TrajectoryReset: ResetStrategy {
  private let drive: HomeDrive
  private let joints: [Joint]
  private let patienceSeconds: Double
  private let times: [Double]
  /// The waypoints' positions, one after the other; before the first, where the robot stood.
  private var places: [Double]
  private var begunAtSeconds: Double?
  /// The waypoint that the robot moves towards, from 1.
  private var leg = 1

  init(settings: ResetSettings, joints: [Joint]) {
    drive = HomeDrive(settings: settings, joints: joints)
    self.joints = joints
    patienceSeconds = settings.patienceSeconds
    times = [0] + settings.waypoints.map(\.atSeconds)
    places = joints.map { _ in 0 } + settings.waypoints.flatMap(\.positions)
  }

  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction {
    if begunAtSeconds == nil {
      guard moment.isStill || moment.elapsedSeconds > patienceSeconds else {
        return ResetAction(drives: false, isDone: false)
      }
      begin(moment)
    }
    let time = moment.elapsedSeconds - (begunAtSeconds ?? 0)
    while leg < times.count && times[leg] <= time { leg += 1 }
    guard leg < times.count else {
      drive.writeEfforts(moment, efforts)
      return .drive
    }
    let duration = times[leg] - times[leg - 1]
    let tau = (time - times[leg - 1]) / duration
    let way = tau * tau * tau * (10 - 15 * tau + 6 * tau * tau)
    let rate = 30 * tau * tau * (1 - 2 * tau + tau * tau) / duration
    for j in joints.indices {
      let from = places[(leg - 1) * joints.count + j]
      let distance = places[leg * joints.count + j] - from
      efforts[j] = drive.effort(
        joint: j, error: from + distance * way - moment.positions[j],
        errorRate: distance * rate - moment.velocities[j])
    }
    return ResetAction(drives: true, isDone: false)
  }

  /// Begins where the robot is. A continuous joint that has turned takes its waypoints along.
  private func begin(_ moment: ResetMoment) {
    begunAtSeconds = moment.elapsedSeconds
    for j in joints.indices {
      places[j] = moment.positions[j]
      guard joints[j].isContinuous else { continue }
      let turns = ((moment.positions[j] - places[joints.count + j]) / (2 * .pi)).rounded()
      for leg in 1..<times.count { places[leg * joints.count + j] += 2 * .pi * turns }
    }
  }
}
