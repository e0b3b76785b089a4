import Robotics
import Supervisor
import Testing

@Suite("The safety envelope")
struct EnvelopeTests {
  @Test("An effort within its limit passes unchanged; one over it is clamped to it, either way")
  func effortLimit() {
    #expect(judge(effort: 2.4).0 == .pass)
    #expect(judge(effort: 2.4).1 == 2.4)
    #expect(judge(effort: 2.6) == (.clamp, 2.5))
    #expect(judge(effort: -1e9) == (.clamp, -2.5))
  }

  @Test(
    "An effort that is not a number stops the robot, and nothing of it is sent",
    arguments: [Double.nan, .infinity, -.infinity])
  func nonFinite(effort: Double) {
    #expect(judge(effort: effort) == (.stop(.nonFiniteAction(joint: 0)), 0))
  }

  @Test("An effort may change no faster than its rate allows")
  func effortRate() {
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    var envelope = SafetyEnvelope(robot: robot)
    let efforts = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    defer { efforts.deallocate() }
    var sent: [Double] = []
    for asked in [2.5, 2.5, -2.5] {
      efforts[0] = asked
      _ = envelope.judgeEfforts(efforts)
      sent.append(efforts[0])
    }
    #expect(sent == [0.5, 1.0, 0.5])
  }

  @Test("A joint at its velocity limit goes on; one just over it is stopped")
  func velocityLimit() {
    #expect(judgeSample(position: 0, velocity: 25) == .pass)
    #expect(judgeSample(position: 0, velocity: -25) == .pass)
    #expect(
      judgeSample(position: 0, velocity: 25.01)
        == .stop(.velocityLimit(joint: 0, value: 25.01, limit: 25)))
  }

  @Test(
    "A joint is stopped where braking now would just not suffice, not where it is past its limit")
  func brakingDistance() {
    let robot = pendulum(isContinuous: false, range: -2...2)
    // From 1 rad at 3 rad/s: 0.012 s of latency and 3²/(2·5) rad of braking end at 1.936 rad.
    #expect(judgeSample(position: 1, velocity: 3, robot: robot) == .pass)
    guard
      case .stop(.brakingDistance(0, 1.1, let stop, 2)) = judgeSample(
        position: 1.1, velocity: 3, robot: robot)
    else {
      Issue.record("a joint that cannot be stopped in time was let go on")
      return
    }
    #expect(abs(stop - (1.1 + 3 * 0.012 + 0.9)) < 1e-12)
    #expect(judgeSample(position: -1.1, velocity: -3, robot: robot) != .pass)
    // Moving away from the limit is fine.
    #expect(judgeSample(position: 1.9, velocity: -3, robot: robot) == .pass)
    // Standing beyond it is not.
    #expect(judgeSample(position: 2.1, velocity: 0, robot: robot) != .pass)
  }

  @Test("One jump of an encoder is bridged by a prediction and marked; a second in a row stops")
  func glitches() {
    var envelope = SafetyEnvelope(robot: pendulum())
    let positions = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    let velocities = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    defer {
      positions.deallocate()
      velocities.deallocate()
    }
    func judge(_ position: Double) -> SafetyDecision {
      positions[0] = position
      velocities[0] = 2
      return envelope.judgeSample(
        positions: positions, velocities: velocities, elapsedSeconds: 0.01)
    }
    #expect(judge(0) == .pass)
    #expect(judge(0.02) == .pass)
    #expect(judge(7) == .clamp)
    #expect(abs(positions[0] - 0.04) < 1e-12)
    #expect(judge(0.06) == .pass)
    #expect(judge(.nan) == .clamp)
    guard case .stop(.implausibleSensor(0, _, _)) = judge(9) else {
      Issue.record("two jumps in a row were let pass")
      return
    }
  }

  @Test("The margins say how much of each limit was used")
  func margins() {
    var envelope = SafetyEnvelope(robot: pendulum())
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { values.deallocate() }
    values[0] = 0
    values[1] = 5
    let positions = UnsafeMutableBufferPointer(rebasing: values[0..<1])
    let velocities = UnsafeMutableBufferPointer(rebasing: values[1..<2])
    _ = envelope.judgeSample(positions: positions, velocities: velocities, elapsedSeconds: 0.01)
    values[0] = -2
    _ = envelope.judgeEfforts(positions)
    #expect(envelope.margins.velocityFraction == 0.2)
    #expect(envelope.margins.effortFraction == 0.8)
  }

  private func judge(effort: Double) -> (SafetyDecision, Double) {
    var envelope = SafetyEnvelope(robot: pendulum())
    let efforts = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    defer { efforts.deallocate() }
    efforts[0] = effort
    let decision = envelope.judgeEfforts(efforts)
    return (decision, efforts[0])
  }

  private func judgeSample(
    position: Double, velocity: Double, robot: Robot = pendulum()
  ) -> SafetyDecision {
    var envelope = SafetyEnvelope(robot: robot)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { values.deallocate() }
    values[0] = position
    values[1] = velocity
    return envelope.judgeSample(
      positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
      velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
  }
}
