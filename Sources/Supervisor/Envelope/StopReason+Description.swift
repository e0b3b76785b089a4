import FirmwareProtocol
import Foundation
import Robotics

extension StopReason {
  /// A short stable name, kept in the store.
  public var code: String {
    switch self {
    case .velocityLimit: "velocity-limit"
    case .brakingDistance: "braking-distance"
    case .nonFiniteAction: "non-finite-action"
    case .implausibleSensor: "implausible-sensor"
    case .stuckSensor: "stuck-sensor"
    case .temperatureLimit: "temperature-limit"
    case .currentLimit: "current-limit"
    case .voltageLimit: "voltage-limit"
    case .readingMissing: "reading-missing"
    case .tipBox: "tip-box"
    case .energyLimit: "energy-limit"
    case .staleSample: "stale-sample"
    case .samplesLost: "samples-lost"
    case .disconnected: "disconnected"
    case .rebooted: "rebooted"
    case .firmwareFault: "firmware-fault"
    case .willNotArm: "will-not-arm"
    case .resetFailed: "reset-failed"
    case .storeTooSlow: "store-too-slow"
    case .storeFailed: "store-failed"
    case .notConfirmed: "not-confirmed"
    case .deadManReleased: "dead-man-released"
    case .operatorStop: "operator-stop"
    case .emergencyStop: "emergency-stop"
    }
  }

  /// Whether the operator, not a danger, ended the trial.
  public var isOperator: Bool {
    switch self {
    case .operatorStop, .notConfirmed, .deadManReleased: true
    default: false
    }
  }

  /// What happened and what to do, in the robot's own names and units.
  public func explanation(for robot: Robot) -> String {
    func name(_ joint: Int) -> String { robot.joints[joint].name }
    func number(_ value: Double) -> String { String(format: "%.4g", value) }
    switch self {
    case .velocityLimit(let j, let value, let limit):
      let unit = robot.joints[j].velocityUnit
      return
        "joint '\(name(j))' moved at \(number(value)) \(unit), over its limit of \(number(limit)) "
        + "\(unit); raise velocity_limit if the robot may move so fast, or lower effort_limit"
    case .brakingDistance(let j, let position, let stop, let limit):
      let unit = robot.joints[j].positionUnit
      return
        "joint '\(name(j))' at \(number(position)) \(unit) would have come to a stand only at "
        + "\(number(stop)) \(unit), past its limit of \(number(limit)) \(unit); it was stopped in time"
    case .nonFiniteAction(let j):
      return
        "the policy asked joint '\(name(j))' for an effort that is not a number; nothing of it was "
        + "sent; look at the policy in the store"
    case .implausibleSensor(let j, let position, let expected):
      let unit = robot.joints[j].positionUnit
      return
        "joint '\(name(j))' read \(number(position)) \(unit) where \(number(expected)) \(unit) was "
        + "expected, twice in a row; check the encoder and its cable"
    case .stuckSensor(let j, let position, let seconds):
      return
        "joint '\(name(j))' stopped dead at \(number(position)) \(robot.joints[j].positionUnit) and "
        + "was driven for \(number(seconds)) s without a count of motion; check that nothing blocks "
        + "it, then the encoder and its cable"
    case .temperatureLimit(let j, let celsius, let limit):
      return
        "the motor of joint '\(name(j))' is at \(number(celsius)) degC, over its limit of "
        + "\(number(limit)) degC; let it cool, and see what it had to work against"
    case .currentLimit(let j, let amperes, let limit):
      return
        "the motor of joint '\(name(j))' draws \(number(amperes)) A, over its limit of "
        + "\(number(limit)) A; check that nothing blocks the joint"
    case .voltageLimit(let j, let volts, let limit):
      return
        "the supply of joint '\(name(j))' is at \(number(volts)) V, past its limit of "
        + "\(number(limit)) V; check the supply and its cable"
    case .readingMissing(let j, let what, let seconds):
      return
        "joint '\(name(j))' has a limit for its \(what.rawValue), but no reading of it came for "
        + "\(number(seconds)) s; check the bus, or remove the limit from the robot file"
    case .tipBox(let axis, let metres, let limit):
      return
        "the tip would have come to a stand only at \(axis.rawValue) = \(number(metres)) m, past its "
        + "box's side at \(number(limit)) m; it was stopped in time; safety.tip in the robot file "
        + "says how large the box is"
    case .energyLimit(let joules, let limit):
      return
        "the actuators did \(number(joules)) J of work in this episode, over the limit of "
        + "\(number(limit)) J; raise safety.energy in the robot file if the task needs more"
    case .staleSample(let age, let limit):
      return
        "a sample was \(number(age * 1000)) ms old, over the limit of \(number(limit * 1000)) ms; "
        + "this machine or the line is too slow: close other programs, or raise sample_age_limit"
    case .samplesLost(let count, let budget):
      return
        "\(count) samples in a row were lost, more than the budget of \(budget); check the cable "
        + "and the baud rate, or raise loss_budget"
    case .disconnected:
      return
        "the port hung up: the robot was unplugged, or its process ended; the firmware's watchdog "
        + "turns the actuators off; plug it in and go on with --resume"
    case .rebooted:
      return
        "the firmware was reset during the trial; check its supply, then go on with --resume"
    case .firmwareFault(let code):
      let cause: String =
        switch FaultCode(rawValue: code) ?? FaultCode.none {
        case .none: "without naming a fault"
        case .watchdog: "as no command came within its watchdog's time; this machine stalled"
        case .positionLimit: "as a joint passed its position limit"
        case .velocityLimit: "as a joint passed its velocity limit"
        case .invalidCommand: "as a command was not a number"
        case .sensor: "as a sensor failed"
        case .emergencyStopButton: "as the robot's stop button was pressed"
        case .driver: "as the motor driver reported an error (heat, current or supply)"
        }
      return "the firmware turned the actuators off by itself, \(cause)"
    case .willNotArm:
      return
        "the firmware did not turn the actuators on; look at its fault lights and the stop button"
    case .resetFailed(let seconds, let j, let position, let velocity):
      let joint = robot.joints[j]
      return
        "the robot did not come home within \(number(seconds)) s: joint '\(joint.name)' stands at "
        + "\(number(position)) \(joint.positionUnit) and moves at \(number(velocity)) "
        + "\(joint.velocityUnit); bring it home by hand, or mend reset in the robot file"
    case .storeTooSlow:
      return "samples could not be stored as fast as they came; use a faster disk"
    case .storeFailed:
      return "samples could not be stored; the robot was stopped so that nothing is lost"
    case .notConfirmed(let seconds):
      return
        "the operator gave no sign within \(number(seconds)) s; start again and press Enter once the "
        + "robot is home, or hold the dead-man's key; time_limit in the robot file gives more time"
    case .deadManReleased(let window):
      return
        "the dead-man's key was let go: no key came for \(number(window)) s; hold a key down while "
        + "the robot's actuators are on"
    case .operatorStop:
      return "the operator asked to stop"
    case .emergencyStop:
      return
        "the emergency stop was pressed and stays latched in the firmware; look at the robot, then "
        + "go on with --resume --clear-fault"
    }
  }

  /// How a trial that this ended is marked.
  public func trialEnd(for robot: Robot) -> TrialEnd {
    isOperator
      ? .interrupted(reason: explanation(for: robot))
      : .fault(code: code, reason: explanation(for: robot))
  }
}
