import Robotics
import Supervisor
import Testing

@Suite("Soft limits of a joint")
struct SoftLimitTests {
  private func robot() -> Robot {
    var robot = pendulum(isContinuous: false, range: -2...2)
    robot.joints[0].limits.softPositionLower = -1
    robot.joints[0].limits.softPositionUpper = 1
    robot.joints[0].limits.softVelocity = 8
    return robot
  }

  /// What becomes of full effort up and down, after a sample.
  private func sent(_ position: Double, _ velocity: Double, _ robot: Robot) -> [Double] {
    let bench = EnvelopeBench(robot)
    #expect(bench.sample([position], [velocity]) == .pass)
    return bench.sent([2]) + bench.sent([-2])
  }

  @Test("On a soft position limit every effort passes; past it none that leads further out")
  func position() {
    #expect(sent(1, 0, robot()) == [2, -2])
    #expect(sent(1.000001, 0, robot()) == [0, -2])
    #expect(sent(-1, 0, robot()) == [2, -2])
    #expect(sent(-1.000001, 0, robot()) == [2, 0])
  }

  @Test("The point where the joint would stand counts: q + v t + v² / (2 a)")
  func stoppingPoint() {
    // 0.012 s and 5 rad/s²: at 2 rad/s a joint needs 0.424 rad.
    #expect(sent(0.575999, 2, robot()) == [2, -2])
    #expect(sent(0.576001, 2, robot()) == [0, -2])
    #expect(sent(-0.575999, -2, robot()) == [2, -2])
    #expect(sent(-0.576001, -2, robot()) == [2, 0])
    // Past the limit and on its way back it is still past the limit.
    #expect(sent(1.1, -2, robot()) == [0, -2])
    #expect(sent(-1.1, 2, robot()) == [2, 0])
  }

  @Test("Past the soft velocity limit no effort speeds the joint up; every one that brakes passes")
  func velocity() {
    var robot = robot()
    robot.joints[0] = pendulum().joints[0]
    robot.joints[0].limits.softVelocity = 8
    #expect(sent(0, 8, robot) == [2, -2])
    #expect(sent(0, 8.000001, robot) == [0, -2])
    #expect(sent(0, -8, robot) == [2, -2])
    #expect(sent(0, -8.000001, robot) == [2, 0])
  }

  @Test("One soft limit needs no other")
  func single() {
    var one = robot()
    one.joints[0].limits.softPositionLower = nil
    #expect(sent(1.1, 0, one) == [0, -2])
    #expect(sent(-1.1, 0, one) == [2, -2])
    one = robot()
    one.joints[0].limits.softPositionUpper = nil
    #expect(sent(1.1, 0, one) == [2, -2])
    #expect(sent(-1.1, 0, one) == [2, 0])
  }

  @Test("An effort in force is taken back no faster than its rate allows")
  func rate() {
    var robot = robot()
    robot.joints[0].limits.effortRate = 50
    let bench = EnvelopeBench(robot)
    bench.sample([0.9], [0])
    #expect(bench.sent([0.5]) == [0.5])
    #expect(bench.sent([1]) == [1])
    bench.sample([1.1], [0])
    #expect(bench.sent([1]) == [0.5])
    #expect(bench.sent([1]) == [0])
  }

  @Test("What was clamped is counted by rule, with the greatest change and when it began")
  func log() {
    let bench = EnvelopeBench(robot())
    bench.sample([0], [0])
    bench.sample([1.1], [0])
    _ = bench.sent([0.5])
    bench.sample([1.1], [0])
    _ = bench.sent([2])
    _ = bench.sent([1])
    _ = bench.sent([-3])
    let expected = [
      ClampSummary(
        rule: "effort-limit", joint: "shoulder", count: 1, firstSeconds: 0.03, asked: -3,
        allowed: -2.5, unit: "N m"),
      ClampSummary(
        rule: "soft-position-limit", joint: "shoulder", count: 3, firstSeconds: 0.02, asked: 2,
        allowed: 0, unit: "N m"),
    ]
    #expect(bench.clamps == expected)
    #expect(
      bench.clamps[1].sentence
        == "shoulder: soft-position-limit changed the effort 3 times, first at 0.02 s; at most 2 "
        + "became 0 N m")
    bench.resetMargins()
    #expect(bench.clamps.isEmpty)
    bench.sample([1], [0])
    bench.sample([9], [0])
    #expect(
      bench.clamps.map(\.sentence) == [
        "shoulder: a glitch was bridged once, first at 0.02 s; at most 9 became 1 rad"
      ])
  }

  @Test("A bound that two rules draw bears the name of the first, upwards and downwards")
  func firstRule() {
    for sign in [1.0, -1] {
      var robot = pendulum(isContinuous: false, range: -100...100)
      robot.joints[0].limits.softPositionLower = -1
      robot.joints[0].limits.softPositionUpper = 1
      robot.joints[0].limits.softVelocity = 8
      let bench = EnvelopeBench(robot)
      #expect(bench.sample([sign * 1.1], [sign * 9]) == .pass)
      #expect(bench.sent([sign * 2]) == [0])
      #expect(bench.clamps.map(\.rule) == ["soft-position-limit"])
    }
  }

  @Test("A glitch that is not a number is the greatest change, whatever came before and after it")
  func notANumberLog() {
    let bench = EnvelopeBench(pendulum(isContinuous: false, range: -100...100))
    for position in [0, 0, 9, 0, Double.nan, 0, 9] { bench.sample([position], [0]) }
    #expect(bench.clamps.map(\.count) == [3])
    #expect(bench.clamps[0].asked.isNaN)
    #expect(bench.clamps[0].allowed == 0)
  }

  @Test("A change that is limited by its rate is counted as that, whatever its size")
  func rateLog() {
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    let bench = EnvelopeBench(robot)
    bench.sample([0], [0])
    _ = bench.sent([1])
    _ = bench.sent([-2])
    #expect(bench.clamps.map(\.rule) == ["effort-rate-limit"])
    #expect(bench.clamps.map(\.count) == [2])
    #expect(bench.clamps[0].asked == -2 && bench.clamps[0].allowed == 0)
  }
}
