import Testing

/// Mistakes in numbers and units, and the whole message that helps out of each.
@Suite struct RobotFileQuantityErrorTests {
  @Test("A quantity that isn't a number is refused")
  func quantityNumber() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 10 N",
        with: "effort_limit: strong"
      ) == """
        small.yaml:9: joints.cart.effort_limit: found 'strong'; \
        a number is wanted; \
        write it as '10 N'.
        """)
  }

  @Test("NaN is refused as not finite")
  func nanNotFinite() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 10 N",
        with: "effort_limit: .nan N"
      ) == """
        small.yaml:9: joints.cart.effort_limit: '.nan N' is not finite; \
        a finite number is allowed; \
        write it as '10 N'.
        """)
  }

  @Test("Infinity is refused as not finite")
  func infinityNotFinite() {
    #expect(
      SmallRobot.complaint(
        replacing: "velocity_limit: 5 m/s",
        with: "velocity_limit: .inf m/s"
      ) == """
        small.yaml:8: joints.cart.velocity_limit: '.inf m/s' is not finite; \
        a finite number is allowed; \
        write it as '2 m/s'.
        """)
  }

  @Test("A number too great for a double is refused as not finite")
  func numberTooGreatDoubleNot() {
    #expect(
      SmallRobot.complaint(
        replacing: "velocity_limit: 5 m/s",
        with: "velocity_limit: 1e999 m/s"
      ) == """
        small.yaml:8: joints.cart.velocity_limit: '1e999 m/s' is not finite; \
        a finite number is allowed; \
        write it as '2 m/s'.
        """)
  }

  @Test("A quantity without a unit is refused")
  func quantityWithoutUnit() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 10 N",
        with: "effort_limit: 10"
      ) == """
        small.yaml:9: joints.cart.effort_limit: '10' has no unit; \
        a force is wanted, in N or mN; \
        write it as '10 N'.
        """)
  }

  @Test("A unit of another dimension is refused")
  func unitAnotherDimension() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 10 N",
        with: "effort_limit: 10 N m"
      ) == """
        small.yaml:9: joints.cart.effort_limit: '10 N m' has the unit 'N m'; \
        a force is wanted, in N or mN; \
        write it as '10 N'.
        """)
  }

  @Test("A unit that nobody knows is refused")
  func unitNobodyKnows() {
    #expect(
      SmallRobot.complaint(
        replacing: "velocity_limit: 5 m/s",
        with: "velocity_limit: 5 knots"
      ) == """
        small.yaml:8: joints.cart.velocity_limit: '5 knots' has the unit 'knots'; \
        a velocity is wanted, in m/s; \
        write it as '2 m/s'.
        """)
  }

  @Test("A hertz is not a radian per second")
  func hertzNotRadianPerSecond() {
    #expect(
      SmallRobot.complaint(
        replacing: "velocity_limit: 30 rad/s",
        with: "velocity_limit: 30 Hz"
      ) == """
        small.yaml:15: joints.pole.velocity_limit: '30 Hz' has the unit 'Hz'; \
        an angular velocity is wanted, in rad/s, deg/s or rpm; \
        write it as '10 rad/s'.
        """)
  }

  @Test("A negative mass is refused")
  func negativeMass() {
    #expect(
      SmallRobot.complaint(
        replacing: "nominal: 0.5 kg",
        with: "nominal: -0.5 kg"
      ) == """
        small.yaml:26: prior.parameters.cart_mass.nominal: found -0.5 kg; \
        a mass above zero is allowed; \
        write it as '0.5 kg'.
        """)
  }
}
