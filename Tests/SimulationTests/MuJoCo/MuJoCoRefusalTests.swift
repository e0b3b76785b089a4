import Foundation
import Robotics
import Simulation
import Testing

@Suite("MuJoCo models that can't be a robot's simulator")
struct MuJoCoRefusalTests {
  private let folder: ModelFolder
  init() throws { folder = try ModelFolder() }

  /// A model, the parameters asked for, what the error must say, and the key that it must name.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var model: String
    var joints = [joint("joint1"), joint("joint2")]
    var parameters: [String] = []
    var says: [String]
    var key = "prior.mujoco"
    var testDescription: String { name }
  }

  static let arm = MJCF.chain(2, motors: 2)

  static func arm(_ replaced: String, _ by: String) -> String {
    arm.replacingOccurrences(of: replaced, with: by)
  }

  static let cases: [Case] = [
    Case(
      name: "no XML", model: "<mujoco><worldbody>", says: ["MuJoCo says: XML"]),
    Case(
      name: "an unknown element", model: "<mujoco>\n<bodies/>\n</mujoco>",
      says: ["unrecognized element", "line 2"]),
    Case(
      name: "one joint too many", model: MJCF.chain(3, motors: 2),
      says: ["3 joints (joint1, joint2, joint3)", "2 joints (joint1, joint2)"]),
    Case(
      name: "another name", model: arm, joints: [joint("joint1"), joint("elbow")],
      says: ["joint1, elbow", "by the same names"]),
    Case(
      name: "a hinge for a slide", model: arm,
      joints: [joint("joint1"), joint("joint2", .prismatic)], says: ["'joint2' is a hinge"]),
    Case(
      name: "a free joint",
      model: MJCF.model(
        "<body name=\"b\"><freejoint name=\"joint1\"/><geom size=\"1\"/></body>"),
      joints: [joint("joint1")], says: ["'joint1' is a free joint", "fix the body"]),
    Case(
      name: "a joint without a name",
      model: MJCF.model("<body><joint type=\"hinge\"/><geom size=\"1\"/></body>"),
      joints: [joint("joint1")], says: ["no name"]),
    Case(
      name: "a closed loop",
      model: arm(
        "</mujoco>",
        "<equality><connect body1=\"rod1\" body2=\"rod2\" anchor=\"0 0 0\"/></equality></mujoco>"),
      says: ["equality constraint", "cut the loop"]),
    Case(
      name: "a servo", model: arm("<motor name=\"motor2\"", "<position name=\"motor2\""),
      says: ["'motor2' is no motor", "<motor joint=\"joint2\"/>"]),
    Case(
      name: "a filter before the motor",
      model: arm("<motor name=\"motor2\"", "<general dyntype=\"filter\" name=\"motor2\""),
      says: ["activations"]),
    Case(
      name: "a motor on a joint without one", model: arm,
      joints: [joint("joint1"), joint("joint2", isActuated: false)],
      says: ["'joint2'", "no motor in the robot's description"]),
    Case(
      name: "two motors on a joint",
      model: arm("</actuator>", "<motor name=\"m3\" joint=\"joint1\"/></actuator>"),
      says: ["two actuators on the joint 'joint1'"]),
    Case(
      name: "an unknown body", model: arm, parameters: ["rod3_mass"],
      says: ["no body 'rod3'", "did you mean"], key: "prior.parameters.rod3_mass"),
    Case(
      name: "a joint's quantity of a body", model: arm, parameters: ["rod1_damping"],
      says: ["no joint 'rod1'", "joint1, joint2"], key: "prior.parameters.rod1_damping"),
    Case(
      name: "an unknown quantity", model: arm, parameters: ["rod1_colour"],
      says: ["_mass, _inertia, _length"], key: "prior.parameters.rod1_colour"),
    Case(
      name: "the inertia of what only slides",
      model: MJCF.model(
        "<body name=\"b\"><joint name=\"joint1\" type=\"slide\"/><geom size=\"1\"/></body>"),
      joints: [joint("joint1", .prismatic)], parameters: ["b_inertia"],
      says: ["turns about no hinge"],
      key: "prior.parameters.b_inertia"),
    Case(
      name: "the length of what has no end",
      model: MJCF.model(
        "<body name=\"b\"><joint name=\"joint1\" type=\"hinge\"/><geom size=\"1\"/></body>"),
      joints: [joint("joint1")], parameters: ["b_length"], says: ["no end", "add a site"],
      key: "prior.parameters.b_length"),
  ]

  @Test("What is wrong is said, with the key and the remedy", arguments: cases)
  func refusal(_ one: Case) throws {
    let error = try #require(throws: SimulationError.self) {
      try folder.prior(one.model, joints: one.joints, parameters: one.parameters)
    }
    for text in one.says { #expect(error.description.contains(text), "\(error)") }
    #expect(error.description.hasSuffix(".") && error.description.contains("model.xml"))
    #expect(error.robotFileKey == one.key)
  }

  @Test("A file that isn't there, or is a folder, is no model")
  func missing() throws {
    for path in ["/nowhere/arm.xml", folder.path] {
      let error = try #require(throws: SimulationError.self) {
        try MuJoCoPrior(
          file: MuJoCoFile(path: path, joints: []), parameterNames: [], stepSeconds: 0.01,
          section: "virtual")
      }
      #expect(error.robotFileKey == "virtual.mujoco")
    }
  }
}
