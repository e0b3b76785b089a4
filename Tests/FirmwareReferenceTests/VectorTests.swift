import CHandfulRobot
import FirmwareProtocol
import Foundation
import Simulation
import Testing

/// The vectors of `firmware-protocol/vectors` through the C reference.
@Suite("The C reference on the protocol's vectors")
struct VectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var name: String
    var direction: String
    var payload: [UInt8]
    var frame: [UInt8]
    var testDescription: String { name }
  }

  static let host = vectors("host-messages")
  static let robot = vectors("robot-messages")
  static let refused = vectors("refused-payloads")

  /// A file's vectors as JSON objects.
  static func objects(_ file: String) -> [[String: Any]] {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../firmware-protocol/vectors/\(file).json")
    guard let data = try? Data(contentsOf: url),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let vectors = object["vectors"] as? [[String: Any]]
    else { preconditionFailure("no vectors in \(url.path)") }
    return vectors
  }

  static func vectors(_ file: String) -> [Vector] {
    objects(file).map { object in
      Vector(
        name: object["name"] as! String, direction: object["direction"] as? String ?? "",
        payload: bytes(object["payload"]), frame: bytes(object["frame"]))
    }
  }

  static func bytes(_ hexadecimal: Any?) -> [UInt8] {
    let text = Array((hexadecimal as! String).utf8)
    return stride(from: 0, to: text.count, by: 2).map { index in
      UInt8(String(decoding: text[index..<(index + 2)], as: UTF8.self), radix: 16)!
    }
  }

  /// The payloads that a C receiver of a capacity finds in bytes, and what it counted.
  static func received(
    _ bytes: [UInt8], capacity: Int = 1344
  ) -> (payloads: [[UInt8]], receiver: handful_receiver) {
    var buffer = [UInt8](repeating: 0xA5, count: capacity)
    var payloads: [[UInt8]] = []
    let receiver = buffer.withUnsafeMutableBufferPointer { memory in
      var receiver = handful_receiver()
      handful_receiver_init(&receiver, memory.baseAddress, UInt16(capacity))
      for byte in bytes {
        let count = Int(handful_receiver_take(&receiver, byte))
        if count > 0 { payloads.append(Array(memory[..<count])) }
      }
      return receiver
    }
    return (payloads, receiver)
  }

  // MARK: Frames

  @Test("Each vector's frame holds its payload, and its payload makes its frame")
  func frames() {
    let robot = ReferenceRobot(testFirmware())
    _ = robot.takeOutput()
    let all = Self.host + Self.robot + Self.refused
    #expect(all.count == 87)
    for vector in all {
      #expect(Self.received(vector.frame).payloads == [vector.payload], "\(vector.name)")
      #expect(handful_robot_send_payload(robot.robot, vector.payload, UInt16(vector.payload.count)))
      #expect(robot.takeOutput() == vector.frame, "\(vector.name)")
    }
  }

  @Test("Damaged, cut and overlong streams give the payloads and counts of the vectors")
  func streams() {
    let all = Self.objects("streams")
    #expect(all.count == 30)
    for object in all {
      let found = Self.received(
        Self.bytes(object["bytes"]), capacity: object["maximum_frame"] as! Int)
      let payloads = (object["payloads"] as! [String]).map { Self.bytes($0) }
      let name = object["name"] as! String
      #expect(found.payloads == payloads, "\(name)")
      #expect(Int(found.receiver.frames_accepted) == payloads.count, "\(name)")
      #expect(Int(found.receiver.frames_rejected) == object["rejected"] as! Int, "\(name)")
      // The vectors count what is behind a frame's end; the start of one may still wait.
      #expect(Int(found.receiver.bytes_discarded) == object["discarded"] as! Int, "\(name)")
    }
  }

  @Test("A payload that is no message changes nothing and isn't answered")
  func refusedPayloads() throws {
    for mode in TransitionTests.modes {
      for vector in Self.refused where vector.direction == "host" {
        let robot = try TransitionTests.robot(in: mode)
        robot.receive(vector.frame, atMicroseconds: 12_000)
        #expect(robot.takeOutput().isEmpty, "\(vector.name)")
        #expect(robot.mode == mode.rawValue, "\(vector.name)")
      }
    }
  }

  @Test("The checksum is CRC-32C")
  func checksum() {
    #expect(handful_crc32c(Array("123456789".utf8), 9) == 0xE306_9283)
  }

  // MARK: The host's messages

  @Test("What each of the host's vectors says is what the robot does", arguments: host)
  func hostMessage(_ vector: Vector) throws {
    let message = try vector.payload.withUnsafeBytes { try HostMessage(payload: $0) }
    let robot = try Self.robot(readyFor: message)
    let mode = robot.mode
    robot.receive(vector.frame, atMicroseconds: 0)
    let answers = try robotMessages(in: robot.takeOutput())
    switch message {
    case .hello(let hello):
      guard case .hello(let answer)? = answers.first else {
        Issue.record("no hello")
        return
      }
      #expect(answer.nonce == hello.nonce)
      #expect(robot.robot.pointee.speaks_our_version == (hello.protocolVersion == 1))
    case .configure(let limits): #expect(answers == [.limits(limits)])
    case .stream(let isEnabled): #expect(robot.robot.pointee.is_streaming == isEnabled)
    case .arm: #expect(robot.mode == RobotMode.armed.rawValue)
    case .disarm: #expect(robot.mode == RobotMode.disarmed.rawValue)
    case .command(let command): Self.check(command, robot)
    case .heartbeat: #expect(answers.isEmpty && robot.mode == mode)
    case .emergencyStop: #expect(robot.mode == RobotMode.emergencyStopped.rawValue)
    case .clearFault: #expect(robot.mode == RobotMode.disarmed.rawValue)
    case .echo(let token):
      let now = robot.robot.pointee.now_us
      #expect(answers == [.echo(token: token, robotTimeMicroseconds: now)])
    }
  }

  /// A robot in which the message, if it can have an effect at all, has one.
  private static func robot(readyFor message: HostMessage) throws -> ReferenceRobot {
    var jointCount = 1
    var boot: UInt32 = 7
    switch message {
    case .configure(let limits): jointCount = limits.joints.count
    case .command(let command): jointCount = command.efforts.count
    case .arm(let counter): boot = counter
    default: break
    }
    let joints = (0..<jointCount).map {
      JointDescriptor(
        name: "j\($0)", kind: .revolute, isActuated: true, effortCapability: .infinity)
    }
    let robot = ReferenceRobot(
      testFirmware(joints: joints, rate: 1000, watchdogMilliseconds: 65_535), bootCounter: boot)
    if case .configure = message { _ = robot.takeOutput() }
    let limits = FirmwareLimits(
      watchdogMilliseconds: 1000,
      joints: joints.map { _ in
        FirmwareLimits.Joint(
          positionLower: -1, positionUpper: 1, velocity: 1, effort: .infinity)
      })
    try robot.take(.configure(limits))
    try robot.take(.stream(isEnabled: true))
    switch message {
    case .command(let command):
      robot.robot.pointee.sent_ticks = command.answering &+ 1
      robot.robot.pointee.now_us = command.applyAtMicroseconds
      try robot.take(.arm(bootCounter: boot))
    case .disarm, .heartbeat: try robot.take(.arm(bootCounter: boot))
    case .clearFault: try robot.take(.emergencyStop)
    default: break
    }
    return robot
  }

  /// By the rules of 'What becomes of a command', at the time at which it would take effect.
  private static func check(_ command: Command, _ robot: ReferenceRobot) {
    handful_robot_advance(robot.robot, command.applyAtMicroseconds)
    if let joint = command.efforts.firstIndex(where: \.isNaN) {
      #expect(robot.fault == FaultCode.invalidCommand.rawValue)
      #expect(robot.robot.pointee.fault_joint == UInt8(joint))
    } else if command.expiresAtMicroseconds <= command.applyAtMicroseconds
      || command.answering == .max
    {
      #expect(robot.robot.pointee.answered_tick == 0xFFFF_FFFF && robot.fault == 0)
      #expect(!robot.robot.pointee.has_accepted)
    } else {
      #expect(robot.motorEfforts == command.efforts)
      #expect(robot.robot.pointee.answered_tick == command.answering)
    }
  }

  // MARK: The robot's messages

  @Test("The robot in the state of each of its vectors sends the vector's frame", arguments: robot)
  func robotMessage(_ vector: Vector) throws {
    let message = try vector.payload.withUnsafeBytes { try RobotMessage(payload: $0) }
    var expected = vector.frame
    if case .hello(var hello) = message, hello.protocolVersion != 1 {
      // This robot speaks version 1 and no other.
      hello.protocolVersion = 1
      expected = RobotMessage.hello(hello).frame()
    }
    #expect(Self.frame(of: message) == expected)
  }

  /// What a robot sends that is put in the state in which it sends that message.
  private static func frame(of message: RobotMessage) -> [UInt8] {
    switch message {
    case .hello(let hello): return frame(of: hello)
    case .limits(let limits):
      let robot = plain(jointCount: limits.joints.count)
      robot.receive(HostMessage.configure(limits).frame(), atMicroseconds: 0)
      return robot.takeOutput()
    case .acknowledgement(let acknowledgement):
      let robot = plain(jointCount: 1)
      let state = robot.robot
      state.pointee.has_limits = true
      state.pointee.is_streaming = true
      state.pointee.mode =
        acknowledgement.result == .accepted ? 0 : acknowledgement.mode.rawValue
      state.pointee.is_stop_button_pressed = acknowledgement.result == .stopButtonPressed
      let asked: HostMessage =
        acknowledgement.messageType == 4 ? .arm(bootCounter: 7) : .clearFault
      robot.receive(asked.frame(), atMicroseconds: 0)
      return robot.takeOutput()
    case .state(let state): return frame(of: state)
    case .fault(let report):
      let robot = plain(jointCount: 1)
      robot.robot.pointee.fault = report.code.rawValue
      robot.robot.pointee.fault_joint = report.joint
      robot.robot.pointee.fault_time_us = report.robotTimeMicroseconds
      robot.robot.pointee.fault_value = report.value
      robot.robot.pointee.is_fault_unsent = true
      handful_robot_advance(robot.robot, report.robotTimeMicroseconds)
      return robot.takeOutput()
    case .echo(let token, let time):
      let robot = plain(jointCount: 1)
      robot.receive(HostMessage.echo(token: token).frame(), atMicroseconds: time)
      return robot.takeOutput()
    }
  }

  private static func plain(jointCount: Int) -> ReferenceRobot {
    let joints = (0..<jointCount).map {
      JointDescriptor(name: "j\($0)", kind: .revolute, isActuated: true, effortCapability: 2.5)
    }
    let robot = ReferenceRobot(testFirmware(joints: joints))
    _ = robot.takeOutput()
    return robot
  }

  private static func frame(of hello: RobotHello) -> [UInt8] {
    let robot = ReferenceRobot(
      FirmwareDescription(
        robotName: hello.robotName, firmwareVersion: hello.firmwareVersion,
        controlRateHertz: hello.controlRateHertz,
        watchdogMilliseconds: hello.watchdogMilliseconds, joints: hello.joints),
      bootCounter: hello.bootCounter)
    _ = robot.takeOutput()
    let asked = HostMessage.hello(HostHello(nonce: hello.nonce)).frame()
    robot.receive(Array(asked.dropLast()), atMicroseconds: 0)
    // Another room than this build's, for the answer alone.
    robot.robot.pointee.receiver.capacity = hello.maximumFrameBytes
    robot.receive([0], atMicroseconds: 0)
    return robot.takeOutput()
  }

  private static func frame(of state: RobotState) -> [UInt8] {
    let robot = plain(jointCount: state.joints.count)
    let pointer = robot.robot
    pointer.pointee.is_streaming = true
    pointer.pointee.mode = state.mode.rawValue
    pointer.pointee.fault = state.fault.rawValue
    pointer.pointee.answered_tick = state.answeredTick
    pointer.pointee.late_commands = state.lateCommands
    pointer.pointee.next_tick = state.tick
    let jointCount = state.joints.count
    withUnsafeMutableBytes(of: &pointer.pointee.limits) { bytes in
      let limits = bytes.bindMemory(to: handful_joint_limits.self)
      for joint in 0..<jointCount {
        limits[joint] = handful_joint_limits(
          position_lower: -.infinity, position_upper: .infinity, velocity: .infinity, effort: 0)
      }
    }
    withUnsafeMutableBytes(of: &pointer.pointee.efforts) { bytes in
      let efforts = bytes.bindMemory(to: Float.self)
      for joint in 0..<jointCount { efforts[joint] = state.joints[joint].effort }
    }
    robot.measure(
      state.joints.map(\.position), state.joints.map(\.velocity),
      atMicroseconds: state.robotTimeMicroseconds)
    return robot.takeOutput()
  }
}
