import FirmwareProtocol
import HardwareIO

/// What a robot did when its host fell silent on purpose while its actuators were on at zero effort.
public struct WatchdogProof: Sendable, Equatable, Codable {
  /// The watchdog's time as it was written and read back, in seconds.
  public var watchdogSeconds: Double
  /// How long the robot may have been seen armed at most: the watchdog's time, a control period until
  /// the next state tells, and the millisecond that the protocol allows.
  public var allowedSeconds: Double
  /// How long it was seen armed, in seconds of its clock; nil when its watchdog never tripped.
  public var armedSeconds: Double?
  /// How long it was without a command by its own fault report, in seconds; nil without a report.
  public var reportedSeconds: Double?
  /// The greatest effort in force while it was armed (N m or N); should be zero.
  public var greatestEffort: Double
  /// Whether it turned its actuators off in the end, if only by a message.
  public var isOff: Bool
  /// Whether the fault could be cleared afterwards.
  public var isCleared: Bool

  /// Whether the watchdog does what everything else relies on.
  public var passes: Bool {
    guard let armedSeconds else { return false }
    return armedSeconds <= allowedSeconds && greatestEffort == 0 && isOff && isCleared
  }
}

extension SupervisedRobot {
  /// How long beyond the watchdog's time to wait for it, in seconds of the robot's clock.
  private static let watchdogPatienceSeconds = 0.5

  /// Arms at zero effort, sends nothing more, and sees whether the firmware turns its actuators off
  /// by itself in time. One that doesn't is turned off by messages.
  ///
  /// No effort is ever sent: the robot stays as limp as it was.
  ///
  /// - Throws: `LinkError`, ``SupervisorError``: the robot won't arm, another fault came, the operator
  ///   pressed the switch.
  public func proveWatchdog() throws -> WatchdogProof {
    try prove("proving the watchdog") { stream throws(SupervisorError) in
      try stream.arm()
      let robot = stream.robot
      let watchdog = robot.link.watchdogSeconds
      let sample = stream.sample
      let armedAt = sample.robotTimeNanoseconds
      var proof = WatchdogProof(
        watchdogSeconds: watchdog,
        allowedSeconds: watchdog + robot.link.controlPeriodSeconds + 0.001,
        greatestEffort: stream.greatestEffort, isOff: false, isCleared: false)
      var elapsed = 0.0
      while elapsed <= watchdog + Self.watchdogPatienceSeconds {
        try stream.next()
        elapsed = Double(sample.robotTimeNanoseconds - armedAt) * 1e-9
        guard sample.mode == .armed else { break }
        proof.greatestEffort = max(proof.greatestEffort, stream.greatestEffort)
      }
      switch sample.mode {
      case .faulted where sample.fault == .watchdog:
        proof.armedSeconds = elapsed
        if let report = stream.link.lastFaultReport, report.code == .watchdog {
          proof.reportedSeconds = Double(report.value)
        }
        proof.isOff = true
      case .armed:
        proof.isOff = try stream.disarm()
      case .disarmed:
        throw SupervisorError.proofInterrupted(
          reason: "the firmware turned its actuators off without latching a fault")
      case .faulted, .emergencyStopped:
        throw SupervisorError.proofInterrupted(
          reason: "the firmware latched another fault (\(sample.fault))")
      }
      proof.isCleared = try stream.clearFault()
      return proof
    }
  }
}
