import Foundation
import Robotics

/// What a store's experiment was begun with.
public struct ExperimentRecord: Sendable, Equatable, Codable {
  /// The robot's name.
  public var robotName: String
  /// The robot file's text, as it was when the experiment began.
  public var robotFileText: String
  /// The robot's joints; samples have their shape.
  public var joints: [Joint]
  /// The rate of the control loop, in hertz of the robot's clock.
  public var controlRateHertz: Double
  /// The task's name; empty for a store of recordings without one.
  public var task: String
  /// The learning algorithm's name.
  public var algorithm: String
  /// The algorithm's settings, as JSON.
  public var settingsJSON: String
  /// The experiment's seed.
  public var seed: UInt64
  /// The version of Handful that began it.
  public var handfulVersion: String
  /// When it was begun, in seconds since 1970.
  public var createdAtUnixSeconds: Double

  /// A record from its parts.
  public init(
    robotName: String, robotFileText: String, joints: [Joint], controlRateHertz: Double,
    task: String, algorithm: String, settingsJSON: String = "{}", seed: UInt64,
    handfulVersion: String, createdAtUnixSeconds: Double
  ) {
    self.robotName = robotName
    self.robotFileText = robotFileText
    self.joints = joints
    self.controlRateHertz = controlRateHertz
    self.task = task
    self.algorithm = algorithm
    self.settingsJSON = settingsJSON
    self.seed = seed
    self.handfulVersion = handfulVersion
    self.createdAtUnixSeconds = createdAtUnixSeconds
  }

  /// A record for a robot; name, joints and rate are the robot's.
  public init(
    robot: Robot, robotFileText: String, task: String, algorithm: String,
    settingsJSON: String = "{}", seed: UInt64, handfulVersion: String, createdAtUnixSeconds: Double
  ) {
    self.init(
      robotName: robot.name, robotFileText: robotFileText, joints: robot.joints,
      controlRateHertz: robot.link.controlRateHertz, task: task, algorithm: algorithm,
      settingsJSON: settingsJSON, seed: seed, handfulVersion: handfulVersion,
      createdAtUnixSeconds: createdAtUnixSeconds)
  }

  /// Why trials of `other` can't join this experiment's: a phrase for each of robot, joints, control
  /// rate and task that differs. Limits, settings and seeds may differ.
  public func differences(from other: ExperimentRecord) -> [String] {
    var found: [String] = []
    func compare(_ what: String, _ stored: String, _ given: String) {
      if stored != given { found.append("\(what) is \(stored) in the store and \(given) now") }
    }
    func describe(_ joints: [Joint]) -> String {
      joints.map {
        "\($0.name) (\($0.kind.rawValue), \($0.isActuated ? "driven" : "free"))"
      }.joined(separator: ", ")
    }
    compare("the robot", robotName, other.robotName)
    compare("the list of joints", describe(joints), describe(other.joints))
    compare("the control rate", "\(controlRateHertz) Hz", "\(other.controlRateHertz) Hz")
    compare("the task", task, other.task)
    return found
  }
}
