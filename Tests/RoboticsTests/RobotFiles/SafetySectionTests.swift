import Robotics
import Testing

@Suite("Limits beyond those of position, velocity and effort, in a robot file")
struct SafetySectionTests {
  private func robot(_ text: String, _ other: String) throws -> Robot {
    try Robot(yaml: SmallRobot.yaml.replacingFirst(text, with: other), file: "small.yaml")
  }

  @Test("What a file doesn't say has no such limits")
  func none() throws {
    let robot = try Robot(yaml: SmallRobot.yaml, file: "small.yaml")
    #expect(robot.safety == nil)
    let limits = robot.joints[0].limits
    #expect(limits.softPositionLower == nil && limits.softPositionUpper == nil)
    #expect(limits.softVelocity == nil && limits.motor == nil)
  }

  @Test("Soft limits of a joint, in its own units")
  func soft() throws {
    let robot = try robot(
      "position: { lower: -1 m, upper: 1 m }",
      """
      position: { lower: -1 m, upper: 1 m, soft_lower: -80 cm, soft_upper: 0.9 m }
          soft_velocity_limit: 4 m/s
      """)
    let limits = robot.joints[0].limits
    #expect(limits.softPositionLower == -0.8 && limits.softPositionUpper == 0.9)
    #expect(limits.softVelocity == 4)
  }

  @Test("What a motor may bear; a soft limit that is left out is the hard one")
  func motor() throws {
    let robot = try robot(
      "effort_limit: 10 N",
      """
      effort_limit: 10 N
          temperature: { soft: 60 °C, hard: 80 degC }
          current: { hard: 1500 mA }
          voltage: { lower: 9 V, soft_lower: 10500 mV, upper: 14 V }
      """)
    #expect(
      robot.joints[0].limits.motor
        == MotorLimits(
          temperatureCelsius: GradedLimit(soft: 60, hard: 80),
          currentAmperes: GradedLimit(soft: 1.5, hard: 1.5),
          voltageVolts: VoltageLimits(lower: 9, softLower: 10.5, upper: 14)))
    let plain = try self.robot(
      "effort_limit: 10 N",
      """
      effort_limit: 10 N
          voltage: { lower: 9 V, upper: 14 V }
      """)
    #expect(plain.joints[0].limits.motor?.voltageVolts?.softLower == 9)
  }

  @Test("The energy of an episode and the box of the tip")
  func whole() throws {
    let robot = try robot(
      "virtual:",
      """
      safety:
        energy: { soft: 15 J, hard: 20 J }
        tip:
          chain: { slide: cart, links: { pole: 0.5 m } }
          x: { lower: -0.8 m, upper: 80 cm }
          y: { lower: -0.6 m, upper: 0.6 m }
          margin: 5 cm
      virtual:
      """)
    let safety = try #require(robot.safety)
    #expect(safety.energyJoules == GradedLimit(soft: 15, hard: 20))
    #expect(
      safety.tipBox
        == TipBox(
          chain: TipChain(slide: 0, joints: [1], lengthsMetres: [0.5]),
          lower: TipPlace(xMetres: -0.8, yMetres: -0.6),
          upper: TipPlace(xMetres: 0.8, yMetres: 0.6), marginMetres: 0.05))
  }

  @Test(
    "Mistakes are told with the line, the key and the remedy",
    arguments: [
      (
        "lower: -1 m, upper: 1 m", "lower: -1 m, upper: 1 m, soft_upper: 2 m",
        "small.yaml:7: joints.cart.position.soft_upper: found 2 m; a position within the limits of "
          + "cart, -1 to 1 m, is allowed; move it inside, or widen the joint's position limits."
      ),
      (
        "lower: -1 m, upper: 1 m", "lower: -1 m, upper: 1 m, soft_lower: 0.5 m, soft_upper: 0 m",
        "small.yaml:7: joints.cart.position: lower 0.5 is above upper 0; lower must be below upper; "
          + "exchange or mend them."
      ),
      (
        "velocity_limit: 5 m/s", "velocity_limit: 5 m/s\n    soft_velocity_limit: 6 m/s",
        "small.yaml:9: joints.cart.soft_velocity_limit: found 6 m/s; at most velocity_limit, 5 m/s, "
          + "is allowed; lower it, or remove it."
      ),
      (
        "effort_limit: 10 N", "effort_limit: 10 N\n    current: { soft: 2 A, hard: 1 A }",
        "small.yaml:10: joints.cart.current.soft: found 2 A; at most hard, 1 A, is allowed; lower it, "
          + "or remove it."
      ),
      (
        "effort_limit: 10 N", "effort_limit: 10 N\n    temperature: { hard: 80 }",
        "small.yaml:10: joints.cart.temperature.hard: '80' has no unit; a temperature is wanted, in "
          + "degC; write it as '60 degC'."
      ),
      (
        "effort_limit: 10 N", "effort_limit: 10 N\n    voltage: { lower: 14 V, upper: 9 V }",
        "small.yaml:10: joints.cart.voltage: lower 14 V is above upper 9 V; lower must be below "
          + "upper; exchange or mend them."
      ),
      (
        "effort_limit: 10 N",
        "effort_limit: 10 N\n    voltage: { lower: 9 V, soft_lower: 8 V, upper: 14 V }",
        "small.yaml:10: joints.cart.voltage.soft_lower: found 8 V; from lower to below upper, 9 V to "
          + "14 V, is allowed; move it inside, or remove it."
      ),
      (
        "actuated: false", "actuated: false\n    temperature: { hard: 80 degC }",
        "small.yaml:14: joints.pole.temperature: found a key for joints with a motor, but actuated: "
          + "false; no temperature key is allowed; remove it, or write actuated: true."
      ),
      (
        "virtual:", "safety: { energy: { hard: 0 J } }\nvirtual:",
        "small.yaml:22: safety.energy.hard: found 0 J; an energy above zero is allowed; write it as "
          + "'20 J'."
      ),
      (
        "virtual:",
        "safety: { tip: { chain: { links: { pole: 1 m } }, x: { lower: 1 m, upper: 0 m } } }"
          + "\nvirtual:",
        "small.yaml:22: safety.tip.x: lower 1 m is above upper 0 m; lower must be below upper; "
          + "exchange or mend them."
      ),
      (
        "virtual:",
        "safety: { tip: { chain: { links: { pole: 1 m } }, x: { lower: -1 m, upper: 1 m }, "
          + "y: { lower: -1 m, upper: 0 m }, margin: 50 cm } }\nvirtual:",
        "small.yaml:22: safety.tip.margin: found 0.5 m; less than half the box's shorter side of 1 m, "
          + "is allowed; lower it, or widen the box."
      ),
    ])
  func mistakes(text: String, other: String, complaint: String) {
    #expect(SmallRobot.complaint(replacing: text, with: other) == complaint)
  }

  @Test("The place of a key is found again for errors that come after reading")
  func places() {
    func line(_ key: String) -> Int? {
      FilePlace.of(key: key, yaml: SmallRobot.yaml, file: "small.yaml")?.line
    }
    #expect(line("joints.cart.effort_limit") == 9)
    #expect(line("joints.pole.velocity_limit") == 15)
    #expect(line("reset.drive.cart.effort_limit") == 21)
    // The nearest that is there.
    #expect(line("reset.time_limit") == 16)
    #expect(line("joints.elbow.effort_limit") == 4)
    #expect(FilePlace.of(key: "a", yaml: "[", file: "small.yaml") == nil)
    let place = FilePlace.of(key: "link.watchdog", yaml: SmallRobot.yaml, file: "small.yaml")
    #expect(place == FilePlace(file: "small.yaml", line: 3, key: "link.watchdog"))
  }
}
