import Foundation
import LinearAlgebra
import Robotics

/// How trajectories are planned in a model.
public struct TrajectorySettings: Codable, Sendable, Equatable {
  /// The number of groups of trajectories; each has one price of effort, and threads take groups.
  public var groups: Int
  /// The trajectories of a group, which begin with random actions of their own.
  public var trajectoriesPerGroup: Int
  /// The steps of improvement of all trajectories, of the better half of a group after them, and of
  /// the best one of a group at last, while the reward narrows to the task's own.
  public var iterations: [Int]
  /// The prices of an action's number before it is squashed, squared and halved, that the groups have
  /// in turn; a step's reward is at most 1. A low price finds quick motions, a high one such as leave
  /// the feedback room to act.
  public var effortPrices: [Double]
  /// The standard deviation of the random actions' numbers before they are squashed.
  public var actionDeviation: Double
  /// The most steps for which a random action is held.
  public var longestHold: Int
  /// By what part of the task's horizon trajectories are planned beyond it: a plan that ends with the
  /// trial lets go before its end.
  public var overhang: Double
  /// The negative logarithm of the reward that the start has while the first trajectories are found:
  /// the reward's width is chosen for it.
  public var startLogReward: Double
  /// What the task's reward's width is multiplied with for the last improvements: a narrower reward
  /// than the task's holds tighter.
  public var lastWidthFactor: Double

  /// Settings from their parts.
  public init(
    groups: Int = 6, trajectoriesPerGroup: Int = 4, iterations: [Int] = [40, 40, 60],
    effortPrices: [Double] = [0.3, 1, 0.1], actionDeviation: Double = 0.7, longestHold: Int = 10,
    overhang: Double = 0.33, startLogReward: Double = 1,
    lastWidthFactor: Double = 0.6
  ) {
    self.groups = groups
    self.trajectoriesPerGroup = trajectoriesPerGroup
    self.iterations = iterations
    self.effortPrices = effortPrices
    self.actionDeviation = actionDeviation
    self.longestHold = longestHold
    self.overhang = overhang
    self.startLogReward = startLogReward
    self.lastWidthFactor = lastWidthFactor
  }
}

/// What a group of trajectories came to.
struct TrajectoryPlan: Codable, Sendable, Equatable {
  /// The weights of the best one's ``PolicyParameters/Kind/trajectory(steps:)``; nil when none of them
  /// has states that are numbers.
  var weights: [Double]?
  /// The number of rollouts.
  var rollouts: Int
  /// Whether the group came to its end, and was not cancelled before.
  var isFinished: Bool
}

/// Plans trajectories to a task's end in a model, each with feedback around it: a
/// ``PolicyParameters/Kind/trajectory(steps:)`` for each group.
struct TrajectorySearch<Model: DifferentiableDynamics> {
  let model: Model
  let task: Task
  let robot: Robot
  let settings: TrajectorySettings
  let seed: UInt64
  let path: [UInt64]
  let threads: Int
  let team: (any Team)?

  /// Plans the trajectories of some groups, on several threads: one plan for each index. A group's plan
  /// depends on its index alone, so that groups may be planned anywhere, in any order.
  ///
  /// - Parameters:
  ///   - groups: The groups' indices.
  ///   - previous: A trajectory to go on from; its actions are one of each group's starts.
  ///   - rolloutBudget: The rollouts after which a group improves no further.
  ///   - isCancelled: Asked after each step of improvement; once true, groups end unfinished.
  func plans(
    of groups: [Int], previous: PolicyParameters?, rolloutBudget: Int,
    isCancelled: @escaping @Sendable () -> Bool
  ) -> [TrajectoryPlan] {
    let shape = PolicyParameters(
      kind: .trajectory(steps: task.stepCount), robot: robot, task: task)
    // A group's row: its rollouts, whether it came to its end, whether it found a policy, its weights.
    let length = 3 + shape.weightCount
    let rows = Parallel.rows(
      blocks: groups.count, length: length, threads: threads, team: team,
      about: {
        [seed] + path + groups.map { UInt64($0) } + (previous?.weights.map(\.bitPattern) ?? [])
      }
    ) { block, _, row in
      let plan = plan(
        group: groups[block], previous: previous, rolloutBudget: rolloutBudget,
        isCancelled: isCancelled)
      row[0] = Double(plan.rollouts)
      row[1] = plan.isFinished ? 1 : 0
      row[2] = plan.weights == nil ? 0 : 1
      for (i, weight) in (plan.weights ?? []).enumerated() { row[3 + i] = weight }
    }
    return groups.indices.map { block in
      let row = Array(rows[(block * length)..<((block + 1) * length)])
      return TrajectoryPlan(
        weights: row[2] == 1 ? Array(row.dropFirst(3)) : nil, rollouts: Int(row[0]),
        isFinished: row[1] == 1)
    }
  }

  private func plan(
    group index: Int, previous: PolicyParameters?, rolloutBudget: Int,
    isCancelled: @Sendable () -> Bool
  ) -> TrajectoryPlan {
    let steps =
      task.stepCount + Int((Double(task.stepCount) * settings.overhang).rounded(.up))
    let group = TrajectoryGroup(
      problem: TrajectoryProblem(
        dynamics: model, reward: widened(1), stepCount: steps,
        initialState: model.beginning(at: task.initialState), actionLimits: robot.actionLimits,
        effortPrice: settings.effortPrices[index % settings.effortPrices.count]),
      trajectoryCount: settings.trajectoriesPerGroup)
    var controls = (0..<settings.trajectoriesPerGroup).map {
      randomControls(stepCount: steps, name: UInt64(index * settings.trajectoriesPerGroup + $0))
    }
    if let previous, let known = plannedControls(previous, stepCount: steps) {
      controls[0] = known
    }
    group.begin(controls: controls)
    let isFinished = improve(group, rolloutBudget: rolloutBudget, isCancelled: isCancelled)
    let shape = PolicyParameters(
      kind: .trajectory(steps: task.stepCount), robot: robot, task: task)
    let best = group.trajectories.first.flatMap { $0.cost.isFinite ? $0 : nil }
    return TrajectoryPlan(
      weights: best.map { policy($0, shape: shape).weights }, rollouts: group.rollouts,
      isFinished: isFinished)
  }

  /// - Returns: Whether it came to its end; false when it was cancelled.
  private func improve(
    _ group: TrajectoryGroup<Model>, rolloutBudget: Int, isCancelled: @Sendable () -> Bool
  ) -> Bool {
    let narrowings = 3
    var wasCancelled = false
    stages: for (stage, iterations) in settings.iterations.enumerated() {
      let isLast = stage == settings.iterations.count - 1
      if stage > 0 { group.keep(isLast ? 1 : max(1, group.trajectories.count / 2)) }
      for iteration in 1...max(1, iterations) {
        wasCancelled = isCancelled()
        if wasCancelled { break stages }
        if group.rollouts >= rolloutBudget { break }
        if isLast && (iteration - 1) % max(1, iterations / narrowings) == 0 {
          let part = min(1, Double(1 + iteration / max(1, iterations / narrowings)) / 3)
          group.change(reward: widened(1 - part))
        }
        group.improve()
        if iteration % 10 == 0 { group.hold() }
      }
    }
    // Whatever ended it: the best one is the result, with the feedback of where it is now.
    group.keep(1)
    group.planAll()
    return !wasCancelled
  }

  /// The reward with its width between the last one (0) and that which the start's reward asks for
  /// (1), in equal ratios.
  private func widened(_ part: Double) -> Reward {
    var reward = task.reward
    let logReward = -log(max(reward.value(state: task.initialState), 1e-300))
    let factor = max(1, (logReward / settings.startLogReward).squareRoot())
    reward.width *= pow(factor, part) * pow(settings.lastWidthFactor, 1 - part)
    return reward
  }

  private func randomControls(stepCount: Int, name: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed, path: path + [name, 0x7A])
    let actions = robot.actionDimensions
    var values: [Double] = []
    var held = Array(repeating: 0.0, count: actions)
    var left = 0
    for _ in 0..<stepCount {
      if left == 0 {
        left = 1 + Int(stream.nextUniform() * Double(settings.longestHold))
        held = (0..<actions).map { _ in settings.actionDeviation * stream.nextGaussian() }
      }
      left -= 1
      values += held
    }
    return values
  }

  /// The numbers behind a trajectory's actions, its last ones repeated.
  private func plannedControls(_ policy: PolicyParameters, stepCount: Int) -> [Double]? {
    guard case .trajectory(let steps) = policy.kind else { return nil }
    let (d, m) = (policy.stateDimensions, policy.actionLimits.count)
    return (0..<stepCount).flatMap { step in
      (0..<m).map { a in
        policy.weights[
          min(step, steps - 1) * policy.weightsPerStep + d + a * (d + 1) + d]
      }
    }
  }

  private func policy(
    _ trajectory: TrajectoryGroup<Model>.Trajectory, shape: PolicyParameters
  ) -> PolicyParameters {
    let scales = shape.stateScales
    let (d, m) = (scales.count, robot.actionDimensions)
    let all = model.stateDimensions
    let joints = robot.joints.count
    let filtersVelocities = robot.state.velocityCutoffHertz != nil && all > d
    var weights: [Double] = []
    for step in 0..<task.stepCount {
      weights += trajectory.states[(step * all)..<(step * all + d)]
      for a in 0..<m {
        let row = (step * m + a) * all
        for j in 0..<d {
          var gain = trajectory.gains[row + j]
          // A velocity that the policy doesn't see is fed back as it sees it (`ObservedDynamics`).
          if filtersVelocities, (joints..<(2 * joints)).contains(j) {
            gain += trajectory.gains[row + d + j - joints]
          }
          weights.append(gain * scales[j])
        }
        weights.append(trajectory.controls[step * m + a])
      }
    }
    return shape.with(weights: weights)
  }
}
