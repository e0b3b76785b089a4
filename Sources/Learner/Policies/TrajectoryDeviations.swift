import Foundation
import Robotics

/// How far states are from a trajectory, as a ``PolicyParameters/Kind/trajectory(steps:)`` sees it:
/// each dimension divided by its scale, whole turns of an angle left out.
struct TrajectoryDeviations: Sendable {
  /// The number of state dimensions.
  let dimensions: Int
  private let steps: Int
  private let weightsPerStep: Int
  private let factors: [Double]
  private let isAngle: [Bool]

  /// The deviations of that policy; nil when it has no trajectory.
  init?(_ parameters: PolicyParameters) {
    guard case .trajectory(let steps) = parameters.kind else { return nil }
    self.steps = steps
    dimensions = parameters.stateDimensions
    weightsPerStep = parameters.weightsPerStep
    factors = parameters.stateScales.map { 1 / $0 }
    isAngle =
      parameters.jointKinds.map { $0 == .revolute }
      + parameters.stateScales.dropFirst(parameters.jointKinds.count).map { _ in false }
  }

  /// Where a step's weights begin.
  func offset(step: Int) -> Int { min(step, steps - 1) * weightsPerStep }

  /// What the derivative by a deviation is multiplied with to get that by its state dimension.
  func factor(_ dimension: Int) -> Double { factors[dimension] }

  /// Writes the deviations of `count` states from `reference`, a dimension at a time.
  func map(
    count: Int, stride: Int, states: UnsafePointer<Double>, reference: UnsafePointer<Double>,
    inputs: UnsafeMutablePointer<Double>
  ) {
    for d in 0..<dimensions {
      let state = states + d * stride
      let input = inputs + d * stride
      let (centre, factor) = (reference[d], factors[d])
      if isAngle[d] {
        let turn = 2 * Double.pi
        for b in 0..<count {
          let difference = state[b] - centre
          input[b] = factor * (difference - turn * (difference / turn).rounded())
        }
      } else {
        for b in 0..<count { input[b] = factor * (state[b] - centre) }
      }
    }
  }
}
