import Testing

/// Mistakes about the link, resets and recordings, and the whole message that helps out of each.
@Suite struct RobotFileLinkErrorTests {
  @Test("A watchdog that bites within the forgiven losses is refused")
  func watchdogBitesWithinForgivenLosses() {
    #expect(
      SmallRobot.complaint(
        replacing: "watchdog: 100 ms",
        with: "watchdog: 40 ms"
      ) == """
        small.yaml:3: link.watchdog: found 40 ms; \
        more than 40 ms, which is loss_budget + 1 control periods, is allowed; \
        lengthen it, lower loss_budget, or raise control_rate.
        """)
  }

  @Test("A watchdog so long that it protects nobody is refused")
  func watchdogSoLongProtectsNobody() {
    #expect(
      SmallRobot.complaint(
        replacing: "watchdog: 100 ms",
        with: "watchdog: 11 s"
      ) == """
        small.yaml:3: link.watchdog: found 11 s; \
        at most 10 s is allowed; \
        shorten it: until it ends, a robot without a host keeps its last effort.
        """)
  }

  @Test("A command delay of a control period is refused")
  func commandDelayControlPeriod() {
    #expect(
      SmallRobot.complaint(
        replacing: "watchdog: 100 ms",
        with: "watchdog: 100 ms, command_delay: 10 ms"
      ) == """
        small.yaml:3: link.command_delay: found 10 ms; \
        less than the control period of 10 ms is allowed; \
        shorten it, or lower control_rate.
        """)
  }

  @Test("An age limit below the command delay is refused")
  func ageLimitBelowCommandDelay() {
    #expect(
      SmallRobot.complaint(
        replacing: "watchdog: 100 ms",
        with: "watchdog: 100 ms, sample_age_limit: 2 ms"
      ) == """
        small.yaml:3: link.sample_age_limit: found 2 ms; \
        more than the command delay of 2 ms is allowed; \
        lengthen it, or shorten command_delay.
        """)
  }

  @Test("A control rate beyond what a serial line carries is refused")
  func controlRateBeyondWhatSerial() {
    #expect(
      SmallRobot.complaint(
        replacing: "control_rate: 100 Hz",
        with: "control_rate: 20 kHz, command_delay: 0 ms"
      ) == """
        small.yaml:3: link.control_rate: found 20000 Hz; \
        at most 10 kHz is allowed; \
        lower the rate.
        """)
  }

  @Test("A baud rate that no adapter has is refused")
  func baudRateNoAdapterHas() {
    #expect(
      SmallRobot.complaint(
        replacing: "baud: 460800",
        with: "baud: 46"
      ) == """
        small.yaml:3: link.baud: found 46; \
        a whole number from 1200 to 12000000 is allowed; \
        write it as '460800'.
        """)
  }

  @Test("A home outside the position limits is refused")
  func homeOutsidePositionLimits() {
    #expect(
      SmallRobot.complaint(
        replacing: "home: { cart: 0 m",
        with: "home: { cart: 1.5 m"
      ) == """
        small.yaml:17: reset.home.cart: found 1.5 m; \
        a position within the limits of cart, -1 to 1 m, is allowed; \
        move it inside, or widen the joint's position limits.
        """)
  }

  @Test("Driving home with more than the joint's effort limit is refused")
  func drivingHomeMoreJointsEffort() {
    #expect(
      SmallRobot.complaint(
        replacing: "effort_limit: 4 N",
        with: "effort_limit: 40 N"
      ) == """
        small.yaml:21: reset.drive.cart.effort_limit: found 40 N; \
        at most the joint's own limit of 10 N is allowed; \
        lower it, as driving home should be gentle.
        """)
  }

  @Test("A motor's joint without an effort column is refused")
  func motorsJointWithoutEffortColumn() {
    #expect(
      SmallRobot.complaint(
        replacing: "position: x, effort: f",
        with: "position: x"
      ) == """
        small.yaml:27: recording.joints.cart.effort: the key is missing; \
        it must be there; \
        add it, such as 'effort: force_N'.
        """)
  }
}
