import Foundation
import Robotics
import Testing

@Suite struct CalibratedPriorTests {
  let calibrated = CalibratedPrior(
    robot: "pendulum", model: "pendulum",
    parameters: [
      .init(name: "mass", unit: "kg", value: 0.1 + 0.2, standardError: 1.0 / 3),
      .init(name: "damping", unit: "N m s/rad", value: 1e-7),
      .init(name: "ratio", unit: "1", value: 6, standardError: 0.01),
    ],
    covariance: [[1.0 / 9, 1e-5, 0], [1e-5, 2, -1e-300], [0, -1e-300, 1e-4]],
    provenance: .init(
      date: "2025-03-02", data: "trials 1 to 5 of \"pendulum.sqlite\"",
      command: "handful calibrate --robot a\\b.yaml\t# über\nagain\u{1}"))

  private func prior() throws -> PriorDescription {
    try #require(
      try Robot(contentsOf: PackagePaths.calibration("pendulum/robot.yaml")).prior)
  }

  private func complaint(_ yaml: String) -> String {
    do throws(RobotFileError) {
      _ = try CalibratedPrior(yaml: yaml, file: "prior.yaml")
      return "nothing"
    } catch {
      return error.description
    }
  }

  @Test("Calibrated values written to a file read back bit for bit, strange texts included")
  func roundTrip() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-prior-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try calibrated.write(to: path)
    #expect(try CalibratedPrior(contentsOf: path) == calibrated)
  }

  @Test("Applied values are the nominal ones; names, bounds and the rest stay")
  func applied() throws {
    let prior = try prior()
    let values = CalibratedPrior(
      robot: "pendulum", model: "pendulum",
      parameters: [
        .init(name: "length", unit: "m", value: 1.2),
        .init(name: "gravity", unit: "m/s^2", value: 9.81),
      ])
    var expected = prior
    expected.parameters[1].nominal = 1.2
    expected.parameters[4].nominal = 9.81
    expected.parameters[4].lower = 9.81
    #expect(try values.applied(to: prior) == expected)
  }

  @Test("A file written by hand needs only the model and the values, in any unit that fits")
  func standAlone() throws {
    let values = try CalibratedPrior(
      yaml: """
        handful_prior: 1
        robot: pendulum
        model: pendulum
        parameters: { mass: { value: 900 g } }
        """, file: "prior.yaml")
    #expect(values.parameters == [.init(name: "mass", unit: "kg", value: 0.9)])
    #expect(try values.applied(to: prior()).parameters[0].nominal == 0.9)
  }

  @Test("Values for another model, parameter, unit or range are refused with what is known")
  func mismatches() throws {
    let prior = try prior()
    func complaint(_ model: String, _ name: String, _ unit: String, _ value: Double) -> String {
      let values = CalibratedPrior(
        robot: "pendulum", model: model, parameters: [.init(name: name, unit: unit, value: value)])
      do throws(RobotFileError) {
        _ = try values.applied(to: prior)
        return "nothing"
      } catch {
        return error.description
      }
    }
    #expect(
      complaint("arm", "mass", "kg", 1)
        == """
        calibrated values: they are for the model 'arm'; \
        the robot's prior is the model 'pendulum'; calibrate again.
        """)
    #expect(
      complaint("pendulum", "masses", "kg", 1)
        == """
        calibrated values: they have the parameter 'masses'; \
        the robot's prior has mass, length, damping, friction, gravity; \
        add it to the robot's prior, or calibrate again.
        """)
    #expect(
      complaint("pendulum", "mass", "m", 1)
        == """
        calibrated values: mass is in m; the robot's prior has it in kg; calibrate again.
        """)
    #expect(
      complaint("pendulum", "mass", "kg", 3)
        == """
        calibrated values: mass is 3 kg; the robot's prior bounds it by 0.4 and 2 kg; \
        widen the bounds in the robot's description, or calibrate again.
        """)
  }

  @Test("A covariance of another size is refused")
  func size() {
    #expect(
      complaint(calibrated.yaml.replacingFirst("  - [0.0, -1e-300, 0.0001]\n", with: ""))
        == """
        prior.yaml:14: covariance: found 2 rows; a list of 3 lists of 3 numbers is wanted; \
        mend the line and its indentation.
        """)
  }

  @Test("A covariance that isn't symmetric is refused")
  func symmetry() {
    #expect(
      complaint(calibrated.yaml.replacingFirst("[1e-05, 2.0", with: "[2e-05, 2.0"))
        == """
        prior.yaml:16: covariance.2: found 2e-05 against 1e-05; \
        a symmetric covariance is allowed; calibrate again.
        """)
  }

  @Test("A negative variance is refused")
  func variance() {
    #expect(
      complaint(calibrated.yaml.replacingFirst("1e-05, 2.0", with: "1e-05, -2"))
        == """
        prior.yaml:16: covariance.2: found a variance of -2; \
        a variance of zero or more is allowed; calibrate again.
        """)
  }

  @Test("Calibrated values lie beside the robot's description")
  func path() {
    #expect(CalibratedPrior.path(besideRobotFile: "a/b/robot.yaml") == "a/b/prior.yaml")
    #expect(CalibratedPrior.path(besideRobotFile: "robot.yaml") == "prior.yaml")
  }
}
