import Experiment
import Foundation
import Robotics
import Testing

@Suite("Priors of a study")
struct StudyPriorTests {
  private let folder: URL
  private let robotFile: String
  private let robot: Robot

  init() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    folder = package.appendingPathComponent("calibration/pendubot")
    robotFile = folder.appendingPathComponent("robot.yaml").path
    robot = try Robot(contentsOf: robotFile)
  }

  private func prior(_ name: String, seed: UInt64 = 1) throws -> PriorDescription {
    try #require(
      try StudyPrior(name: name, robotFile: robotFile).description(of: robot, seed: seed))
  }

  @Test("Without a prior there is none, and the nominal one is the description's")
  func noneAndNominal() throws {
    #expect(
      try StudyPrior(name: "none", robotFile: robotFile).description(of: robot, seed: 1) == nil)
    #expect(try prior("nominal") == robot.prior)
  }

  @Test("wrongN spreads every tunable parameter over N per cent either way, and leaves the rest")
  func wrong() throws {
    let nominal = try #require(robot.prior)
    for percent in [10, 30, 50] {
      let drawn = try (1...400).map { try prior("wrong\(percent)", seed: $0) }
      let reach = Double(percent) / 100
      for (index, parameter) in nominal.parameters.enumerated() {
        let ratios = drawn.map { $0.parameters[index].nominal / parameter.nominal }
        if parameter.isTunable && parameter.nominal != 0 {
          // Of 400 draws the extremes lie within a twentieth of the ends but once in 10^9 times.
          let ends = (try #require(ratios.min()), try #require(ratios.max()))
          #expect(ends.0 >= 1 - reach && ends.0 < 1 - 0.9 * reach)
          #expect(ends.1 <= 1 + reach && ends.1 > 1 + 0.9 * reach)
        } else {
          #expect(drawn.allSatisfy { $0.parameters[index] == parameter })
        }
        #expect(
          drawn.allSatisfy {
            let one = $0.parameters[index]
            return one.lower <= one.nominal && one.nominal <= one.upper
          })
      }
    }
  }

  @Test("The same seed draws the same prior, another seed another")
  func seeded() throws {
    #expect(try prior("wrong50", seed: 7) == prior("wrong50", seed: 7))
    #expect(try prior("wrong50", seed: 7) != prior("wrong50", seed: 8))
  }

  @Test("A partial prior is as wrong, and half of what is wrong can't be tuned")
  func partial() throws {
    let (partial, wrong) = (try prior("partial", seed: 3), try prior("wrong50", seed: 3))
    #expect(partial.parameters.map(\.nominal) == wrong.parameters.map(\.nominal))
    #expect(
      wrong.parameters.filter(\.isTunable).map(\.name) == [
        "mass1", "mass2", "damping1", "damping2",
      ])
    #expect(partial.parameters.filter(\.isTunable).map(\.name) == ["mass1", "damping1"])
  }

  @Test("A misleading prior has no gravity, and can't be given any")
  func misleading() throws {
    let gravity = try #require(
      try prior("misleading").parameters.first { $0.name == "gravity" })
    #expect(gravity.nominal == 0 && gravity.upper == 0 && !gravity.isTunable)
    // An arm in a level plane is told that it hangs.
    var level = robot
    let index = try #require(level.prior?.parameters.firstIndex { $0.name == "gravity" })
    level.prior?.parameters[index].nominal = 0
    let misled = try StudyPrior(name: "misleading", robotFile: robotFile)
      .description(of: level, seed: 1)
    #expect(misled?.parameters[index].nominal == 9.82)
    #expect(misled?.parameters[index].isTunable == false)
  }

  @Test("A prior that was written to a file reads back the same, bit for bit")
  func roundTrip() throws {
    for name in ["nominal", "wrong30", "partial", "misleading"] {
      let written = try prior(name, seed: 11)
      let text = PriorFile.yaml(written, robot: "pendubot", summary: name)
      #expect(try PriorFile.prior(yaml: text, file: "prior.yaml", for: robot) == written)
    }
  }

  @Test("A file of another robot's prior is refused with its line and what is wanted")
  func otherRobot() throws {
    let text = PriorFile.yaml(try prior("nominal"), robot: "acrobot", summary: "")
    #expect {
      _ = try PriorFile.prior(yaml: text, file: "prior.yaml", for: robot)
    } throws: {
      "\($0)"
        == "prior.yaml:2: robot: found a prior of robot 'acrobot'; one of robot 'pendubot' is "
        + "allowed; give the file of this robot."
    }
  }

  @Test("A file in priors beside the description goes before a rule of its name")
  func declared() throws {
    let copy = NSTemporaryDirectory() + "handful-prior-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.createDirectory(
      atPath: copy + "/priors", withIntermediateDirectories: true)
    var prior = try prior("nominal")
    prior.parameters[0].nominal = 0.25
    try PriorFile.yaml(prior, robot: "pendubot", summary: "light")
      .write(toFile: copy + "/priors/partial.yaml", atomically: true, encoding: .utf8)
    let chosen = try StudyPrior(name: "partial", robotFile: copy + "/robot.yaml")
    #expect(try chosen.description(of: robot, seed: 1) == prior)
    #expect(throws: BenchError.self) {
      try StudyPrior(name: "heavy", robotFile: copy + "/robot.yaml")
    }
  }
}
