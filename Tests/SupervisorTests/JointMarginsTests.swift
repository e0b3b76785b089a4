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

  @Test("A joint's greatest speed counts either way, from the trial's start on")
  func eitherWay() {
    var envelope = SafetyEnvelope(robot: pendulum())
    judge(&envelope, position: 1, velocity: 3)
    judge(&envelope, position: 1, velocity: -4)
    effort(&envelope, 2)
    #expect(envelope.jointMargins[0].largestSpeed == 4)
    envelope.resetMargins()
    #expect(envelope.jointMargins[0].largestSpeed == 0)
    #expect(envelope.jointMargins[0].largestEffort == 0)
  }

  @Test("A joint without a motor has no effort to tell of")
  func passive() {
    var robot = pendulum()
    robot.joints[0].limits.effort = 0
    var envelope = SafetyEnvelope(robot: robot)
    judge(&envelope, position: 1, velocity: 5)
    #expect(envelope.jointMargins[0].sentence == "shoulder: speed 5 of 25 rad/s (20 %)")
  }

  @Test("Before the first sample a joint with position limits has them, but no stopping points")
  func beforeSamples() {
    let envelope = SafetyEnvelope(robot: pendulum(isContinuous: false, range: -2...2))
    let margins = envelope.jointMargins[0]
    #expect(margins.positionLimits == [-2, 2])
    #expect(margins.stoppingPoints == nil)
    #expect(
      margins.sentence == "shoulder: speed 0 of 25 rad/s (0 %), effort 0 of 2.5 N m (0 %)")
  }

  @Test("A joint with an end on one side alone has no range to tell of")
  func oneEnd() {
    for isUpper in [true, false] {
      var robot = pendulum()
      if isUpper {
        robot.joints[0].limits.positionUpper = 2
      } else {
        robot.joints[0].limits.positionLower = -2
      }
      var envelope = SafetyEnvelope(robot: robot)
      judge(&envelope, position: 0, velocity: 0)
      #expect(envelope.jointMargins[0].positionLimits == nil)
    }
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
