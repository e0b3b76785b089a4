import HardwareIO
import Robotics
import Supervisor

/// Checks a robot, its link and this machine before the first trial.
///
///     let diagnosis = try Doctor(robot: robot, robotFile: path, executable: handful)
///       .examine(port: "auto", stopSwitch: stopSwitch) { finding in print(finding.summary) }
///
/// The robot is armed twice, at zero effort: to prove its watchdog by falling silent, and its
/// emergency stop. No effort is ever sent, and its actuators are off at the end.
public struct Doctor {
  private let robot: Robot
  private let robotFile: String
  private let executable: String
  private let seconds: Double
  private let clearFault: Bool
  private let stopButtonSeconds: Double?

  /// A doctor for a robot.
  ///
  /// - Parameters:
  ///   - robot: The robot's description.
  ///   - robotFile: Its file, from which a virtual robot reads it again.
  ///   - executable: The path of `handful`, to start a virtual robot with.
  ///   - seconds: How long each measurement of timer, echoes and stream takes.
  ///   - clearFault: Whether the operator has looked at the robot and wants a latched fault cleared.
  ///   - stopButtonSeconds: How long to wait for someone to press the robot's own stop button, and
  ///     then to release it; nil leaves the button alone.
  public init(
    robot: Robot, robotFile: String, executable: String, seconds: Double = 2,
    clearFault: Bool = false, stopButtonSeconds: Double? = nil
  ) {
    self.robot = robot
    self.robotFile = robotFile
    self.executable = executable
    self.seconds = seconds
    self.clearFault = clearFault
    self.stopButtonSeconds = stopButtonSeconds
  }

  /// Makes every check.
  ///
  /// - Parameters:
  ///   - port: `auto`, a device's path, an adapter's serial number, or `sim`.
  ///   - stopSwitch: The operator's switch; pressed, it ends the check under way with the actuators
  ///     off.
  ///   - ask: Asks the person at the robot to press or release its stop button.
  ///   - observe: Told of each finding as it is made.
  /// - Throws: What is wrong with the input: `LinkError` when there is no such port, or it can't be
  ///   told which is meant; `SupervisorError` or ``ExperimentError`` for a robot file that won't do.
  public func examine(
    port: String, stopSwitch: StopSwitch,
    ask: @escaping @Sendable (StopButtonRequest) -> Void = { _ in },
    observe: (Finding) -> Void = { _ in }
  ) throws -> Diagnosis {
    let path = port == "sim" ? nil : try SerialAdapters.selectPort(port)
    let adapter = path.flatMap { PortExamination.adapter(at: $0) }
    var diagnosis = Diagnosis(robot: robot.name, port: path, isHealthy: true, findings: [])
    func note(_ finding: Finding) {
      diagnosis.findings.append(finding)
      if finding.verdict == .failed { diagnosis.isHealthy = false }
      observe(finding)
    }
    let connection: RobotConnection
    do {
      connection = try RobotConnection.open(
        port: path ?? port, robot: robot, robotFile: robotFile, seed: 1, speed: 1,
        executable: executable)
    } catch let error as LinkError where error.isAboutAPortThatIsThere {
      MachineExamination.findings(robot: robot, seconds: seconds).forEach(note)
      note(PortExamination.finding(failure: error, adapter: adapter))
      return diagnosis
    }
    defer { connection.close() }
    diagnosis.port = connection.path
    let supervised = try SupervisedRobot(
      link: connection.link, robot: robot, stopSwitch: stopSwitch)
    defer { supervised.disconnect() }
    MachineExamination.findings(robot: robot, seconds: seconds).forEach(note)
    note(
      PortExamination.finding(
        port: (connection.link as? SerialRobotLink)?.port, path: connection.path, adapter: adapter))
    withoutActuallyEscaping(note) { note in
      RobotExamination(
        robot: robot, link: connection.link, supervised: supervised, clearFault: clearFault,
        seconds: seconds, stopButtonSeconds: stopButtonSeconds, ask: ask, observe: note
      ).run()
    }
    return diagnosis
  }
}

extension LinkError {
  /// Whether there is a port to say something of, so that it is no mistake of whoever named it.
  fileprivate var isAboutAPortThatIsThere: Bool {
    switch self {
    case .noSuchPort, .noAdapter, .severalAdapters: false
    default: true
    }
  }
}
