import Foundation
import Simulation
import Testing

@Suite("Double pendulum with inertias, friction and two motors")
struct DoublePendulumTests {
  private func values(_ plant: some Plant, _ given: [String: Double]) throws -> [Double] {
    try plant.parameterValues(given)
  }

  @Test("With uniform rods and no friction it moves as the pendubot, whose angles are absolute")
  func isPendubotOfRods() throws {
    let pendubot = try Plants.named("pendubot")
    let plant = try Plants.named("double-pendulum-shoulder")
    // m l²/3 about the end; the centre in the middle.
    let parameters = try values(
      plant,
      [
        "mass1": 0.5, "mass2": 0.4, "length1": 0.6, "centre1": 0.3, "centre2": 0.25,
        "inertia1": 0.5 * 0.36 / 3, "inertia2": 0.4 * 0.25 / 3, "gravity": 9.82,
      ])
    let absolute = integrated(
      pendubot, from: [0.4, -0.9, 1, -2], action: [0.7],
      parameters: [0.5, 0.4, 0.6, 0.5, 0, 0, 9.82], seconds: 1, stepSeconds: 0.001)
    let relative = integrated(
      plant, from: [0.4, -1.3, 1, -3], action: [0.7], parameters: parameters, seconds: 1,
      stepSeconds: 0.001)
    #expect(abs(relative[0] - absolute[0]) < 1e-9)
    #expect(abs(relative[0] + relative[1] - absolute[1]) < 1e-9)
    #expect(abs(relative[2] - absolute[2]) < 1e-9)
    #expect(abs(relative[2] + relative[3] - absolute[3]) < 1e-9)
  }

  @Test("What motors put in and friction takes out is what the energy changes by")
  func energyBalance() throws {
    let plant = try Plants.named("double-pendulum")
    let parameters = try values(
      plant,
      [
        "damping1": 0.02, "damping2": 0.01, "friction1": 0.1, "friction2": 0.05,
        "stiction1": 0.08, "stiction2": 0.1, "armature1": 0.002, "armature2": 0.001,
        "zero1": 0.02, "zero2": -0.03,
      ])
    func friction(_ joint: Int, _ rate: Double) -> Double {
      func value(_ name: String) -> Double {
        parameters[plant.parameterNames.firstIndex(of: name) ?? 0]
      }
      let stiction = value("stiction\(joint)") * exp(-pow(rate / value("stribeck_speed"), 2))
      return value("damping\(joint)") * rate
        + (value("friction\(joint)") + stiction) * tanh(rate / 0.02)
    }
    var state = [0.5, -0.4, 2, -3]
    let action = [0.9, -0.4]
    let before = plant.energyJoules(state: state, parameters: parameters)
    func power(_ state: [Double]) -> Double {
      action[0] * state[2] + action[1] * state[3] - friction(1, state[2]) * state[2]
        - friction(2, state[3]) * state[3]
    }
    // Simpson's rule over half a second.
    let step = 0.0005
    var work = 0.0
    for _ in 0..<500 {
      let middle = integrated(
        plant, from: state, action: action, parameters: parameters, seconds: step / 2,
        stepSeconds: step / 4)
      let end = integrated(
        plant, from: middle, action: action, parameters: parameters, seconds: step / 2,
        stepSeconds: step / 4)
      work += step / 6 * (power(state) + 4 * power(middle) + power(end))
      state = end
    }
    let after = plant.energyJoules(state: state, parameters: parameters)
    #expect(abs(after - before - work) < 1e-7, "\(after - before) J against \(work) J")
    #expect(abs(work) > 0.05)
  }

  @Test("A motor in the elbow alone does what the second of two motors does")
  func motorsByJoint() throws {
    let both = try Plants.named("double-pendulum")
    let elbow = try Plants.named("double-pendulum-elbow")
    let state = [0.5, -0.4, 2, -3]
    let parameters = both.defaultParameters
    let one = integrated(
      elbow, from: state, action: [0.3], parameters: parameters, seconds: 0.2, stepSeconds: 0.001)
    let two = integrated(
      both, from: state, action: [0, 0.3], parameters: parameters, seconds: 0.2,
      stepSeconds: 0.001)
    #expect(greatestDifference(one, two) == 0)
  }
}
