import Foundation
import Robotics
import Testing

@Suite("Rewards and costs of several terms")
struct RewardTermTests {
  private let chain = TipChain(slide: 0, joints: [1], lengthsMetres: [0.5])

  private func value(
    _ term: RewardTerm, weight: Double = 1, state: [Double] = [0.3, 0.4, 1, -2],
    action: [Double]? = [4, -1], previous: [Double]? = nil
  ) -> Double {
    Reward(terms: [.init(term, weight: weight)]).value(
      state: state, action: action, previousAction: previous)
  }

  @Test("A quadratic cost is the squared distance over the squared scale, and is taken off")
  func quadratic() {
    let term = RewardTerm.quadratic(distances: [.position(joint: 0, target: 0.1)], scale: 0.5)
    #expect(abs(value(term) + 0.04 / 0.25) < 1e-15)
    #expect(abs(value(term, weight: 0.1) + 0.016) < 1e-15)
  }

  @Test("A distance's cost grows as the distance of the tip")
  func distance() {
    let place = TipPlace(xMetres: 0.1, yMetres: 0.2)
    let term = RewardTerm.distance(distances: [.tip(chain: chain, target: place)], scale: 0.25)
    let x = 0.3 + 0.5 * sin(0.4) - 0.1
    let y = -0.5 * cos(0.4) - 0.2
    #expect(abs(value(term) + (x * x + y * y).squareRoot() / 0.25) < 1e-14)
  }

  @Test("An indicator is 1 where every condition holds, whole turns away too, and 0 elsewhere")
  func indicator() {
    let term = RewardTerm.indicator(
      conditions: [
        .init(joint: 0, target: 0, tolerance: 0.1),
        .init(joint: 1, target: .pi, tolerance: 0.2, isContinuous: true),
      ],
      tipConditions: [
        .init(chain: chain, target: TipPlace(xMetres: 0, yMetres: 0.5), toleranceMetres: 0.15)
      ])
    #expect(value(term, state: [0.05, .pi, 0, 0]) == 1)
    #expect(value(term, state: [0.05, -3 * .pi + 0.1, 0, 0]) == 1)
    #expect(value(term, state: [0.11, .pi, 0, 0]) == 0)
    #expect(value(term, state: [0.05, .pi - 0.21, 0, 0]) == 0)
    // Each joint is near enough, and the tip is not: 0.09 + 0.5 sin 0.19 = 0.184 m away.
    #expect(value(term, state: [0.09, .pi - 0.19, 0, 0]) == 0)
    #expect(value(term, state: [.nan, .pi, 0, 0]) == 0)
  }

  @Test("Effort costs the mean squared share of its scale, over the joints that count")
  func effort() {
    #expect(value(.effort(scales: [8, 2])) == -(0.25 + 0.25) / 2)
    #expect(value(.effort(scales: [8, .infinity])) == -0.25)
    #expect(value(.effort(scales: [8, 2]), action: nil) == 0)
  }

  @Test("Smoothness costs the change of action, and nothing at a trial's first step")
  func smoothness() {
    #expect(value(.smoothness(scales: [2, 4]), previous: [2, 1]) == -(1 + 0.25) / 2)
    #expect(value(.smoothness(scales: [2, 4]), previous: nil) == 0)
  }

  @Test("A sum of terms in batch is that of its terms one by one, over many blocks and any stride")
  func batch() {
    let terms: [(RewardTerm, Double)] = [
      (.saturating(distances: [.tip(chain: chain, target: chain.upright)], width: 0.25), 0.8),
      (.quadratic(distances: [.position(joint: 0, target: 0)], scale: 1), 0.1),
      (.indicator(conditions: [.init(joint: 0, target: 0, tolerance: 0.5)], tipConditions: []), 2),
      (.effort(scales: [10]), 0.05), (.smoothness(scales: [10]), 0.2),
    ]
    let sum = Reward(terms: terms.map { .init($0, weight: $1) })
    let (count, stride) = (200, 211)
    func numbers(_ rows: Int, _ phase: Double) -> [Double] {
      (0..<(rows * stride)).map { 3 * sin(phase + 0.7 * Double($0)) }
    }
    let (states, actions, previous) = (numbers(4, 0), numbers(1, 1), numbers(1, 2))
    var values = [Double](repeating: -7, count: count + 1)
    sum.values(
      of: RewardBatch(
        count: count, stride: stride, states: states, actions: actions, previousActions: previous),
      into: &values)
    for b in 0..<count {
      let state = (0..<4).map { states[$0 * stride + b] }
      let expected = terms.reduce(0.0) { total, term in
        total
          + value(
            term.0, weight: term.1, state: state, action: [actions[b]], previous: [previous[b]])
      }
      #expect(abs(values[b] - expected) < 1e-14)
    }
    #expect(values[count] == -7)
  }

  @Test("Widening a reward widens its saturating terms in one ratio, and no others")
  func width() {
    let near = Reward.Distance.position(joint: 0, target: 0)
    var reward = Reward(terms: [
      .init(.quadratic(distances: [near], scale: 3)),
      .init(.saturating(distances: [near], width: 0.25)),
      .init(.saturating(distances: [near], width: 1)),
    ])
    #expect(reward.width == 0.25)
    reward.width *= 2
    #expect(
      reward.terms.map(\.term) == [
        .quadratic(distances: [near], scale: 3), .saturating(distances: [near], width: 0.5),
        .saturating(distances: [near], width: 2),
      ])
  }

  @Test("Code of one's own is a term like others, and can't be written to a file")
  func custom() throws {
    struct Upright: StepReward {
      let name = "upright"
      func values(of batch: RewardBatch, into values: UnsafeMutablePointer<Double>) {
        for b in 0..<batch.count { values[b] = -cos(batch.state(1, b)) }
      }
    }
    let term = RewardTerm.custom(CustomReward(Upright()))
    #expect(value(term, weight: 0.5) == -0.5 * cos(0.4))
    #expect(throws: EncodingError.self) {
      try JSONEncoder().encode(Reward(terms: [.init(term)]))
    }
  }

  @Test("A trial's costs of smoothness begin with its second step")
  func trialRewards() {
    let samples = (0...3).map { tick in
      Sample(
        tick: tick, robotTimeSeconds: 0.1 * Double(tick), hostTimeSeconds: 0,
        positions: [Double(tick)], velocities: [0], askedAction: [0],
        sentAction: [[1.0, 3, 2, 0][tick]])
    }
    let trial = Trial(
      number: 1, robot: "r", task: "t", origin: .random, seed: 0, samplePeriodSeconds: 0.1,
      startedAtUnixSeconds: 0, end: .completed, samples: samples)
    let task = Robotics.Task(
      name: "t", periodSeconds: 0.1, horizonSeconds: 0.3, initialState: [0, 0],
      initialStateDeviation: [0, 0],
      reward: Reward(terms: [.init(.smoothness(scales: [1])), .init(.effort(scales: [1]))]),
      success: SuccessCriterion(conditions: [], holdSeconds: 0), velocityScales: [1],
      positionScales: [1])
    #expect(trial.rewards(task: task) == [-1, -4 - 9, -1 - 4])
  }
}
