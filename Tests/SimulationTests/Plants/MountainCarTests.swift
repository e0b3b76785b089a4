import Simulation
import Testing

/// Against gymnasium 1.4's `MountainCarContinuous-v0`, whose state was set and whose steps were asked
/// for one by one: `env.unwrapped.state = np.array([x, v]); env.step(np.array([a]))`. It keeps single
/// precision.
@Suite("Mountain car against gymnasium")
struct MountainCarTests {
  /// A run of gymnasium's: its start, its actions, and its state (place, speed a step) after some.
  struct Run: Sendable {
    var start: [Double]
    var actions: [Double]
    var states: [(step: Int, place: Double, speed: Double)]
  }

  static let runs = [
    Run(
      start: [-0.5, 0], actions: Array(repeating: 1, count: 10),
      states: [(1, -0.49867684, 0.00132316), (10, -0.4319799, 0.01166603)]),
    Run(
      start: [-0.6, 0.01],
      actions: Array(repeating: -1, count: 20) + Array(repeating: 1, count: 40),
      states: [
        (20, -0.63501614, -0.0117925), (40, -0.39719573, 0.02798159), (60, 0.09462913, 0.0165926),
      ]),
  ]

  private let step = MountainCar.stepSeconds

  @Test("Stepped as gymnasium steps, with half a speed first, the forces give its numbers")
  func gymnasiumSteps() throws {
    let plant = try Plants.named("mountain-car")
    for run in Self.runs {
      var state = [run.start[0], run.start[1] / step]
      for (index, action) in run.actions.enumerated() {
        var derivative = [0.0, 0.0]
        var scratch = [0.0, 0.0]
        plant.derivative(
          count: 1, stride: 1, states: state, actions: [0.6 * action], actionStride: 1,
          parameters: plant.defaultParameters, derivative: &derivative, scratch: &scratch)
        state[1] += step * derivative[1]
        state[0] += step * state[1]
        for known in run.states where known.step == index + 1 {
          #expect(abs(state[0] - known.place) < 2e-6)
          #expect(abs(state[1] * step - known.speed) < 2e-7)
        }
      }
    }
  }

  @Test("Integrated in continuous time it is never further from gymnasium than half a step's way")
  func continuousTime() throws {
    let plant = try Plants.named("mountain-car")
    for run in Self.runs {
      // Gymnasium's speeds belong to half a step before its places.
      var state = [run.start[0], run.start[1] / step]
      for (index, action) in run.actions.enumerated() {
        state = integrated(
          plant, from: state, action: [0.6 * action], parameters: plant.defaultParameters,
          seconds: step, stepSeconds: 0.001)
        for known in run.states where known.step == index + 1 {
          #expect(abs(state[0] - known.place) < 0.035)
        }
      }
    }
  }

  @Test("Walls take a car's speed and hold it, and give less than a fifth of it back")
  func walls() throws {
    let plant = try Plants.named("mountain-car")
    var state = [-1.1, -1.4]
    var deepest = 0.0
    var leavingSpeed: Double?
    for _ in 0..<400 {
      state = integrated(
        plant, from: state, action: [0], parameters: plant.defaultParameters, seconds: 0.001,
        stepSeconds: 0.001)
      deepest = min(deepest, state[0])
      if deepest < -1.2 && state[0] > -1.2 { leavingSpeed = leavingSpeed ?? state[1] }
    }
    // Critically damped: at most v / (ω e) deep, with ω = 20/s.
    #expect(deepest < -1.2 && deepest > -1.2 - 1.4 / 20 / 2.718)
    #expect(try #require(leavingSpeed) < 0.28)
    let held = integrated(
      plant, from: [0.55, 0.3], action: [0.6], parameters: plant.defaultParameters, seconds: 3,
      stepSeconds: 0.001)
    #expect(held[0] > 0.6 && held[0] < 0.603 && abs(held[1]) < 1e-6)
  }

  @Test("Without swinging back first, full push never reaches the goal")
  func tooWeak() throws {
    let plant = try Plants.named("mountain-car")
    var state = [-0.5, 0.0]
    for _ in 0..<1000 {
      state = integrated(
        plant, from: state, action: [0.6], parameters: plant.defaultParameters, seconds: 0.02,
        stepSeconds: 0.001)
      #expect(state[0] < 0.3)
    }
  }
}
