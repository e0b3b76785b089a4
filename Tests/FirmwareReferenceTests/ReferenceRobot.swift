import CHandfulRobot
import FirmwareProtocol
import Simulation

/// The C reference with what its hooks were told: a robot whose motors only remember.
final class ReferenceRobot {
  let robot: UnsafeMutablePointer<handful_robot>
  /// What the actuators give now; zeros while they are off.
  private(set) var motorEfforts: [Float]
  /// Whether the actuators are on.
  private(set) var isMotorOn = false
  /// Counts how often the actuators were turned off.
  private(set) var offCount = 0
  /// What the sensors read when `update` asks.
  var reading: (positions: [Float], velocities: [Float])

  private let description: UnsafeMutablePointer<handful_description>
  private let joints: UnsafeMutablePointer<handful_joint>
  private var texts: [UnsafeMutablePointer<CChar>] = []
  private let jointCount: Int

  init(_ firmware: FirmwareDescription, bootCounter: UInt32 = 7, atMicroseconds now: UInt64 = 0) {
    jointCount = firmware.joints.count
    motorEfforts = Array(repeating: 0, count: jointCount)
    reading = (motorEfforts, motorEfforts)
    robot = .allocate(capacity: 1)
    description = .allocate(capacity: 1)
    joints = .allocate(capacity: max(1, jointCount))
    for (index, joint) in firmware.joints.enumerated() {
      joints[index] = handful_joint(
        name: ReferenceRobot.copy(joint.name, &texts), kind: joint.kind.rawValue,
        is_actuated: joint.isActuated, effort_capability: joint.effortCapability)
    }
    description.initialize(
      to: handful_description(
        robot_name: ReferenceRobot.copy(firmware.robotName, &texts),
        firmware_version: ReferenceRobot.copy(firmware.firmwareVersion, &texts),
        control_period_us: UInt32((1e6 / Double(firmware.controlRateHertz)).rounded()),
        watchdog_ms: firmware.watchdogMilliseconds, joint_count: UInt8(jointCount), joints: joints))
    var hooks = handful_hooks(
      context: nil,
      read_sensors: { context, positions, velocities in
        ReferenceRobot.of(context).read(positions, velocities)
      },
      set_efforts: { context, efforts in ReferenceRobot.of(context).drive(efforts) },
      disable_actuators: { context in ReferenceRobot.of(context).cut() })
    // The robot calls a hook while it is made, so `self` must be whole before.
    hooks.context = Unmanaged.passUnretained(self).toOpaque()
    let made = handful_robot_init(robot, description, &hooks, bootCounter, now)
    precondition(made == HANDFUL_STATUS_OK, "the description is refused: \(made)")
  }

  deinit {
    robot.deallocate()
    description.deallocate()
    joints.deallocate()
    for text in texts { text.deallocate() }
  }

  private static func copy(
    _ text: String, _ texts: inout [UnsafeMutablePointer<CChar>]
  ) -> UnsafePointer<CChar> {
    let bytes = Array(text.utf8CString)
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    pointer.initialize(from: bytes, count: bytes.count)
    texts.append(pointer)
    return UnsafePointer(pointer)
  }

  // MARK: Hooks

  private static func of(_ context: UnsafeMutableRawPointer?) -> ReferenceRobot {
    Unmanaged<ReferenceRobot>.fromOpaque(context!).takeUnretainedValue()
  }

  private func read(
    _ positions: UnsafeMutablePointer<Float>?, _ velocities: UnsafeMutablePointer<Float>?
  ) {
    for joint in 0..<jointCount {
      positions?[joint] = reading.positions[joint]
      velocities?[joint] = reading.velocities[joint]
    }
  }

  private func drive(_ efforts: UnsafePointer<Float>?) {
    isMotorOn = true
    for joint in 0..<jointCount { motorEfforts[joint] = efforts?[joint] ?? .nan }
  }

  private func cut() {
    isMotorOn = false
    offCount += 1
    for joint in 0..<jointCount { motorEfforts[joint] = 0 }
  }

  // MARK: The firmware's loop

  var mode: UInt8 { robot.pointee.mode }
  var fault: UInt8 { robot.pointee.fault }

  func receive(_ bytes: [UInt8], atMicroseconds now: UInt64) {
    for byte in bytes { handful_robot_receive_byte(robot, byte, now) }
  }

  func measure(_ positions: [Float], _ velocities: [Float], atMicroseconds now: UInt64) {
    handful_robot_measure(robot, positions, velocities, now)
  }

  /// The bytes that the robot has to send.
  func takeOutput() -> [UInt8] {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while handful_robot_next_byte(robot, &byte) { bytes.append(byte) }
    return bytes
  }

  /// Sends a message, and gives the answers.
  @discardableResult
  func take(_ message: HostMessage, at now: UInt64 = 0) throws -> [RobotMessage] {
    receive(message.frame(), atMicroseconds: now)
    return try robotMessages(in: takeOutput())
  }
}

/// The robot's messages in a stream of whole frames.
func robotMessages(in bytes: [UInt8]) throws -> [RobotMessage] {
  var messages: [RobotMessage] = []
  var failure: MessageError?
  let decoder = FrameDecoder()
  bytes.withUnsafeBytes { buffer in
    decoder.feed(buffer) { payload in
      do throws(MessageError) {
        messages.append(try RobotMessage(payload: payload))
      } catch { failure = error }
    }
  }
  if let failure { throw failure }
  precondition(decoder.framesRejected == 0, "the robot sent a damaged frame")
  return messages
}

/// A pendulum at 100 Hz with a watchdog of 100 ms.
func testFirmware(
  joints: [JointDescriptor] = [
    JointDescriptor(name: "pivot", kind: .revolute, isActuated: true, effortCapability: 2.5)
  ], rate: Float = 100, watchdogMilliseconds: UInt16 = 100
) -> FirmwareDescription {
  FirmwareDescription(
    robotName: "pendulum", firmwareVersion: "1.4.0", controlRateHertz: rate,
    watchdogMilliseconds: watchdogMilliseconds, joints: joints)
}

/// Limits of one joint.
func testLimits(
  watchdogMilliseconds: UInt16 = 100, lower: Float = -4, upper: Float = 4, velocity: Float = 20,
  effort: Float = 2
) -> FirmwareLimits {
  FirmwareLimits(
    watchdogMilliseconds: watchdogMilliseconds,
    joints: [
      FirmwareLimits.Joint(
        positionLower: lower, positionUpper: upper, velocity: velocity, effort: effort)
    ])
}
