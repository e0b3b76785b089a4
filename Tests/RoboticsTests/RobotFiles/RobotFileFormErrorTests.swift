import Testing

/// Mistakes in what a robot file is made of, and the whole message that helps out of each.
@Suite struct RobotFileFormErrorTests {
  @Test("A map with the same key twice is refused")
  func mapSameKeyTwice() {
    #expect(
      SmallRobot.complaint(
        replacing: "control_rate: 100 Hz",
        with: "baud: 9600"
      ) == """
        small.yaml:3: baud: the key stands twice in the same map; \
        once is allowed; \
        remove one of them.
        """)
  }

  @Test("Text that isn't YAML is refused with the parser's line")
  func textYAMLParsersLine() {
    #expect(
      SmallRobot.complaint(
        replacing: "link: { baud",
        with: "link: { baud: ["
      ) == """
        small.yaml:3: not YAML: while parsing a flow node: did not find expected node \
        content; \
        mend the line, or quote the text.
        """)
  }

  @Test("A newer format version is refused")
  func newerFormatVersion() {
    #expect(
      SmallRobot.complaint(
        replacing: "handful: 1",
        with: "handful: 2"
      ) == """
        small.yaml:1: handful: the file is of format version 2; \
        version 1 is the one known here; \
        update handful, or write version 1.
        """)
  }

  @Test("A version that was never used is refused")
  func versionWasNeverUsed() {
    #expect(
      SmallRobot.complaint(
        replacing: "handful: 1",
        with: "handful: 0"
      ) == """
        small.yaml:1: handful: the file is of format version 0; \
        version 1 is the one known here; \
        write version 1.
        """)
  }

  @Test("A version that isn't a number is refused")
  func versionNumber() {
    #expect(
      SmallRobot.complaint(
        replacing: "handful: 1",
        with: "handful: one"
      ) == """
        small.yaml:1: handful: found 'one'; \
        a number is wanted; \
        write it as '1'.
        """)
  }

  @Test("A file without a version is refused")
  func fileWithoutVersion() {
    #expect(
      SmallRobot.complaint(
        replacing: """
          handful: 1

          """,
        with: ""
      ) == """
        small.yaml:1: handful: the key is missing; \
        it must be there; \
        add it, such as 'handful: 1'.
        """)
  }

  @Test("A text where a map must be is refused")
  func textMap() {
    #expect(
      SmallRobot.complaint(
        replacing: """
          tolerance:
              cart: { position: 1 cm, velocity: 0.02 m/s }
              pole: { position: 2 deg, velocity: 0.1 rad/s }
          """,
        with: "tolerance: 2 deg"
      ) == """
        small.yaml:18: reset.tolerance: found '2 deg'; \
        a map is wanted; \
        mend the line and its indentation.
        """)
  }

  @Test("A map where a list must be is refused")
  func mapList() {
    #expect(
      SmallRobot.complaint(
        replacing: "joints: { cart: { position: x, effort: f }, pole: { position: q } }",
        with: "joints: [cart]"
      ) == """
        small.yaml:27: recording.joints: found a list; \
        a map is wanted; \
        mend the line and its indentation.
        """)
  }

  @Test("A required key that is missing is named with an example")
  func requiredKeyMissingNamedExample() {
    #expect(
      SmallRobot.complaint(
        replacing: """
              velocity_limit: 5 m/s

          """,
        with: ""
      ) == """
        small.yaml:5: joints.cart.velocity_limit: the key is missing; \
        it must be there; \
        add it, such as 'velocity_limit: 2 m/s'.
        """)
  }

  @Test("A joint without position limits that isn't continuous is refused")
  func jointWithoutPositionLimitsContinuous() {
    #expect(
      SmallRobot.complaint(
        replacing: """
              position: { lower: -1 m, upper: 1 m }

          """,
        with: ""
      ) == """
        small.yaml:5: joints.cart.position: the key is missing; \
        it must be there; \
        add it, such as 'position: { lower: -0.5 m, upper: 0.5 m }'.
        """)
  }

  @Test("An unknown key is refused with the key that was meant")
  func unknownKeyKeyWasMeant() {
    #expect(
      SmallRobot.complaint(
        replacing: "velocity_limit: 5 m/s",
        with: "velocty_limit: 5 m/s"
      ) == """
        small.yaml:8: joints.cart.velocty_limit: unknown key; \
        allowed here are name, kind, actuated, continuous, position, velocity_limit, \
        effort_limit, effort_rate_limit, braking_deceleration, on_stop, soft_velocity_limit, \
        temperature, current, voltage; \
        did you mean 'velocity_limit'?
        """)
  }

  @Test("An unknown key that resembles nothing is refused with the keys allowed")
  func unknownKeyResemblesNothingKeys() {
    #expect(
      SmallRobot.complaint(
        replacing: "handful: 1",
        with: """
          handful: 1
          motors: 2
          """
      ) == """
        small.yaml:2: motors: unknown key; \
        allowed here are handful, robot, summary, link, joints, state, reset, safety, virtual, \
        prior, recording, tasks; \
        remove or rename it.
        """)
  }

  @Test("A kind of joint that doesn't exist is refused")
  func kindJointDoesntExist() {
    #expect(
      SmallRobot.complaint(
        replacing: "kind: prismatic",
        with: "kind: prismatc"
      ) == """
        small.yaml:6: joints.cart.kind: found 'prismatc'; \
        allowed here are revolute, prismatic; \
        did you mean 'prismatic'?
        """)
  }

  @Test("A flag that is neither true nor false is refused")
  func flagNeitherTrueNorFalse() {
    #expect(
      SmallRobot.complaint(
        replacing: "actuated: false",
        with: "actuated: no"
      ) == """
        small.yaml:13: joints.pole.actuated: found 'no'; \
        allowed here are true, false; \
        write one of these.
        """)
  }

  @Test("A joint that the robot doesn't have is refused in a map by joints")
  func jointRobotDoesntHaveMap() {
    #expect(
      SmallRobot.complaint(
        replacing: "home: { cart",
        with: "home: { card"
      ) == """
        small.yaml:17: reset.home.card: no joint of this name here; \
        allowed here are cart, pole; \
        did you mean 'cart'?
        """)
  }

  @Test("A joint that a map by joints leaves out is named")
  func jointMapJointsLeavesOut() {
    #expect(
      SmallRobot.complaint(
        replacing: "home: { cart: 0 m, pole: 0 deg }",
        with: "home: { cart: 0 m }"
      ) == """
        small.yaml:17: reset.home.pole: the key is missing; \
        it must be there; \
        add it, such as 'pole: 0 deg'.
        """)
  }

  @Test("A joint without a motor can't be driven home")
  func jointWithoutMotorCantDriven() {
    #expect(
      SmallRobot.complaint(
        replacing: "drive: { cart: {",
        with: "drive: { pole: {"
      ) == """
        small.yaml:21: reset.drive.pole: no joint of this name here; \
        'cart' is allowed here; \
        remove or rename it.
        """)
  }

  @Test("Two joints of the same name are refused")
  func twoJointsSameName() {
    #expect(
      SmallRobot.complaint(
        replacing: "name: pole",
        with: "name: cart"
      ) == """
        small.yaml:11: joints.cart.name: a second 'cart'; \
        names must differ; \
        rename one of them.
        """)
  }

  @Test("A name with a space is refused")
  func nameSpace() {
    #expect(
      SmallRobot.complaint(
        replacing: "robot: small",
        with: "robot: small robot"
      ) == """
        small.yaml:2: robot: the name 'small robot'; \
        1 to 32 letters, digits, '-' and '_' are allowed; \
        rename it.
        """)
  }

  @Test("A key that is itself a list is refused")
  func keyItselfList() {
    #expect(
      SmallRobot.complaint(
        replacing: "handful: 1",
        with: """
          handful: 1
          [a, b]: 2
          """
      ) == """
        small.yaml:1: found a key that is a map or a list; \
        a text as key is wanted; \
        mend the line and its indentation.
        """)
  }
}
