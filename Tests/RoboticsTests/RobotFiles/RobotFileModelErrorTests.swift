import Testing

/// Mistakes about priors and virtual robots, and the whole message that helps out of each.
@Suite struct RobotFileModelErrorTests {
  @Test("A virtual mass of zero is refused")
  func virtualMassZero() {
    #expect(
      SmallRobot.complaint(
        replacing: "cart_mass: 0.5 kg",
        with: "cart_mass: 0 kg"
      ) == """
        small.yaml:22: virtual.parameters.cart_mass: found 0 kg; \
        a mass above zero is allowed; \
        write it as '0.5 kg'.
        """)
  }

  @Test("A mass in metres is refused")
  func massMetres() {
    #expect(
      SmallRobot.complaint(
        replacing: "cart_mass: 0.5 kg",
        with: "cart_mass: 0.5 m"
      ) == """
        small.yaml:22: virtual.parameters.cart_mass: '0.5 m' has the unit 'm'; \
        a mass is wanted, in kg or g; \
        write it as '0.5 kg'.
        """)
  }

  @Test("A lower bound above the upper one is refused")
  func lowerBoundAboveUpperOne() {
    #expect(
      SmallRobot.complaint(
        replacing: "lower: 0.2 kg, upper: 1 kg",
        with: "lower: 2 kg, upper: 1 kg"
      ) == """
        small.yaml:26: prior.parameters.cart_mass: lower 2 kg is above upper 1 kg; \
        lower must be below upper; \
        exchange or mend them.
        """)
  }

  @Test("A nominal value outside its bounds is refused")
  func nominalValueOutsideItsBounds() {
    #expect(
      SmallRobot.complaint(
        replacing: "nominal: 0.5 kg",
        with: "nominal: 5 kg"
      ) == """
        small.yaml:26: prior.parameters.cart_mass.nominal: nominal 5 kg is outside its \
        bounds; \
        0.2 kg to 1 kg is allowed; \
        widen the bounds or mend the value.
        """)
  }

  @Test("A tunable parameter without bounds is refused")
  func tunableParameterWithoutBounds() {
    #expect(
      SmallRobot.complaint(
        replacing: "nominal: 0.5 kg, lower: 0.2 kg, upper: 1 kg",
        with: "nominal: 0.5 kg"
      ) == """
        small.yaml:26: prior.parameters.cart_mass.lower: the key is missing; \
        it must be there; \
        add it, such as 'lower: 0.5 kg'.
        """)
  }

  @Test("A plant that steps too coarsely to stand for the world is refused")
  func plantStepsTooCoarselyTo() {
    #expect(
      SmallRobot.complaint(
        replacing: "plant: cart-pole",
        with: "plant: cart-pole, step: 2 ms"
      ) == """
        small.yaml:22: virtual.step: found 2 ms; \
        0.001 ms to 1 ms is allowed; \
        a plant that stands for the world integrates at 1 ms or finer.
        """)
  }

  @Test("A prior that steps too coarsely is refused")
  func priorStepsTooCoarsely() {
    #expect(
      SmallRobot.complaint(
        replacing: "model: cart-pole",
        with: """
          model: cart-pole
            step: 1 s
          """
      ) == """
        small.yaml:25: prior.step: found 1 s; \
        0.01 ms to 100 ms is allowed; \
        write it as '5 ms'.
        """)
  }

  @Test("Bounds in another dimension than the nominal value are refused")
  func boundsAnotherDimensionNominalValue() {
    #expect(
      SmallRobot.complaint(
        replacing: "cart_mass: { nominal: 0.5 kg, lower: 0.2 kg, upper: 1 kg }",
        with: "spring: { nominal: 0.5 N/m, lower: 0.2 N, upper: 1 N/m }"
      ) == """
        small.yaml:26: prior.parameters.spring.lower: '0.2 N' has the unit 'N'; \
        the dimension of the nominal value is wanted, in N/m; \
        write it as '0.2 N/m'.
        """)
  }
}
