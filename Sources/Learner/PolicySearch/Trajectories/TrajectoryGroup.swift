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
    /// How v of each step changes in a whole step of improvement.
    var steps: [Double]
    /// What keeps steps short, as a multiple of the effort's price.
    var regularisation = 1.0
    /// Whether no step is short enough to improve it.
    var isStuck = false
  }

  /// Where shortening steps ends.
  private static var mostRegularisation: Double { 1e8 }

  private var problem: TrajectoryProblem<Dynamics>
  private let roller: TrajectoryRoller<Dynamics>
  private let linearisation: TrajectoryLinearisation<Dynamics>
  private var recursion: RiccatiRecursion
  private(set) var trajectories: [Trajectory] = []

  /// The number of rollouts so far.
  var rollouts: Int { roller.rollouts }

  init(problem: TrajectoryProblem<Dynamics>, trajectoryCount: Int) {
    self.problem = problem
    let fractions = TrajectoryTry.stepFractions.count
    let members = trajectoryCount * max(fractions, TrajectoryTry.holdPlaces)
    let workspace = problem.dynamics.makeWorkspace(capacity: max(problem.stepCount, members))
    roller = TrajectoryRoller(workspace: workspace)
    linearisation = TrajectoryLinearisation(
      dynamics: problem.dynamics, actionLimits: problem.actionLimits, stepCount: problem.stepCount,
      workspace: workspace)
    recursion = RiccatiRecursion(
      dimensions: problem.dynamics.stateDimensions, actions: problem.dynamics.actionDimensions,
      stepCount: problem.stepCount)
  }

  /// Begins with trajectories under those controls.
  func begin(controls: [[Double]]) {
    let (d, m) = (problem.dynamics.stateDimensions, problem.dynamics.actionDimensions)
    trajectories = controls.map {
      Trajectory(
        controls: $0, states: Array(repeating: 0, count: (problem.stepCount + 1) * d),
        gains: Array(repeating: 0, count: problem.stepCount * m * d), cost: .infinity,
        steps: Array(repeating: 0, count: problem.stepCount * m))
    }
    valueAnew()
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
    valueAnew()
  }

  /// Plans every trajectory's feedback from where it is now.
  func planAll() {
    for index in trajectories.indices { planStep(index) }
  }

  /// Improves every trajectory by one step: the best of some fractions of the step that its own
  /// linearisation asks for, or a shorter and safer step the next time.
  func improve() {
    for index in trajectories.indices where !trajectories[index].isStuck { planStep(index) }
    let moving = trajectories.indices.filter { !trajectories[$0].isStuck }
    guard !moving.isEmpty else { return }
    let tries = moving.flatMap { index in
      TrajectoryTry.stepFractions.map { TrajectoryTry(trajectory: index, fraction: $0) }
    }
    let rolled = roller.rollOut(tries, of: trajectories, problem: problem)
    for index in moving {
      guard let best = rolled.best(of: index, below: trajectories[index].cost - 1e-7) else {
        shorten(index)
        continue
      }
      let fraction = tries[best].fraction
      if fraction > 0.5 { trajectories[index].regularisation /= 3 }
      if fraction < 0.1 { trajectories[index].regularisation *= 3 }
      trajectories[index].regularisation = max(trajectories[index].regularisation, 1e-8)
      rolled.write(best, to: &trajectories[index])
    }
  }

  /// Tries to hold each trajectory where it comes by: from some step on, that step's action and
  /// feedback for good. A trajectory that reached its goal and then left it stays there.
  func hold() {
    let every = max(1, problem.stepCount / TrajectoryTry.holdPlaces)
    let tries = trajectories.indices.flatMap { index in
      stride(from: every, to: problem.stepCount, by: every).prefix(TrajectoryTry.holdPlaces).map {
        TrajectoryTry(trajectory: index, hold: $0)
      }
    }
    let rolled = roller.rollOut(tries, of: trajectories, problem: problem)
    for index in trajectories.indices {
      guard let best = rolled.best(of: index, below: trajectories[index].cost - 1e-7) else {
        continue
      }
      trajectories[index].isStuck = false
      trajectories[index].regularisation = 1
      rolled.write(best, to: &trajectories[index])
    }
  }

  /// Rolls every trajectory out under its own controls, and writes its states and cost.
  private func valueAnew() {
    let tries = trajectories.indices.map { TrajectoryTry(trajectory: $0) }
    let rolled = roller.rollOut(tries, of: trajectories, problem: problem)
    for index in trajectories.indices {
      if let own = rolled.best(of: index, below: .infinity) {
        rolled.write(own, to: &trajectories[index])
      } else {
        // Its states aren't numbers: no linearisation helps it.
        trajectories[index].isStuck = true
      }
    }
  }

  private func shorten(_ index: Int) {
    trajectories[index].regularisation *= 8
    if trajectories[index].regularisation > Self.mostRegularisation {
      trajectories[index].isStuck = true
    }
  }

  /// Plans the next step and the feedback of a trajectory from its own linearisation; shorter steps
  /// where the recursion finds no minimum, and none, with the feedback as it was, where it never does.
  private func planStep(_ index: Int) {
    guard trajectories[index].cost.isFinite else { return }
    linearisation.update(
      states: trajectories[index].states, controls: trajectories[index].controls,
      reward: problem.reward)
    while !trajectories[index].isStuck {
      let isFound = recursion.run(
        linearisation, controls: trajectories[index].controls, effortPrice: problem.effortPrice,
        regularisation: trajectories[index].regularisation)
      if isFound {
        // Entry by entry: an array that is shared would be copied when the recursion writes the next.
        for i in recursion.steps.indices { trajectories[index].steps[i] = recursion.steps[i] }
        for i in recursion.gains.indices { trajectories[index].gains[i] = recursion.gains[i] }
        return
      }
      shorten(index)
    }
  }
}
