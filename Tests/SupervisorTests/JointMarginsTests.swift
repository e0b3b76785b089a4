import Robotics
import Supervisor
import Testing

@Suite("How close each joint came to each of its limits")
struct JointMarginsTests {
  @Test("Speed, effort and stopping points, with their limits and units")
  func values() {
    var envelope = SafetyEnvelope(
      robot: pendulum(isContinuous: false, range: -2...2, velocityLimit: 25))
    judge(&envelope, position: 1, velocity: 3)
    judge(&envelope, position: 0.9, velocity: -1)
    effort(&envelope, -2)
    effort(&envelope, 1)
    let margins = envelope.jointMargins[0]
    #expect(margins.largestSpeed == 3)
    #expect(margins.largestEffort == 2)
    // q + v t + v |v| / (2 a) with t = 12 ms and a = 5 rad/s².
    let stops = margins.stoppingPoints ?? []
    #expect(stops.count == 2)
    #expect(abs(stops[0] - (0.9 - 0.012 - 0.1)) < 1e-12)
    #expect(abs(stops[1] - (1 + 0.036 + 0.9)) < 1e-12)
    #expect(
      margins.sentence
        == "shoulder: speed 3 of 25 rad/s (12 %), effort 2 of 2.5 N m (80 %), stopping points 0.788 "
        + "to 1.94 within -2 to 2 rad")
  }

  @Test("A joint without position limits has no stopping points to tell of")
  func continuous() {
    var envelope = SafetyEnvelope(robot: pendulum())
    judge(&envelope, position: 1, velocity: 5)
    let margins = envelope.jointMargins[0]
    #expect(margins.stoppingPoints == nil && margins.positionLimits == nil)
    #expect(
      margins.sentence == "shoulder: speed 5 of 25 rad/s (20 %), effort 0 of 2.5 N m (0 %)")
  }

  @Test("An episode tells how long the actuators were on, and the work they did")
  func use() throws {
    let double = RobotDouble(robot: pendulum())
    let robot = try SupervisedRobot(
      link: double, robot: double.robot, stopSwitch: StopSwitch())
    try robot.connect()
    var samples: [Sample] = []
    let plan = TrialPlan(
      policy: ClosurePolicy { _, _ in 1 }, robot: double.robot, task: double.robot.tasks[0])
    let outcome = try robot.runEpisode(plan) { samples += $0 }.outcome
    // A trial of 1 s, and a few ticks of arming and stopping.
    #expect(outcome.use.armedSeconds > 1 && outcome.use.armedSeconds < 1.1)
    // The samples' own account: 1 N m in force over each control period.
    let work = samples.dropFirst().reduce(0) { $0 + abs($1.velocities[0]) * 0.01 }
    #expect(abs(outcome.use.energyJoules - work) < 0.05 * work)
    #expect(outcome.jointMargins[0].largestEffort == 1)
    #expect(outcome.jointMargins[0].largestSpeed == samples.map { abs($0.velocities[0]) }.max())
  }

  private func judge(_ envelope: inout SafetyEnvelope, position: Double, velocity: Double) {
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { values.deallocate() }
    (values[0], values[1]) = (position, velocity)
    _ = envelope.judgeSample(
      positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
      velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
  }

  private func effort(_ envelope: inout SafetyEnvelope, _ effort: Double) {
    let efforts = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    defer { efforts.deallocate() }
    efforts[0] = effort
    _ = envelope.judgeEfforts(efforts)
  }
}
