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

  /// The policies, and how many rollouts were made.
  struct Outcome {
    var policies: [PolicyParameters]
    var rollouts: Int
  }

  /// Plans one trajectory a group.
  ///
  /// - Parameter previous: A trajectory to go on from; its actions are one of each group's starts.
  func run(
    previous: PolicyParameters?, isCancelled: @escaping @Sendable () -> Bool
  ) -> Outcome {
    let shape = PolicyParameters(
      kind: .trajectory(steps: task.stepCount), robot: robot, task: task)
    let steps =
      task.stepCount + Int((Double(task.stepCount) * settings.overhang).rounded(.up))
    // A group's row: how many rollouts it made, whether it found a policy, and that policy's weights.
    let length = 2 + shape.weightCount
    let rows = Parallel.rows(
      blocks: settings.groups, length: length, threads: threads, team: team,
      about: { [seed] + path + (previous?.weights.map(\.bitPattern) ?? []) }
    ) { index, _, row in
      let price = settings.effortPrices[index % settings.effortPrices.count]
      let group = TrajectoryGroup(
        problem: TrajectoryProblem(
          dynamics: model, reward: widened(1), stepCount: steps, initialState: task.initialState,
          actionLimits: robot.actionLimits, effortPrice: price),
        trajectoryCount: settings.trajectoriesPerGroup)
      var controls = (0..<settings.trajectoriesPerGroup).map {
        randomControls(stepCount: steps, name: UInt64(index * settings.trajectoriesPerGroup + $0))
      }
      if let previous, let known = plannedControls(previous, stepCount: steps) {
        controls[0] = known
      }
      group.begin(controls: controls)
      improve(group, isCancelled: isCancelled)
      guard let best = group.trajectories.first else { return }
      row[0] = Double(group.rollouts)
      row[1] = 1
      for (i, weight) in policy(best, shape: shape).weights.enumerated() { row[2 + i] = weight }
    }
    var outcome = Outcome(policies: [], rollouts: 0)
    for index in 0..<settings.groups {
      let row = rows[(index * length)..<((index + 1) * length)]
      outcome.rollouts += Int(row[row.startIndex])
      if row[row.startIndex + 1] == 1 {
        outcome.policies.append(shape.with(weights: Array(row.dropFirst(2))))
      }
    }
    return outcome
  }

  private func improve(
    _ group: TrajectoryGroup<Model>, isCancelled: @Sendable () -> Bool
  ) {
    let narrowings = 3
    stages: for (stage, iterations) in settings.iterations.enumerated() {
      let isLast = stage == settings.iterations.count - 1
      if stage > 0 { group.keep(isLast ? 1 : max(1, group.trajectories.count / 2)) }
      for iteration in 1...max(1, iterations) {
        if isCancelled() { break stages }
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
    var weights: [Double] = []
    for step in 0..<task.stepCount {
      weights += trajectory.states[(step * d)..<((step + 1) * d)]
      for a in 0..<m {
        let row = (step * m + a) * d
        for j in 0..<d { weights.append(trajectory.gains[row + j] * scales[j]) }
        weights.append(trajectory.controls[step * m + a])
      }
    }
    return shape.with(weights: weights)
  }
}
