import ArgumentParser
import Experiment
import Foundation
import Robotics
import Supervisor

/// Options that many commands share.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write machine-readable JSON to stdout; text for people goes to stderr.")
  var json = false
}

/// The robot's description.
struct RobotOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The robot's description.", valueName: "file"))
  var robot: String

  /// The path of the file: a folder stands for the robot.yaml in it.
  var file: String {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: robot, isDirectory: &isDirectory),
      isDirectory.boolValue
    {
      return robot + "/robot.yaml"
    }
    return robot
  }

  /// Reads the description.
  func load() throws -> Robot { try Robot(contentsOf: file) }

  /// Does what may find fault with the description, and gives such an error the file, line and key.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as SupervisorError {
      guard let key = error.robotFileKey,
        let place = FilePlace.of(key: key, yaml: try text(), file: file)
      else { throw error }
      throw MisdescribedRobot(place: place, error: error)
    }
  }

  /// The text of the description.
  func text() throws -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
}

/// What makes a robot's description unsafe, with its place in the file.
struct MisdescribedRobot: Error, CustomStringConvertible {
  var place: FilePlace
  var error: SupervisorError

  var description: String { "\(place): \(error)" }
}

extension Robot {
  /// The task of that name, or the first one when no name is given.
  func chosenTask(_ name: String?) throws -> Robotics.Task {
    let known = tasks.map(\.name)
    guard let name else {
      guard let first = tasks.first else {
        throw ExperimentError.noSuchTask(name: "", robot: self.name, known: known)
      }
      return first
    }
    guard let task = task(named: name) else {
      throw ExperimentError.noSuchTask(name: name, robot: self.name, known: known)
    }
    return task
  }
}
