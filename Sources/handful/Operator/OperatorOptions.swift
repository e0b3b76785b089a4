import ArgumentParser
import Experiment
import Foundation
import Robotics

/// What someone beside the robot may ask for: how it is stopped, and how much it may do.
struct OperatorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Press the emergency stop when this file appears.", valueName: "file"))
  var stopFile: String?

  @Flag(
    help: "Stop unless a key of the terminal is held down while the robot's actuators are on.")
  var deadMan = false

  @Flag(help: "Ask before each trial; for the first runs on a new robot.")
  var confirm = false

  @Option(
    help: ArgumentHelp(
      "End before the trial with which the actuators would be on for longer than this.",
      valueName: "seconds"))
  var timeBudget: Double?

  @Option(
    help: ArgumentHelp(
      "End before the next trial once the actuators have done this much work.",
      valueName: "joules"))
  var energyBudget: Double?

  @Flag(
    help: """
      Do everything but arm: check the robot, watch whether it is home, ask the policy on what the \
      sensors say. Nothing moves and nothing is stored.
      """)
  var dryRun = false

  func validate() throws {
    for (name, value) in [("time", timeBudget), ("energy", energyBudget)] {
      if let value, !(value > 0) {
        throw ValidationError("--\(name)-budget is \(value); it must be above 0.")
      }
    }
  }

  /// What the experiment may use.
  var budget: RunBudget { RunBudget(armedSeconds: timeBudget, energyJoules: energyBudget) }

  /// Refuses what could never work, before anything is opened.
  ///
  /// - Parameter hasTerminal: Whether someone can press keys.
  func check(robot: Robot, task: Robotics.Task, hasTerminal: Bool) throws {
    if let timeBudget, timeBudget < task.horizonSeconds {
      throw Failure.BadInput(
        message: "--time-budget is \(timeBudget) s, but one trial of '\(task.name)' takes "
          + "\(task.horizonSeconds) s; give a greater one")
    }
    if let stopFile { try StopFile.check(stopFile) }
    guard !hasTerminal && !dryRun else { return }
    let needs: [(Bool, String)] = [
      (deadMan, "--dead-man"), (confirm, "--confirm"),
      (robot.reset.strategy == .operator, "'reset.strategy: operator' in the robot file"),
    ]
    if let (_, what) = needs.first(where: \.0) {
      throw Failure.BadInput(
        message: "\(what) needs someone at a terminal, and stdin is none; run it from a terminal, "
          + "in the foreground, or leave it out")
    }
  }
}
