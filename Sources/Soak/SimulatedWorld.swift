import FirmwareProtocol
import HardwareIO
import LinearAlgebra
import Robotics
import Simulation
import Supervisor

/// A virtual robot, the wires between it and a host, and the time in which all of it happens.
///
/// Time stands still while the host computes, and goes on when it waits, sleeps, or touches its line
/// (a microsecond each, so that no loop of the host's can stop the world). The robot's moments then
/// happen as they fall due.
final class SimulatedWorld: HostClock, @unchecked Sendable {
  let description: Robot
  let robot: VirtualRobot
  let monitor: SafetyMonitor
  let schedule: FaultSchedule
  let stopSwitchBox: StopSwitchBox

  /// The host's clock, in nanoseconds.
  private(set) var now: Int64 = 1_000_000_000
  /// Counts the robot's moments.
  private(set) var momentCount = 0
  /// From the host to the robot.
  var toRobot: SimulatedWire
  /// From the robot to the host.
  var toHost: SimulatedWire
  /// Whether the cable is in.
  private(set) var isPlugged = true
  /// Whether the host's process is gone, or about to touch its line for the last time.
  private(set) var isHostDead = false
  /// Whether the host used up its budget of calls: it hangs.
  private(set) var isHanging = false
  /// Until when the port takes no bytes, in the host's clock.
  private var blockedUntil: Int64 = 0
  /// What the motors' sensors report.
  let motors = SimulatedMotors()
  /// How the next states that leave the robot are falsified.
  private var falsification: Falsification?

  private var nextMoment: Int64
  private let momentNanoseconds: Int64
  private var pendingStallNanoseconds: Int64 = 0
  private var pendingKill = false
  private var callCount = 0
  private var nextFault = 0
  private var random: RandomStream
  private let robotDecoder = FrameDecoder()
  private let encoder = FrameEncoder()

  /// More calls than any session makes; far fewer than a hang would.
  private static let callBudget = 200_000

  init(description: Robot, schedule: FaultSchedule, speed: Double, seed: UInt64) throws {
    self.description = description
    self.schedule = schedule
    var faults = VirtualRobotFaults()
    faults.stuckSensor = schedule.stuckSensor
    robot = try VirtualRobot(robot: description, seed: seed, faults: faults)
    var random = RandomStream(seed: seed, path: [0x3013])
    // The robot's crystal is off by up to 100 ppm.
    let drift = 1 + random.nextUniform(in: -1e-4, 1e-4)
    momentNanoseconds = max(Int64(robot.stepSeconds * 1e9 / speed * drift), 1)
    nextMoment = now + momentNanoseconds
    let period = description.link.controlPeriodSeconds * 1e9 / speed
    // A world that doesn't hold its clock for its host has a line in proportion to its speed.
    let latency = random.nextUniform(in: 0.03, 0.12) * period
    toRobot = SimulatedWire(latencyNanoseconds: latency, seed: seed, direction: 0)
    toHost = SimulatedWire(latencyNanoseconds: latency, seed: seed, direction: 1)
    monitor = SafetyMonitor(
      description: description, lasting: schedule.lasting,
      stepMicroseconds: robot.stepSeconds * 1e6,
      wireMicroseconds: Double(toRobot.longestDelayNanoseconds) * 1e-3 * speed)
    stopSwitchBox = StopSwitchBox()
    self.random = random
  }

  // MARK: Time

  func nowNanoseconds() -> Int64 { now }

  func sleep(untilNanoseconds deadline: Int64) {
    hostCall()
    advance(to: deadline)
  }

  /// Lets time go on until then.
  func advance(to target: Int64) {
    while nextMoment <= target { runMoment() }
    now = max(now, target)
  }

  /// Lets time go on by so much of the robot's time.
  func advance(robotSeconds: Double) {
    let moments = Int((robotSeconds / robot.stepSeconds).rounded(.up))
    advance(to: now + Int64(moments) * momentNanoseconds)
  }

  private func runMoment() {
    now = max(now, nextMoment)
    momentCount += 1
    strike()
    while let chunk = toRobot.next(by: now) {
      guard isPlugged else { continue }
      let before = Double(now - chunk.arrival) / Double(momentNanoseconds)
      let microseconds = min(before, 0.999) * robot.stepSeconds * 1e6
      chunk.bytes.withUnsafeBytes {
        robot.receive($0, microsecondsBeforeMoment: UInt64(max(microseconds, 0)))
      }
    }
    robot.beginMoment()
    takeRobotOutput()
    robot.finishMoment()
    takeRobotOutput()
    monitor.check(robot.logic, moment: momentCount)
    nextMoment += momentNanoseconds
  }

  private func takeRobotOutput() {
    guard robot.logic.hasOutput else { return }
    var output: [UInt8] = []
    robot.logic.takeOutput().withUnsafeBytes { bytes in
      robotDecoder.feed(bytes) { payload in
        monitor.noteRobotFrame(payload)
        output += falsified(payload)
      }
    }
    if isPlugged { toHost.send(output, at: now) }
  }

  private func falsified(_ payload: UnsafeRawBufferPointer) -> [UInt8] {
    var changed = Array(payload)
    if falsification != nil, payload.first == RobotMessageType.state.rawValue {
      falsification?.change(&changed)
      if falsification?.statesLeft == 0 { falsification = nil }
    }
    return [UInt8](
      unsafeUninitializedCapacity: ProtocolLimits.frameBytes(payloadBytes: changed.count)
    ) { buffer, count in
      count = changed.withUnsafeBytes {
        encoder.encode(payload: $0, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
  }

  // MARK: What the host does

  /// Comes before everything that the host does with its line.
  private func hostCall() {
    callCount += 1
    if callCount > Self.callBudget { isHanging = true }
    if pendingKill || isHanging {
      isHostDead = true
      return
    }
    if pendingStallNanoseconds > 0 {
      let stall = pendingStallNanoseconds
      pendingStallNanoseconds = 0
      advance(to: now + stall)
    }
    advance(to: now + 1000)
  }

  /// Whether the host can still reach its line.
  private var isReachable: Bool { isPlugged && !isHostDead }

  func hostRead(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadOutcome {
    hostCall()
    guard isReachable else { return .disconnected(errno: 5) }
    let count = toHost.read(into: buffer, by: now)
    return count > 0 ? .bytes(count) : .nothing
  }

  func hostWait(nanoseconds: Int64) -> SerialPort.WaitOutcome {
    hostCall()
    let deadline = now + max(nanoseconds, 0)
    while isReachable {
      if let arrival = toHost.nextArrival, arrival <= max(now, min(deadline, nextMoment - 1)) {
        now = max(now, arrival)
        return .ready
      }
      guard nextMoment <= deadline else {
        now = max(now, deadline)
        return .timeout
      }
      runMoment()
    }
    return .ready
  }

  func hostWrite(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    let wasDead = isHostDead
    hostCall()
    if isHostDead && !wasDead && !isHanging {
      // Killed in the middle of a write: some of it may be on its way.
      let sent = Int(random.nextUniform() * Double(bytes.count))
      toRobot.send(Array(bytes.prefix(sent)), at: now)
    }
    guard isReachable else { return .disconnected(errno: 5) }
    if now < blockedUntil {
      // Some of it was taken before the port's buffer was full.
      let taken = Int(random.nextUniform() * Double(bytes.count))
      let part = UnsafeRawBufferPointer(rebasing: bytes[..<taken])
      monitor.noteHostBytes(part)
      toRobot.send(Array(part), at: now)
      return .timeout
    }
    monitor.noteHostBytes(bytes)
    toRobot.send(Array(bytes), at: now)
    return .sent
  }

  func hostFlush() { toHost.discard(by: now) }

  // MARK: The operator's hands

  /// A new host at a new cable.
  func reopen() {
    isPlugged = true
    if monitor.hasHadSession {
      toHost.renew()
      toRobot.renew()
    }
    isHostDead = false
    pendingKill = false
    pendingStallNanoseconds = 0
    blockedUntil = 0
    motors.mend()
    callCount = 0
    robot.logic.releaseStopButton()
    monitor.beginSession()
    // What was to falsify states that have not been sent yet goes on in the new session.
    if let falsification { monitor.carryOver(falsification.fault) }
  }

  // MARK: Faults

  private func strike() {
    while nextFault < schedule.events.count, schedule.events[nextFault].moment <= momentCount {
      let event = schedule.events[nextFault]
      nextFault += 1
      apply(event)
    }
  }

  private func apply(_ event: FaultEvent) {
    monitor.strike(event.kind)
    switch event.kind {
    case .noiseToRobot: toRobot.noise = event.size
    case .noiseToHost: toHost.noise = event.size
    case .lossToRobot: toRobot.loss = event.size
    case .lossToHost: toHost.loss = event.size
    case .duplication:
      toRobot.duplication = event.size
      toHost.duplication = event.size
    case .reordering:
      toRobot.reordering = event.size
      toHost.reordering = event.size
    case .slowLine:
      toRobot.isSlow = true
      toHost.isSlow = true
    case .silenceToRobot: toRobot.silentUntil = now + nanoseconds(event.size)
    case .silenceToHost: toHost.silentUntil = now + nanoseconds(event.size)
    case .shortStall, .longStall: pendingStallNanoseconds = nanoseconds(event.size)
    case .blockedPort: blockedUntil = now + nanoseconds(event.size)
    case .overheating, .overcurrent, .supplyDip, .readingsLost: motors.strike(event.kind)
    case .firmwareReset:
      robot.reboot()
      monitor.noteReset()
    case .glitch:
      falsification = Falsification(fault: .glitch, statesLeft: 1, kind: .jump, size: event.size)
    case .glitches:
      falsification = Falsification(fault: .glitches, statesLeft: 3, kind: .jump, size: event.size)
    case .sensorNaN:
      falsification = Falsification(
        fault: .sensorNaN, statesLeft: 1 + Int(event.size), kind: .notANumber, size: 0)
    case .stopButton: robot.logic.pressStopButton()
    case .operatorStop: stopSwitchBox.stopSwitch.press(.stop)
    case .emergencyStop: stopSwitchBox.stopSwitch.press(.emergencyStop)
    case .hostKill: pendingKill = true
    case .unplug:
      isPlugged = false
      toHost.clear()
      toRobot.clear()
    case .powerLoss:
      isPlugged = false
      toHost.clear()
      toRobot.clear()
      robot.reboot()
      monitor.noteReset()
    case .stuckSensor, .policyNaN, .wildPolicy, .diskError, .absentOperator: break
    }
  }

  private func nanoseconds(_ robotSeconds: Double) -> Int64 {
    Int64(robotSeconds / robot.stepSeconds * Double(momentNanoseconds))
  }
}

/// The operator's switch of the session at hand.
final class StopSwitchBox {
  var stopSwitch = StopSwitch()
}

/// How a sensor's readings are falsified between the robot and the host.
struct Falsification {
  enum Kind { case jump, notANumber }

  var fault: FaultKind
  var statesLeft: Int
  var kind: Kind
  var size: Double

  /// Changes the first joint's position in a state's payload.
  mutating func change(_ payload: inout [UInt8]) {
    guard payload.count >= 34 else { return }
    statesLeft -= 1
    var position = payload.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 22, as: Float.self) }
    position = kind == .jump ? position + Float(size) : .nan
    let value = position
    payload.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: 22, as: Float.self) }
  }
}
