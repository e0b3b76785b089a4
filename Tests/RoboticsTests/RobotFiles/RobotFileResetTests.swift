import Robotics
import Testing

/// The ways home as a robot file gives them, and the whole message that helps out of each mistake.
@Suite struct RobotFileResetTests {
  private static let drive =
    "drive: { cart: { effort_limit: 4 N, proportional: 4 N/m, derivative: 4 N s/m } }"

  @Test("Without a strategy a robot is driven where the file says how, and waited for elsewhere")
  func defaults() throws {
    #expect(try robot(SmallRobot.yaml).reset.strategy == .drive)
    let waiting = SmallRobot.yaml.replacingFirst(Self.drive, with: "hold: 1 s")
    #expect(try robot(waiting).reset.strategy == .settle)
  }

  @Test("Each strategy by its name; an operator has five minutes unless the file says otherwise")
  func names() throws {
    for strategy in [ResetSettings.Strategy.settle, .drive, .operator] {
      let settings = try robot(reset("strategy: \(strategy.rawValue)")).reset
      #expect(settings.strategy == strategy)
      #expect(settings.timeLimitSeconds == (strategy == .operator ? 300 : 30))
    }
  }

  @Test("A trajectory's times and positions, in SI units and joint order")
  func trajectory() throws {
    let settings = try robot(
      reset(
        "strategy: trajectory",
        "trajectory: [{ at: 500 ms, positions: { cart: 10 cm } }, "
          + "{ at: 2 s, positions: { cart: -0.5 m } }]")
    ).reset
    #expect(settings.strategy == .trajectory)
    #expect(
      settings.waypoints == [
        ResetSettings.Waypoint(atSeconds: 0.5, positions: [0.1, 0]),
        ResetSettings.Waypoint(atSeconds: 2, positions: [-0.5, 0]),
      ])
  }

  @Test("A strategy that isn't known is refused")
  func unknown() {
    #expect(
      complaint("strategy: drive_home") == """
        small.yaml:17: reset.strategy: found 'drive_home'; allowed here are settle, drive, \
        trajectory, operator; write one of these.
        """)
  }

  @Test("Driving without saying how is refused")
  func driveMissing() {
    let yaml = SmallRobot.yaml.replacingFirst(Self.drive, with: "strategy: drive")
    #expect(
      SmallRobot.complaint(about: yaml) == """
        small.yaml:16: reset.drive: the key is missing; it must be there; add it, such as 'drive: { \
        cart: { effort_limit: 10 N, proportional: 20 N/m, derivative: 0.1 N s/m } }'.
        """)
  }

  @Test("Driving with no gain is refused, as it would never come home")
  func noGain() {
    #expect(
      SmallRobot.complaint(replacing: "proportional: 4 N/m", with: "proportional: 0 N/m") == """
        small.yaml:21: reset.drive: found no joint with a proportional gain above zero; at least \
        one is allowed; give one, such as 'cart: { effort_limit: 10 N, proportional: 20 N/m, \
        derivative: 0.1 N s/m }', or write 'strategy: settle'.
        """)
  }

  @Test("A trajectory strategy without a trajectory is refused")
  func trajectoryMissing() {
    #expect(
      complaint("strategy: trajectory") == """
        small.yaml:16: reset.trajectory: the key is missing; it must be there; add it, such as \
        'trajectory: [{ at: 2 s, positions: { cart: 0 m } }]'.
        """)
  }

  @Test("An empty trajectory is refused")
  func trajectoryEmpty() {
    #expect(
      complaint("trajectory: []") == """
        small.yaml:17: reset.trajectory: found an empty list; a list of waypoints is wanted; mend \
        the line and its indentation.
        """)
  }

  @Test("Waypoints out of order are refused")
  func order() {
    #expect(
      complaint(
        "trajectory: [{ at: 2 s, positions: { cart: 0 m } }, { at: 1 s, positions: { cart: 0 m } }]"
      ) == """
        small.yaml:17: reset.trajectory.2.at: found 1 s; a time after the waypoint before, at 2 s, \
        is allowed; put the waypoints in order of time.
        """)
  }

  @Test("A movement that is faster than the joint may be is refused, with the time that it needs")
  func speed() {
    // 1 m at 5 m/s, with a peak of 15/8 of the mean speed: 0.375 s.
    #expect(
      complaint(
        "trajectory: [{ at: 1 s, positions: { cart: 0 m } }, "
          + "{ at: 1.3 s, positions: { cart: 1 m } }]") == """
          small.yaml:17: reset.trajectory.2.at: found 1.3 s; more than 1.375 s, as cart may move at 5 \
          m/s, is allowed; give the movement more time.
          """)
  }

  @Test("A waypoint outside the limits is refused")
  func outside() {
    #expect(
      complaint("trajectory: [{ at: 2 s, positions: { cart: 3 m } }]") == """
        small.yaml:17: reset.trajectory.1.positions.cart: found 3 m; a position within the limits \
        of cart, -1 to 1 m, is allowed; move it inside, or widen the joint's position limits.
        """)
  }

  @Test("A waypoint for a joint without a motor is refused")
  func unactuated() {
    #expect(
      complaint("trajectory: [{ at: 2 s, positions: { cart: 0 m, pole: 0 deg } }]") == """
        small.yaml:17: reset.trajectory.1.positions.pole: no joint of this name here; 'cart' is \
        allowed here; remove or rename it.
        """)
  }

  @Test("A time limit that is over before the reset can have succeeded is refused")
  func timeLimit() {
    #expect(
      complaint("time_limit: 5.5 s") == """
        small.yaml:17: reset.time_limit: found 5.5 s; more than 5.5 s, which is patience and hold \
        together, is allowed; lengthen it, or shorten what it must hold.
        """)
    #expect(
      SmallRobot.complaint(
        about: reset("strategy: settle", "time_limit: 0.4 s")) == """
          small.yaml:18: reset.time_limit: found 0.4 s; more than 0.5 s, which is hold, is allowed; \
          lengthen it, or shorten what it must hold.
          """)
    #expect(
      SmallRobot.complaint(
        about: reset(
          "strategy: trajectory", "time_limit: 8 s",
          "trajectory: [{ at: 3 s, positions: { cart: 0 m } }]")) == """
          small.yaml:18: reset.time_limit: found 8 s; more than 8.5 s, which is patience, the \
          trajectory and hold together, is allowed; lengthen it, or shorten what it must hold.
          """)
  }

  /// The description with more keys at the top of its reset.
  private func reset(_ keys: String...) -> String {
    SmallRobot.yaml.replacingFirst(
      "reset:\n", with: "reset:\n" + keys.map { "  \($0)\n" }.joined())
  }

  private func complaint(_ key: String) -> String { SmallRobot.complaint(about: reset(key)) }

  private func robot(_ yaml: String) throws -> Robot { try Robot(yaml: yaml, file: "small.yaml") }
}
