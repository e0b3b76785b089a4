import Experiment
import Foundation
import Reporting
import Robotics

/// A trial drawn in the terminal: each joint's position and each action over time.
enum TrialPicture {
  /// The picture of a trial of an experiment.
  static func draw(_ trial: Trial, _ configuration: RunConfiguration, width: Int) -> String {
    draw(trial, robot: configuration.robot, task: configuration.task, width: width)
  }

  /// The picture of a trial of a robot.
  static func draw(_ trial: Trial, robot: Robot, task: Robotics.Task? = nil, width: Int) -> String {
    guard !trial.samples.isEmpty else { return "" }
    var panels: [TerminalPlot.Panel] = []
    for (index, joint) in robot.joints.enumerated() {
      let isAngle = joint.kind == .revolute
      let scale = isAngle ? 180 / Double.pi : 1
      let points = trial.samples.map { PlotPoint($0.robotTimeSeconds, scale * $0.positions[index]) }
      // A continuous joint reaches its target at every whole turn: those in sight are marked.
      let targets = (task?.success.conditions ?? []).filter { $0.joint == index }.flatMap { goal in
        joint.isContinuous
          ? (-4...4).map { scale * (goal.target + 2 * .pi * Double($0)) } : [scale * goal.target]
      }
      let values = points.map(\.y)
      let guides = targets.filter { target in
        values.contains { abs($0 - target) < (isAngle ? 45 : 0.5) }
      }
      panels.append(
        .init(
          y: PlotAxis(isAngle ? "angle" : "position", unit: isAngle ? "deg" : "m"),
          series: [.init(name: joint.name, points: points)], guides: guides))
    }
    for (action, joint) in robot.actuatedJoints.enumerated() {
      let points = trial.samples.map { PlotPoint($0.robotTimeSeconds, $0.sentAction[action]) }
      panels.append(
        .init(
          y: PlotAxis("action", unit: robot.joints[joint].effortUnit),
          series: [.init(name: robot.joints[joint].name, points: points, isStepped: true)]))
    }
    let isUTF8 = ["LC_ALL", "LC_CTYPE", "LANG"].contains {
      ProcessInfo.processInfo.environment[$0]?.uppercased().contains("UTF") == true
    }
    return TerminalPlot(x: PlotAxis("time", unit: "s"), panels: panels).text(
      columns: width, rowsAPanel: 6, characters: isUTF8 ? .braille : .ascii,
      isColored: Console.shared.isTerminal)
  }
}
