import Foundation
import Robotics

/// A robot and one of its tasks, by the names that a bench takes.
public struct BenchTask: Sendable, Equatable {
  /// The description's path.
  public var robotFile: String
  /// The robot's name.
  public var robotName: String
  /// The task's name.
  public var task: String

  /// A robot's task.
  ///
  /// - Parameters:
  ///   - task: `ROBOT` or `ROBOT/TASK` of the folder `calibration`, in the working directory or above
  ///     this program; with a description, the task's name. The robot's first task when nil.
  ///   - robotPath: The description's path, or its folder's; nil to find it by the task's name.
  /// - Throws: ``BenchError/noSuchRobot(name:folders:known:)``, `RobotFileError`,
  ///   ``ExperimentError/noSuchTask(name:robot:known:)``.
  public init(task: String?, robotPath: String?) throws {
    var taskName = task
    if let robotPath {
      robotFile = Self.description(at: robotPath)
    } else {
      let parts = (task ?? "").split(separator: "/", maxSplits: 1).map(String.init)
      let name = parts.first ?? ""
      taskName = parts.count > 1 ? parts[1] : nil
      guard let folder = Self.folders.first(where: { Self.robots(in: $0).contains(name) }) else {
        throw BenchError.noSuchRobot(
          name: name, folders: Self.folders.isEmpty ? ["calibration"] : Self.folders,
          known: Self.folders.flatMap { Self.robots(in: $0) })
      }
      robotFile = "\(folder)/\(name)/robot.yaml"
    }
    let robot = try Robot(contentsOf: robotFile)
    robotName = robot.name
    guard let chosen = taskName ?? robot.tasks.first?.name, robot.task(named: chosen) != nil else {
      throw ExperimentError.noSuchTask(
        name: taskName ?? "", robot: robot.name, known: robot.tasks.map(\.name))
    }
    self.task = chosen
  }

  private static func description(at path: String) -> String {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue ? path + "/robot.yaml" : path
  }

  /// The folders of robots that are there: of the working directory, and of the repository that this
  /// program was built in.
  private static var folders: [String] {
    var candidates = ["calibration"]
    var place = URL(fileURLWithPath: CommandLine.executablePath)
    for _ in 0..<5 {
      place.deleteLastPathComponent()
      candidates.append(place.appendingPathComponent("calibration").path)
    }
    return candidates.filter { !robots(in: $0).isEmpty }
  }

  private static func robots(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)/robot.yaml")
    }.sorted()
  }
}
