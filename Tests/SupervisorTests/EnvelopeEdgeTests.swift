import Foundation
import Robotics
import Supervisor
import Testing

/// Each rule just on its edge and just past it, either way: a comparison turned round, or one that
/// takes the edge for the other side, fails here (`Benchmarks/mutate_envelope.py` shows it).
@Suite("The safety envelope on its edges")
struct EnvelopeEdgeTests {
  private let limited = pendulum(isContinuous: false, range: -2...2)

  // MARK: - Velocity

  @Test("A joint just over its velocity limit is stopped, whichever way it moves")
  func velocityEdges() {
    #expect(judge([(0, 25)]) == [.pass])
    #expect(judge([(0, -25)]) == [.pass])
    #expect(judge([(0, 25.000001)]).isStopped)
    #expect(judge([(0, -25.000001)]).isStopped)
  }

  // MARK: - Position

  @Test("A joint that stands on its limit may stay; one that stands just past it is stopped")
  func standingOnLimits() {
    #expect(judge([(2, 0)], limited) == [.pass])
    #expect(judge([(-2, 0)], limited) == [.pass])
    #expect(judge([(2.0000001, 0)], limited).isStopped)
    #expect(judge([(-2.0000001, 0)], limited).isStopped)
  }

  @Test("A joint past its limit is stopped though it moves back, and braking would end inside")
  func pastButMovingBack() {
    #expect(judge([(2.1, -3)], limited).isStopped)
    #expect(judge([(-2.1, 3)], limited).isStopped)
  }

  @Test("The stopping point is q + v t + v² / (2 a), with t a period and the command's delay")
  func stoppingPoint() {
    // 0.012 s and 5 rad/s²: at 2 rad/s a joint needs 0.024 + 0.4 rad.
    #expect(judge([(1.575999, 2)], limited) == [.pass])
    #expect(judge([(1.576001, 2)], limited).isStopped)
    #expect(judge([(-1.575999, -2)], limited) == [.pass])
    #expect(judge([(-1.576001, -2)], limited).isStopped)
    // The limit that is named is the one ahead.
    guard case .stop(.brakingDistance(0, -1.6, let stop, -2)) = judge([(-1.6, -2)], limited)[0]
    else {
      Issue.record("the wrong limit was named")
      return
    }
    #expect(abs(stop + 2.024) < 1e-12)
  }

  // MARK: - Sensors

  /// With 25 rad/s and 10 ms: twice 0.25 rad for the time, and as much for noise.
  @Test("A position may change by twice what the velocity limit allows and a period's noise")
  func plausibleJump() {
    #expect(judge([(0, 0), (0, 0), (1, 0)]) == [.pass, .pass, .pass])
    #expect(judge([(0, 0), (0, 0), (-1, 0)]) == [.pass, .pass, .pass])
    #expect(judge([(0, 0), (0, 0), (1.000001, 0)]) == [.pass, .pass, .clamp])
    #expect(judge([(0, 0), (0, 0), (-1.000001, 0)]) == [.pass, .pass, .clamp])
  }

  @Test("After lost samples a position may have gone on for longer")
  func plausibleJumpAfterLoss() {
    #expect(judge([(0, 0), (0, 0), (1.999999, 0)], elapsed: 0.03) == [.pass, .pass, .pass])
    #expect(judge([(0, 0), (0, 0), (2.000001, 0)], elapsed: 0.03) == [.pass, .pass, .clamp])
  }

  @Test("A glitch is bridged with where the joint was heading, and with its velocity")
  func standIn() {
    let bridged = judged([(0.47, 3), (0.5, 3), (40, -9)])
    #expect(abs(bridged.positions[2] - 0.53) < 1e-12)
    #expect(bridged.velocities[2] == 3)
  }

  /// At 20 rad/s a joint seen at 0.2 rad is at 0.4 rad a period later; 1 rad off is let pass.
  @Test("After a glitch the next sample is compared with where the joint was heading")
  func afterGlitch() {
    let wide = pendulum(isContinuous: false, range: -1000...1000)
    func last(_ position: Double) -> SafetyDecision? {
      judge([(0, 20), (0.2, 20), (90, 20), (position, 20)], wide).last
    }
    #expect(last(1.399999) == .pass)
    #expect(last(-0.599999) == .pass)
    for position in [1.400001, -0.600001] {
      guard case .stop(.implausibleSensor(0, position, let expected)) = last(position) else {
        Issue.record("a second jump, to \(position) rad, was let pass")
        continue
      }
      #expect(abs(expected - 0.6) < 1e-12)
    }
  }

  @Test("While no sample is confirmed, the next is compared with the one before")
  func comparedWith() {
    let bench = EnvelopeBench(pendulum())
    for position in [40, 0.5] {
      bench.sample([position], [3])
      #expect(!bench.believes)
      #expect(bench.expectedPosition(joint: 0) == position)
    }
  }

  @Test("A velocity that is not a number is a glitch, and a fault the second time")
  func notANumber() {
    let decisions = judge([(0, 1), (0.01, 1), (0.02, .nan), (0.03, .nan)])
    #expect(decisions[2] == .clamp)
    #expect(decisions.isStopped)
    #expect(judge([(0, 1), (0.01, 1), (0.02, .infinity)])[2] == .clamp)
  }

  @Test(
    "A stream that begins with something that is not a number is stopped",
    arguments: [(Double.nan, 0.0), (0.0, Double.nan), (Double.infinity, 0.0)])
  func firstSample(position: Double, velocity: Double) {
    guard case .stop(.implausibleSensor) = judge([(position, velocity)])[0] else {
      Issue.record("what is not a number was taken for a measurement")
      return
    }
  }

  @Test("A new stream begins anywhere; glitches are counted anew")
  func newStream() {
    var envelope = SafetyEnvelope(robot: pendulum())
    #expect(decide(&envelope, 0, 0) == .pass)
    #expect(decide(&envelope, 0, 0) == .pass)
    #expect(decide(&envelope, 50, 0) == .clamp)
    envelope.reset()
    #expect(decide(&envelope, 50, 0) == .pass)
    #expect(decide(&envelope, 50, 0) == .pass)
    #expect(decide(&envelope, 0, 0) == .clamp)
    #expect(envelope.lastEfforts[0] == 0)
  }

  @Test("A first sample is believed once the next agrees with it; of two that differ, neither is")
  func firstSampleBelieved() {
    let bench = EnvelopeBench(pendulum())
    #expect(!bench.believes)
    #expect(bench.sample([40], [0]) == .pass)
    #expect(!bench.believes)
    // The glitch was the first: the second is the first again, and no stand-in takes its place.
    #expect(bench.sample([0.5], [0]) == .pass)
    #expect(!bench.believes)
    #expect(bench.sample([1.5], [0]) == .pass)
    #expect(bench.believes)
    // From then on one glitch is bridged.
    #expect(bench.sample([40], [0]) == .clamp)
    #expect(bench.believes)
  }

  @Test("Two samples just further apart than the joint can move don't confirm each other")
  func firstSampleEdges() {
    for (second, isBelieved) in [(1.0, true), (-1, true), (1.000001, false), (-1.000001, false)] {
      let bench = EnvelopeBench(pendulum())
      bench.sample([0], [0])
      bench.sample([second], [0])
      #expect(bench.believes == isBelieved, "\(second)")
    }
  }

  @Test("What is not a number confirms nothing, and nothing confirms it")
  func firstSampleNotANumber() {
    let bench = EnvelopeBench(pendulum())
    bench.sample([0], [0])
    bench.sample([.nan], [0])
    // The sample before it is no longer the one before.
    bench.sample([0], [0])
    #expect(!bench.believes)
    bench.sample([0], [0])
    #expect(bench.believes)
    bench.forget()
    #expect(!bench.believes)
  }

  // MARK: - Efforts

  @Test("An effort on its limit passes; one just past it is cut to it")
  func effortEdges() {
    #expect(efforts([2.5]).decisions == [.pass])
    #expect(efforts([-2.5]).decisions == [.pass])
    #expect(efforts([2.500001]).sent == [2.5])
    #expect(efforts([2.500001]).decisions == [.clamp])
    #expect(efforts([-2.500001]).sent == [-2.5])
  }

  @Test("An effort falls no faster than it rises, and may change by just its rate")
  func effortRate() {
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    #expect(efforts([0.5, 1, 0.5, 0], robot).decisions == [.pass, .pass, .pass, .pass])
    #expect(efforts([0.500001], robot).decisions == [.clamp])
    let falling = efforts([-2, -2, 2, 2], robot).sent
    #expect(falling == [-0.5, -1, -0.5, 0])
  }

  @Test("An effort that was judged but not sent counts for nothing: the next starts from what was")
  func notSent() {
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    var envelope = SafetyEnvelope(robot: robot)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) { values in
      values[0] = 0.4
      #expect(envelope.judgeEfforts(values) == .pass)
      for notSent in [-2.5, .nan] {
        values[0] = notSent
        _ = envelope.judgeEfforts(values)
        envelope.noteNotSent()
        #expect(envelope.lastEfforts[0] == 0.4)
      }
      values[0] = -2.5
      #expect(envelope.judgeEfforts(values) == .clamp)
      #expect(abs(values[0] + 0.1) < 1e-12)
    }
  }

  @Test("After an effort that is not a number, none is in force")
  func effortsAfterNaN() {
    let result = efforts([2, .nan, 1])
    #expect(result.sent == [2, 0, 1])
    #expect(result.decisions == [.pass, .stop(.nonFiniteAction(joint: 0)), .pass])
    var robot = pendulum()
    robot.joints[0].limits.effortRate = 50
    #expect(efforts([0.5, .nan, 1], robot).sent == [0.5, 0, 0.5])
  }

  // MARK: - Margins

  @Test("The margin of a position is its stopping point's way from the middle of the range")
  func positionMargin() {
    var robot = limited
    robot.joints[0].limits.positionLower = -1
    robot.joints[0].limits.positionUpper = 3
    var envelope = SafetyEnvelope(robot: robot)
    _ = decide(&envelope, 2, 1)
    // Middle 1, half a range 2, stopping point 2 + 0.012 + 0.1.
    #expect(abs(envelope.margins.positionFraction - 1.112 / 2) < 1e-12)
    #expect(abs(envelope.margins.velocityFraction - 1.0 / 25) < 1e-12)
    envelope.resetMargins()
    #expect(envelope.margins == SafetyMargins())
  }

  @Test("A joint without ends has no position margin, one without a motor no effort margin")
  func noMargins() {
    var robot = pendulum()
    robot.joints[0].limits.effort = 0
    var envelope = SafetyEnvelope(robot: robot)
    _ = decide(&envelope, 2, -5)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1)
    defer { values.deallocate() }
    values[0] = 1
    #expect(envelope.judgeEfforts(values) == .clamp)
    #expect(values[0] == 0)
    #expect(envelope.margins.positionFraction == 0)
    #expect(envelope.margins.effortFraction == 0)
    #expect(envelope.margins.velocityFraction == 0.2)
  }

  // MARK: - Several joints

  @Test("Every joint is judged, not the first alone")
  func secondJoint() {
    var robot = limited
    robot.joints.append(robot.joints[0])
    robot.joints[1].name = "elbow"
    var envelope = SafetyEnvelope(robot: robot)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: 4)
    defer { values.deallocate() }
    let positions = UnsafeMutableBufferPointer(rebasing: values[0..<2])
    let velocities = UnsafeMutableBufferPointer(rebasing: values[2..<4])
    for (i, value) in [0, 0, 0, 25.5].enumerated() { values[i] = value }
    #expect(
      envelope.judgeSample(positions: positions, velocities: velocities, elapsedSeconds: 0.01)
        == .stop(.velocityLimit(joint: 1, value: 25.5, limit: 25)))
    values[0] = 1
    values[1] = .nan
    #expect(envelope.judgeEfforts(positions) == .stop(.nonFiniteAction(joint: 1)))
    #expect(values[0] == 0 && values[1] == 0)
  }

  // MARK: - In words

  /// Every reason there is, for a robot whose first joint is a revolute one.
  private let reasons: [StopReason] = [
    .velocityLimit(joint: 0, value: 26, limit: 25),
    .brakingDistance(joint: 0, position: 1.9, stoppingPoint: 2.5, limit: 2),
    .nonFiniteAction(joint: 0), .implausibleSensor(joint: 0, position: 9, expected: 0),
    .staleSample(ageSeconds: 0.06, limitSeconds: 0.05), .samplesLost(count: 5, budget: 4),
    .disconnected(errno: 5), .rebooted, .willNotArm,
    .resetFailed(seconds: 20, joint: 0, position: 1, velocity: 0), .storeTooSlow, .storeFailed,
    .operatorStop, .emergencyStop,
    .stuckSensor(joint: 0, position: 1, seconds: 0.1),
    .temperatureLimit(joint: 0, celsius: 81, limit: 80),
    .currentLimit(joint: 0, amperes: 3.5, limit: 3),
    .voltageLimit(joint: 0, volts: 8, limit: 9),
    .readingMissing(joint: 0, what: .temperature, seconds: 1.2),
    .tipBox(axis: .y, metres: 0.6, limit: 0.5), .energyLimit(joules: 31, limit: 30),
    .notConfirmed(seconds: 30), .deadManReleased(windowSeconds: 0.5),
  ]

  @Test("Every reason has a code of its own and a sentence with the joint's name and unit")
  func words() {
    let all = reasons + (0...8).map { .firmwareFault(code: $0) }
    #expect(Set(all.map(\.code)).count == reasons.count + 1)
    #expect(Set(all.map { $0.explanation(for: limited) }).count == all.count - 1)
    for reason in [reasons[0], reasons[1], reasons[3], reasons[9]] {
      let text = reason.explanation(for: limited)
      #expect(text.contains("'shoulder'") && text.contains("rad"), "\(text)")
    }
    #expect(reasons[4].explanation(for: limited).contains("60 ms"))
    for (index, words) in [
      (13, "--clear-fault"), (15, "81 degC, over its limit of 80 degC"), (16, "3.5 A"), (17, "8 V"),
      (18, "temperature"), (19, "y = 0.6 m, past its box's side at 0.5 m"), (20, "31 J"),
    ] {
      #expect(reasons[index].explanation(for: limited).contains(words), "\(reasons[index])")
    }
  }

  @Test("Only what the operator did is an interruption; everything else marks a fault")
  func trialEnds() {
    let operators: [StopReason] = [
      .operatorStop, .notConfirmed(seconds: 30), .deadManReleased(windowSeconds: 0.5),
    ]
    for reason in reasons {
      let text = reason.explanation(for: limited)
      let expected: TrialEnd =
        operators.contains(reason)
        ? .interrupted(reason: text) : .fault(code: reason.code, reason: text)
      #expect(reason.trialEnd(for: limited) == expected)
    }
  }

  // MARK: - Judging

  private func judge(
    _ samples: [(Double, Double)], _ robot: Robot = pendulum(), elapsed: Double = 0.01
  ) -> [SafetyDecision] {
    var envelope = SafetyEnvelope(robot: robot)
    return samples.map { decide(&envelope, $0.0, $0.1, elapsed: elapsed) }
  }

  private func decide(
    _ envelope: inout SafetyEnvelope, _ position: Double, _ velocity: Double,
    elapsed: Double = 0.01
  ) -> SafetyDecision {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { values in
      values[0] = position
      values[1] = velocity
      return envelope.judgeSample(
        positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
        velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: elapsed)
    }
  }

  private func judged(
    _ samples: [(Double, Double)]
  ) -> (positions: [Double], velocities: [Double]) {
    var envelope = SafetyEnvelope(robot: pendulum())
    var result: (positions: [Double], velocities: [Double]) = ([], [])
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { values in
      for sample in samples {
        (values[0], values[1]) = sample
        _ = envelope.judgeSample(
          positions: UnsafeMutableBufferPointer(rebasing: values[0..<1]),
          velocities: UnsafeMutableBufferPointer(rebasing: values[1..<2]), elapsedSeconds: 0.01)
        result.positions.append(values[0])
        result.velocities.append(values[1])
      }
    }
    return result
  }

  private func efforts(
    _ asked: [Double], _ robot: Robot = pendulum()
  ) -> (decisions: [SafetyDecision], sent: [Double]) {
    var envelope = SafetyEnvelope(robot: robot)
    var result: (decisions: [SafetyDecision], sent: [Double]) = ([], [])
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) { values in
      for effort in asked {
        values[0] = effort
        result.decisions.append(envelope.judgeEfforts(values))
        result.sent.append(values[0])
      }
    }
    return result
  }
}

extension [SafetyDecision] {
  /// Whether the last decision was to stop.
  fileprivate var isStopped: Bool {
    if case .stop = last { true } else { false }
  }
}
