import Foundation
import Robotics
import Testing

/// A description names its simulator's file relative to its own folder.
@Suite("Where a prior's simulator is")
struct SimulatorPathTests {
  private static let pendulum = PackagePaths.calibration("pendulum/robot.yaml")

  /// The pendulum's description with another prior.
  private func yaml(_ prior: String, virtual: String = "") throws -> String {
    let text = try String(contentsOfFile: Self.pendulum, encoding: .utf8)
    return text.replacingOccurrences(of: "  model: pendulum\n", with: "  model: arm\n  \(prior)\n")
      .replacingOccurrences(of: "  plant: pendulum\n", with: "  plant: pendulum\n\(virtual)")
  }

  @Test(
    "A library or a MuJoCo model is found from the description's folder, and an absolute path stays",
    arguments: [
      ("models/arm.xml", "/robots/arm/models/arm.xml"), ("../arm.xml", "/robots/arm.xml"),
      ("/elsewhere/arm.xml", "/elsewhere/arm.xml"),
    ])
  func relative(_ written: String, _ path: String) throws {
    let file = "/robots/arm/robot.yaml"
    let library = try Robot(yaml: try yaml("library: \(written)"), file: file)
    #expect(library.prior?.libraryPath == path && library.prior?.mujoco == nil)
    let model = try Robot(
      yaml: try yaml("mujoco: \(written)", virtual: "  mujoco: \(written)\n"), file: file)
    #expect(model.prior?.mujoco?.path == path && model.prior?.libraryPath == nil)
    #expect(model.virtualRobot?.mujoco?.path == path)
    #expect(model.prior?.mujoco?.joints.map(\.name) == ["shoulder"])
  }

  @Test("Both at once are refused with the line")
  func both() throws {
    let text = try yaml("{ library: a.so, mujoco: a.xml }").replacingOccurrences(
      of: "  { library: a.so, mujoco: a.xml }", with: "  library: a.so\n  mujoco: a.xml")
    let line = try #require(
      text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex(
        of: "  mujoco: a.xml"))
    let error = try #require(throws: RobotFileError.self) {
      try Robot(yaml: text, file: "robot.yaml")
    }
    #expect(error.description.hasPrefix("robot.yaml:\(line + 1): prior.mujoco: "))
  }

  @Test(
    "A prior written to a file of its own reads back with its simulator, in any folder",
    arguments: ["library: arm.so", "mujoco: arm.xml", "mujoco: \"strange: 'arm'.xml\""])
  func roundTrip(_ named: String) throws {
    let robot = try Robot(yaml: try yaml(named), file: "/robots/arm/robot.yaml")
    let prior = try #require(robot.prior)
    let text = PriorFile.yaml(prior, robot: robot.name, summary: "a copy")
    #expect(try PriorFile.prior(yaml: text, file: "/bench/seed-1.prior.yaml", for: robot) == prior)
  }

  @Test(
    "A description's text for another folder means the same there",
    arguments: [
      "library: arm.so", "mujoco: arm.xml  # the arm", "mujoco: \"my arm.xml\"",
      "mujoco: /models/arm.xml",
    ])
  func absoluteText(_ named: String) throws {
    let text = try yaml(named, virtual: "  mujoco: world/arm.xml\n")
    let here = "/robots/arm/robot.yaml"
    let moved = Robot.textWithAbsolutePaths(yaml: text, file: here)
    #expect(try Robot(yaml: moved, file: "/bench/robot.yaml") == Robot(yaml: text, file: here))
    #expect(try Robot(yaml: text, file: "/bench/robot.yaml") != Robot(yaml: text, file: here))
  }
}
