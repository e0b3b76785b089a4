import Robotics
import Supervisor
import Testing

@Suite("The work of the actuators in an episode")
struct EnergyLimitTests {
  private func bench(soft: Double = 0.1, hard: Double = 0.2) -> EnvelopeBench {
    var robot = pendulum()
    robot.safety = SafetySettings(energyJoules: GradedLimit(soft: soft, hard: hard))
    return EnvelopeBench(robot)
  }

  /// 2 N m at 3 rad/s for 10 ms are 0.06 J.
  @Test("Past the soft limit only what brakes passes; past the hard one the robot stops")
  func steps() {
    let bench = bench()
    #expect(bench.sample([0], [3]) == .pass)
    #expect(bench.sent([2]) == [2])
    #expect(bench.sample([0.03], [3]) == .pass)
    #expect(bench.sent([2]) == [2])
    #expect(bench.sample([0.06], [3]) == .pass)
    // 0.12 J.
    #expect(bench.sent([2]) == [0])
    #expect(bench.sent([-2]) == [-2])
    #expect(bench.sample([0.09], [-3]) == .pass)
    #expect(bench.sent([-2]) == [0])
    #expect(bench.sent([2]) == [2])
    guard case .stop(.energyLimit(let joules, 0.2)) = bench.sample([0.12], [-3]) else {
      Issue.record("0.24 J of work passed a limit of 0.2 J")
      return
    }
    #expect(abs(joules - 0.24) < 1e-12)
    #expect(bench.robotMargins.sentences == ["energy: 0.24 of 0.2 J"])
  }

  @Test("A joint that stands gets no effort past the soft limit: any would drive it")
  func standing() {
    let bench = bench()
    bench.sample([0], [6])
    _ = bench.sent([2])
    bench.sample([0], [6])
    #expect(bench.sample([0], [0]) == .pass)
    #expect(bench.sent([2]) == [0])
    #expect(bench.sent([-2]) == [0])
  }

  @Test("On the soft limit every effort passes, on the hard one the robot goes on")
  func edges() {
    let bench = bench(soft: 0.25, hard: 0.5)
    bench.sample([0], [0])
    _ = bench.sent([2])
    // 2 N m at 4 rad/s for 1/32 s are 0.25 J.
    #expect(bench.sample([0], [4], elapsed: 0.03125) == .pass)
    #expect(bench.sent([2]) == [2])
    #expect(bench.sample([0], [4], elapsed: 0.03125) == .pass)
    #expect(bench.sent([2]) == [0])
    _ = bench.sent([-1])
    guard case .stop(.energyLimit) = bench.sample([0], [4], elapsed: 0.001) else {
      Issue.record("braking is work too")
      return
    }
  }

  @Test("A new account of the margins at a trial's start keeps the episode's work")
  func wholeEpisode() {
    let bench = bench()
    bench.sample([0], [3])
    _ = bench.sent([2])
    bench.sample([0.03], [3])
    bench.resetMargins()
    #expect(bench.robotMargins.energyJoules?[0] == 0.06)
  }

  @Test("Every joint's work counts; a velocity that is not a number adds none")
  func joints() {
    var robot = pendulum()
    robot.joints.append(robot.joints[0])
    robot.safety = SafetySettings(energyJoules: GradedLimit(soft: 1, hard: 1))
    let bench = EnvelopeBench(robot)
    bench.sample([0, 0], [0, 0])
    _ = bench.sent([2, -1])
    bench.sample([0, 0], [1, 1])
    #expect(abs((bench.robotMargins.energyJoules?[0] ?? 0) - 0.03) < 1e-12)
    #expect(EnvelopeBench(pendulum()).robotMargins == RobotMargins())
  }
}
