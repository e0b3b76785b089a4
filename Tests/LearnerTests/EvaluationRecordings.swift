import Foundation
import Robotics
import Simulation
import Testing

/// The recordings of a real pendulum, kept outside the repository: `../shared/data` beside it.
/// `calibration/README.md` says where the originals are published.
enum RealPendulum {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let data = root.deletingLastPathComponent()
    .appendingPathComponent("shared/data/simple-pendulum")
  static let isPresent = FileManager.default.fileExists(
    atPath: data.appendingPathComponent("energy-shaping.csv").path)
  static let absence: Comment = "the recordings in ../shared/data are absent"

  static func robot() throws -> Robot {
    try Robot(
      contentsOf: root.appendingPathComponent("calibration/dfki-simple-pendulum/robot.yaml").path)
  }

  static func trial(_ name: String, number: Int) throws -> Trial {
    try CSVRecording.read(
      contentsOf: data.appendingPathComponent("\(name).csv").path, robot: robot(), number: number
    ).trial
  }

  static func prior() throws -> (model: PlantPrior, description: PriorDescription) {
    let description = try #require(try robot().prior)
    let model = try PlantPrior(
      plantName: description.model, stepSeconds: description.stepSeconds)
    return (model, description)
  }
}
