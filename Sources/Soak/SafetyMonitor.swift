import FirmwareProtocol
import Robotics
import Simulation
import Supervisor

/// Watches a world for what must never happen, from the bytes that the host writes, the states that
/// leave the robot, and the firmware's own mode. It knows nothing of how the host decides.
final class SafetyMonitor {
  /// What was found wrong, in words.
  private(set) var violations: [String] = []
  /// The kinds of faults that have struck since the host connected, or last for ever.
  private(set) var struck: Set<FaultKind>
  /// How often each kind of fault has struck.
  private(set) var strikes: [FaultKind: Int] = [:]

  /// What the robot reported with each state of the stream at hand, by tick.
  private(set) var reported: [[Float]] = []
  /// What the host commanded in answer to each state of the stream at hand, by tick.
  private(set) var commanded: [UInt32: [Float]] = [:]
  /// Changes with every byte on the wire and every mode of the firmware: equal seeds, equal digests.
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Whether a host has connected before.
  private(set) var hasHadSession = false

  private let joints: [Joint]
  private let effortLimits: [Double]
  private let effortChanges: [Double]
  private let watchdogMicroseconds: Double
  private let stepMicroseconds: Double
  private let wireMicroseconds: Double
  private let decoder = FrameDecoder()

  private var nowMicroseconds = 0.0
  /// When the host last wrote an arm or a command.
  private var lastDrive = -Double.infinity
  private var lastMode = RobotMode.disarmed
  private var wasReset = false
  private var previousCommand: [Double]
  /// Where the episode stood when the tick at hand began; nil outside of episodes.
  private var stateAtTickBegin: EpisodeState?
  private var mayClearFault = false
  private var hasFaulted = false
  private var faultedSince: Double?

  private let lasting: Set<FaultKind>

  init(
    description: Robot, lasting: Set<FaultKind>, stepMicroseconds: Double,
    wireMicroseconds: Double
  ) {
    self.lasting = lasting
    struck = lasting
    for kind in lasting { strikes[kind] = 1 }
    joints = description.joints
    // What the wire carries is a single; the nearest one may lie above the limit.
    effortLimits = joints.map { $0.isActuated ? Double(Float($0.limits.effort)) : 0 }
    effortChanges = joints.map {
      $0.limits.effortRate * description.link.controlPeriodSeconds
    }
    watchdogMicroseconds = description.link.watchdogSeconds * 1e6
    self.stepMicroseconds = stepMicroseconds
    self.wireMicroseconds = wireMicroseconds
    previousCommand = Array(repeating: 0, count: joints.count)
  }

  func fail(_ text: String) {
    if violations.count < 8 {
      violations.append("\(text) (at \(Int(nowMicroseconds)) µs of the robot's time)")
    }
  }

  func strike(_ kind: FaultKind) {
    struck.insert(kind)
    strikes[kind, default: 0] += 1
  }

  /// A fault of the session before may still be felt.
  func carryOver(_ kind: FaultKind) { struck.insert(kind) }

  // MARK: - Where the host stands

  /// A new host connects.
  func beginSession() {
    hasHadSession = true
    struck = lasting
    hasFaulted = false
    faultedSince = nil
    stateAtTickBegin = nil
    mayClearFault = true
    decoder.reset()
  }

  func beginEpisode() {
    mayClearFault = false
    stateAtTickBegin = .resetting
    previousCommand = Array(repeating: 0, count: joints.count)
  }

  /// Between two ticks of an episode.
  func note(_ state: EpisodeState) {
    stateAtTickBegin = state
    if state == .faulted || state == .emergencyStopped {
      hasFaulted = true
      if faultedSince == nil { faultedSince = nowMicroseconds }
    }
  }

  func endEpisode() { stateAtTickBegin = nil }

  // MARK: - What the host writes

  func noteHostBytes(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    decoder.feed(bytes) { noteHostFrame($0) }
  }

  private func noteHostFrame(_ payload: UnsafeRawBufferPointer) {
    guard let message = try? HostMessage(payload: payload) else {
      return fail("the host wrote a frame that is no message")
    }
    switch message {
    case .command(let command): noteCommand(command)
    case .arm:
      lastDrive = nowMicroseconds
      previousCommand = Array(repeating: 0, count: joints.count)
      if hasFaulted { fail("the host armed after a fault, without a new connection") }
      if stateAtTickBegin?.mayBeArmed != true {
        fail("the host armed while \(stateAtTickBegin.map { "\($0)" } ?? "no episode ran")")
      }
    case .clearFault:
      if !mayClearFault { fail("the host cleared a fault outside of a connection's start") }
    case .hello, .configure, .stream, .disarm, .heartbeat, .emergencyStop, .echo: break
    }
  }

  private func noteCommand(_ command: Command) {
    lastDrive = nowMicroseconds
    commanded[command.answering] = command.efforts
    if stateAtTickBegin?.mayBeArmed != true {
      fail("a command left while \(stateAtTickBegin.map { "\($0)" } ?? "no episode ran")")
    }
    guard command.efforts.count == joints.count else {
      return fail("a command of \(command.efforts.count) efforts")
    }
    for joint in joints.indices {
      let effort = Double(command.efforts[joint])
      guard effort.isFinite else { return fail("a command of \(effort)") }
      if abs(effort) > effortLimits[joint] {
        fail("a command of \(effort), over the limit of \(effortLimits[joint])")
      }
      let change = abs(effort - previousCommand[joint])
      if change > effortChanges[joint] * (1 + 1e-6) + 1e-6 {
        fail("an effort changed by \(change) in a period, over \(effortChanges[joint])")
      }
      previousCommand[joint] = effort
    }
  }

  // MARK: - What the robot does

  func noteRobotFrame(_ payload: UnsafeRawBufferPointer) {
    guard let state = StateView(payload: payload) else { return }
    if state.tick == 0 {
      reported.removeAll(keepingCapacity: true)
      commanded.removeAll(keepingCapacity: true)
    }
    reported.append((0..<state.jointCount).flatMap { [state.position($0), state.velocity($0)] })
  }

  func noteReset() { wasReset = true }

  /// After every moment of the robot's.
  func check(_ logic: FirmwareLogic, moment: Int) {
    nowMicroseconds = Double(moment) * stepMicroseconds
    defer {
      lastMode = logic.mode
      wasReset = false
    }
    digest = (digest ^ UInt64(logic.mode.rawValue)) &* 0x100_0000_01B3
    for joint in joints.indices {
      let effort = Double(logic.efforts[joint])
      digest = (digest ^ UInt64(logic.efforts[joint].bitPattern)) &* 0x100_0000_01B3
      if !(abs(effort) <= effortLimits[joint]) {
        fail("the firmware applied \(effort), over the limit of \(effortLimits[joint])")
      }
      if logic.mode != .armed && effort != 0 { fail("effort while \(logic.mode)") }
    }
    guard logic.mode == .armed else { return }
    if wasReset { fail("armed just after a reset") }
    if lastMode == .faulted || lastMode == .emergencyStopped {
      fail("armed from \(lastMode) without having been disarmed")
    }
    let silence = nowMicroseconds - lastDrive
    if silence > watchdogMicroseconds + wireMicroseconds + 2 * stepMicroseconds {
      fail(
        silence.isFinite
          ? "armed \(Int(silence)) µs after the host's last command"
          : "armed without a host's command")
    }
    if let faultedSince {
      let armedFor = nowMicroseconds - faultedSince
      if armedFor > watchdogMicroseconds + wireMicroseconds + 2 * stepMicroseconds {
        fail("armed \(Int(armedFor)) µs after the host's fault")
      }
    }
  }

  /// After the host has let go of the robot and the watchdog's time is over.
  func checkOff(_ logic: FirmwareLogic, after what: String) {
    if logic.mode == .armed { fail("armed after \(what)") }
  }

  /// How long after the host's last word the actuators must be off, in the robot's seconds.
  var longestArmedSeconds: Double {
    (watchdogMicroseconds + wireMicroseconds + 3 * stepMicroseconds) * 1e-6
  }
}

extension RobotMode {
  /// Whether something is latched that keeps the actuators off.
  var isLatched: Bool { self == .faulted || self == .emergencyStopped }
}
