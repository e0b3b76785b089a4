import HardwareIO
import Robotics

/// A link to a robot by the name of its port, and the virtual robot behind it when the port is `sim`.
public final class RobotConnection {
  /// The link.
  public let link: any RobotLink
  /// The port's path.
  public let path: String
  private let virtualRobot: VirtualRobotProcess?

  /// What its links report of the joints' motors: the firmware protocol carries none of it.
  public static let motorReadings: MotorReadingKinds = []

  private init(link: any RobotLink, path: String, virtualRobot: VirtualRobotProcess?) {
    self.link = link
    self.path = path
    self.virtualRobot = virtualRobot
  }

  /// Opens a link.
  ///
  /// - Parameters:
  ///   - port: `auto`, a device's path, or `sim`.
  ///   - robot: The robot's description.
  ///   - robotFile: Its file, from which a virtual robot reads it again.
  ///   - seed: The seed of a virtual robot's sensors.
  ///   - speed: How fast the robot's clock runs against the wall's.
  ///   - executable: The path of `handful`, to start a virtual robot with.
  ///   - world: Where a virtual robot's world is kept; nil for one that ends with it.
  /// - Throws: `LinkError` or ``ExperimentError``.
  public static func open(
    port: String, robot: Robot, robotFile: String, seed: UInt64, speed: Double, executable: String,
    world: VirtualRobotProcess.KeptWorld? = nil
  ) throws -> RobotConnection {
    var virtualRobot: VirtualRobotProcess?
    let path: String
    switch port {
    case "sim":
      guard robot.virtualRobot != nil else {
        throw ExperimentError.noVirtualRobot(robot: robot.name)
      }
      let process = try VirtualRobotProcess(
        executable: executable, robotFile: robotFile, seed: seed, speed: speed, world: world)
      virtualRobot = process
      path = process.portPath
    default: path = try SerialAdapters.selectPort(port)
    }
    let link = try SerialRobotLink(path: path, robot: robot, speed: speed)
    return RobotConnection(link: link, path: path, virtualRobot: virtualRobot)
  }

  /// Turns everything off and closes it, the virtual robot included.
  public func close() {
    link.stop()
    virtualRobot?.stop()
  }
}
