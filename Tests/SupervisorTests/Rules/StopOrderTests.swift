import Robotics
import Supervisor
import Testing

@Suite("Which of several reasons to stop is told")
struct StopOrderTests {
  /// The reason's code when a pendulum that 2 N m drive for 0.05 s is found so; its motor may have
  /// 80 degC, its tip be 0.4 m high, and its actuators do 0.2 J of work.
  private func reason(_ position: Double, _ velocity: Double, celsius: Double) -> String? {
    var robot = pendulum()
    robot.joints[0].limits.motor = MotorLimits(
      temperatureCelsius: GradedLimit(soft: 60, hard: 80))
    robot.safety = SafetySettings(
      tipBox: TipBox(
        chain: TipChain(joints: [0], lengthsMetres: [0.5]),
        lower: TipPlace(xMetres: -1, yMetres: -1), upper: TipPlace(xMetres: 1, yMetres: 0.4),
        marginMetres: 0.05),
      energyJoules: GradedLimit(soft: 0.1, hard: 0.2))
    let bench = EnvelopeBench(robot)
    bench.sample([0], [0])
    #expect(bench.sent([2]) == [2])
    guard
      case .stop(let reason) = bench.sample(
        [position], [velocity], celsius: [celsius], elapsed: 0.05)
    else { return nil }
    return reason.code
  }

  /// Two pendulums that hang from one frame.
  private var pair: Robot {
    var robot = pendulum()
    var second = robot.joints[0]
    second.name = "other"
    robot.joints.append(second)
    return robot
  }

  @Test("The first joint's reason is told, and the joints after it are judged all the same")
  func laterJoints() {
    let bench = EnvelopeBench(pair)
    guard case .stop(.velocityLimit(0, _, _)) = bench.sample([0, 0], [26, 0]) else {
      Issue.record("the first joint was not stopped for its speed")
      return
    }
    #expect(!bench.believes)
    guard case .stop(.velocityLimit(0, _, _)) = bench.sample([0, 0], [26, 26]) else {
      Issue.record("the second joint's reason was told before the first's")
      return
    }
    #expect(bench.believes, "the second joint's position was confirmed meanwhile")
  }

  @Test("A joint's own before its motor's, that before the tip's, and the energy's last")
  func order() {
    #expect(reason(.pi, 26, celsius: 90) == "velocity-limit")
    #expect(reason(.pi, 3, celsius: 90) == "temperature-limit")
    #expect(reason(.pi, 3, celsius: 50) == "tip-box")
    #expect(reason(0, 3, celsius: 50) == "energy-limit")
    #expect(reason(0, 0, celsius: 50) == nil)
  }
}
