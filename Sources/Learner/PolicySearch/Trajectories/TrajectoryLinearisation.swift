import Foundation
import LinearAlgebra
import Robotics

/// Dynamics and cost along a trajectory, to the first and the second order.
final class TrajectoryLinearisation<Dynamics: DifferentiableDynamics> {
  let dimensions: Int
  let actions: Int
  let stepCount: Int
  /// The derivatives of the changes of state, as ``DifferentiableDynamics`` writes them, a member a step.
  private(set) var jacobian: [Double]
  /// The derivative of each action by its number before it is squashed, action × step.
  private(set) var slopes: [Double]
  /// The derivatives of 1 − reward by the positions after each step, position × step.
  private(set) var gradients: [Double]
  /// The second derivatives, where they are convex, (position, position) × step.
  private(set) var curvatures: [Double]

  private let dynamics: Dynamics
  private let actionLimits: [Double]
  private let workspace: Dynamics.Workspace
  private var change: [Double]
  private var states: [Double]
  private var following: [Double]
  private var efforts: [Double]

  init(problem: TrajectoryProblem<Dynamics>, workspace: Dynamics.Workspace) {
    dynamics = problem.dynamics
    actionLimits = problem.actionLimits
    self.workspace = workspace
    dimensions = problem.dynamics.stateDimensions
    actions = problem.dynamics.actionDimensions
    stepCount = problem.stepCount
    func zeros(_ rows: Int) -> [Double] { Array(repeating: 0, count: rows * problem.stepCount) }
    jacobian = zeros(dimensions * (dimensions + actions))
    slopes = zeros(actions)
    gradients = zeros(dimensions / 2)
    curvatures = zeros((dimensions / 2) * (dimensions / 2))
    change = zeros(dimensions)
    states = zeros(dimensions)
    following = zeros(dimensions)
    efforts = zeros(actions)
  }

  /// Linearises along a trajectory.
  func update(at trajectory: TrajectoryGroup<Dynamics>.Trajectory, reward: Reward) {
    for step in 0..<stepCount {
      for j in 0..<dimensions {
        states[j * stepCount + step] = trajectory.states[step * dimensions + j]
        following[j * stepCount + step] = trajectory.states[(step + 1) * dimensions + j]
      }
      for a in 0..<actions {
        let squashed = tanh(trajectory.controls[step * actions + a])
        efforts[a * stepCount + step] = actionLimits[a] * squashed
        slopes[a * stepCount + step] = actionLimits[a] * (1 - squashed * squashed)
      }
    }
    dynamics.linearise(
      count: stepCount, stride: stepCount, firstMember: 0, states: states, actions: efforts,
      change: &change, jacobian: &jacobian, workspace: workspace)
    differentiate(reward)
  }

  /// The derivatives of 1 − reward by the positions, by central differences, with negative
  /// curvatures left out.
  private func differentiate(_ reward: Reward) {
    let n = dimensions / 2
    let count = stepCount
    let width = 1e-4
    func values(_ moves: [(Int, Double)]) -> [Double] {
      for (joint, by) in moves { for b in 0..<count { following[joint * count + b] += by } }
      var result = Array(repeating: 0.0, count: count)
      reward.values(count: count, stride: count, states: following, into: &result)
      for (joint, by) in moves { for b in 0..<count { following[joint * count + b] -= by } }
      return result
    }
    let centre = values([])
    let above = (0..<n).map { values([($0, width)]) }
    let below = (0..<n).map { values([($0, -width)]) }
    for i in 0..<n {
      for b in 0..<count {
        gradients[i * count + b] = -(above[i][b] - below[i][b]) / (2 * width)
        curvatures[(i * n + i) * count + b] =
          -(above[i][b] - 2 * centre[b] + below[i][b]) / (width * width)
      }
      for j in 0..<i {
        let both = values([(i, width), (j, width)])
        let neither = values([(i, -width), (j, -width)])
        for b in 0..<count {
          let mixed =
            -(both[b] - above[i][b] - above[j][b] + 2 * centre[b] - below[i][b] - below[j][b]
            + neither[b]) / (2 * width * width)
          curvatures[(i * n + j) * count + b] = mixed
          curvatures[(j * n + i) * count + b] = mixed
        }
      }
    }
    for b in 0..<count {
      var matrix = Matrix(rows: n, columns: n)
      for i in 0..<n { for j in 0..<n { matrix[i, j] = curvatures[(i * n + j) * count + b] } }
      guard let eigen = try? SymmetricEigen(matrix) else { continue }
      for i in 0..<n {
        for j in 0..<n {
          var sum = 0.0
          for k in 0..<n where eigen.values[k] > 0 {
            sum += eigen.values[k] * eigen.vectors[i, k] * eigen.vectors[j, k]
          }
          curvatures[(i * n + j) * count + b] = sum
        }
      }
    }
  }
}
