import Simulation
import Testing

/// The plants against solutions from elsewhere.
///
/// The numbers come from scipy 1.x, `solve_ivp(f, (0, T), x0, method="DOP853", rtol=1e-13,
/// atol=1e-14)`, with f written from the mass matrix and forces of each robot and solved by
/// `numpy.linalg.solve`.
@Suite("Plants against reference solutions")
struct ReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var plant: String
    var parameters: [Double]
    var start: [Double]
    var action: Double
    var seconds: Double
    var end: [Double]
    var testDescription: String { plant }
  }

  static let cases = [
    Case(
      plant: "pendulum", parameters: [1, 1, 0.01, 0, 9.82], start: [0.3, -1], action: 2.5,
      seconds: 2, end: [0.1866226450585, -0.09605484062304]),
    Case(
      plant: "bob-pendulum", parameters: [0.7, 0.6, 0.05, 0.08, 9.82, 0, 0.1, 0], start: [2.5, 1],
      action: 1.2, seconds: 2, end: [0.5509240323973, 4.935255381829]),
    Case(
      plant: "bob-pendulum", parameters: [0.7, 0.6, 0.05, 0.08, 9.82, 0.3, 0.4, 0],
      start: [2.5, 1],
      action: 1.2, seconds: 2, end: [0.49871014314440, 4.976672807191]),
    Case(
      plant: "cart-pole", parameters: [0.5, 0.5, 0.5, 0.1, 9.82], start: [0.1, 0.8, -0.2, 1.5],
      action: 3, seconds: 2,
      end: [5.669006093709, -0.06941876049749, 4.481007716795, 7.159036098442]),
    Case(
      plant: "pendubot", parameters: [0.5, 0.6, 0.5, 0.4, 0.02, 0.01, 9.82],
      start: [0.4, -0.3, 1, 2], action: 3.5, seconds: 1.5,
      end: [3.160108845882, 0.9944172962718, 3.915804682847, 4.79277532673]),
  ]

  @Test("A plant ends where scipy's integrator ends", arguments: cases)
  func agreesWithScipy(_ one: Case) throws {
    let end = integrated(
      try Plants.named(one.plant), from: one.start, action: [one.action],
      parameters: one.parameters, seconds: one.seconds, stepSeconds: 0.0005)
    // Smoothed Coulomb friction changes over milliseconds where the velocity crosses zero, which
    // leaves the fixed step a larger error there.
    #expect(greatestDifference(end, one.end) < (one.plant == "bob-pendulum" ? 1e-6 : 1e-8))
  }

  @Test("Small swings have the period of the linearised pendulum")
  func smallSwings() throws {
    // A rod: ω² = 3g/2l. A bob: ω² = g/l. After a quarter of a period it passes the bottom.
    for (name, squaredRate) in [("pendulum", 1.5 * 9.82 / 0.8), ("bob-pendulum", 9.82 / 0.8)] {
      let rate = squaredRate.squareRoot()
      let amplitude = 1e-4
      let quarter = integrated(
        try Plants.named(name), from: [amplitude, 0], action: [0],
        parameters: [1.3, 0.8, 0, 0, 9.82, 0, 0.1], seconds: .pi / 2 / rate, stepSeconds: 0.001)
      #expect(abs(quarter[0]) < 1e-8 * amplitude / 1e-3)
      #expect(abs(quarter[1] + amplitude * rate) < 1e-8 * amplitude / 1e-3)
    }
  }

  @Test("A heavy cart leaves the pole swinging as from a fixed pivot")
  func heavyCart() throws {
    let cartPole = integrated(
      try Plants.named("cart-pole"), from: [0, 1.2, 0, 0.5], action: [0],
      parameters: [1e9, 0.5, 0.6, 0, 9.82], seconds: 1.5, stepSeconds: 0.001)
    let pendulum = integrated(
      try Plants.named("pendulum"), from: [1.2, 0.5], action: [0],
      parameters: [0.5, 0.6, 0, 0, 9.82], seconds: 1.5, stepSeconds: 0.001)
    #expect(abs(cartPole[1] - pendulum[0]) < 1e-6)
    #expect(abs(cartPole[3] - pendulum[1]) < 1e-6)
  }

  @Test("A pendubot with a weightless second rod swings as a pendulum")
  func weightlessSecondRod() throws {
    let pendubot = integrated(
      try Plants.named("pendubot"), from: [1.2, 0.3, 0.5, 0], action: [0.4],
      parameters: [0.5, 1e-9, 0.6, 0.5, 0.02, 0, 9.82], seconds: 1.5, stepSeconds: 0.001)
    let pendulum = integrated(
      try Plants.named("pendulum"), from: [1.2, 0.5], action: [0.4],
      parameters: [0.5, 0.6, 0.02, 0, 9.82], seconds: 1.5, stepSeconds: 0.001)
    #expect(abs(pendubot[0] - pendulum[0]) < 1e-6)
    #expect(abs(pendubot[2] - pendulum[1]) < 1e-6)
  }

  @Test("A pendulum stays put while gravity pulls less than its Coulomb friction holds")
  func frictionHolds() throws {
    let plant = try Plants.named("bob-pendulum")
    let end = integrated(
      plant, from: [0.05, 0], action: [0], parameters: [0.5, 0.5, 0, 0.5, 9.82, 0, 0.1, 0],
      seconds: 1,
      stepSeconds: 0.001)
    // m g l sin 0.05 = 0.12 N m against 0.5 N m: it creeps at most at w0 atanh(0.12 / 0.5).
    #expect(abs(end[0] - 0.05) < 0.006)
  }
}
