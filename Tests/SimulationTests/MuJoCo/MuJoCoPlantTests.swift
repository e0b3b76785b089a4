import Foundation
import LinearAlgebra
import Robotics
import Simulation
import Testing

/// The same robots as Lagrange's equations in this package and as MJCF in MuJoCo, which knows nothing
/// of them. Both integrate with the classic Runge-Kutta method and the same steps, so that they agree
/// but for rounding. The models are written with rods of 1 kg and 1 m: masses, lengths, friction and
/// gravity are given as parameters.
@Suite("Our plants in MuJoCo")
struct MuJoCoPlantTests {
  private let folder: ModelFolder
  init() throws { folder = try ModelFolder() }

  @Test(
    "A rod swings as the pendulum's equation says, whatever its mass, length and friction",
    arguments: [[1, 1, 0.01, 9.82], [0.4, 0.35, 0, 9.81], [2.5, 1.7, 0.3, 3.7]])
  func pendulum(_ values: [Double]) throws {
    let prior = try folder.prior(
      MJCF.chain(1, motors: 1), joints: [joint("joint1")],
      parameters: ["rod1_mass", "rod1_length", "joint1_damping", "gravity"])
    let expected = integrated(
      try Plants.named("pendulum"), from: [1, -0.5], action: [0.7],
      parameters: [values[0], values[1], values[2], 0, values[3]], seconds: 2, stepSeconds: 0.001)
    let found = advanced(prior, from: [1, -0.5], action: [0.7], parameters: values, seconds: 2)
    #expect(greatestDifference(found, expected) < 1e-9)
  }

  @Test("A rod on a cart moves as the cart-pole's equations say")
  func cartPole() throws {
    let model = MJCF.model(
      """
      <body name="cart">
        <joint name="cart" type="slide" axis="1 0 0"/>
        <inertial pos="0 0 0" mass="1" diaginertia="1e-3 1e-3 1e-3"/>
        \(MJCF.rod("pole", hinge: "pole"))
      </body>
      """, actuators: "<motor name=\"belt\" joint=\"cart\"/>")
    let prior = try folder.prior(
      model, joints: [joint("cart", .prismatic), joint("pole", isActuated: false)],
      parameters: ["cart_mass", "pole_mass", "pole_length", "cart_damping", "gravity"])
    let parameters = [0.5, 0.3, 0.6, 0.1, 9.82]
    let start = [0.1, 2.5, -0.3, 1]
    let expected = integrated(
      try Plants.named("cart-pole"), from: start, action: [2], parameters: parameters, seconds: 1,
      stepSeconds: 0.001)
    let found = advanced(prior, from: start, action: [2], parameters: parameters, seconds: 1)
    #expect(greatestDifference(found, expected) < 1e-9)
  }

  @Test("A double pendulum with one motor moves as the pendubot's equations say")
  func pendubot() throws {
    let prior = try folder.prior(
      MJCF.chain(2, motors: 1), joints: [joint("joint1"), joint("joint2", isActuated: false)],
      parameters: [
        "rod1_mass", "rod2_mass", "rod1_length", "rod2_length", "joint1_damping", "gravity",
      ])
    // The pendubot's second angle is from hanging, a hinge's from the rod before.
    let expected = integrated(
      try Plants.named("pendubot"), from: [2, 1, 0.5, -0.3], action: [1],
      parameters: [0.5, 0.4, 0.6, 0.45, 0.05, 0, 9.82], seconds: 1, stepSeconds: 0.001)
    let found = advanced(
      prior, from: [2, -1, 0.5, -0.8], action: [1],
      parameters: [0.5, 0.4, 0.6, 0.45, 0.05, 9.82], seconds: 1)
    let absolute = [found[0], found[0] + found[1], found[2], found[2] + found[3]]
    #expect(greatestDifference(absolute, expected) < 1e-8)
  }

  @Test("Arms of 2 to 5 rods move as the planar arm's equations say", arguments: 2...5)
  func planarArm(_ count: Int) throws {
    let rods = 1...count
    let names =
      rods.map { "rod\($0)_mass" } + rods.map { "rod\($0)_length" }
      + rods.map { "joint\($0)_damping" } + ["gravity"]
    let prior = try folder.prior(
      MJCF.chain(count, motors: count), joints: rods.map { joint("joint\($0)") },
      parameters: names)
    var random = RandomStream(seed: 7, path: [UInt64(count)])
    let parameters =
      rods.map { _ in random.nextUniform(in: 0.2, 0.4) }
      + rods.map { _ in random.nextUniform(in: 0.2, 0.3) }
      + rods.map { _ in random.nextUniform(in: 0.02, 0.1) } + [9.82]
    let start = (0..<2 * count).map { _ in random.nextUniform(in: -1, 1) }
    let action = rods.map { _ in random.nextUniform(in: -0.1, 0.1) }
    let expected = integrated(
      try Plants.named("planar-arm-\(count)"), from: start, action: action,
      parameters: parameters, seconds: 0.5, stepSeconds: 0.001)
    let found = advanced(
      prior, from: start, action: action, parameters: parameters, seconds: 0.5)
    #expect(greatestDifference(found, expected) < 1e-8)
  }

  @Test("A pendubot without friction and effort keeps the energy that our equations give it")
  func energy() throws {
    let prior = try folder.prior(
      MJCF.chain(2, motors: 1), joints: [joint("joint1"), joint("joint2", isActuated: false)],
      parameters: ["rod1_length", "gravity"])
    let plant = try Plants.named("pendubot")
    func energy(_ state: [Double]) -> Double {
      plant.energyJoules(
        state: [state[0], state[0] + state[1], state[2], state[2] + state[3]],
        parameters: [1, 1, 0.6, 1, 0, 0, 9.82])
    }
    let start = [2, -1, 0.5, -0.8]
    let end = advanced(prior, from: start, action: [0], parameters: [0.6, 9.82], seconds: 10)
    #expect(greatestDifference(start, end) > 0.5)
    #expect(abs(energy(end) / energy(start) - 1) < 1e-6)
  }
}
