import Foundation
import Robotics
import Simulation
import Testing

@Suite("Named parameters of MuJoCo models")
struct MuJoCoParameterTests {
  private let folder: ModelFolder
  init() throws { folder = try ModelFolder() }

  /// A pendulum's course by its closed-form acceleration, with the classic Runge-Kutta method.
  private func course(
    from start: [Double], seconds: Double, acceleration: (Double, Double) -> Double
  ) -> [Double] {
    let step = 0.001
    var (angle, rate) = (start[0], start[1])
    for _ in 0..<Int((seconds / step).rounded()) {
      let (v1, a1) = (rate, acceleration(angle, rate))
      let (v2, a2) = (
        rate + step / 2 * a1, acceleration(angle + step / 2 * v1, rate + step / 2 * a1)
      )
      let (v3, a3) = (
        rate + step / 2 * a2, acceleration(angle + step / 2 * v2, rate + step / 2 * a2)
      )
      let (v4, a4) = (rate + step * a3, acceleration(angle + step * v3, rate + step * a3))
      angle += step / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
      rate += step / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    }
    return [angle, rate]
  }

  @Test("Mass, inertia, armature, stiffness, damping and gear act as the equation of motion says")
  func pendulum() throws {
    let prior = try folder.prior(
      MJCF.chain(1, motors: 1), joints: [joint("joint1")],
      parameters: [
        "rod1_mass", "rod1_inertia", "joint1_armature", "joint1_stiffness", "joint1_damping",
        "motor1_gear", "gravity",
      ])
    let (mass, inertia, armature, stiffness) = (0.7, 0.05, 0.02, 1.3)
    let (damping, gear, gravity, effort) = (0.08, 1.4, 9.82, 0.5)
    let found = advanced(
      prior, from: [1.2, -0.4], action: [effort],
      parameters: [mass, inertia, armature, stiffness, damping, gear, gravity], seconds: 1.5)
    // The centre of mass is 0.5 m below the hinge.
    let expected = course(from: [1.2, -0.4], seconds: 1.5) { angle, rate in
      (gear * effort - damping * rate - stiffness * angle - mass * gravity * 0.5 * sin(angle))
        / (inertia + mass * 0.25 + armature)
    }
    #expect(greatestDifference(found, expected) < 1e-9)
  }

  @Test("A heavier body has the more inertia, and a longer one the square, unless it is given")
  func consistency() throws {
    let text = MJCF.chain(1, motors: 1)
    let scaled = try folder.prior(
      text, joints: [joint("joint1")], parameters: ["rod1_mass", "rod1_length"])
    let given = try folder.prior(
      text, joints: [joint("joint1")], parameters: ["rod1_mass", "rod1_length", "rod1_inertia"])
    let (mass, length) = (2.0, 0.6)
    let thinRod = mass * length * length / 12
    let a = advanced(scaled, from: [1, 0], action: [0], parameters: [mass, length], seconds: 0.5)
    let b = advanced(
      given, from: [1, 0], action: [0], parameters: [mass, length, thinRod], seconds: 0.5)
    let c = advanced(
      given, from: [1, 0], action: [0], parameters: [mass, length, 3 * thinRod], seconds: 0.5)
    #expect(greatestDifference(a, b) < 1e-12)
    #expect(greatestDifference(a, c) > 0.1)
  }

  @Test("Dry friction slows a body at the rate of its torque, and holds it against less")
  func frictionLoss() throws {
    let prior = try folder.prior(
      MJCF.chain(1, motors: 1), joints: [joint("joint1")],
      parameters: ["joint1_frictionloss", "gravity"])
    // The rod's inertia about its hinge is 1/3 kg m²; 0.2 N m slow it by 0.6 rad/s².
    let moving = advanced(prior, from: [0, 2], action: [0], parameters: [0.2, 0], seconds: 1)
    #expect(abs(moving[1] - 1.4) < 0.01)
    let held = advanced(prior, from: [0, 0], action: [0.15], parameters: [0.2, 0], seconds: 1)
    #expect(abs(held[0]) < 0.01)
  }

  @Test("A body on a slide obeys force and mass")
  func slide() throws {
    let prior = try folder.prior(
      MJCF.model(
        """
        <body name="car"><joint name="rail" type="slide" axis="1 0 0"/>
          <geom type="box" size="0.1 0.1 0.1"/></body>
        """, actuators: "<motor name=\"motor\" joint=\"rail\"/>"),
      joints: [joint("rail", .prismatic)], parameters: ["car_mass"])
    let end = advanced(prior, from: [0.5, 1], action: [3], parameters: [2], seconds: 2)
    #expect(greatestDifference(end, [0.5 + 2 + 1.5 * 2, 1 + 1.5 * 2]) < 1e-9)
  }

  /// A bar, or several, on a hinge that isn't at the body's own origin.
  private func bar(_ shapes: String) -> String {
    MJCF.model(
      """
      <body name="bar" pos="0 0 0.2">
        <joint name="pin" type="hinge" axis="0 -1 0" pos="0 0 0.1"/>
        \(shapes)
      </body>
      """)
  }

  @Test(
    "A length is measured from the joint to the end of the shapes or the farthest site",
    arguments: [
      "<geom type=\"box\" size=\"0.01 0.01 0.2\" pos=\"0 0 -0.1\"/>",
      "<geom type=\"capsule\" size=\"0.01\" fromto=\"0 0 0.1 0 0 -0.3\"/>",
      "<geom type=\"sphere\" size=\"0.02\" pos=\"0 0 -0.1\"/><site pos=\"0 0 -0.3\"/>",
    ])
  func lengthOfShapes(_ shapes: String) throws {
    let joints = [joint("pin")]
    let file = try folder.prior(bar(shapes), joints: joints, parameters: [])
    let tuned = try folder.prior(bar(shapes), joints: joints, parameters: ["bar_length"])
    func end(_ parameters: [Double]) -> [Double] {
      advanced(tuned, from: [1, 0], action: [0], parameters: parameters, seconds: 0.4)
    }
    // 0.4 m is the length in the file.
    let asFile = advanced(file, from: [1, 0], action: [0], parameters: [], seconds: 0.4)
    #expect(greatestDifference(asFile, end([0.4])) < 1e-12)
    // A quarter of the length swings twice as fast: the same angle after half the time.
    let short = advanced(tuned, from: [1, 0], action: [0], parameters: [0.1], seconds: 0.2)
    #expect(abs(short[0] - asFile[0]) < 1e-8 && abs(short[1] - 2 * asFile[1]) < 1e-7)
  }

  @Test("A longer rod carries the next one farther out")
  func lengthMovesTheNext() throws {
    let joints = [joint("joint1"), joint("joint2")]
    let long = MJCF.chain(2, motors: 2)
    // The same with an upper rod of 0.5 m and a quarter of the inertia.
    let short = long.replacingOccurrences(
      of: "<body name=\"rod2\" pos=\"0 0 -1.0\">", with: "<body name=\"rod2\" pos=\"0 0 -0.5\">")
    let upper = try #require(short.range(of: "pos=\"0 0 -0.5\" mass=\"1\" diaginertia"))
    let shorter = short.replacingCharacters(
      in: upper, with: "pos=\"0 0 -0.25\" mass=\"1\" diaginertia"
    ).replacingOccurrences(
      of: "-0.25\" mass=\"1\" diaginertia=\"0.0833333333333333 0.0833333333333333 1e-9\"",
      with: "-0.25\" mass=\"1\" diaginertia=\"0.020833333333333325 0.020833333333333325 2.5e-10\"")
    let tuned = try folder.prior(long, joints: joints, parameters: ["rod1_length"])
    let file = try folder.prior(shorter, joints: joints, parameters: [])
    let start = [0.5, 0.3, 0, 0]
    let a = advanced(tuned, from: start, action: [0, 0], parameters: [0.5], seconds: 0.5)
    let b = advanced(file, from: start, action: [0, 0], parameters: [], seconds: 0.5)
    #expect(greatestDifference(a, b) < 1e-9)
    #expect(greatestDifference(a, start) > 0.1)
  }

  @Test("A value leaves no trace in the next")
  func noTrace() throws {
    let names = [
      "rod1_mass", "rod1_length", "rod1_inertia", "joint1_damping", "joint1_frictionloss",
      "motor1_gear", "gravity",
    ]
    let text = MJCF.chain(2, motors: 2)
    let joints = [joint("joint1"), joint("joint2")]
    let fresh = try folder.prior(text, joints: joints, parameters: names)
    let used = try folder.prior(text, joints: joints, parameters: names)
    let start = [0.5, 0.3, 1, -1]
    let other = [0.3, 0.2, 0.5, 1, 0.4, 3, 1]
    _ = advanced(used, from: start, action: [1, 1], parameters: other, seconds: 0.1)
    let values = [1.5, 0.8, 0.1, 0.02, 0, 1, 9.82]
    let a = advanced(fresh, from: start, action: [0.1, 0], parameters: values, seconds: 0.5)
    let b = advanced(used, from: start, action: [0.1, 0], parameters: values, seconds: 0.5)
    #expect(a == b)
  }

  @Test("A URDF's links and joints give names too; its efforts act on the joints themselves")
  func urdf() throws {
    let text = """
      <robot name="arm">
        <link name="base"/>
        <link name="limb"><inertial><origin xyz="0 0 -0.4"/><mass value="1"/>
          <inertia ixx="0.06" iyy="0.06" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
        <joint name="shoulder" type="continuous"><parent link="base"/><child link="limb"/>
          <axis xyz="0 -1 0"/><dynamics damping="0.1"/></joint>
      </robot>
      """
    let prior = try folder.prior(
      text, joints: [joint("shoulder")], parameters: ["limb_mass", "shoulder_armature"],
      stepSeconds: 0.0001, as: "arm.urdf")
    let found = advanced(
      prior, from: [0.6, 0], action: [0.8], parameters: [2, 0.03], seconds: 0.5)
    // The inertia grows with the mass. A URDF has no choice of integrator: MuJoCo's is of first order.
    let expected = course(from: [0.6, 0], seconds: 0.5) { angle, rate in
      (0.8 - 0.1 * rate - 2 * 9.81 * 0.4 * sin(angle)) / (2 * (0.06 + 0.16) + 0.03)
    }
    #expect(greatestDifference(found, expected) < 1e-3)
  }
}
