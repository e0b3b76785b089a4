import FirmwareProtocol
import HardwareIO

/// What a robot did when it was told to stop at once while its actuators were on at zero effort.
public struct EmergencyStopProof: Sendable, Equatable, Codable {
  /// From the armed sample that was answered with the stop to the first that says stopped, in seconds
  /// of the robot's clock; nil when it never stopped.
  public var stopSeconds: Double?
  /// The most that passes: two control periods, one for the message's way and one for the state's.
  public var allowedSeconds: Double
  /// Whether the stop held against an arm.
  public var isLatched: Bool
  /// Whether the stop could be cleared afterwards, leaving the actuators off.
  public var isCleared: Bool

  /// Whether the emergency stop does what it must.
  public var passes: Bool {
    guard let stopSeconds else { return false }
    return stopSeconds <= allowedSeconds && isLatched && isCleared
  }
}

extension SupervisedRobot {
  /// Arms at zero effort, sends the emergency stop, and sees whether the actuators go off, stay off
  /// against an arm, and are off still when the stop is cleared.
  ///
  /// - Throws: `LinkError`, ``SupervisorError``: the robot won't arm, the operator pressed the switch.
  public func proveEmergencyStop() throws -> EmergencyStopProof {
    try prove("proving the emergency stop") { stream throws(SupervisorError) in
      try stream.arm()
      let sample = stream.sample
      let sentAt = sample.robotTimeNanoseconds
      var proof = EmergencyStopProof(
        allowedSeconds: 2 * stream.robot.link.controlPeriodSeconds + 0.001, isLatched: false,
        isCleared: false)
      for _ in 0..<ProofStream.attemptLimit where sample.mode == .armed {
        _ = stream.link.sendEmergencyStop()
        try stream.next()
      }
      guard sample.mode == .emergencyStopped else {
        if sample.mode == .armed { _ = try stream.disarm() }
        return proof
      }
      proof.stopSeconds = Double(sample.robotTimeNanoseconds - sentAt) * 1e-9
      proof.isLatched = true
      for _ in 0..<3 {
        _ = stream.link.sendArm()
        _ = stream.link.sendHeartbeat()
        try stream.next()
        if sample.mode != .emergencyStopped { proof.isLatched = false }
      }
      if sample.mode == .armed { _ = try stream.disarm() }
      proof.isCleared = try stream.clearFault()
      return proof
    }
  }
}
