import FirmwareProtocol
import HardwareIO

/// What a robot did when its own stop button was pressed by hand, its actuators off throughout.
public struct StopButtonProof: Sendable, Equatable, Codable {
  /// How long it took until the robot said that its button was pressed, in seconds of its clock; nil
  /// when it never did.
  public var pressedSeconds: Double?
  /// Whether the robot refused to arm while the button was pressed.
  public var refusesArm: Bool
  /// Whether the robot refused to clear the stop while the button was pressed.
  public var refusesClear: Bool
  /// Whether the stop could be cleared once the button was released, leaving the actuators off.
  public var isCleared: Bool

  /// Whether the button does what it must.
  public var passes: Bool { pressedSeconds != nil && refusesArm && refusesClear && isCleared }
}

/// What the person at the robot is asked to do.
public enum StopButtonRequest: Sendable {
  /// Press the robot's stop button and keep it pressed.
  case press
  /// Release it.
  case release
}

extension SupervisedRobot {
  /// Waits until someone presses the robot's own stop button, tries to arm and to clear against it,
  /// and sees whether the stop can be cleared once the button is released.
  ///
  /// The robot is never armed: an arm is sent only while its button is pressed, to be refused.
  ///
  /// - Parameters:
  ///   - patienceSeconds: How long to wait for the hand, each time, in seconds of the robot's clock.
  ///   - ask: Asks the person at the robot; called on the control thread, before anything is armed.
  /// - Throws: `LinkError`, ``SupervisorError``: the robot fell silent, the operator pressed the
  ///   switch.
  public func proveStopButton(
    patienceSeconds: Double, ask: @escaping @Sendable (StopButtonRequest) -> Void
  ) throws -> StopButtonProof {
    try prove("proving the stop button") { stream throws(SupervisorError) in
      let sample = stream.sample
      var proof = StopButtonProof(refusesArm: false, refusesClear: false, isCleared: false)
      try stream.next()
      ask(.press)
      let askedAt = sample.robotTimeNanoseconds
      var elapsed = 0.0
      while sample.mode == .disarmed, elapsed <= patienceSeconds {
        _ = stream.link.sendHeartbeat()
        try stream.next()
        elapsed = Double(sample.robotTimeNanoseconds - askedAt) * 1e-9
      }
      guard sample.mode != .disarmed else { return proof }
      guard sample.mode == .emergencyStopped, sample.fault == .emergencyStopButton else {
        throw .proofInterrupted(reason: "the firmware latched another fault (\(sample.fault))")
      }
      proof.pressedSeconds = elapsed

      proof.refusesArm = true
      proof.refusesClear = true
      for attempt in 0..<6 {
        _ = attempt % 2 == 0 ? stream.link.sendArm() : stream.link.sendClearFault()
        _ = stream.link.sendHeartbeat()
        try stream.next()
        switch sample.mode {
        case .emergencyStopped: break
        case .armed: proof.refusesArm = false
        case .disarmed, .faulted: proof.refusesClear = false
        }
      }
      guard proof.refusesArm, proof.refusesClear else {
        let isOff = try stream.disarm()
        let isClear = try stream.clearFault()
        proof.isCleared = isOff && isClear
        return proof
      }

      ask(.release)
      let releaseAskedAt = sample.robotTimeNanoseconds
      elapsed = 0
      while sample.mode == .emergencyStopped, elapsed <= patienceSeconds {
        _ = stream.link.sendClearFault()
        _ = stream.link.sendHeartbeat()
        try stream.next()
        elapsed = Double(sample.robotTimeNanoseconds - releaseAskedAt) * 1e-9
      }
      proof.isCleared = sample.mode == .disarmed
      return proof
    }
  }
}
