import Testing

/// Mistakes about tasks, and the whole message that helps out of each.
@Suite struct RobotFileTaskErrorTests {
  @Test("A width with a unit is refused for a reward of angles alone")
  func widthUnitRewardAnglesAlone() {
    #expect(
      SmallRobot.complaint(
        replacing: "reward: { width: 0.25 m, tip: upright }",
        with: "reward: { width: 0.25 m, targets: { pole: 180 deg } }"
      ) == """
        small.yaml:33: tasks.balance.reward.width: '0.25 m' has the unit 'm'; \
        a number without a unit is wanted; \
        write it as '0.5'.
        """)
  }

  @Test("A policy of no known shape is refused with those there are")
  func policyShape() {
    #expect(
      SmallRobot.complaint(
        replacing: "period: 0.1 s",
        with: "period: 0.1 s\n    policy: neural"
      ) == """
        small.yaml:31: tasks.balance.policy: found 'neural'; \
        'trajectory, network:10, linear, radial:20 or periodic:2' is allowed here; \
        write one of these.
        """)
  }

  @Test("A period that isn't a whole number of control periods is refused")
  func periodWholeNumberControlPeriods() {
    #expect(
      SmallRobot.complaint(
        replacing: "period: 0.1 s",
        with: "period: 0.015 s"
      ) == """
        small.yaml:30: tasks.balance.period: found 0.015 s; \
        a whole number of control periods (0.01 s) is allowed; \
        write 0.02 s.
        """)
  }

  @Test("A period shorter than a control period is refused")
  func periodShorterControlPeriod() {
    #expect(
      SmallRobot.complaint(
        replacing: "period: 0.1 s",
        with: "period: 1 ms"
      ) == """
        small.yaml:30: tasks.balance.period: found 0.001 s; \
        a whole number of control periods (0.01 s) is allowed; \
        write 0.01 s.
        """)
  }

  @Test("A horizon that isn't a whole number of periods is refused")
  func horizonWholeNumberPeriods() {
    #expect(
      SmallRobot.complaint(
        replacing: "horizon: 4 s",
        with: "horizon: 4.05 s"
      ) == """
        small.yaml:31: tasks.balance.horizon: found 4.05 s; \
        a whole number of task periods (0.1 s) is allowed; \
        write 4 s.
        """)
  }

  @Test("A criterion that must hold longer than the trial lasts is refused")
  func criterionHoldLongerTrialLasts() {
    #expect(
      SmallRobot.complaint(
        replacing: "hold: 1 s",
        with: "hold: 5 s"
      ) == """
        small.yaml:34: tasks.balance.success.hold: found 5 s; \
        at most the horizon of 4 s is allowed; \
        shorten it, or lengthen the horizon.
        """)
  }

  @Test("A start outside the position limits is refused")
  func startOutsidePositionLimits() {
    #expect(
      SmallRobot.complaint(
        replacing: "horizon: 4 s",
        with: """
          horizon: 4 s
              start: { cart: { position: -2 m } }
          """
      ) == """
        small.yaml:32: tasks.balance.start.cart.position: found -2 m; \
        a position within the limits of cart, -1 to 1 m, is allowed; \
        move it inside, or widen the joint's position limits.
        """)
  }

  @Test("A reward of a tip without a chain is refused")
  func rewardTipWithoutChain() {
    #expect(
      SmallRobot.complaint(
        replacing: """
              chain: { slide: cart, links: { pole: 0.5 m } }

          """,
        with: ""
      ) == """
        small.yaml:32: tasks.balance.reward.tip: found a tip, but the task has no \
        chain; \
        a tip in a task with a chain is allowed; \
        add it to the task, such as 'chain: { links: { pole: 0.5 m } }'.
        """)
  }

  @Test("A chain of a sliding joint is refused")
  func chainSlidingJoint() {
    #expect(
      SmallRobot.complaint(
        replacing: "links: { pole: 0.5 m }",
        with: "links: { cart: 0.5 m }"
      ) == """
        small.yaml:32: tasks.balance.chain.links.cart: no joint of this name here; \
        'pole' is allowed here; \
        remove or rename it.
        """)
  }

  @Test("A chain that slides on a turning joint is refused")
  func chainSlidesOnTurningJoint() {
    #expect(
      SmallRobot.complaint(
        replacing: "slide: cart",
        with: "slide: pole"
      ) == """
        small.yaml:32: tasks.balance.chain.slide: found 'pole'; \
        'cart' is allowed here; \
        write one of these.
        """)
  }

  @Test("A chain without links is refused")
  func chainWithoutLinks() {
    #expect(
      SmallRobot.complaint(
        replacing: "links: { pole: 0.5 m }",
        with: "links: {}"
      ) == """
        small.yaml:32: tasks.balance.chain.links: found an empty map; \
        a map of lengths by joints is wanted; \
        mend the line and its indentation.
        """)
  }

  @Test("A place that isn't one is refused")
  func placeOne() {
    #expect(
      SmallRobot.complaint(
        replacing: "tip: upright",
        with: "tip: upside-down"
      ) == """
        small.yaml:33: tasks.balance.reward.tip: found 'upside-down'; \
        allowed here are upright, { x: 0.1 m, y: 0.3 m }; \
        write one of these.
        """)
  }

  @Test("A reward without a target is refused")
  func rewardWithoutTarget() {
    #expect(
      SmallRobot.complaint(
        replacing: "reward: { width: 0.25 m, tip: upright }",
        with: "reward: { width: 0.25 m }"
      ) == """
        small.yaml:33: tasks.balance.reward.targets: the key is missing; \
        it must be there; \
        add it, such as 'targets: { cart: 0 m }'.
        """)
  }

  @Test("A criterion without a condition is refused")
  func criterionWithoutCondition() {
    #expect(
      SmallRobot.complaint(
        replacing: "within: { pole: { of: 180 deg, tolerance: 10 deg } }, ",
        with: ""
      ) == """
        small.yaml:34: tasks.balance.success.within: the key is missing; \
        it must be there; \
        add it, such as 'within: { cart: { of: 0 m, tolerance: 0.1 m } }'.
        """)
  }
}
