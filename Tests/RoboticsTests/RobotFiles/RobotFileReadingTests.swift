import Foundation
import Robotics
import Testing

@Suite struct RobotFileReadingTests {
  @Test("The small description that the tests of errors spoil is itself valid")
  func small() { #expect(SmallRobot.complaint(about: SmallRobot.yaml) == "nothing") }

  @Test("What a description leaves out has the documented defaults")
  func defaults() throws {
    let robot = try Robot(yaml: SmallRobot.yaml, file: "small.yaml")
    #expect(robot.link.commandDelaySeconds == LinkSettings().commandDelaySeconds)
    #expect(robot.reset.effortLimits == [4, 0])
    #expect(robot.virtualRobot?.encoderCounts == [0, 0])
    #expect(robot.joints[0].limits.effortRate == .infinity)
    #expect(robot.joints[1].limits.effort == 0)
    #expect(robot.joints[1].limits.brakingDeceleration == .infinity)
    #expect(robot.tasks[0].velocityScales == [5, 30])
    #expect(robot.tasks[0].positionScales == [1, 1])
    #expect(robot.recording?.joints[0].velocity == nil)
  }

  @Test("Tasks keep the order of the file")
  func order() throws {
    let robot = try Robot(contentsOf: PackagePaths.calibration("cart-pole/robot.yaml"))
    #expect(robot.tasks.map(\.name) == ["swing-up", "swing-up-fast"])
  }

  @Test("A file that doesn't exist is refused by name")
  func missingFile() {
    #expect(
      throws: RobotFileError.unreadable(file: "nowhere.yaml", reason: "there is no such file")
    ) {
      try Robot(contentsOf: "nowhere.yaml")
    }
    #expect(
      RobotFileError.unreadable(file: "nowhere.yaml", reason: "there is no such file").description
        == """
        nowhere.yaml: the file can't be used: there is no such file; \
        give the path of a file that exists and that you may use.
        """)
  }

  @Test("A folder in place of a file is refused as a folder")
  func folder() {
    let path = PackagePaths.calibration("pendulum")
    #expect(throws: RobotFileError.unreadable(file: path, reason: "it is a folder")) {
      try Robot(contentsOf: path)
    }
  }

  @Test("An empty file is refused as empty")
  func empty() {
    #expect(
      SmallRobot.complaint(about: "# nothing yet\n")
        == "small.yaml:1: found an empty file; a map is wanted; mend the line and its indentation.")
  }

  @Test("Two documents in one file are refused with the line of the second")
  func twoDocuments() {
    #expect(
      SmallRobot.complaint(about: "handful: 1\n---\nhandful: 1\n")
        == """
        small.yaml:2: not YAML: expected a single document in the stream: \
        but found another document; mend the line, or quote the text.
        """)
  }

  @Test(
    "Every robot in calibration/ reads, and names the plant's parameters of the tasks' paper",
    arguments: [
      ("pendulum", ["mass", "length", "damping", "friction", "gravity"]),
      (
        "dfki-simple-pendulum",
        ["mass", "length", "damping", "friction", "gravity", "stiction", "stribeck_speed", "zero"]
      ),
      (
        "dfki-double-pendulum",
        [
          "mass1", "mass2", "length1", "centre1", "centre2", "inertia1", "inertia2", "armature1",
          "armature2", "damping1", "damping2", "friction1", "friction2", "stiction1", "stiction2",
          "stribeck_speed", "zero1", "zero2", "gravity",
        ]
      ),
      ("cart-pole", ["cart_mass", "pole_mass", "length", "damping", "gravity"]),
      (
        "pendubot",
        ["mass1", "mass2", "length1", "length2", "damping1", "damping2", "gravity"]
      ),
    ])
  func calibrationFolder(name: String, parameters: [String]) throws {
    let robot = try Robot(contentsOf: PackagePaths.calibration("\(name)/robot.yaml"))
    #expect(robot.name == name)
    #expect(robot.prior?.parameters.map(\.name) == parameters)
    #expect(robot.virtualRobot?.parameters.keys.sorted() == parameters.sorted())
    #expect(robot.tasks.first?.name == "swing-up")
  }
}
