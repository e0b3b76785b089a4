import Testing

/// Mistakes about joints and what they may do, and the whole message that helps out of each.
@Suite struct RobotFileJointErrorTests {
  @Test("An effort limit of zero is refused for a joint with a motor")
  func effortLimitZeroJointMotor() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 10 N",
        with: "effort_limit: 0 N"
      ) == """
        small.yaml:9: joints.cart.effort_limit: found 0 N; \
        a force above zero is allowed; \
        write it as '10 N'.
        """)
  }

  @Test("A lower position limit above the upper one is refused")
  func lowerPositionLimitAboveUpper() {
    #expect(
      SmallRobot.complaint(
        replacing: "lower: -1 m, upper: 1 m",
        with: "lower: 1 m, upper: -1 m"
      ) == """
        small.yaml:7: joints.cart.position: lower 1 m is above upper -1 m; \
        lower must be below upper; \
        exchange or mend them.
        """)
  }

  @Test("Position limits of a continuous joint are refused")
  func positionLimitsContinuousJoint() {
    #expect(
      SmallRobot.complaint(
        replacing: "continuous: true",
        with: """
          continuous: true
              position: { lower: 0 deg, upper: 90 deg }
          """
      ) == """
        small.yaml:15: joints.pole.position: found position limits of a continuous \
        joint; \
        no position key is allowed; \
        remove it, or write continuous: false.
        """)
  }

  @Test("A sliding joint without end is refused")
  func slidingJointWithoutEnd() {
    #expect(
      SmallRobot.complaint(
        replacing: "kind: prismatic",
        with: """
          kind: prismatic
              continuous: true
          """
      ) == """
        small.yaml:7: joints.cart.continuous: found a sliding joint without end; \
        continuous: false is allowed; \
        give the joint position limits, or make it revolute.
        """)
  }

  @Test("An effort limit of a joint without a motor is refused")
  func effortLimitJointWithoutMotor() {
    #expect(
      SmallRobot.complaint(
        replacing: "actuated: false",
        with: """
          actuated: false
              effort_limit: 1 N m
          """
      ) == """
        small.yaml:14: joints.pole.effort_limit: found a key for joints with a motor, \
        but actuated: false; \
        no effort_limit key is allowed; \
        remove it, or write actuated: true.
        """)
  }
}
