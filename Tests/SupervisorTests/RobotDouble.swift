import FirmwareProtocol
import Foundation
@_spi(SafetyEnvelope) import HardwareIO
import Robotics

/// A robot in the test's own process: a damped pendulum behind the `RobotLink` protocol, with a
/// watchdog of its own and faults on demand. Each `receive` advances its world by a control period.
final class RobotDouble: RobotLink, @unchecked Sendable {
  /// What goes wrong, and at which tick.
  struct Faults {
    var disconnectAt: UInt32?
    var rebootAt: UInt32?
    var silentFrom: UInt32?
    var loseTicks: ClosedRange<UInt32>?
    var glitchAt: Set<UInt32> = []
    var firmwareFaultAt: UInt32?
    var stopButtonAt: UInt32?
    var refusesToArm = false
    var ignoresDisarm = false
    var hasNoWatchdog = false
    var ignoresEmergencyStop = false
    var forgetsEmergencyStop = false
    var clearsUnderStopButton = false
    var blocksHome = false
    var refusesCommandsAt: Set<UInt32> = []
    var hangsUpOnWriteAt: UInt32?
    var celsius: (UInt32) -> Double = { _ in 25 }
  }

  let robot: Robot
  var faults = Faults()
  let speed = 20.0
  var motorReadings: MotorReadingKinds = []
  var statistics = LinkStatistics()

  /// Every effort that was sent, with the tick that it answered.
  private(set) var sentEfforts: [(tick: UInt32, effort: Double)] = []
  /// Whether the actuators were on when the last tick ended.
  private(set) var mode = RobotMode.disarmed
  /// The ticks on which the host turned the actuators on.
  private(set) var armedAt: [UInt32] = []
  private(set) var isStreaming = false
  private(set) var isStopped = false
  private(set) var fault = FaultCode.none
  /// The number of heartbeats that were sent.
  private(set) var heartbeats = 0
  /// What happens in the robot's world at each tick: a hand that moves it, a key that is held.
  var onTick: ((UInt32) -> Void)?

  /// Whether a hand holds the robot's own stop button down.
  var isStopButtonPressed = false {
    didSet {
      guard isStopButtonPressed, !oldValue else { return }
      mode = .emergencyStopped
      fault = .emergencyStopButton
    }
  }

  var position: Double
  var velocity: Double
  private var effort = 0.0
  private var tick: UInt32 = 0
  private var robotTime: Int64 = 0
  private var ticksSinceCommand = 0

  init(robot: Robot, position: Double = 0, velocity: Double = 0) {
    self.robot = robot
    self.position = position
    self.velocity = velocity
  }

  func check(robot: Robot) throws(LinkError) -> RobotHello {
    RobotHello(
      nonce: 1, bootCounter: 1, controlRateHertz: Float(robot.link.controlRateHertz),
      watchdogMilliseconds: 100, maximumFrameBytes: 512, robotName: robot.name,
      firmwareVersion: "double", joints: [])
  }

  func startStream() throws(LinkError) {
    isStreaming = true
    tick = 0
  }

  func stopStream() throws(LinkError) {
    isStreaming = false
    if mode == .armed { mode = .disarmed }
  }

  func receive(into sample: LinkSample, timeoutNanoseconds: Int64) -> ReceiveOutcome {
    if let silent = faults.silentFrom, tick >= silent { return .timeout }
    repeat { advance() } while faults.loseTicks?.contains(tick) == true
    onTick?(tick)
    if let at = faults.disconnectAt, tick >= at { return .disconnected(errno: EIO) }
    if let at = faults.rebootAt, tick >= at { return .rebooted }
    if tick == faults.firmwareFaultAt {
      mode = .faulted
      fault = .driver
    }
    if tick == faults.stopButtonAt {
      mode = .emergencyStopped
      fault = .emergencyStopButton
    }
    sample.tick = tick
    sample.robotTimeNanoseconds = robotTime
    sample.hostTimeNanoseconds = robotTime
    sample.mode = mode
    sample.fault = fault
    sample.positions[0] = faults.glitchAt.contains(tick) ? position + 40 : position
    sample.velocities[0] = velocity
    sample.efforts[0] = effort
    sample.temperatures[0] = faults.celsius(tick)
    return .sample
  }

  func sendHeartbeat() -> SendOutcome {
    heartbeats += 1
    return .sent
  }

  func sendArm() -> SendOutcome {
    if faults.forgetsEmergencyStop && mode == .emergencyStopped { mode = .disarmed }
    if !faults.refusesToArm && mode == .disarmed {
      mode = .armed
      armedAt.append(tick)
      effort = 0
      ticksSinceCommand = 0
    }
    return .sent
  }

  func sendDisarm() -> SendOutcome {
    if mode == .armed && !faults.ignoresDisarm { mode = .disarmed }
    return .sent
  }

  func sendEmergencyStop() -> SendOutcome {
    if !faults.ignoresEmergencyStop { mode = .emergencyStopped }
    return .sent
  }

  func sendClearFault() -> SendOutcome {
    guard !isStopButtonPressed || faults.clearsUnderStopButton else { return .sent }
    mode = .disarmed
    fault = .none
    return .sent
  }

  func sendCommand(efforts: UnsafeBufferPointer<Double>) -> SendOutcome {
    if faults.refusesCommandsAt.contains(tick) { return .timeout }
    if let at = faults.hangsUpOnWriteAt, tick >= at { return .disconnected(errno: EIO) }
    sentEfforts.append((tick, efforts[0]))
    effort = efforts[0]
    ticksSinceCommand = 0
    return .sent
  }

  func stop() {
    isStopped = true
    mode = mode == .armed ? .disarmed : mode
  }

  private func advance() {
    tick += 1
    let period = robot.link.controlPeriodSeconds
    robotTime += Int64(period * 1e9)
    ticksSinceCommand += 1
    if mode == .armed && !faults.hasNoWatchdog
      && Double(ticksSinceCommand) * period > robot.link.watchdogSeconds
    {
      mode = .faulted
      fault = .watchdog
    }
    guard !faults.blocksHome else { return }
    let steps = 10
    let h = period / Double(steps)
    for _ in 0..<steps {
      let applied = mode == .armed ? effort : 0
      velocity += h * 3 * (applied - 0.01 * velocity - 4.91 * sin(position))
      position += h * velocity
    }
  }
}

/// A policy that a closure decides.
final class ClosurePolicy: Policy {
  private let body: (Int, UnsafeBufferPointer<Double>) -> Double

  init(_ body: @escaping (Int, UnsafeBufferPointer<Double>) -> Double) { self.body = body }

  func begin() {}

  func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    action[0] = body(step, state)
  }
}
