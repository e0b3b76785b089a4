import Robotics
import Supervisor
import Testing

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

  @Test("A turn that was added up before a glitch is still added up after it")
  func glitchAfterTurn() {
    let turn: Double = 2 * .pi
    // Of the fifth sample a whole turn is missing, less 0.2 rad.
    let found = judged([3.1, 3.2, 3.3 - turn, 3.3 - turn, 3.1, 3.5 - turn])
    #expect(found.map(\.0) == Array(repeating: .pass, count: 6))
    for (judged, want) in zip(found, [3.1, 3.2, 3.3, 3.3, 3.1, 3.5]) {
      #expect(abs(judged.1 - want) < 1e-12)
    }
  }

  @Test("A turn right after a jump that was none is a turn, either way")
  func turnAfterJump() {
    for sign in [1.0, -1] {
      let found = judged([0, 0, sign * 0.3, sign * (0.4 - 2 * .pi)])
      #expect(found.map(\.0) == Array(repeating: .pass, count: 4))
      #expect(abs(found[3].1 - sign * 0.4) < 1e-12)
    }
  }

  /// At 150 rad/s a joint makes 1.5 rad a period. From −1.4 rad a jump to 2.5 and on to −2.383: the
  /// second step is a turn but for 1.4 rad, yet from −1.4 to −2.383 the joint can have come by itself.
  @Test("Of a fast joint too, the way back from a jump is no turn")
  func fastJump() {
    let back = 2.5 - (2 * .pi - 1.4)
    let found = judged([0, -1.4, 2.5, back], robot: pendulum(velocityLimit: 150))
    #expect(found[3].1 == back)
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
