import Robotics
import Supervisor
import Testing

@Suite("When an encoder is called stuck")
struct StuckSensorTests {
  /// Feeds positions, 10 ms apart unless told, under a constant effort; the pendulum brakes at 5 rad/s², its
  /// velocity limit is 25 rad/s and its effort limit 2.5 N m.
  ///
  /// - Returns: The index of the sample that stopped the robot; nil when none did.
  private func firstStop(_ positions: [Double], effort: Double, elapsed: Double = 0.01) -> Int? {
    var envelope = SafetyEnvelope(robot: pendulum())
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    defer { values.deallocate() }
    let efforts = UnsafeMutableBufferPointer(rebasing: values[2..<3])
    for (index, position) in positions.enumerated() {
      values[0] = position
      values[1] = 0
      let decision = envelope.judgeSample(
        positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
        velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: elapsed)
      switch decision {
      case .stop(.stuckSensor(joint: 0, _, _)): return index
      case .stop(let reason):
        Issue.record("stopped for \(reason)")
        return index
      default: break
      }
      values[2] = effort
      _ = envelope.judgeEfforts(efforts)
    }
    return nil
  }

  /// So many samples at that speed (rad/s), then the last position again and again.
  /// It speeds up first, so that a small step has been seen.
  private func frozen(moving: Int = 10, speed: Double = 1, still: Int = 100) -> [Double] {
    let motion = [-0.0005] + (0..<moving).map { Double($0) * speed * 0.01 }
    return motion + Array(repeating: motion.last ?? 0, count: still)
  }

  @Test("From 1 rad/s to a dead stand under full effort: stuck, a tenth of a second later")
  func stuck() {
    #expect(firstStop(frozen(), effort: 2.5) == 20)
    #expect(firstStop(frozen(), effort: -2.5) == 20)
    #expect(firstStop(frozen(speed: -1), effort: 2.5) == 20)
  }

  @Test("A quarter of the effort limit counts as driven; less doesn't")
  func effort() {
    #expect(firstStop(frozen(), effort: 0.625) == 20)
    #expect(firstStop(frozen(), effort: 0.62) == nil)
    #expect(firstStop(frozen(), effort: 0) == nil)
  }

  @Test("A joint slower than 2 % of its velocity limit may be stopped by friction within a period")
  func slow() {
    #expect(firstStop(frozen(speed: 0.49), effort: 2.5) == nil)
    #expect(firstStop(frozen(speed: 0.51), effort: 2.5) != nil)
  }

  /// Braking at 5 rad/s² takes 0.25 rad/s off in 50 ms; the steps are 0.0475 and 0.0525 rad.
  @Test("Nor is one that moved no faster than four periods' braking takes off called stuck")
  func braked() {
    #expect(firstStop(frozen(speed: 4.75), effort: 2.5, elapsed: 0.05) == nil)
    #expect(firstStop(frozen(speed: 5.25), effort: 2.5, elapsed: 0.05) != nil)
  }

  @Test("However slow the loop, five samples must stand")
  func slowLoop() {
    // 0.1 s would be over after two samples 50 ms apart.
    #expect(firstStop(frozen(speed: 15), effort: 2.5, elapsed: 0.05) == 15)
  }

  /// A joint that stands for some samples, makes six more steps, and stands again.
  private func twice(_ still: Int, speed: Double = 1, thenStill: Int) -> [Double] {
    let first = frozen(speed: speed, still: still)
    let place = first.last ?? 0
    let steps = (1...6).map { place + Double($0) * speed * 0.01 }
    return first + steps + Array(repeating: steps[5], count: thenStill)
  }

  @Test("A joint that moves on begins anew: neither the samples that it stood count, nor the time")
  func movesOn() {
    #expect(firstStop(twice(6, thenStill: 9), effort: 2.5) == nil)
    #expect(firstStop(twice(6, thenStill: 10), effort: 2.5) != nil)
    #expect(firstStop(twice(3, speed: 15, thenStill: 4), effort: 2.5, elapsed: 0.05) == nil)
    #expect(firstStop(twice(3, speed: 15, thenStill: 5), effort: 2.5, elapsed: 0.05) != nil)
  }

  @Test("Fast steps that shrink by over a third before the stand are braking, not a dead cable")
  func shrinkingSteps() {
    let fast = [-0.0005] + (0..<8).map { Double($0) * 0.02 }
    for (step, isStuck) in [(0.013, false), (0.0137, true)] {
      let end = 0.14 + step
      let positions = fast + Array(repeating: end, count: 100)
      #expect((firstStop(positions, effort: 2.5) != nil) == isStuck, "\(step)")
    }
  }

  @Test("A new stream knows of no motion: a joint that stands from its first sample on isn't stuck")
  func newStream() {
    let bench = EnvelopeBench(pendulum())
    let motion = frozen(still: 0)
    for position in motion {
      bench.sample([position], [0])
      _ = bench.sent([2.5])
    }
    bench.forget()
    for position in Array(repeating: motion[10], count: 30) {
      #expect(bench.sample([position], [0]) == .pass)
      _ = bench.sent([2.5])
    }
  }

  @Test("Fewer than five steps the same way prove no motion")
  func shortMotion() {
    #expect(firstStop(frozen(moving: 4), effort: 2.5) == nil)
    #expect(firstStop(frozen(moving: 5), effort: 2.5) != nil)
  }

  @Test(
    "A joint that slows down before it stands is held by friction, however hard it is driven",
    arguments: [5.0, 20, 40, 80, 120])
  func slowingDown(deceleration: Double) {
    var positions: [Double] = []
    var speed = 3.0
    var position = 0.0
    let count: Double = 2 * .pi / 16384
    while speed > 0 {
      position += speed * 0.01
      speed -= deceleration * 0.01
      positions.append((position / count).rounded() * count)
    }
    positions += Array(repeating: positions.last ?? 0, count: 200)
    #expect(firstStop(positions, effort: 2.5) == nil)
  }

  @Test("A coarse encoder's last single counts prove no speed, though each looks like a fast one")
  func coarse() {
    // 0.01 rad in 10 ms are 1 rad/s, but it may as well have been a tenth of that.
    let count = 0.01
    let motion = (0..<10).map { Double($0) * count }
    #expect(firstStop(motion + Array(repeating: 0.09, count: 100), effort: 2.5) == nil)
    let fast = [-count] + (0..<10).map { Double(4 * $0) * count }
    #expect(firstStop(fast + Array(repeating: 0.36, count: 100), effort: 2.5) != nil)
  }

  @Test("A joint that never moved, and one whose encoder flickers by a count, aren't called stuck")
  func quiet() {
    #expect(firstStop(Array(repeating: 0.3, count: 300), effort: 2.5) == nil)
    let count = 2 * Double.pi / 16384
    let flicker = (0..<300).map { ($0 % 4 == 0 ? 0.09 + count : 0.09) as Double }
    #expect(firstStop(frozen(still: 0) + flicker, effort: 2.5) == nil)
  }

  @Test("A joint without a motor isn't judged: nothing tells rest from a dead encoder")
  func passive() {
    var robot = pendulum()
    robot.joints[0].limits.effort = 0
    var envelope = SafetyEnvelope(robot: robot)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { values.deallocate() }
    for position in frozen() {
      values[0] = position
      values[1] = 0
      #expect(
        envelope.judgeSample(
          positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
          velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
          == .pass)
    }
  }
}
