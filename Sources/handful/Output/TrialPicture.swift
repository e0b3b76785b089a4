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
      let guides = Self.guides(task, joint: index, joint, scale: scale, values: points.map(\.y))
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

  /// The joint's targets that are in sight; a continuous joint's at every whole turn.
  private static func guides(
    _ task: Robotics.Task?, joint index: Int, _ joint: Joint, scale: Double, values: [Double]
  ) -> [Double] {
    guard let task, let least = values.min(), let greatest = values.max() else { return [] }
    let margin = joint.kind == .revolute ? 45.0 : 0.5
    var guides: [Double] = []
    for condition in task.success.conditions where condition.joint == index {
      for turn in joint.isContinuous ? -4...4 : 0...0 {
        let guide: Double = scale * (condition.target + 2 * Double.pi * Double(turn))
        if guide > least - margin && guide < greatest + margin { guides.append(guide) }
      }
    }
    return guides
  }
}
