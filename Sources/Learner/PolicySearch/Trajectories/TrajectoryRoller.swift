import CKernels
import Robotics

/// A variation of a trajectory to be rolled out.
struct TrajectoryTry {
  /// The trajectory's index.
  var trajectory: Int
  /// How far along the planned step; zero to repeat the trajectory's actions.
  var fraction = 0.0
  /// From which step on to hold; nil for never.
  var hold: Int?

  /// How far along a step is tried.
  static let stepFractions = [1, 0.6, 0.36, 0.2, 0.1, 0.04, 0.015, 0.004]
  /// The most places where holding is tried.
  static let holdPlaces = 20
}

/// Rolls variations of trajectories out, all in lockstep.
final class TrajectoryRoller<Dynamics: DifferentiableDynamics> {
  private let workspace: Dynamics.Workspace
  /// The number of rollouts so far.
  private(set) var rollouts = 0

  init(workspace: Dynamics.Workspace) { self.workspace = workspace }

  /// What came of tries.
  struct Outcome {
    fileprivate let trajectories: [Int]
    fileprivate(set) var costs: [Double]
    /// (step, dimension) × member.
    fileprivate var states: [Double]
    fileprivate var controls: [Double]

    /// The try of a trajectory that cost least, if that is less than a bound.
    func best(of trajectory: Int, below bound: Double) -> Int? {
      let own = trajectories.indices.filter {
        trajectories[$0] == trajectory && costs[$0].isFinite && costs[$0] < bound
      }
      return own.min { (costs[$0], $0) < (costs[$1], $1) }
    }

    /// Makes a try the trajectory.
    func write(
      _ member: Int, to trajectory: inout TrajectoryGroup<Dynamics>.Trajectory
    ) {
      let count = costs.count
      trajectory.cost = costs[member]
      for i in trajectory.states.indices { trajectory.states[i] = states[i * count + member] }
      for i in trajectory.controls.indices {
        trajectory.controls[i] = controls[i * count + member]
      }
    }
  }

  /// Rolls tries out.
  func rollOut(
    _ tries: [TrajectoryTry], of trajectories: [TrajectoryGroup<Dynamics>.Trajectory],
    problem: TrajectoryProblem<Dynamics>
  ) -> Outcome {
    let (d, m) = (problem.dynamics.stateDimensions, problem.dynamics.actionDimensions)
    let stepCount = problem.stepCount
    let count = tries.count
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
        for (b, member) in tries.enumerated() {
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
    return Outcome(
      trajectories: tries.map(\.trajectory), costs: costs, states: states, controls: controls)
  }
}
