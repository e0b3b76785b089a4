import Foundation
import Learner
import LinearAlgebra
import Robotics

/// Normal numbers for a test.
struct TestStream {
  var stream: RandomStream

  init(seed: UInt64) { stream = RandomStream(seed: seed) }

  mutating func gaussians(_ count: Int) -> [Double] {
    (0..<count).map { _ in stream.nextGaussian() }
  }
}

/// A prior model written for tests: a rod hanging from a hinge, (m l²/3) θ¨ = u − b θ˙ − ½ m g l sin θ
/// with m and b as parameters, and optionally a wrong structure. Integrated by Runge and Kutta's
/// method at 5 ms.
struct TestPendulum: PriorModel {
  /// Gravity that pulls sideways, (m l²/3) θ¨ = u − b θ˙ − ½ m g l cos θ: a misleading structure.
  var pullsSideways = false
  /// A spring that the prior of a partially wrong structure lacks, in N m/rad, acting on sin 2θ.
  var springStiffness = 0.0
  var length = 1.0

  let stateDimensions = 2
  let actionDimensions = 1
  let parameterNames = ["mass", "friction"]

  func acceleration(_ angle: Double, _ rate: Double, _ torque: Double, _ mass: Double, _ b: Double)
    -> Double
  {
    let pull = pullsSideways ? cos(angle) : sin(angle)
    let moment =
      torque - b * rate - 0.5 * mass * 9.82 * length * pull - springStiffness * sin(2 * angle)
    return moment / (mass * length * length / 3)
  }

  func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double, next: UnsafeMutablePointer<Double>
  ) {
    let steps = Int((periodSeconds / 0.005).rounded(.up))
    let h = periodSeconds / Double(steps)
    for b in 0..<count {
      var (q, v) = (states[b], states[stride + b])
      let u = actions[b]
      for _ in 0..<steps {
        func f(_ q: Double, _ v: Double) -> Double {
          acceleration(q, v, u, parameters[0], parameters[1])
        }
        let a1 = f(q, v)
        let (q2, v2) = (q + 0.5 * h * v, v + 0.5 * h * a1)
        let a2 = f(q2, v2)
        let (q3, v3) = (q + 0.5 * h * v2, v + 0.5 * h * a2)
        let a3 = f(q3, v3)
        let (q4, v4) = (q + h * v3, v + h * a3)
        let a4 = f(q4, v4)
        q += h / 6 * (v + 2 * v2 + 2 * v3 + v4)
        v += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
      }
      next[b] = q
      next[stride + b] = v
    }
  }

  /// The state that follows one state.
  func next(_ state: [Double], _ action: Double, parameters: [Double], periodSeconds: Double)
    -> [Double]
  {
    var next = state
    advance(
      count: 1, stride: 1, states: state, actions: [action], parameters: parameters,
      periodSeconds: periodSeconds, next: &next)
    return next
  }

  /// Steps of one trial that starts hanging, with random torques held over two to five periods.
  func trial(
    steps count: Int, parameters: [Double], periodSeconds: Double = 0.1, noise: Double = 0,
    seed: UInt64
  ) -> [Step] {
    var stream = RandomStream(seed: seed)
    var state = [0.0, 0.0]
    var torque = 0.0
    var held = 0
    var steps: [Step] = []
    func measured(_ state: [Double], _ stream: inout RandomStream) -> [Double] {
      state.map { $0 + noise * stream.nextGaussian() }
    }
    var seen = measured(state, &stream)
    for _ in 0..<count {
      if held == 0 {
        torque = stream.nextUniform(in: -2.5, 2.5)
        held = 2 + Int(stream.next() % 4)
      }
      held -= 1
      state = next(state, torque, parameters: parameters, periodSeconds: periodSeconds)
      let following = measured(state, &stream)
      steps.append(Step(state: seen, action: [torque], nextState: following))
      seen = following
    }
    return steps
  }

  /// The parameters' description, both tunable within a factor of three of nominal.
  static func description(mass: Double, friction: Double, tunable: Bool = true)
    -> PriorDescription
  {
    PriorDescription(
      model: "test-pendulum",
      parameters: [
        PriorParameter(
          name: "mass", unit: "kg", nominal: mass, lower: mass / 3, upper: 3 * mass,
          isTunable: tunable),
        PriorParameter(
          name: "friction", unit: "N m s", nominal: friction, lower: 0, upper: 3 * friction,
          isTunable: tunable),
      ])
  }
}

extension DynamicsModel {
  /// The mean and variance of the change of one state; for tests.
  func change(_ state: [Double], _ action: [Double]) -> (mean: [Double], variance: [Double]) {
    var mean = [Double](repeating: 0, count: stateDimensions)
    var variance = mean
    predict(
      count: 1, stride: 1, states: state, actions: action, mean: &mean, variance: &variance,
      workspace: makeWorkspace(capacity: 1))
    return (mean, variance)
  }

  /// The root mean square error of one-step predictions of a state dimension.
  func error(_ steps: [Step], dimension: Int) -> Double {
    let squares = steps.map { step in
      let predicted = change(step.state, step.action).mean[dimension]
      return pow(step.nextState[dimension] - step.state[dimension] - predicted, 2)
    }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }
}
