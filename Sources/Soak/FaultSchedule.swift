import LinearAlgebra
import Robotics
import Simulation

/// What can go wrong in a simulated world.
public enum FaultKind: String, Sendable, CaseIterable {
  case noiseToRobot, noiseToHost, lossToRobot, lossToHost
  case duplication, reordering, slowLine
  case silenceToRobot, silenceToHost
  case shortStall, longStall
  case firmwareReset, powerLoss, unplug, hostKill
  case glitch, glitches, sensorNaN, stuckSensor
  case policyNaN, wildPolicy
  case operatorStop, emergencyStop, stopButton
  case diskError
  case blockedPort
  case overheating, overcurrent, supplyDip, readingsLost
  case absentOperator

  /// Whether bytes or time are lost between host and robot.
  var harmsTheLine: Bool {
    switch self {
    case .noiseToRobot, .noiseToHost, .lossToRobot, .lossToHost, .duplication, .reordering,
      .slowLine, .silenceToRobot, .silenceToHost, .shortStall, .longStall, .blockedPort:
      true
    default: false
    }
  }
}

/// A fault that strikes at a moment of the robot's.
struct FaultEvent {
  var kind: FaultKind
  /// The moment, counted from the world's beginning.
  var moment: Int
  /// A probability, a time in the robot's seconds, or a jump in rad or m, as the kind needs it.
  var size: Double
}

/// What goes wrong in a world, and when; decided by a seed before the world begins.
struct FaultSchedule {
  /// In order of time.
  var events: [FaultEvent] = []
  var stuckSensor: VirtualRobotFaults.StuckSensor?
  /// The decision at which the policy asks for something that is not a number.
  var policyNaNAtDecision: Int?
  var isPolicyWild = false
  /// The number of samples after which the store takes no more.
  var diskErrorAfterSamples: Int?
  /// Whether nobody answers a reset that asks for the operator.
  var isOperatorAbsent = false

  /// The kinds that are there from the beginning to the end.
  var lasting: Set<FaultKind> {
    var kinds: Set<FaultKind> = []
    if stuckSensor != nil { kinds.insert(.stuckSensor) }
    if policyNaNAtDecision != nil { kinds.insert(.policyNaN) }
    if isPolicyWild { kinds.insert(.wildPolicy) }
    if diskErrorAfterSamples != nil { kinds.insert(.diskError) }
    if isOperatorAbsent { kinds.insert(.absentOperator) }
    return kinds
  }

  /// Nothing goes wrong.
  static let none = FaultSchedule()

  /// - Parameters:
  ///   - moments: About how many moments the world will see.
  ///   - ticks: About how many ticks a trial has.
  static func random(
    kinds: [FaultKind], robot: Robot, moments: Int, ticks: Int, _ random: inout RandomStream
  ) -> FaultSchedule {
    var schedule = FaultSchedule()
    let watchdog = robot.link.watchdogSeconds
    let period = robot.link.controlPeriodSeconds
    for kind in kinds {
      let moment = 1 + Int(random.nextUniform() * Double(moments))
      var size = 0.0
      switch kind {
      case .noiseToRobot, .noiseToHost, .lossToRobot, .lossToHost:
        size = exp10(random.nextUniform(in: -4, -1.3))
      case .duplication, .reordering: size = random.nextUniform(in: 0.02, 0.4)
      case .silenceToRobot, .silenceToHost, .blockedPort:
        size = random.nextUniform(in: 0.5 * period, 3 * watchdog)
      case .shortStall: size = random.nextUniform(in: 0.1, 0.9) * watchdog
      case .longStall: size = random.nextUniform(in: 1.1, 6) * watchdog
      case .glitch, .glitches:
        size = exp10(random.nextUniform(in: -2, 6))
        // A jump just within what is plausible is found out only by the jump back, and then looks
        // like two: neither outcome would be wrong, so there is nothing to check.
        let reach = 4 * robot.joints[0].limits.velocity * period
        if size > 0.5 * reach && size < 1.5 * reach { size *= 4 }
        if random.nextUniform() < 0.5 { size = -size }
      case .sensorNaN: size = (random.nextUniform() * 3).rounded(.down)
      case .stuckSensor:
        schedule.stuckSensor = .init(tick: Int(random.nextUniform() * Double(ticks)))
        continue
      case .policyNaN:
        schedule.policyNaNAtDecision = Int(random.nextUniform() * 6)
        continue
      case .wildPolicy:
        schedule.isPolicyWild = true
        continue
      case .diskError:
        schedule.diskErrorAfterSamples = Int(random.nextUniform() * Double(ticks))
        continue
      case .absentOperator:
        schedule.isOperatorAbsent = true
        continue
      case .overheating, .overcurrent, .supplyDip, .readingsLost, .slowLine, .firmwareReset,
        .powerLoss, .unplug, .hostKill, .operatorStop,
        .emergencyStop, .stopButton:
        break
      }
      schedule.events.append(FaultEvent(kind: kind, moment: moment, size: size))
    }
    schedule.events.sort { $0.moment < $1.moment }
    return schedule
  }

  private static func exp10(_ exponent: Double) -> Double {
    var value = 1.0
    let whole = exponent.rounded(.down)
    for _ in 0..<Int(abs(whole)) { value *= whole < 0 ? 0.1 : 10 }
    // Between decades a straight line is as good as any.
    return value * (1 + 9 * (exponent - whole))
  }
}
