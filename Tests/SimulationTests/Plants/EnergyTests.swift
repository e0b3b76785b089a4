import Simulation
import Testing

/// Without effort, damping and friction every plant keeps its energy.
@Suite("Energy of plants")
struct EnergyTests {
  /// A plant, a state that swings far, and its parameters without losses.
  struct Case: Sendable, CustomTestStringConvertible {
    var plant: any Plant
    var state: [Double]
    /// Of every motor, where efforts act (N m or N).
    var effort = 0.3
    var testDescription: String { plant.name }

    var parameters: [Double] {
      plant.parameters.map {
        ["damping", "friction", "stiction"].contains(where: $0.name.hasPrefix) ? 0 : $0.defaultValue
      }
    }

    func drift(stepSeconds: Double) -> Double {
      let end = integrated(
        plant, from: state, action: plant.actuatedJoints.map { _ in 0 }, parameters: parameters,
        seconds: 10,
        stepSeconds: stepSeconds)
      let energy = plant.energyJoules(state: state, parameters: parameters)
      return abs(plant.energyJoules(state: end, parameters: parameters) / energy - 1)
    }
  }

  static func cases() throws -> [Case] {
    [
      Case(plant: try Plants.named("pendulum"), state: [2.5, 1]),
      Case(plant: try Plants.named("bob-pendulum"), state: [2.5, 1]),
      Case(plant: try Plants.named("cart-pole"), state: [0.1, 2.5, -0.3, 1]),
      Case(plant: try Plants.named("pendubot"), state: [2, 1, 0.5, -0.3]),
      Case(plant: try Plants.named("planar-arm-2"), state: [0.8, 0.4, 0.5, -0.3], effort: 0.02),
      Case(
        plant: try Plants.named("planar-arm-3"), state: [0.7, 0.3, -0.2, 0.5, -0.3, 0.2],
        effort: 0.02),
      Case(
        plant: try Plants.named("planar-arm-4"),
        state: [0.5, 0.2, -0.1, 0.2, 0.5, -0.3, 0.2, 0.1], effort: 0.01),
      Case(
        plant: try Plants.named("planar-arm-5"),
        state: [0.4, 0.1, -0.1, 0.1, 0.1, 0.3, -0.3, 0.2, 0.1, -0.2], effort: 0.005),
      Case(plant: try Plants.named("mountain-car"), state: [-0.9, 0.2]),
      Case(plant: try Plants.named("double-pendulum"), state: [1.2, 0.5, 0.5, -0.3]),
    ]
  }

  @Test("Ten seconds at 1 ms keep the energy to a millionth", arguments: try cases())
  func energyIsKept(_ one: Case) {
    #expect(one.drift(stepSeconds: 0.001) < 1e-6)
  }

  @Test("Halving the step cuts the error of the state about sixteenfold", arguments: try cases())
  func fourthOrder(_ one: Case) {
    // Light rods swing faster.
    let longest = one.plant.name.hasPrefix("planar-arm") ? 0.002 : 0.004
    let ends = [longest, longest / 2, longest / 4].map {
      integrated(
        one.plant, from: one.state, action: one.plant.actuatedJoints.map { _ in one.effort },
        parameters: one.parameters, seconds: 0.8, stepSeconds: $0)
    }
    let ratio = greatestDifference(ends[0], ends[1]) / greatestDifference(ends[1], ends[2])
    #expect(ratio > 12 && ratio < 22)
  }
}
