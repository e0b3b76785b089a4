import ArgumentParser
import Experiment
import Foundation
import Robotics
import Simulation
import Supervisor
import TrialStore

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

  /// Reads the description, and the MuJoCo models that it names.
  func load() throws -> Robot {
    let robot = try Robot(contentsOf: file)
    try placing { try PriorModels.checkMuJoCoModels(of: robot) }
    return robot
  }

  /// Opens a store to read from, which must be of the robot.
  func store(at path: String, of robot: Robot) throws -> TrialStore {
    let opened = try TrialStore.open(at: path, readOnly: true)
    guard opened.experiment.robotName == robot.name else {
      throw ExperimentError.storeMismatch(
        what: "robot", stored: opened.experiment.robotName, wanted: robot.name)
    }
    return opened
  }

  /// Reads a prior that stands in a file of its own, and the MuJoCo model that it names.
  ///
  /// - Returns: The prior; nil for calibrated values of a robot without a prior.
  func prior(contentsOf path: String, for robot: Robot) throws -> PriorDescription? {
    guard let prior = try PriorFile.prior(contentsOf: path, for: robot) else { return nil }
    if prior.mujoco != nil {
      try Self.placing(in: path) { _ = try PriorModels.model(for: prior) }
    }
    return prior
  }

  /// Does what may find fault with the description, and gives such an error the file, line and key.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    try Self.placing(in: file, body)
  }

  private static func placing<Result>(
    in file: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch {
      let key =
        (error as? SupervisorError)?.robotFileKey ?? (error as? SimulationError)?.robotFileKey
      guard let key, let yaml = try? String(contentsOfFile: file, encoding: .utf8),
        let place = FilePlace.of(key: key, yaml: yaml, file: file)
      else { throw error }
      throw MisdescribedRobot(place: place, error: error)
    }
  }

  /// Refuses trials of a robot with other joints.
  func ensureSameJoints(_ robot: Robot, _ trials: [Trial]) throws {
    for trial in trials {
      guard let sample = trial.samples.first else { continue }
      let found = (sample.positions.count, sample.sentAction.count)
      guard found == (robot.joints.count, robot.actionDimensions) else {
        throw Failure.BadInput(
          message:
            "trial \(trial.number) has \(found.0) positions and \(found.1) efforts a sample, "
            + "but '\(file)' describes \(robot.joints.count) joints, "
            + "\(robot.actionDimensions) of them with a motor; give the description it was run with, "
            + "or leave the trial out with --trials")
      }
    }
  }

  /// The text of the description.
  func text() throws -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
}

/// What makes a robot's description unsafe, with its place in the file.
struct MisdescribedRobot: Error, CustomStringConvertible {
  var place: FilePlace
  var error: any Error

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
