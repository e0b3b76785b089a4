import FirmwareProtocol
import Robotics
import Supervisor

/// What each kind of fault may lead to; whatever else an episode says is a failure.
struct OutcomeExpectations {
  var struck: Set<FaultKind>
  /// The number of single glitches so far: one alone is bridged.
  var glitchCount: Int

  /// Why an outcome is not to be expected; nil when it is.
  func objection(to outcome: EpisodeOutcome) -> String? {
    guard let reason = outcome.stopReason else { return nil }
    if isExpected(reason) { return nil }
    let names = struck.map(\.rawValue).sorted().joined(separator: ", ")
    return "ended with \(reason) though \(names.isEmpty ? "nothing" : names) had struck"
  }

  /// Why a failed connection is not to be expected; nil when it is.
  func objection(toConnectionError error: any Error) -> String? {
    if case SupervisorError.misplacedJoint = error {
      // Sensors that say so, or a robot that nobody steered when it coasted past its limits.
      return line || any(.glitches, .sensorNaN, .stuckSensor, .wildPolicy) || glitchCount > 1
        ? nil : "a joint is said to be misplaced though nothing had moved or blinded it: \(error)"
    }
    let harms = struck.contains { $0.harmsTheLine || disconnects.contains($0) }
    return harms || struck.contains(.firmwareReset) || struck.contains(.stopButton)
      ? nil : "a connection failed though nothing had struck the line: \(error)"
  }

  private let disconnects: Set<FaultKind> = [.unplug, .powerLoss, .hostKill]
  private var line: Bool { struck.contains { $0.harmsTheLine } }
  private func any(_ kinds: FaultKind...) -> Bool { kinds.contains { struck.contains($0) } }

  private func isExpected(_ reason: StopReason) -> Bool {
    switch reason {
    case .velocityLimit, .brakingDistance, .tipBox:
      // A robot whose commands are lost coasts on its last one; a blind one may go anywhere.
      line || any(.wildPolicy, .stuckSensor, .glitch, .glitches, .sensorNaN)
    case .nonFiniteAction: any(.policyNaN)
    case .implausibleSensor:
      any(.glitches, .sensorNaN) || (any(.glitch) && (line || glitchCount > 1))
    case .temperatureLimit: any(.overheating)
    case .currentLimit: any(.overcurrent)
    case .voltageLimit: any(.supplyDip)
    case .readingMissing: any(.readingsLost)
    case .energyLimit: line || any(.wildPolicy, .stuckSensor)
    case .stuckSensor: any(.stuckSensor)
    case .staleSample: line
    case .samplesLost: line || any(.firmwareReset)
    case .disconnected: !disconnects.isDisjoint(with: struck)
    case .rebooted: any(.firmwareReset, .powerLoss)
    case .firmwareFault(let code):
      switch FaultCode(rawValue: code) {
      case .watchdog: line
      case .emergencyStopButton: any(.stopButton)
      case .positionLimit, .velocityLimit: line || any(.wildPolicy, .stuckSensor)
      default: any(.emergencyStop)
      }
    case .willNotArm: line || any(.stopButton)
    case .resetFailed:
      // A pole without damping swings on for longer than the reset's time after a wild trial.
      line || any(.stuckSensor, .wildPolicy)
    case .notConfirmed: any(.absentOperator)
    // Nobody holds a key at a simulated robot.
    case .storeTooSlow, .deadManReleased: false
    case .storeFailed: any(.diskError)
    case .operatorStop: any(.operatorStop)
    case .emergencyStop: any(.emergencyStop)
    }
  }
}
