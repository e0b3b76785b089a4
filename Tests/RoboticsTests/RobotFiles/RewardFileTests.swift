import Robotics
import Testing

/// Rewards of several terms in a robot's file: what they read as, and the message for each mistake.
@Suite struct RewardFileTests {
  private func complaint(_ reward: String) -> String {
    SmallRobot.complaint(replacing: "reward: { width: 0.25 m, tip: upright }", with: reward)
  }

  @Test("A list of terms reads as their weighted sum, in SI units")
  func terms() throws {
    let yaml = SmallRobot.yaml.replacingOccurrences(
      of: "reward: { width: 0.25 m, tip: upright }",
      with: """
        reward:
              - saturating: { width: 25 cm, tip: upright }
                weight: 0.8
              - quadratic: { scale: 50 cm, targets: { cart: 10 cm } }
                weight: 0.1
              - distance: { scale: 1 m, tip: { x: 0 m, y: 30 cm } }
              - indicator: { within: { pole: { of: 180 deg, tolerance: 10 deg } } }
              - effort: { scale: { cart: 5 N } }
              - smoothness: {}
        """)
    let robot = try Robot(yaml: yaml, file: "small.yaml")
    let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])
    let expected = Reward(terms: [
      .init(
        .saturating(distances: [.tip(chain: chain, target: chain.upright)], width: 0.25),
        weight: 0.8),
      .init(.quadratic(distances: [.position(joint: 0, target: 0.1)], scale: 0.5), weight: 0.1),
      .init(
        .distance(
          distances: [.tip(chain: chain, target: TipPlace(xMetres: 0, yMetres: 0.3))], scale: 1)),
      .init(
        .indicator(
          conditions: [
            .init(joint: 1, target: .pi, tolerance: .pi / 18, isContinuous: true)
          ], tipConditions: [])),
      .init(.effort(scales: [5])),
      .init(.smoothness(scales: [robot.joints[0].limits.effort])),
    ])
    #expect(robot.tasks.first?.reward == expected)
  }

  @Test("A term that is not known is refused with those that are")
  func unknownTerm() {
    #expect(
      complaint("reward: [{ saturated: { width: 0.25 m, tip: upright } }]") == """
        small.yaml:33: tasks.balance.reward.1.saturated: unknown key; allowed here are saturating, \
        indicator, quadratic, distance, effort, smoothness, learnt, weight; did you mean 'saturating'?
        """)
  }

  @Test("A weight alone is no term")
  func noTerm() {
    #expect(
      complaint("reward: [{ weight: 2 }]") == """
        small.yaml:33: tasks.balance.reward.1.saturating: the key is missing; it must be there; \
        add it, such as 'saturating: { width: 0.5, targets: { ... } }'.
        """)
  }

  @Test("Two terms in one item are refused, and told apart")
  func twoTerms() {
    #expect(
      complaint("reward: [{ effort: {}, smoothness: {} }]") == """
        small.yaml:33: tasks.balance.reward.1.smoothness: found a second term in one item; \
        one term an item is allowed; write '- smoothness: { ... }' on a line of its own.
        """)
  }

  @Test("A weight of zero or less is refused: costs have their sign already")
  func weight() {
    #expect(
      complaint("reward: [{ effort: {}, weight: -1 }]") == """
        small.yaml:33: tasks.balance.reward.1.weight: found -1; \
        a number without a unit above zero is allowed; write it as '0.5'.
        """)
  }

  @Test("A scale in another unit than its distance's is refused with one that would do")
  func scaleUnit() {
    #expect(
      complaint("reward: [{ quadratic: { scale: 2 N, targets: { cart: 0 m } } }]").hasPrefix(
        "small.yaml:33: tasks.balance.reward.1.quadratic.scale: '2 N' has the unit 'N'; "))
  }

  @Test("An effort of a joint without a motor is refused with the joints that have one")
  func effortOfPassiveJoint() {
    #expect(
      complaint("reward: [{ effort: { scale: { pole: 1 N m } } }]") == """
        small.yaml:33: tasks.balance.reward.1.effort.scale.pole: no joint of this name here; \
        'cart' is allowed here; remove or rename it.
        """)
  }

  @Test("An empty list earns nothing, and is refused")
  func empty() {
    #expect(
      complaint("reward: []").hasPrefix(
        "small.yaml:33: tasks.balance.reward: found an empty list; a list of terms"))
  }

  @Test("A horizon of zero is refused")
  func horizon() {
    #expect(
      SmallRobot.complaint(replacing: "horizon: 4 s", with: "horizon: 0 s") == """
        small.yaml:31: tasks.balance.horizon: found 0 s; a time above zero is allowed; \
        write it as '100 ms'.
        """)
  }
}
