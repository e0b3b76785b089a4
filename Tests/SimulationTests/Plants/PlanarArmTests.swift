import Simulation
import Testing

/// The arm against Lagrange's equations in joint angles, which know nothing of the matrix in rods'
/// angles that the plant solves.
///
/// sympy 1.14 derives d/dt ∂L/∂q˙ − ∂L/∂q from the rods' kinetic and potential energy, numpy solves for
/// the accelerations, and scipy 1.16 integrates them:
/// `solve_ivp(f, (0, 1), x0, method="DOP853", rtol=1e-13, atol=1e-14)`.
@Suite("Planar arms against Lagrange's equations from sympy")
struct PlanarArmTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var joints: Int
    /// The accelerations at the start.
    var accelerations: [Double]
    /// The state a second later.
    var end: [Double]
    var testDescription: String { "\(joints) joints" }

    var parameters: [Double] {
      Array([0.3, 0.25, 0.2, 0.1].prefix(joints)) + Array([0.2, 0.15, 0.18, 0.1].prefix(joints))
        + Array([0.05, 0.03, 0.02, 0.01].prefix(joints)) + [9.82]
    }
    var start: [Double] {
      Array([0.4, -0.7, 1.1, -0.5].prefix(joints)) + Array([1.0, -2.0, 0.5, 3.0].prefix(joints))
    }
    var efforts: [Double] { Array([0.6, -0.3, 0.2, 0.05].prefix(joints)) }
  }

  static let cases = [
    Case(
      joints: 2, accelerations: [79.25534347843, -298.1824843299],
      end: [1.78627259134, -6.941032842832, -0.7214672783614, -11.59370623983]),
    Case(
      joints: 3, accelerations: [47.53984860532, -149.7221955864, 114.6370250522],
      end: [
        0.8546898565908, -2.317445811787, 3.332557428989, -0.09331582685334, 0.06179308652341,
        1.363929842772,
      ]),
    Case(
      joints: 4,
      accelerations: [48.15183555625, -122.628549223, 6.7369780104, 238.6395539641],
      end: [
        0.745043093748, -1.602610636189, 1.363415557004, 0.826301997788, 0.1301302371571,
        -0.03729259303196, 0.01460631386892, 0.2981742441337,
      ]),
  ]

  @Test("Accelerations are those of Lagrange's equations", arguments: cases)
  func accelerations(_ one: Case) throws {
    let plant = try Plants.named("planar-arm-\(one.joints)")
    var derivative = [Double](repeating: .nan, count: 2 * one.joints)
    var scratch = [Double](repeating: .nan, count: plant.scratchDimensions)
    plant.derivative(
      count: 1, stride: 1, states: one.start, actions: one.efforts, actionStride: 1,
      parameters: one.parameters, derivative: &derivative, scratch: &scratch)
    #expect(Array(derivative.prefix(one.joints)) == Array(one.start.suffix(one.joints)))
    #expect(
      greatestDifference(Array(derivative.suffix(one.joints)), one.accelerations) < 1e-9)
  }

  @Test("A second later the arm is where scipy's integrator is", arguments: cases)
  func ends(_ one: Case) throws {
    let end = integrated(
      try Plants.named("planar-arm-\(one.joints)"), from: one.start, action: one.efforts,
      parameters: one.parameters, seconds: 1, stepSeconds: 0.00025)
    #expect(greatestDifference(end, one.end) < 1e-8)
  }

  @Test("An arm of two joints without a second motor is the pendubot, in other angles")
  func pendubot() throws {
    let arm = integrated(
      try Plants.named("planar-arm-2"), from: [0.4, -0.7, 1, 1], action: [0.9, 0],
      parameters: [0.5, 0.6, 0.5, 0.4, 0.02, 0, 9.82], seconds: 1, stepSeconds: 0.0005)
    let pendubot = integrated(
      try Plants.named("pendubot"), from: [0.4, -0.3, 1, 2], action: [0.9],
      parameters: [0.5, 0.6, 0.5, 0.4, 0.02, 0, 9.82], seconds: 1, stepSeconds: 0.0005)
    #expect(abs(arm[0] - pendubot[0]) < 1e-9)
    #expect(abs(arm[0] + arm[1] - pendubot[1]) < 1e-9)
    #expect(abs(arm[2] + arm[3] - pendubot[3]) < 1e-9)
  }

  @Test("An arm whose outer rods weigh nothing swings as a pendulum")
  func weightlessRods() throws {
    let arm = integrated(
      try Plants.named("planar-arm-5"), from: [1.2, 0, 0, 0, 0, 0.5, 0, 0, 0, 0],
      action: [0.4, 0, 0, 0, 0],
      parameters: [
        0.5, 1e-9, 1e-9, 1e-9, 1e-9, 0.6, 0.5, 0.5, 0.5, 0.5, 0.02, 0, 0, 0, 0, 9.82,
      ], seconds: 1, stepSeconds: 0.0005)
    let pendulum = integrated(
      try Plants.named("pendulum"), from: [1.2, 0.5], action: [0.4],
      parameters: [0.5, 0.6, 0.02, 0, 9.82], seconds: 1, stepSeconds: 0.0005)
    #expect(abs(arm[0] - pendulum[0]) < 1e-6)
    #expect(abs(arm[5] - pendulum[1]) < 1e-6)
  }
}
