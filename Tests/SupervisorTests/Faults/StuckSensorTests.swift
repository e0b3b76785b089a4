import Robotics
import Supervisor
import Testing

@Suite("When an encoder is called stuck")
struct StuckSensorTests {
  /// Feeds positions, 10 ms apart, under a constant effort; the pendulum brakes at 5 rad/s², its
  /// velocity limit is 25 rad/s and its effort limit 2.5 N m.
  ///
  /// - Returns: The index of the sample that stopped the robot; nil when none did.
  private func firstStop(_ positions: [Double], effort: Double) -> Int? {
    var envelope = SafetyEnvelope(robot: pendulum())
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    defer { values.deallocate() }
    let efforts = UnsafeMutableBufferPointer(rebasing: values[2..<3])
    for (index, position) in positions.enumerated() {
      values[0] = position
      values[1] = 0
      let decision = envelope.judgeSample(
        positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
        velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
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

@Suite("When a step of an encoder is a wrap-around")
struct EncoderTurnsTests {
  /// What the envelope makes of positions 10 ms apart; the velocity limit of 25 rad/s allows 0.25 rad
  /// a period.
  private func judged(
    _ positions: [Double], robot: Robot = pendulum()
  ) -> [(SafetyDecision, Double)] {
    var envelope = SafetyEnvelope(robot: robot)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2)
    defer { values.deallocate() }
    return positions.map { position in
      values[0] = position
      values[1] = 0
      let decision = envelope.judgeSample(
        positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
        velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
      return (decision, values[0])
    }
  }

  @Test("Turns either way, and several at once, are added up")
  func turns() {
    let turn: Double = 2 * .pi
    let truth: [Double] = [3, 3.1, 3.2, 3.3, 3.2, 3.1, 3, 3, 3.1]
    let turnsRead: [Double] = [0, 0, -1, -1, -1, 0, 0, 2, 0]
    let found = judged(zip(truth, turnsRead).map { $0 + $1 * turn })
    for (judged, want) in zip(found, truth) {
      #expect(judged.0 == .pass)
      #expect(abs(judged.1 - want) < 1e-12)
    }
  }

  @Test("A jump that is no whole turn, but for what the joint can move, stays a glitch")
  func noTurn() {
    #expect(judged([0, 0.01, 2 * .pi + 0.2]).last?.0 == .pass)
    #expect(judged([0, 0.01, 2 * .pi + 0.3]).last?.0 == .clamp)
    #expect(judged([0, 0.01, .pi]).last?.0 == .clamp)
  }

  /// A joint near its velocity limit and a glitch of a whole turn less a little: the way back is more
  /// than the joint can make in a period.
  @Test("A glitch of whole turns is taken back when the next sample shows that there were none")
  func glitchOfTurns() {
    for sign in [1.0, -1] {
      let found = judged([0, 0, sign * (2 * .pi - 0.2), sign * 0.2, sign * 0.4].map { $0 })
      #expect(found.map(\.0) == Array(repeating: .pass, count: 5))
      #expect(abs(found[2].1 + sign * 0.2) < 1e-12)
      #expect(abs(found[3].1 - sign * 0.2) < 1e-12)
      #expect(abs(found[4].1 - sign * 0.4) < 1e-12)
    }
    // Nor is the way back from a glitch a wrap-around, though it may look like one.
    for sign in [1.0, -1] {
      let found = judged([0, 0, sign * (2 * .pi + 0.3), sign * 0.1])
      #expect(found.map(\.0) == [.pass, .pass, .clamp, .pass])
      #expect(found[3].1 == sign * 0.1)
    }
    // Only the sample right after it can say so, and only within what both periods allow.
    #expect(judged([0, 0, 2 * .pi - 0.2, -0.3 + 2 * .pi, 0.2]).last?.0 == .clamp)
    #expect(judged([0, 0, 2 * .pi - 0.2, 0.499]).last.map { abs($0.1 - 0.499) < 1e-12 } == true)
    #expect(judged([0, 0, 2 * .pi - 0.2, 0.501]).last.map { abs($0.1 - 0.501) < 1e-12 } == false)
  }

  @Test("Where a joint can make half a turn between two samples, nothing is added up")
  func fast() {
    let seam = 2 * Double.pi - 0.9
    // 100 rad/s allow 1 rad a period, 160 rad/s allow 1.6.
    let slow = judged([0, 0, seam], robot: pendulum(velocityLimit: 100))
    #expect(abs(slow[2].1 + 0.9) < 1e-12)
    #expect(judged([0, 0, seam], robot: pendulum(velocityLimit: 160))[2].1 == seam)
  }

  @Test("A new stream begins without turns, wherever it begins")
  func forgotten() {
    let bench = EnvelopeBench(pendulum())
    for position in [3.1, 3.1, 3.2 - 2 * Double.pi] { bench.sample([position], [0]) }
    bench.forget()
    // Neither the turns nor the place before are remembered: a whole turn away is just there.
    for position in [3.3 - 2 * Double.pi, 3.3] {
      bench.sample([position], [0])
      #expect(bench.positions == [position])
      bench.forget()
    }
  }

  @Test("A joint with an end has no seam to cross")
  func limited() {
    let robot = pendulum(isContinuous: false, range: -10...10)
    #expect(judged([3.1, 3.1, 3.1 - 2 * .pi], robot: robot).last?.0 == .clamp)
  }

  @Test("Readings that aren't numbers leave the turns as they are")
  func notNumbers() {
    let found = judged([3.1, 3.1, Double.nan, 3.2 - 2 * Double.pi])
    #expect(found[2].0 == .clamp)
    #expect(abs(found[3].1 - 3.2) < 1e-12)
  }
}
