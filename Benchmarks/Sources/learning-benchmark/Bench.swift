import Foundation
import Robotics

/// The robots of the benchmarks.
enum Bench {
  /// The folder `calibration` of the repository.
  private static var calibration: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("calibration")
  }

  static var pendulum: Robot { read("pendulum") }
  static var cartPole: Robot { read("cart-pole") }

  private static func read(_ name: String) -> Robot {
    let path = calibration.appendingPathComponent(name).appendingPathComponent("robot.yaml").path
    do {
      return try Robot(contentsOf: path)
    } catch {
      fatalError("\(path): \(error)")
    }
  }
}
