import LinearAlgebra
import Simulation
import Testing

@Suite("Plants as prior models")
struct PlantPriorTests {
  static let names = Plants.all.map(\.name)

  @Test(
    "A batch gives each member what it gets alone, bit for bit", arguments: names)
  func batchIsOneAtATime(_ name: String) throws {
    let prior = try PlantPrior(plantName: name, stepSeconds: 0.004)
    let count = 101
    let stride = 107
    var random = RandomStream(seed: 3)
    var states = [Double](repeating: 0, count: prior.stateDimensions * stride)
    for i in states.indices { states[i] = random.nextUniform(in: -4, 4) }
    var actions = [Double](repeating: 0, count: prior.actionDimensions * stride)
    for i in actions.indices { actions[i] = random.nextUniform(in: -3, 3) }
    var parameters = prior.plant.defaultParameters
    if let friction = prior.parameterNames.firstIndex(of: "friction") { parameters[friction] = 0.1 }
    var next = [Double](repeating: 0, count: states.count)
    prior.advance(
      count: count, stride: stride, states: states, actions: actions, parameters: parameters,
      periodSeconds: 0.05, next: &next)
    for member in 0..<count {
      let state = (0..<prior.stateDimensions).map { states[$0 * stride + member] }
      let action = (0..<prior.actionDimensions).map { actions[$0 * stride + member] }
      var alone = state
      prior.advance(
        count: 1, stride: 1, states: state, actions: action, parameters: parameters,
        periodSeconds: 0.05, next: &alone)
      let together = (0..<prior.stateDimensions).map { next[$0 * stride + member] }
      #expect(alone == together)
    }
    // In place, as `next` may be `states`.
    let expected = next
    states.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      prior.advance(
        count: count, stride: stride, states: base, actions: actions, parameters: parameters,
        periodSeconds: 0.05, next: base)
    }
    for d in 0..<prior.stateDimensions {
      let range = d * stride..<d * stride + count
      #expect(Array(states[range]) == Array(expected[range]))
    }
  }

  @Test("A period takes the least number of equal steps that are short enough")
  func stepCounts() {
    #expect(RungeKutta4.stepCount(periodSeconds: 0.1, stepSeconds: 0.005) == 20)
    #expect(RungeKutta4.stepCount(periodSeconds: 0.01, stepSeconds: 0.003) == 4)
    #expect(RungeKutta4.stepCount(periodSeconds: 0.3, stepSeconds: 0.1) == 3)
    #expect(RungeKutta4.stepCount(periodSeconds: 0.001, stepSeconds: 0.005) == 1)
  }

  @Test("A state that diverges leaves its neighbours in the batch alone", arguments: names)
  func wildStates(_ name: String) throws {
    let prior = try PlantPrior(plantName: name, stepSeconds: 0.005)
    let parameters = prior.plant.defaultParameters
    var alone = [Double](repeating: 0.3, count: prior.stateDimensions)
    let start = alone
    let actions = [Double](repeating: 1, count: 3 * prior.actionDimensions)
    prior.advance(
      count: 1, stride: 1, states: start, actions: actions, parameters: parameters,
      periodSeconds: 0.05, next: &alone)
    for wild in [1e5, 1e18, 1e200, .infinity, .nan] as [Double] {
      let states = start.flatMap { [$0, wild, $0] }
      var next = states
      prior.advance(
        count: 3, stride: 3, states: states, actions: actions, parameters: parameters,
        periodSeconds: 0.05, next: &next)
      for d in alone.indices { #expect(next[3 * d] == alone[d] && next[3 * d + 2] == alone[d]) }
    }
  }

  @Test("An unknown plant is refused with the names of the known ones")
  func unknownPlant() {
    #expect(
      throws: SimulationError.unknownPlant(
        name: "pendelum", known: Self.names)
    ) { try PlantPrior(plantName: "pendelum") }
    let text = "\(SimulationError.unknownPlant(name: "pendelum", known: ["pendulum", "pendubot"]))"
    #expect(text == "There is no plant named 'pendelum'; use one of pendulum, pendubot.")
  }

  @Test("An unknown parameter is refused, a missing one takes its usual value")
  func parameterValues() throws {
    let plant = try Plants.named("pendulum")
    let values = try plant.parameterValues(["mass": 2, "gravity": 9.81])
    #expect(values == [2, 1, 0.01, 0, 9.81])
    #expect(
      throws: SimulationError.unknownParameter(
        plant: "pendulum", name: "weight", known: plant.parameterNames)
    ) { try plant.parameterValues(["weight": 2]) }
  }

  @Test("A step that isn't positive is refused", arguments: [0, -0.001, Double.nan])
  func badStep(_ step: Double) {
    #expect(throws: SimulationError.self) {
      try PlantPrior(plantName: "pendulum", stepSeconds: step)
    }
  }
}
