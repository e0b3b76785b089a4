import Foundation
import LinearAlgebra
import Robotics

/// Dynamics and cost along a trajectory, to the first and the second order. Its memory is made once.
package final class TrajectoryLinearisation<Dynamics: DifferentiableDynamics> {
  let dimensions: Int
  let actions: Int
  let joints: Int
  let stepCount: Int
  /// The derivatives of the changes of state, as ``DifferentiableDynamics`` writes them, a member a step.
  private(set) var jacobian: [Double]
  /// The derivative of each action by its number before it is squashed, action × step.
  private(set) var slopes: [Double]
  /// The derivatives of 1 − reward by the positions after each step, position × step.
  package private(set) var gradients: [Double]
  /// The second derivatives, where they are convex, (position, position) × step.
  package private(set) var curvatures: [Double]

  private let dynamics: Dynamics
  private let actionLimits: [Double]
  private let workspace: Dynamics.Workspace
  private var change: [Double]
  private var states: [Double]
  private var following: [Double]
  private var efforts: [Double]
  /// Rewards of the positions, and of positions moved away from them, move × step.
  private var rewards: [Double]
  private var eigen: SymmetricEigenSolver

  /// Memory for a trajectory of so many steps.
  ///
  /// - Parameters:
  ///   - dynamics: What is linearised.
  ///   - actionLimits: The greatest action of each motor (N m or N).
  ///   - stepCount: The number of steps.
  ///   - workspace: The dynamics' own memory, for at least as many members as there are steps.
  package init(
    dynamics: Dynamics, actionLimits: [Double], stepCount: Int, workspace: Dynamics.Workspace
  ) {
    self.dynamics = dynamics
    self.actionLimits = actionLimits
    self.workspace = workspace
    self.stepCount = stepCount
    dimensions = dynamics.stateDimensions
    actions = dynamics.actionDimensions
    joints = dynamics.jointCount
    func zeros(_ rows: Int) -> [Double] { Array(repeating: 0, count: rows * stepCount) }
    jacobian = zeros(dimensions * (dimensions + actions))
    slopes = zeros(actions)
    gradients = zeros(joints)
    curvatures = zeros(joints * joints)
    change = zeros(dimensions)
    states = zeros(dimensions)
    following = zeros(dimensions)
    efforts = zeros(actions)
    rewards = zeros(Move.count(joints: joints))
    eigen = SymmetricEigenSolver(size: joints)
  }

  /// Linearises along a trajectory.
  ///
  /// - Parameters:
  ///   - states: The states, the first one included, a state after the other.
  ///   - controls: The actions' numbers before they are squashed, a step after the other.
  ///   - reward: What a step earns by the state that it leads to.
  package func update(states trajectory: [Double], controls: [Double], reward: Reward) {
    for step in 0..<stepCount {
      for j in 0..<dimensions {
        states[j * stepCount + step] = trajectory[step * dimensions + j]
        following[j * stepCount + step] = trajectory[(step + 1) * dimensions + j]
      }
      for a in 0..<actions {
        let squashed = tanh(controls[step * actions + a])
        efforts[a * stepCount + step] = actionLimits[a] * squashed
        slopes[a * stepCount + step] = actionLimits[a] * (1 - squashed * squashed)
      }
    }
    dynamics.linearise(
      count: stepCount, stride: stepCount, firstMember: 0, states: states, actions: efforts,
      change: &change, jacobian: &jacobian, workspace: workspace)
    differentiate(reward)
    for step in 0..<stepCount { dropConcave(step) }
  }

  /// The derivatives of 1 − reward by the positions, by central differences.
  private func differentiate(_ reward: Reward) {
    let width = 1e-4
    value(reward, into: Move.none)
    for i in 0..<joints { value(reward, moving: i, by: width, into: Move.above(i)) }
    for i in 0..<joints { value(reward, moving: i, by: -width, into: Move.below(i)) }
    let bothAbove = Move.bothAbove(joints: joints)
    let bothBelow = Move.bothBelow(joints: joints)
    for i in 0..<joints {
      for b in 0..<stepCount {
        let (above, below) = (earned(Move.above(i), b), earned(Move.below(i), b))
        gradients[i * stepCount + b] = -(above - below) / (2 * width)
        curvatures[(i * joints + i) * stepCount + b] =
          -(above - 2 * earned(Move.none, b) + below) / (width * width)
      }
      for j in 0..<i {
        value(reward, moving: i, j, by: width, into: bothAbove)
        value(reward, moving: i, j, by: -width, into: bothBelow)
        for b in 0..<stepCount {
          let mixed =
            -(earned(bothAbove, b) - earned(Move.above(i), b) - earned(Move.above(j), b)
            + 2 * earned(Move.none, b) - earned(Move.below(i), b) - earned(Move.below(j), b)
            + earned(bothBelow, b)) / (2 * width * width)
          curvatures[(i * joints + j) * stepCount + b] = mixed
          curvatures[(j * joints + i) * stepCount + b] = mixed
        }
      }
    }
  }

  private func earned(_ move: Int, _ step: Int) -> Double { rewards[move * stepCount + step] }

  /// Writes the rewards of the states after each step, with a joint or two moved.
  private func value(
    _ reward: Reward, moving first: Int? = nil, _ second: Int? = nil, by: Double = 0, into row: Int
  ) {
    if let first { move(first, by: by) }
    if let second { move(second, by: by) }
    rewards.withUnsafeMutableBufferPointer { rewards in
      guard let base = rewards.baseAddress else { return }
      reward.values(
        count: stepCount, stride: stepCount, states: following, into: base + row * stepCount)
    }
    if let first { move(first, by: -by) }
    if let second { move(second, by: -by) }
  }

  private func move(_ joint: Int, by: Double) {
    for b in 0..<stepCount { following[joint * stepCount + b] += by }
  }

  /// Leaves out what a step's second derivatives have of negative curvature.
  private func dropConcave(_ step: Int) {
    let n = joints
    for i in 0..<n {
      for j in 0..<n { eigen.entries[i + n * j] = curvatures[(i * n + j) * stepCount + step] }
    }
    do { try eigen.decompose() } catch { return }
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for k in 0..<n where eigen.values[k] > 0 {
          sum += eigen.values[k] * eigen.entries[i + n * k] * eigen.entries[j + n * k]
        }
        curvatures[(i * n + j) * stepCount + step] = sum
      }
    }
  }
}

/// The rows of a linearisation's rewards: how the positions were moved.
private enum Move {
  static let none = 0
  static func above(_ joint: Int) -> Int { 1 + 2 * joint }
  static func below(_ joint: Int) -> Int { 2 + 2 * joint }
  /// Two joints, both moved up, then both down.
  static func bothAbove(joints: Int) -> Int { 1 + 2 * joints }
  static func bothBelow(joints: Int) -> Int { 2 + 2 * joints }
  static func count(joints: Int) -> Int { 3 + 2 * joints }
}
