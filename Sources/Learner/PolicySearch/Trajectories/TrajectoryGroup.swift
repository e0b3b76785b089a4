import CKernels
import Foundation
import LinearAlgebra
import Robotics

/// What trajectories are optimised for.
struct TrajectoryProblem<Dynamics: DifferentiableDynamics>: Sendable {
  let dynamics: Dynamics
  var reward: Reward
  let stepCount: Int
  let initialState: [Double]
  let actionLimits: [Double]
  /// The price of an action's number before it is squashed, squared.
  var effortPrice: Double
}

/// Several trajectories from the same start under different actions, each improved by itself, side by
/// side so that predictions come in batches: iterative linear-quadratic control (Li & Todorov, ICINCO
/// 2004; regularised as by Tassa, Erez & Todorov, IROS 2012, section II.F).
///
/// The cost of a step is 1 − reward plus the effort's price; an action is its limit times tanh of a
/// number v, so that limits need no care. The cost's curvature counts only where it is convex.
final class TrajectoryGroup<Dynamics: DifferentiableDynamics> {
  /// A trajectory and the feedback around it.
  struct Trajectory {
    /// v of each step, an entry an action.
    var controls: [Double]
    /// The states, the first one included.
    var states: [Double]
    /// K of each step: v changes by K times the state's deviation; a row an action.
    var gains: [Double]
    /// The sum of costs over the steps.
    var cost: Double
    fileprivate var steps: [Double]
    fileprivate var regularisation = 1.0
    fileprivate var isStuck = false
  }

  private var problem: TrajectoryProblem<Dynamics>
  private let d: Int
  private let m: Int
  private let stepCount: Int
  private let workspace: Dynamics.Workspace
  private(set) var trajectories: [Trajectory] = []
  /// The number of rollouts so far.
  private(set) var rollouts = 0
  /// How far along a step is tried.
  static var stepFractions: [Double] { [1, 0.6, 0.36, 0.2, 0.1, 0.04, 0.015, 0.004] }

  /// The members of the largest batch: every fraction of every trajectory, or every place to hold it.
  private static func mostMembers(trajectories: Int) -> Int {
    trajectories * max(stepFractions.count, 20)
  }

  init(problem: TrajectoryProblem<Dynamics>, trajectoryCount: Int) {
    self.problem = problem
    d = problem.dynamics.stateDimensions
    m = problem.dynamics.actionDimensions
    stepCount = problem.stepCount
    workspace = problem.dynamics.makeWorkspace(
      capacity: max(stepCount, Self.mostMembers(trajectories: trajectoryCount)))
  }

  /// Begins with trajectories under those controls.
  func begin(controls: [[Double]]) {
    trajectories = controls.map {
      Trajectory(
        controls: $0, states: Array(repeating: 0, count: (stepCount + 1) * d),
        gains: Array(repeating: 0, count: stepCount * m * d), cost: .infinity,
        steps: Array(repeating: 0, count: stepCount * m))
    }
    let members = trajectories.indices.map { Try(trajectory: $0, fraction: 0) }
    accept(rollOut(members), members)
  }

  /// Keeps the trajectories of the least cost.
  func keep(_ count: Int) {
    let order = trajectories.indices.sorted {
      (trajectories[$0].cost, $0) < (trajectories[$1].cost, $1)
    }
    trajectories = order.prefix(count).map { trajectories[$0] }
  }

  /// Changes the reward, and values the trajectories anew.
  func change(reward: Reward) {
    problem.reward = reward
    for index in trajectories.indices {
      trajectories[index].isStuck = false
      trajectories[index].regularisation = min(trajectories[index].regularisation, 1)
      trajectories[index].cost = .infinity
    }
    let members = trajectories.indices.map { Try(trajectory: $0, fraction: 0) }
    accept(rollOut(members), members)
  }

  /// Plans every trajectory's feedback from where it is now.
  func planAll() {
    for index in trajectories.indices { planStep(index) }
  }

  /// Improves every trajectory by one step.
  func improve() {
    let moving = trajectories.indices.filter { !trajectories[$0].isStuck }
    guard !moving.isEmpty else { return }
    for index in moving { planStep(index) }
    let members = moving.flatMap { index in
      Self.stepFractions.map { Try(trajectory: index, fraction: $0) }
    }
    accept(rollOut(members), members)
  }

  /// Tries to hold each trajectory where it comes by: from some step on, that step's action and
  /// feedback for good. A trajectory that reached its goal and then left it stays there.
  func hold() {
    let every = max(1, stepCount / 20)
    let members = trajectories.indices.flatMap { index in
      stride(from: every, to: stepCount, by: every).map {
        Try(trajectory: index, fraction: 0, hold: $0)
      }
    }
    accept(rollOut(members), members)
  }

  // MARK: - Rolling out

  /// A variation of a trajectory.
  private struct Try {
    var trajectory: Int
    /// How far along the planned step; zero to repeat the trajectory's actions.
    var fraction: Double
    /// From which step on to hold.
    var hold: Int?
  }

  private struct Rolled {
    var costs: [Double]
    /// (step, dimension) × member.
    var states: [Double]
    var controls: [Double]
  }

  private func rollOut(_ members: [Try]) -> Rolled {
    let count = members.count
    rollouts += count
    var states = Array(repeating: 0.0, count: (stepCount + 1) * d * count)
    var controls = Array(repeating: 0.0, count: stepCount * m * count)
    var costs = Array(repeating: 0.0, count: count)
    var actions = Array(repeating: 0.0, count: m * count)
    var change = Array(repeating: 0.0, count: d * count)
    var rewards = Array(repeating: 0.0, count: count)
    for dimension in 0..<d {
      for b in 0..<count { states[dimension * count + b] = problem.initialState[dimension] }
    }
    states.withUnsafeMutableBufferPointer { states in
      guard let base = states.baseAddress else { return }
      for step in 0..<stepCount {
        let state = base + step * d * count
        for (b, member) in members.enumerated() {
          let trajectory = trajectories[member.trajectory]
          for a in 0..<m {
            let like = min(step, member.hold ?? step)
            let place = like * m + a
            var v = trajectory.controls[place]
            if member.fraction > 0 || step > like {
              v += member.fraction * trajectory.steps[place]
              for j in 0..<d {
                v +=
                  trajectory.gains[place * d + j]
                  * (state[j * count + b] - trajectory.states[like * d + j])
              }
            }
            v = min(max(v, -4), 4)
            controls[(step * m + a) * count + b] = v
            actions[a * count + b] = v
            costs[b] += 0.5 * problem.effortPrice * v * v
          }
        }
        actions.withUnsafeMutableBufferPointer { actions in
          guard let actions = actions.baseAddress else { return }
          handful_tanh(m * count, actions, actions)
          for a in 0..<m {
            for b in 0..<count { actions[a * count + b] *= problem.actionLimits[a] }
          }
          problem.dynamics.predict(
            count: count, stride: count, states: state, actions: actions, mean: &change,
            variance: nil, workspace: workspace)
        }
        let next = state + d * count
        for i in 0..<(d * count) { next[i] = state[i] + change[i] }
        problem.reward.values(count: count, stride: count, states: next, into: &rewards)
        for b in 0..<count { costs[b] += 1 - rewards[b] }
      }
    }
    return Rolled(costs: costs, states: states, controls: controls)
  }

  /// Takes the best of each trajectory's tries, if it is better than what there was.
  private func accept(_ rolled: Rolled, _ members: [Try]) {
    let count = members.count
    var best: [Int: Int] = [:]
    for (b, member) in members.enumerated() where rolled.costs[b].isFinite {
      if rolled.costs[b] < rolled.costs[best[member.trajectory] ?? b]
        || best[member.trajectory] == nil
      {
        best[member.trajectory] = b
      }
    }
    for index in Set(members.map(\.trajectory)).sorted() {
      guard let b = best[index], rolled.costs[b] < trajectories[index].cost - 1e-7 else {
        if members.first(where: { $0.trajectory == index })?.hold != nil { continue }
        // Nothing was better: shorter and safer steps.
        trajectories[index].regularisation *= 8
        if trajectories[index].regularisation > 1e8 { trajectories[index].isStuck = true }
        continue
      }
      if members[b].hold != nil {
        trajectories[index].isStuck = false
        trajectories[index].regularisation = 1
      }
      if members[b].fraction > 0.5 { trajectories[index].regularisation /= 3 }
      if members[b].fraction < 0.1 && members[b].hold == nil {
        trajectories[index].regularisation *= 3
      }
      trajectories[index].regularisation = max(trajectories[index].regularisation, 1e-8)
      trajectories[index].cost = rolled.costs[b]
      for i in 0..<((stepCount + 1) * d) {
        trajectories[index].states[i] = rolled.states[i * count + b]
      }
      for i in 0..<(stepCount * m) {
        trajectories[index].controls[i] = rolled.controls[i * count + b]
      }
    }
  }

  // MARK: - Planning a step

  /// Plans the next step and the feedback of a trajectory from its own linearisation.
  private func planStep(_ index: Int) {
    let trajectory = trajectories[index]
    let rows = d * (d + m)
    var jacobian = Array(repeating: 0.0, count: rows * stepCount)
    var change = Array(repeating: 0.0, count: d * stepCount)
    // A dimension at a time, a member a step.
    var states = Array(repeating: 0.0, count: d * stepCount)
    var following = states
    var actions = Array(repeating: 0.0, count: m * stepCount)
    var slopes = actions
    for step in 0..<stepCount {
      for j in 0..<d {
        states[j * stepCount + step] = trajectory.states[step * d + j]
        following[j * stepCount + step] = trajectory.states[(step + 1) * d + j]
      }
      for a in 0..<m {
        let squashed = tanh(trajectory.controls[step * m + a])
        actions[a * stepCount + step] = problem.actionLimits[a] * squashed
        slopes[a * stepCount + step] = problem.actionLimits[a] * (1 - squashed * squashed)
      }
    }
    problem.dynamics.linearise(
      count: stepCount, stride: stepCount, firstMember: 0, states: states, actions: actions,
      change: &change, jacobian: &jacobian, workspace: workspace)
    let (gradients, curvatures) = costDerivatives(&following)
    backward(
      index, jacobian: jacobian, slopes: slopes, gradients: gradients, curvatures: curvatures)
  }

  /// The derivatives of 1 − reward by the positions, by central differences, with negative
  /// curvatures left out.
  private func costDerivatives(_ states: inout [Double]) -> (gradients: [Double], [Double]) {
    let n = d / 2
    let count = stepCount
    let width = 1e-4
    var centre = Array(repeating: 0.0, count: count)
    func values(_ moves: [(Int, Double)]) -> [Double] {
      for (joint, by) in moves { for b in 0..<count { states[joint * count + b] += by } }
      var result = Array(repeating: 0.0, count: count)
      problem.reward.values(count: count, stride: count, states: states, into: &result)
      for (joint, by) in moves { for b in 0..<count { states[joint * count + b] -= by } }
      return result
    }
    centre = values([])
    let above = (0..<n).map { values([($0, width)]) }
    let below = (0..<n).map { values([($0, -width)]) }
    var gradients = Array(repeating: 0.0, count: n * count)
    var curvatures = Array(repeating: 0.0, count: n * n * count)
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
    return (gradients, curvatures)
  }

  /// The Riccati recursion from the horizon to the start.
  private func backward(
    _ index: Int, jacobian: [Double], slopes: [Double], gradients: [Double], curvatures: [Double]
  ) {
    let n = d / 2
    let inputs = d + m
    let regularisation = trajectories[index].regularisation
    var vx = Array(repeating: 0.0, count: d)
    var vxx = Array(repeating: 0.0, count: d * d)
    var a = Array(repeating: 0.0, count: d * d)
    var bm = Array(repeating: 0.0, count: d * m)
    var va = a
    var vb = bm
    for step in (0..<stepCount).reversed() {
      for i in 0..<n {
        vx[i] += gradients[i * stepCount + step]
        for j in 0..<n { vxx[i * d + j] += curvatures[(i * n + j) * stepCount + step] }
      }
      for i in 0..<d {
        for j in 0..<d {
          a[i * d + j] = (i == j ? 1 : 0) + jacobian[(i * inputs + j) * stepCount + step]
        }
        for j in 0..<m {
          bm[i * m + j] =
            jacobian[(i * inputs + d + j) * stepCount + step] * slopes[j * stepCount + step]
        }
      }
      for i in 0..<d {
        for j in 0..<d {
          var sum = 0.0
          for k in 0..<d { sum += vxx[i * d + k] * a[k * d + j] }
          va[i * d + j] = sum
        }
        for j in 0..<m {
          var sum = 0.0
          for k in 0..<d { sum += vxx[i * d + k] * bm[k * m + j] }
          vb[i * m + j] = sum
        }
      }
      var quu = Matrix(rows: m, columns: m)
      var qu = Array(repeating: 0.0, count: m)
      var qux = Array(repeating: 0.0, count: m * d)
      for i in 0..<m {
        qu[i] = problem.effortPrice * trajectories[index].controls[step * m + i]
        for k in 0..<d { qu[i] += bm[k * m + i] * vx[k] }
        for j in 0..<m {
          var sum = i == j ? problem.effortPrice : 0
          for k in 0..<d { sum += bm[k * m + i] * vb[k * m + j] }
          quu[i, j] = sum
        }
        for j in 0..<d {
          var sum = 0.0
          for k in 0..<d { sum += bm[k * m + i] * va[k * d + j] }
          qux[i * d + j] = sum
        }
      }
      let plain = quu
      for i in 0..<m { quu[i, i] += regularisation * problem.effortPrice }
      guard let factor = try? Cholesky(quu) else { continue }
      let step0 = factor.solve(qu.map { -$0 })
      var gain = Array(repeating: 0.0, count: m * d)
      for j in 0..<d {
        let column = factor.solve((0..<m).map { -qux[$0 * d + j] })
        for i in 0..<m { gain[i * d + j] = column[i] }
      }
      for i in 0..<m {
        trajectories[index].steps[step * m + i] = step0[i]
        for j in 0..<d { trajectories[index].gains[(step * m + i) * d + j] = gain[i * d + j] }
      }
      // V of the step before.
      var nextVx = Array(repeating: 0.0, count: d)
      var nextVxx = Array(repeating: 0.0, count: d * d)
      var quuK = Array(repeating: 0.0, count: m * d)
      for i in 0..<m {
        for j in 0..<d {
          for k in 0..<m { quuK[i * d + j] += plain[i, k] * gain[k * d + j] }
        }
      }
      for i in 0..<d {
        for k in 0..<d { nextVx[i] += a[k * d + i] * vx[k] }
        for p in 0..<m {
          var quuStep = 0.0
          for q in 0..<m { quuStep += plain[p, q] * step0[q] }
          nextVx[i] += gain[p * d + i] * (quuStep + qu[p]) + qux[p * d + i] * step0[p]
        }
        for j in 0..<d {
          var sum = 0.0
          for k in 0..<d { sum += a[k * d + i] * va[k * d + j] }
          for p in 0..<m {
            sum += gain[p * d + i] * quuK[p * d + j]
            sum += gain[p * d + i] * qux[p * d + j] + qux[p * d + i] * gain[p * d + j]
          }
          nextVxx[i * d + j] = sum
        }
      }
      vx = nextVx
      for i in 0..<d {
        for j in 0..<d { vxx[i * d + j] = 0.5 * (nextVxx[i * d + j] + nextVxx[j * d + i]) }
      }
    }
  }
}
