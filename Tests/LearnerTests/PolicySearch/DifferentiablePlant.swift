import Learner
import Robotics
import Simulation

/// A plant's own equations as a model that is certain, with derivatives by central differences.
struct DifferentiablePlant: DifferentiableDynamics, FunctionSampling {
  let prior: any PriorModel
  let parameters: [Double]
  let periodSeconds: Double

  init(_ name: String, periodSeconds: Double) throws {
    let plant = try PlantPrior(plantName: name)
    self.init(
      prior: plant, parameters: plant.plant.parameters.map(\.defaultValue),
      periodSeconds: periodSeconds)
  }

  init(prior: any PriorModel, parameters: [Double], periodSeconds: Double) {
    self.prior = prior
    self.parameters = parameters
    self.periodSeconds = periodSeconds
  }

  var stateDimensions: Int { prior.stateDimensions }
  var actionDimensions: Int { prior.actionDimensions }
  func makeWorkspace(capacity: Int) {}
  func functions(count: Int, seed: UInt64) -> DifferentiablePlant { self }

  func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?, workspace: Void
  ) {
    prior.advance(
      count: count, stride: stride, states: states, actions: actions, parameters: parameters,
      periodSeconds: periodSeconds, next: mean)
    for d in 0..<stateDimensions {
      for b in 0..<count {
        mean[d * stride + b] -= states[d * stride + b]
        variance?[d * stride + b] = 0
      }
    }
  }

  func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Void
  ) {
    let (d, m) = (stateDimensions, actionDimensions)
    predict(
      count: count, stride: stride, states: states, actions: actions, mean: change, variance: nil,
      workspace: ())
    let width = 1e-5
    for j in 0..<(d + m) {
      func moved(_ by: Double) -> [Double] {
        var x = Array(UnsafeBufferPointer(start: states, count: d * stride))
        var u = Array(UnsafeBufferPointer(start: actions, count: m * stride))
        for b in 0..<count {
          if j < d { x[j * stride + b] += by } else { u[(j - d) * stride + b] += by }
        }
        var result = Array(repeating: 0.0, count: d * stride)
        predict(
          count: count, stride: stride, states: x, actions: u, mean: &result, variance: nil,
          workspace: ())
        return result
      }
      let (above, below) = (moved(width), moved(-width))
      for i in 0..<d {
        for b in 0..<count {
          jacobian[(i * (d + m) + j) * stride + b] =
            (above[i * stride + b] - below[i * stride + b]) / (2 * width)
        }
      }
    }
  }
}
