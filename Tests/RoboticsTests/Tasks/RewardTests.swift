import Foundation
import Robotics
import Testing

@Suite struct RewardTests {
  private func robot(_ name: String) throws -> Robot {
    try Robot(contentsOf: PackagePaths.calibration("\(name)/robot.yaml"))
  }

  /// Angles and rates from all around, a whole turn and more included.
  private static let angles = stride(from: -7.0, through: 7, by: 0.37).map { $0 }

  @Test("The pendulum's reward is the published exp(-|(cos, sin) - (-1, 0)|^2 / (2 0.5^2))")
  func pendulum() throws {
    let reward = try #require(robot("pendulum").tasks.first).reward
    for angle in Self.angles {
      let squared = pow(cos(angle) + 1, 2) + pow(sin(angle), 2)
      let expected = exp(-0.5 * squared / 0.25)
      #expect(abs(reward.value(state: [angle, 3]) - expected) < 1e-15)
    }
    #expect(reward.value(state: [3 * .pi, -2]) > 1 - 1e-15)
  }

  @Test("The cart-pole's reward has the published distance x^2 + 2 x l sin + 2 l^2 + 2 l^2 cos")
  func cartPole() throws {
    let reward = try #require(robot("cart-pole").tasks.first).reward
    let length = 0.5
    for (index, angle) in Self.angles.enumerated() {
      let x = 0.1 * Double(index % 9) - 0.4
      let squared =
        x * x + 2 * x * length * sin(angle) + 2 * length * length
        + 2 * length * length * cos(angle)
      let expected = exp(-0.5 * squared / (0.25 * 0.25))
      #expect(abs(reward.value(state: [x, angle, 1, 2]) - expected) < 1e-14)
    }
  }

  @Test("The pendubot's reward is that of its tip's distance from straight up, in the plane")
  func pendubot() throws {
    let reward = try #require(robot("pendubot").tasks.first).reward
    for (index, first) in Self.angles.enumerated() {
      let second = Self.angles[(7 * index) % Self.angles.count]
      let x = 0.5 * sin(first) + 0.5 * sin(second)
      let y = -0.5 * cos(first) - 0.5 * cos(second)
      let expected = exp(-0.5 * (x * x + (y - 1) * (y - 1)) / 0.0625)
      #expect(abs(reward.value(state: [first, second, 0, 0]) - expected) < 1e-14)
    }
    #expect(abs(reward.value(state: [.pi, -.pi, 0, 0]) - 1) < 1e-15)
  }

  @Test("A chain of relative angles has the tip of the same chain in absolute angles")
  func relativeAngles() {
    let absolute = TipChain(joints: [0, 1, 2], lengthsMetres: [0.3, 0.2, 0.1])
    var relative = absolute
    relative.anglesAreRelative = true
    let place = absolute.tip(state: [0.4, 1.1, -0.3, 0, 0, 0])
    let same = relative.tip(state: [0.4, 0.7, -1.4, 0, 0, 0])
    #expect(abs(place.xMetres - same.xMetres) < 1e-15)
    #expect(abs(place.yMetres - same.yMetres) < 1e-15)
  }

  @Test("A batch's rewards are those of its states one by one, bit for bit, at any stride")
  func batch() throws {
    for name in ["pendulum", "cart-pole", "pendubot"] {
      let robot = try robot(name)
      let reward = try #require(robot.tasks.first).reward
      let states = (0..<23).map { member in
        (0..<robot.stateDimensions).map { sin(Double(3 * member + 7 * $0)) * 4 }
      }
      let stride = 29
      var flat = [Double](repeating: .nan, count: robot.stateDimensions * stride)
      for (member, state) in states.enumerated() {
        for (dimension, value) in state.enumerated() { flat[dimension * stride + member] = value }
      }
      var values = [Double](repeating: -1, count: 24)
      reward.values(count: 23, stride: stride, states: flat, into: &values)
      #expect(values.dropLast().elementsEqual(states.map(reward.value)))
      #expect(values.last == -1)
    }
  }

  @Test("A reward near its target keeps the digits that 2 - 2 cos would lose")
  func precision() {
    let reward = Reward(distances: [.unitCircle(joint: 0, targetRadians: 0)], width: 1e-9)
    // d² = 1e-18 to first order, so the reward is exp(-1/2).
    #expect(abs(reward.value(state: [1e-9, 0]) - exp(-0.5)) < 1e-12)
  }

  @Test("The reward of a state that isn't a number isn't a number")
  func notANumber() {
    let reward = Reward(distances: [.position(joint: 0, target: 0)], width: 1)
    #expect(reward.value(state: [.nan, 0]).isNaN)
  }
}
