import LinearAlgebra
import Simulation
import Testing

@Suite("Linearly implicit steps for damped plants")
struct LinearlyImplicitTests {
  /// The arm of 4 light rods with geared motors of `calibration/planar-arm-4`, whose damping acts at up to
  /// 800 1/s.
  private static let parameters = [
    0.25, 0.2, 0.15, 0.1, 0.15, 0.15, 0.15, 0.15, 0.6, 0.24, 0.06, 0.012, 0,
  ]
  private static let state = [0.4, -0.7, 1.1, -0.5, 1.0, -2.0, 0.5, 3.0]
  private static let action = [1.2, -0.4, 0.1, 0.03]

  private func plant() throws -> any DampedPlant {
    try #require(Plants.named("planar-arm-4") as? any DampedPlant)
  }

  private func advanced(
    _ plant: some DampedPlant, seconds: Double, steps: Int, parameters: [Double] = parameters
  ) -> [Double] {
    var next = Self.state
    var workspace = [Double](repeating: .nan, count: LinearlyImplicit.workspaceCount(for: plant))
    LinearlyImplicit.advance(
      plant, count: 1, stride: 1, states: Self.state, actions: Self.action,
      parameters: parameters, stepSeconds: seconds / Double(steps), stepCount: steps, next: &next,
      workspace: &workspace)
    return next
  }

  @Test("Damped accelerations solve (M + s B) a = f − M p")
  func dampedAccelerations() throws {
    let plant = try plant()
    let n = 4
    func accelerations(_ action: [Double], implicit: Double, offsets: [Double]?) -> [Double] {
      var result = [Double](repeating: .nan, count: n)
      plant.dampedAccelerations(
        count: 1, stride: 1, states: Self.state, actions: action, actionStride: 1,
        parameters: Self.parameters, implicitSeconds: implicit, offsets: offsets,
        accelerations: &result)
      return result
    }
    let (implicit, offsets) = (0.0015, [30, -80, 45, 120.0])
    let free = accelerations(Self.action, implicit: 0, offsets: nil)
    let found = accelerations(Self.action, implicit: implicit, offsets: offsets)
    // A torque at one joint shows that column of M⁻¹.
    for i in 0..<n {
      var left = found[i]
      for j in 0..<n {
        var pushed = Self.action
        pushed[j] += 1
        let inverse = accelerations(pushed, implicit: 0, offsets: nil)[i] - free[i]
        left += implicit * inverse * Self.parameters[2 * n + j] * found[j]
      }
      #expect(abs(left - (free[i] - offsets[i])) < 1e-9 * abs(free[i] - offsets[i]).rounded(.up))
    }
  }

  @Test("Half the step leaves a quarter of the error")
  func secondOrder() throws {
    let plant = try plant()
    let exact = integrated(
      plant, from: Self.state, action: Self.action, parameters: Self.parameters, seconds: 0.2,
      stepSeconds: 0.0001)
    let errors = [100, 200, 400].map {
      greatestDifference(advanced(plant, seconds: 0.2, steps: $0), exact)
    }
    #expect(errors[0] < 2e-3)
    #expect((3.3...4.7).contains(errors[0] / errors[1]), "\(errors)")
    #expect((3.3...4.7).contains(errors[1] / errors[2]), "\(errors)")
  }

  @Test("Where damping is too fast for Runge and Kutta's steps, steps of the same length hold")
  func stiff() throws {
    let plant = try plant()
    // As light and as damped as the prior's bounds allow.
    var parameters = Self.parameters
    for i in 0..<4 {
      parameters[i] *= 0.3
      parameters[8 + i] *= 2
    }
    let exact = integrated(
      plant, from: Self.state, action: Self.action, parameters: parameters, seconds: 0.2,
      stepSeconds: 0.00005)
    let explicit = integrated(
      plant, from: Self.state, action: Self.action, parameters: parameters, seconds: 0.2,
      stepSeconds: 0.005)
    let found = advanced(plant, seconds: 0.2, steps: 40, parameters: parameters)
    #expect(!(greatestDifference(explicit, exact) < 1))
    #expect(greatestDifference(found, exact) < 0.02)
  }

  @Test("The arms' priors are in 5 ms steps where their equations lead, to less than is measured")
  func priorsOfTheArms() throws {
    let prior = try PlantPrior(plantName: "planar-arm-4", stepSeconds: 0.005)
    var next = Self.state
    prior.advance(
      count: 1, stride: 1, states: Self.state, actions: Self.action,
      parameters: Self.parameters, periodSeconds: 0.1, next: &next)
    let exact = integrated(
      prior.plant, from: Self.state, action: Self.action, parameters: Self.parameters,
      seconds: 0.1, stepSeconds: 0.0001)
    // Angles are measured with 0.0005 rad of noise.
    #expect(greatestDifference(Array(next.prefix(4)), Array(exact.prefix(4))) < 0.0005)
    #expect(greatestDifference(Array(next.suffix(4)), Array(exact.suffix(4))) < 0.01)
  }
}
