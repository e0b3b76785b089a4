import Foundation
import Robotics
import Testing

@Suite struct SuccessCriterionTests {
  let upright = SuccessCriterion(
    conditions: [.init(joint: 0, target: .pi, tolerance: 0.1, isContinuous: true)],
    holdSeconds: 1)

  /// A pendulum's states 0.1 s apart for 4 s: upright in the steps where `isUp` says so.
  private func states(isUp: (Int) -> Bool) -> [[Double]] {
    (0...40).map { isUp($0) ? [.pi, 0] : [0, 0] }
  }

  @Test("A task is solved when the last second is upright, both ends included")
  func lastSecond() {
    #expect(upright.isMet(byStates: states { $0 >= 30 }, periodSeconds: 0.1))
    #expect(!upright.isMet(byStates: states { $0 >= 31 }, periodSeconds: 0.1))
  }

  @Test("One state out of place in the last second, the last one too, leaves it unsolved")
  func oneOutOfPlace() {
    for gap in 30...40 {
      #expect(!upright.isMet(byStates: states { $0 != gap }, periodSeconds: 0.1))
    }
    #expect(upright.isMet(byStates: states { $0 != 29 }, periodSeconds: 0.1))
  }

  @Test("A trial shorter than the time to hold solves nothing")
  func short() {
    let states = [[Double]](repeating: [.pi, 0], count: 10)
    #expect(!upright.isMet(byStates: states, periodSeconds: 0.1))
    #expect(!upright.isMet(byStates: [], periodSeconds: 0.1))
  }

  @Test("Whole turns count as the same place for a continuous joint only")
  func wholeTurns() {
    var bounded = upright
    bounded.conditions[0].isContinuous = false
    for turns in -3...3 {
      let state = [Double.pi + 2 * .pi * Double(turns) + 0.05, 0]
      #expect(upright.holds(in: state))
      #expect(bounded.holds(in: state) == (turns == 0))
    }
    #expect(upright.holds(in: [-.pi + 0.09, 0]))
    #expect(!upright.holds(in: [-.pi + 0.11, 0]))
  }

  @Test("A state that isn't a number meets no condition")
  func notANumber() {
    #expect(!upright.holds(in: [.nan, 0]))
    #expect(!upright.holds(in: [.infinity, 0]))
  }

  @Test("The pendubot's tip within 0.1 m of upright counts, and no farther")
  func tip() throws {
    let robot = try Robot(contentsOf: PackagePaths.calibration("pendubot/robot.yaml"))
    let success = try #require(robot.tasks.first).success
    // Both rods leaning by a: the tip is 2 sin(a/2) m from upright, as the chain is 1 m long.
    let edge = 2 * asin(0.05)
    #expect(success.holds(in: [.pi + edge - 1e-6, .pi + edge - 1e-6, 0, 0]))
    #expect(!success.holds(in: [.pi + edge + 1e-6, .pi + edge + 1e-6, 0, 0]))
    #expect(success.holdSeconds == 0.5)
  }

  @Test("As a reward it is 1 where it is met exactly, and falls by each condition's own tolerance")
  func rewardTerms() throws {
    let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])
    let success = SuccessCriterion(
      conditions: [.init(joint: 0, target: 0.2, tolerance: 0.1)],
      tipConditions: [.init(chain: chain, target: chain.upright, toleranceMetres: 0.4)],
      holdSeconds: 1)
    let reward = Reward(terms: success.rewardTerms(widthFactor: 0.5))
    // The tip is right above 0, wherever the cart.
    func value(cart: Double) -> Double {
      reward.value(state: [cart, .pi - asin(cart / 0.5), 0, 0])
    }
    func tipDistance(cart: Double) -> Double {
      chain.distance(to: chain.upright, state: [cart, .pi - asin(cart / 0.5), 0, 0])
    }
    for cart in [0.2, 0.25, 0.1, -0.1] {
      let expected =
        0.5 * exp(-0.5 * pow((cart - 0.2) / 0.05, 2))
        + 0.5 * exp(-0.5 * pow(tipDistance(cart: cart) / 0.2, 2))
      #expect(abs(value(cart: cart) - expected) < 1e-12)
    }
    // A continuous joint's turns don't count.
    let turning = Reward(terms: upright.rewardTerms(widthFactor: 0.5))
    #expect(abs(turning.value(state: [5 * .pi, 0]) - 1) < 1e-12)
    #expect(turning.value(state: [.pi + 0.05, 0]) < 0.62)
    #expect(turning.value(state: [.pi + 0.05, 0]) > 0.6)
  }

  @Test("The time within counts every state in place until the next, wherever in the trial")
  func secondsWithin() {
    let seconds = upright.secondsWithin(
      states: states { (5..<15).contains($0) || $0 == 40 }, periodSeconds: 0.1)
    #expect(abs(seconds - 1) < 1e-12)
  }

  @Test("The time held at the end reaches back to the last sample out of place")
  func secondsHeldAtEnd() {
    let samples = Fixture.samples(states: states { $0 >= 34 }, period: 0.1)
    #expect(abs(upright.secondsHeldAtEnd(samples: samples) - 0.6) < 1e-12)
  }

  @Test("A glitch in the last second, which was never measured, doesn't undo success")
  func glitch() {
    var samples = Fixture.samples(states: states { $0 >= 30 && $0 != 35 }, period: 0.1)
    #expect(!upright.isMet(bySamples: samples))
    samples[35].flags = .glitch
    #expect(upright.isMet(bySamples: samples))
  }
}
