import Robotics
import Simulation
import Supervisor
import Testing

/// Descriptions that would not be safe, and the whole message that helps out of each.
@Suite("A description that would not be safe is refused before anything arms")
struct RobotCheckTests {
  @Test("The tests' pendulum is not refused")
  func sound() { #expect(complaint { _ in } == "nothing") }

  @Test("A velocity limit that is missing")
  func velocityLimit() {
    #expect(
      complaint { $0.joints[0].limits.velocity = .infinity }
        == "joint 'shoulder' has no usable velocity_limit: it is inf rad/s, and must be a number "
        + "above zero; give velocity_limit in the robot file")
  }

  @Test("An effort limit that is missing")
  func effortLimit() {
    #expect(
      complaint { $0.joints[0].limits.effort = 0 }
        == "joint 'shoulder' has no usable effort_limit: it is 0.0 N m, and must be a number above "
        + "zero; give effort_limit in the robot file")
  }

  @Test("A braking deceleration that is missing")
  func brakingDeceleration() {
    #expect(
      complaint { $0.joints[0].limits.brakingDeceleration = .nan }
        == "joint 'shoulder' has no usable braking_deceleration: it is nan rad/s^2, and must be a "
        + "number above zero; give braking_deceleration in the robot file")
  }

  @Test("Position limits that are missing from a joint that doesn't turn without end")
  func positionLimits() {
    #expect(
      complaint { $0.joints[0].isContinuous = false }
        == "joint 'shoulder' has no usable position range: it is inf rad, and must be a number "
        + "above zero; give position range in the robot file")
  }

  @Test("A home outside the limits")
  func home() {
    #expect(
      complaint {
        $0 = pendulum(isContinuous: false, range: -1...1, velocityLimit: 2)
        $0.reset.homePositions = [1.5]
      }
        == "reset: home of joint 'shoulder' is 1.5 rad, outside its limits of -1.0 to 1.0 rad; move "
        + "home or the limits")
  }

  @Test("A watchdog that bites only after the braking distance is used up")
  func runaway() {
    func robot(_ robot: inout Robot, watchdog: Double, deceleration: Double) {
      robot = pendulum(isContinuous: false, range: -2...2, velocityLimit: 2)
      robot.joints[0].limits.brakingDeceleration = deceleration
      robot.link.watchdogSeconds = watchdog
    }
    // 2² / (2 · 20) = 0.1 rad to brake; 2 · 0.1 = 0.2 rad until the watchdog bites.
    #expect(
      complaint { robot(&$0, watchdog: 0.1, deceleration: 20) }
        == "joint 'shoulder' would use up its braking distance before the watchdog bites: at 2 "
        + "rad/s, the highest speed that its limits permit, it brakes within 0.1 rad, but a robot "
        + "that loses its host moves 0.2 rad until the watchdog of 100 ms turns its actuators off; "
        + "shorten watchdog to at most 50 ms, or lower braking_deceleration to at most 10 rad/s^2, "
        + "so that the supervisor brakes earlier")
    // Both remedies help, and are no stricter than they must be.
    #expect(complaint { robot(&$0, watchdog: 0.05, deceleration: 20) } == "nothing")
    #expect(complaint { robot(&$0, watchdog: 0.0501, deceleration: 20) } != "nothing")
    #expect(complaint { robot(&$0, watchdog: 0.1, deceleration: 10) } == "nothing")
    #expect(complaint { robot(&$0, watchdog: 0.1, deceleration: 10.01) } != "nothing")
  }

  @Test("In a range too short for the velocity limit, the speed that it permits counts")
  func shortRange() {
    // √(2 · 5 · 0.4) = 2 rad/s, of 25: T ≤ 2 / (2 · 5) = 0.2 s.
    func complaint(watchdog: Double) -> String {
      self.complaint {
        $0 = pendulum(isContinuous: false, range: -0.2...0.2)
        $0.link.watchdogSeconds = watchdog
      }
    }
    #expect(complaint(watchdog: 0.199) == "nothing")
    #expect(complaint(watchdog: 0.201).contains("at 2 rad/s, the highest speed"))
    #expect(complaint(watchdog: 0.201).contains("shorten watchdog to at most 200 ms"))
  }

  @Test("A reset that shall drive but has no gain")
  func noGain() {
    #expect(
      complaint { $0.reset.proportionalGains = [0] }
        == "reset: strategy is drive, but no joint with a motor has a proportional gain and an "
        + "effort limit above zero, so the robot would never come home; give reset.drive, or write "
        + "'strategy: settle'")
    #expect(
      complaint {
        $0.reset.proportionalGains = [0]
        $0.reset.strategy = .settle
      } == "nothing")
  }

  @Test("A reset whose time is over before it can have succeeded")
  func shortReset() {
    #expect(
      complaint { $0.reset.timeLimitSeconds = 1.2 }
        == "reset: time_limit is 1.2 s, but patience and hold together takes 1.2 s; lengthen "
        + "time_limit")
    #expect(
      complaint {
        $0.reset.strategy = .settle
        $0.reset.timeLimitSeconds = 0.2
      }
        == "reset: time_limit is 0.2 s, but standing still for hold takes 0.2 s; lengthen time_limit"
    )
  }

  // MARK: - Strength of driving home

  /// A rod of 1 kg and 1 m without friction: gravity's torque is 4.91 sin θ N m. With a home of 30°
  /// that is 2.455 N m.
  private func complaint(
    home: Double, effort: Double, gain: Double, tolerance: Double = 0.035,
    range: ClosedRange<Double>? = nil, _ spoil: (inout Robot) -> Void = { _ in }
  ) throws -> String {
    var robot = range.map { pendulum(isContinuous: false, range: $0) } ?? pendulum()
    robot.joints[0].limits.effort = 10
    robot.reset.homePositions = [home]
    robot.reset.positionTolerances = [tolerance]
    robot.reset.effortLimits = [effort]
    robot.reset.proportionalGains = [gain]
    let values = ["mass": 1.0, "length": 1, "damping": 0, "friction": 0, "gravity": 9.82]
    let prior = try PlantPrior(plantName: "pendulum", stepSeconds: 0.001)
    robot.prior = PriorDescription(
      model: "pendulum",
      parameters: prior.parameterNames.map { name in
        PriorParameter(
          name: name, unit: "", nominal: values[name] ?? 0, lower: 0, upper: 10)
      })
    spoil(&robot)
    do throws(SupervisorError) {
      try RobotCheck.verify(robot, prior: prior)
      return "nothing"
    } catch {
      return error.description
    }
  }

  private let sixth = Double.pi / 6

  @Test("Driving home must hold the robot there against gravity")
  func tooWeakToHold() throws {
    #expect(
      try complaint(home: sixth, effort: 2.3, gain: 100)
        == "reset: driving joint 'shoulder' home may use 2.3 N m, but at 0.5236 rad its prior needs "
        + "2.455 N m against gravity, so the robot would never come home; raise effort_limit in "
        + "reset.drive to more than that, move home, or write 'strategy: settle'")
    #expect(try complaint(home: -sixth, effort: 2.3, gain: 100).contains("2.455 N m"))
    #expect(try complaint(home: sixth, effort: 2.5, gain: 100) == "nothing")
    // Where the robot hangs nothing is needed, and without a prior nothing is known.
    #expect(try complaint(home: 0, effort: 0.1, gain: 1) == "nothing")
    #expect(try complaint(home: sixth, effort: 2.3, gain: 100) { $0.prior = nil } == "nothing")
    #expect(
      try complaint(home: sixth, effort: 2.3, gain: 100) { $0.reset.strategy = .settle }
        == "nothing")
  }

  @Test("Gravity must not hold the robot off home by more than its tolerance")
  func restsOffHome() throws {
    // 2.455 / 0.035 = 70.1 N m/rad.
    #expect(
      try complaint(home: sixth, effort: 5, gain: 60)
        == "reset: gravity pulls joint 'shoulder' at home with 2.455 N m, under which driving home "
        + "comes to rest 0.04092 rad away, outside its tolerance of 0.035 rad; raise proportional in "
        + "reset.drive to more than 70.14 N m/rad, or widen the tolerance")
    #expect(try complaint(home: sixth, effort: 5, gain: 71) == "nothing")
    #expect(try complaint(home: sixth, effort: 5, gain: 60, tolerance: 0.05) == "nothing")
  }

  @Test("From either end of its range a joint must be lifted home")
  func tooWeakOnTheWay() throws {
    // Home upside down: 4.91 N m are needed half way, none at home.
    #expect(
      try complaint(home: .pi, effort: 4, gain: 60, range: 0.1...4)
        .contains("but at 1.") == true)
    #expect(try complaint(home: .pi, effort: 5.1, gain: 60, range: 0.1...4) == "nothing")
    // Gravity helps a joint home to where it hangs.
    #expect(try complaint(home: 0, effort: 0.1, gain: 60, range: -3...3) == "nothing")
  }

  @Test("Driving home may use no more effort than the joint has")
  func driveTooStrong() throws {
    #expect(
      try complaint(home: 0, effort: 10.5, gain: 1) { $0.prior = nil }
        == "reset: driving joint 'shoulder' home may use 10.5 N m, but its effort_limit is 10 N m; "
        + "lower reset.drive")
  }

  @Test("Every error about the description leads to a key of the robot file")
  func keys() {
    let errors: [(SupervisorError, String?)] = [
      (.incompleteReset(what: "home", expected: 1, found: 0), "reset.home"),
      (
        .limitMissing(joint: "a", key: "effort_limit", found: 0, unit: "N"), "joints.a.effort_limit"
      ),
      (.limitMissing(joint: "a", key: "position range", found: 0, unit: "m"), "joints.a.position"),
      (.resetDrivesNothing(strategy: "drive"), "reset.drive"),
      (.resetTooShort(limitSeconds: 1, neededSeconds: 2, what: "hold"), "reset.time_limit"),
      (.homeOutsideLimits(joint: "a", home: 2, lower: 0, upper: 1, unit: "m"), "reset.home.a"),
      (.driveTooStrong(joint: "a", effort: 2, limit: 1, unit: "N"), "reset.drive.a.effort_limit"),
      (.limitNotMeasured(joint: "a", key: "current"), "joints.a.current"),
      (.faultLatched(code: "x"), nil),
    ]
    for (error, key) in errors { #expect(error.robotFileKey == key, "\(error)") }
  }

  @Test("A list with another number of entries than joints")
  func lists() {
    #expect(
      complaint { $0.reset.waypoints = [ResetSettings.Waypoint(atSeconds: 1, positions: [])] }
        == "reset: trajectory has 0 entries, but the robot has 1 joints; give one a joint")
  }

  private func complaint(_ spoil: (inout Robot) -> Void) -> String {
    var robot = pendulum()
    spoil(&robot)
    do throws(SupervisorError) {
      try RobotCheck.verify(robot)
      return "nothing"
    } catch {
      return error.description
    }
  }
}
