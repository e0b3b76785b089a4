import Foundation
import HardwareIO
import Robotics
import Simulation
import Supervisor
import WatchedRobot

/// A watched robot, a line that may misbehave, and a supervised host, all in the test's process.
final class Bench {
  let robot: Robot
  let watched: WatchedRobot
  let line: FaultyLine?
  private let supervised: SupervisedRobot

  /// - Parameters:
  ///   - hasLine: Whether a ``FaultyLine`` lies between host and robot; it needs the wall's speed.
  init(
    _ robot: Robot, speed: Double = 1, faults: VirtualRobotFaults = .none, hasLine: Bool = false,
    seed: UInt64 = 1, stopSwitch: StopSwitch = StopSwitch()
  ) throws {
    self.robot = robot
    watched = try WatchedRobot(robot, speed: speed, faults: faults)
    line = hasLine ? try FaultyLine(to: watched.path, seed: seed) : nil
    let link = try SerialRobotLink(path: line?.path ?? watched.path, robot: robot, speed: speed)
    supervised = try SupervisedRobot(link: link, robot: robot, stopSwitch: stopSwitch)
    try supervised.connect()
  }

  deinit {
    supervised.disconnect()
    line?.end()
    watched.end()
  }

  /// How an episode went, and when it was over by the wall's clock.
  struct Episode {
    var result: EpisodeResult
    var samples: [Sample]
    var endedAt: Date
    var code: String? { result.outcome.stopReason?.code }
  }

  /// Runs an episode; `inItsMiddle` is called on another thread once the robot has sent so many
  /// states while armed.
  func run(
    _ policy: any Policy, middle: Int = 30, inItsMiddle: (@Sendable () -> Void)? = nil
  ) throws -> Episode {
    if let inItsMiddle {
      let watched = watched
      Thread {
        if watched.waitForArmedStates(middle) { inItsMiddle() }
      }.start()
    }
    var samples: [Sample] = []
    let plan = TrialPlan(policy: policy, robot: robot, task: robot.tasks[0])
    let result = try supervised.runEpisode(plan) { samples += $0 }
    return Episode(result: result, samples: samples, endedAt: Date())
  }

  /// Tries a second episode on the same connection.
  func runAgain() throws {
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 0 }, robot: robot, task: robot.tasks[0])
    _ = try supervised.runEpisode(plan) { _ in }
  }

  /// The pendulum of `calibration/`, with a short trial and so much patience that a busy machine
  /// ends none: only what a test provokes does.
  static func patientPendulum(trialSeconds: Double = 1) throws -> Robot {
    var robot = try pendulumFile(trialSeconds: trialSeconds)
    robot.link.watchdogSeconds = 0.6
    robot.link.sampleAgeLimitSeconds = 0.5
    robot.link.lossBudget = 25
    return robot
  }

  /// The pendulum of `calibration/`, with a short trial.
  static func pendulumFile(trialSeconds: Double = 1) throws -> Robot {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("calibration/pendulum/robot.yaml").path
    var robot = try Robot(contentsOf: path)
    robot.reset.holdSeconds = 0.1
    robot.tasks[0].horizonSeconds = trialSeconds
    return robot
  }
}

/// Pushes with that effort throughout (N m).
func push(_ effort: Double) -> ClosurePolicy { ClosurePolicy { _, _ in effort } }
