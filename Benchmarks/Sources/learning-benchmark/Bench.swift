import Foundation
import Robotics

/// The robots of the benchmarks.
enum Bench {
  /// The folder `calibration` of the repository.
  private static var calibration: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("calibration")
  }

  /// A robot of that folder, and its task of that name.
  static func robot(_ name: String, task taskName: String) throws -> (Robot, Robotics.Task) {
    let path = calibration.appendingPathComponent(name).appendingPathComponent("robot.yaml").path
    let robot = try Robot(contentsOf: path)
    guard let task = robot.task(named: taskName) else {
      preconditionFailure("\(path) has no task '\(taskName)'")
    }
    return (robot, task)
  }
}
