import Robotics
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
