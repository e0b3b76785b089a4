import Foundation
import Robotics
import Testing

/// Its refusals are tested from the command line.
@Suite("Efforts over time in a CSV file")
struct EffortSequenceTests {
  private func robot(_ name: String) throws -> Robot {
    try Robot(contentsOf: PackagePaths.calibration("\(name)/robot.yaml"))
  }

  @Test("What is written reads back to six decimals, a column a motor")
  func roundTrip() throws {
    let robot = try robot("planar-arm-2")
    let sequence = EffortSequence(
      periodSeconds: 0.01, efforts: [[0, 1.2, -1.2, 0.123_456], [0.3, -0.3, 0, 0.000_001]])
    let text = sequence.csv(for: robot)
    #expect(text.hasPrefix("time_s,shoulder_effort_N_m,elbow_effort_N_m\n"))
    let read = try EffortSequence(csv: text, file: "efforts.csv", robot: robot)
    #expect(read == sequence)
    #expect(read.durationSeconds == 0.04)
  }

  @Test("A joint without a motor has no column, and a force is in newtons")
  func cartPole() throws {
    let sequence = EffortSequence(periodSeconds: 0.02, efforts: [[1, 2]])
    #expect(sequence.csv(for: try robot("cart-pole")).hasPrefix("time_s,cart_effort_N\n"))
  }

  @Test("Times from a file that was cut to microseconds are whole control periods again")
  func snapping() throws {
    let robot = try robot("pendulum")
    let lines = (0..<100).map { String(format: "%.6f,0.1", 0.03 * Double($0) + 4e-7) }
    let read = try EffortSequence(
      csv: "time_s,shoulder_effort_N_m\n" + lines.joined(separator: "\n"), file: "e.csv",
      robot: robot)
    #expect(abs(read.periodSeconds - 0.03) < 1e-15)
  }
}
