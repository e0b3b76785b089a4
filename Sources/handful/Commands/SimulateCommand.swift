import ArgumentParser
import Experiment
import Foundation
import Simulation
import Supervisor
import Synchronization

/// `handful simulate`: a virtual robot on a pseudo-terminal until interrupted.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Runs a virtual robot on a pseudo-terminal until interrupted.",
    discussion: """
      The robot speaks the firmware's protocol, byte for byte, and enforces a watchdog and limits of \
      its own. The port is the first thing said: {"port": ...} on stdout with --json.
      """)

  @OptionGroup var robotOptions: RobotOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How many times faster than the wall clock the robot's world runs.")
  var speed = 1.0

  @Option(help: "The seed of the sensors' noise.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Something that goes wrong, to try a host with; may be given more than once.",
      discussion: FaultOption.help, valueName: "fault"))
  var fault: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep the world in this file after each episode, so that another process can go on with it.",
      valueName: "file"))
  var world: String?

  @Option(
    help: ArgumentHelp(
      "With --world: go on after so many episodes, where the file has them.", valueName: "number"))
  var afterEpisodes = 0

  @Flag(
    help: "With --after-episodes: bring the robot back to its start, as an operator's hand would.")
  var bringHome = false

  @Flag(help: .hidden)
  var untilInputCloses = false

  func validate() throws {
    guard speed > 0, speed <= 1000 else {
      throw ValidationError("--speed is \(speed); it must be above 0 and at most 1000.")
    }
    guard afterEpisodes >= 0 else {
      throw ValidationError("--after-episodes is \(afterEpisodes); it must be at least 0.")
    }
  }

  func run() throws {
    let stopSwitch = StopSwitch()
    SignalListener.start(pressing: stopSwitch)
    let robot = try robotOptions.load()
    guard robot.virtualRobot != nil else { throw ExperimentError.noVirtualRobot(robot: robot.name) }
    let server = try VirtualRobotServer(
      robot: robot, seed: seed, speed: speed, faults: try FaultOption.faults(fault))
    if let world { keep(VirtualWorldFile(path: world), of: server.robot) }
    if output.json {
      try JSONOutput.writeLine(["port": server.portPath])
    } else {
      Console.shared.line("virtual robot '\(robot.name)' on \(server.portPath), speed \(speed)")
      Console.shared.line("Ctrl-C ends it.")
    }
    if untilInputCloses { endWhenInputCloses(pressing: stopSwitch) }
    server.run(until: { stopSwitch.pressed != .none })
  }

  private func keep(_ file: VirtualWorldFile, of robot: VirtualRobot) {
    if afterEpisodes > 0, let world = file.world(afterEpisodes: afterEpisodes) {
      robot.restore(world)
      if bringHome { robot.bringHome() }
    }
    robot.onEpisodeEnd = { world in
      do {
        try file.append(world)
      } catch {
        Console.shared.line("the world can't be kept in \(file.path): \(error)")
      }
    }
  }

  /// Ends the robot with the process that started it, however that one ends.
  private func endWhenInputCloses(pressing stopSwitch: StopSwitch) {
    Thread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {}
      stopSwitch.press(.stop)
    }.start()
  }
}
