import FirmwareProtocol
import Robotics

/// What is built into a robot's firmware: what its hello says, but for nonce and boot counter.
public struct FirmwareDescription: Sendable, Equatable {
  /// The protocol version that the firmware speaks.
  public var protocolVersion: UInt8
  /// The robot's name.
  public var robotName: String
  /// The firmware's version.
  public var firmwareVersion: String
  /// The rate of states, in hertz of the robot's clock.
  public var controlRateHertz: Float
  /// The longest time without a command that the actuators may stay on, in milliseconds of the
  /// robot's clock; in force until a host sets a shorter one.
  public var watchdogMilliseconds: UInt16
  /// The joints, in the order of states and commands.
  public var joints: [JointDescriptor]

  /// A firmware's description from its parts.
  public init(
    protocolVersion: UInt8 = HostHello.currentProtocolVersion, robotName: String,
    firmwareVersion: String = "virtual 1.0", controlRateHertz: Float, watchdogMilliseconds: UInt16,
    joints: [JointDescriptor]
  ) {
    self.protocolVersion = protocolVersion
    self.robotName = robotName
    self.firmwareVersion = firmwareVersion
    self.controlRateHertz = controlRateHertz
    self.watchdogMilliseconds = watchdogMilliseconds
    self.joints = joints
  }

  /// The firmware that belongs to a robot: its name, joints, control rate and watchdog time; each
  /// actuator can give the joint's effort limit and no more.
  public init(robot: Robot) {
    self.init(
      robotName: robot.name, controlRateHertz: Float(robot.link.controlRateHertz),
      watchdogMilliseconds: UInt16(
        clamping: Int((robot.link.watchdogSeconds * 1000).rounded())),
      joints: robot.joints.map { joint in
        JointDescriptor(
          name: joint.name, kind: joint.kind == .revolute ? .revolute : .prismatic,
          isActuated: joint.isActuated,
          effortCapability: joint.isActuated ? Float(joint.limits.effort) : 0)
      })
  }
}
