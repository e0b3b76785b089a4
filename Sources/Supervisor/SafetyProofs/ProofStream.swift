import FirmwareProtocol
import HardwareIO
import Robotics

/// The samples that a proof looks at, one by one, with the operator's switch watched throughout.
///
/// Nothing here sends an effort: the actuators come on at zero and stay there.
struct ProofStream {
  let link: any RobotLink
  let robot: Robot
  let stopSwitch: StopSwitch
  let sample: LinkSample
  private let timeoutNanoseconds: Int64

  /// Attempts at arming, disarming or clearing before it has failed.
  static let attemptLimit = 50

  init(link: any RobotLink, robot: Robot, stopSwitch: StopSwitch) {
    self.link = link
    self.robot = robot
    self.stopSwitch = stopSwitch
    sample = LinkSample(jointCount: robot.joints.count)
    let forgiven = Double(robot.link.lossBudget + 2) * robot.link.controlPeriodSeconds
    timeoutNanoseconds = Int64(max(forgiven, 0.25) * 1e9)
  }

  /// Waits for the next sample.
  ///
  /// - Throws: ``SupervisorError/proofInterrupted(reason:)``.
  func next() throws(SupervisorError) {
    switch link.receive(into: sample, timeoutNanoseconds: timeoutNanoseconds) {
    case .sample: break
    case .timeout: throw .proofInterrupted(reason: "the robot sent no samples any more")
    case .disconnected: throw .proofInterrupted(reason: "the port hung up")
    case .rebooted: throw .proofInterrupted(reason: "the firmware was reset")
    }
    if stopSwitch.pressed != .none {
      throw .proofInterrupted(reason: "the operator asked to stop")
    }
  }

  /// Turns the actuators on at zero effort; the sample at hand is then the first that says so.
  func arm() throws(SupervisorError) {
    for _ in 0..<Self.attemptLimit {
      try next()
      switch sample.mode {
      case .armed: return
      case .disarmed:
        _ = link.sendArm()
        _ = link.sendHeartbeat()
      case .faulted, .emergencyStopped: throw .faultLatched(code: "\(sample.fault)")
      }
    }
    throw .willNotArm(
      reason: link.lastAcknowledgement.map { "\($0.result)" } ?? "it gave no reason")
  }

  /// Turns the actuators off.
  ///
  /// - Returns: Whether the robot says that they are.
  func disarm() throws(SupervisorError) -> Bool {
    for _ in 0..<Self.attemptLimit {
      guard sample.mode == .armed else { return true }
      _ = link.sendDisarm()
      _ = link.sendHeartbeat()
      try next()
    }
    return sample.mode != .armed
  }

  /// Clears what the firmware has latched.
  ///
  /// - Returns: Whether it did.
  func clearFault() throws(SupervisorError) -> Bool {
    for _ in 0..<Self.attemptLimit {
      guard sample.mode != .disarmed else { return true }
      _ = link.sendClearFault()
      _ = link.sendHeartbeat()
      try next()
    }
    return sample.mode == .disarmed
  }

  /// The greatest effort that the sample at hand shows, in size.
  var greatestEffort: Double { sample.efforts.reduce(0) { max($0, abs($1)) } }
}
