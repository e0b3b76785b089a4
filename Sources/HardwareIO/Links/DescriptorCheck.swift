import FirmwareProtocol
import Robotics

/// Compares what a robot says of itself with its file.
struct DescriptorCheck {
  /// The robot as its file gives it.
  var robot: Robot

  /// - Throws: ``LinkError`` for the first thing that differs.
  func verify(_ hello: RobotHello) throws(LinkError) {
    guard hello.robotName == robot.name else {
      throw .wrongRobot(expected: robot.name, found: hello.robotName)
    }
    try expect(
      hello.joints.count == robot.joints.count, "the number of joints", "\(robot.joints.count)",
      "\(hello.joints.count)")
    for (index, (expected, found)) in zip(robot.joints, hello.joints).enumerated() {
      try verify(found, is: expected, number: index + 1)
    }
    let rate = robot.link.controlRateHertz
    try expect(
      abs(Double(hello.controlRateHertz) - rate) <= 0.001 * rate, "the control rate",
      "\(rate) Hz", "\(hello.controlRateHertz) Hz")
    // The longest frames that go to the robot are the limits', or with one joint the command's.
    let longest = ProtocolLimits.frameBytes(
      payloadBytes: max(
        HostMessage.configure(FirmwareLimits(robot: robot)).payloadBytes,
        Command.payloadBytes(jointCount: robot.joints.count)))
    try expect(
      Int(hello.maximumFrameBytes) >= longest, "the greatest frame", "\(longest) bytes are needed",
      "\(hello.maximumFrameBytes) bytes")
  }

  private func verify(
    _ found: JointDescriptor, is expected: Joint, number: Int
  ) throws(LinkError) {
    try expect(
      found.name == expected.name, "the name of joint \(number)", "'\(expected.name)'",
      "'\(found.name)'")
    let joint = "joint '\(expected.name)'"
    let kind: JointDescriptor.Kind = expected.kind == .revolute ? .revolute : .prismatic
    try expect(found.kind == kind, "the kind of \(joint)", "\(kind)", "\(found.kind)")
    try expect(
      found.isActuated == expected.isActuated, "the actuation of \(joint)",
      expected.isActuated ? "a motor" : "no motor", found.isActuated ? "a motor" : "no motor")
    let limit = Float(expected.limits.effort)
    try expect(
      !expected.isActuated || limit <= found.effortCapability, "the effort of \(joint)",
      "a limit of \(expected.limits.effort) \(expected.effortUnit)",
      "at most \(found.effortCapability) \(expected.effortUnit) can be given")
  }

  private func expect(
    _ holds: Bool, _ what: String, _ expected: String, _ found: String
  ) throws(LinkError) {
    if !holds { throw .descriptorMismatch(what: what, expected: expected, found: found) }
  }
}

extension FirmwareLimits {
  /// The limits that a robot's file gives, as the nearest numbers that the wire can carry.
  public init(robot: Robot) {
    let milliseconds = (robot.link.watchdogSeconds * 1000).rounded()
    self.init(
      watchdogMilliseconds: UInt16(min(max(milliseconds, 1), 65535)),
      joints: robot.joints.map { joint in
        FirmwareLimits.Joint(
          positionLower: joint.isContinuous ? -.infinity : Float(joint.limits.positionLower),
          positionUpper: joint.isContinuous ? .infinity : Float(joint.limits.positionUpper),
          velocity: Float(joint.limits.velocity),
          effort: joint.isActuated ? Float(joint.limits.effort) : 0)
      })
  }

  /// Compares limits read back with these, bit for bit.
  ///
  /// - Throws: ``LinkError/limitsNotAccepted(what:written:readBack:)`` for the first that differs.
  func verify(readBack: FirmwareLimits, robot: Robot) throws(LinkError) {
    if readBack.watchdogMilliseconds != watchdogMilliseconds {
      throw .limitsNotAccepted(
        what: "watchdog time", written: "\(watchdogMilliseconds) ms",
        readBack: "\(readBack.watchdogMilliseconds) ms")
    }
    if readBack.joints.count != joints.count {
      throw .limitsNotAccepted(
        what: "number of joints", written: "\(joints.count)", readBack: "\(readBack.joints.count)")
    }
    for (joint, (written, found)) in zip(robot.joints, zip(joints, readBack.joints)) {
      func compare(
        _ what: String, _ limit: KeyPath<FirmwareLimits.Joint, Float>, _ unit: String
      ) throws(LinkError) {
        if written[keyPath: limit].bitPattern != found[keyPath: limit].bitPattern {
          throw .limitsNotAccepted(
            what: "\(what) of joint '\(joint.name)'",
            written: "\(written[keyPath: limit]) \(unit)",
            readBack: "\(found[keyPath: limit]) \(unit)")
        }
      }
      try compare("lower position limit", \.positionLower, joint.positionUnit)
      try compare("upper position limit", \.positionUpper, joint.positionUnit)
      try compare("velocity limit", \.velocity, joint.velocityUnit)
      try compare("effort limit", \.effort, joint.effortUnit)
    }
  }
}
