import Robotics

/// What all rollouts of a search have in common.
struct RolloutProblem<Model: DynamicsModel>: Sendable {
  let model: Model
  let policy: PolicyBatch
  var reward: Reward
  let stepCount: Int
  let initialState: [Double]
  let initialDeviation: [Double]
  /// The standard deviation of the policy's measurements of the state; zeros when exact.
  let measurementDeviation: [Double]
  /// When a rollout solves the task; nil when nobody asks.
  var success: SuccessCriterion?
  /// The first step after which the criterion must hold.
  let firstHeldStep: Int
  /// The speed of each joint at which a particle is lost.
  let speedLimits: [Double]
  /// The least and the greatest position of each joint, beyond which a particle is lost.
  let positionLimits: [ClosedRange<Double>]
}

extension RolloutProblem {
  init(
    model: Model, task: Task, robot: Robot, shape: PolicyParameters,
    measurementDeviation: [Double]?, settings: SearchSettings
  ) {
    // The reset brings the robot within a tolerance of its start, so that is where trials begin:
    // two standard deviations either way.
    let tolerances = robot.reset.positionTolerances + robot.reset.velocityTolerances
    initialDeviation = model.beginning(
      at: task.initialStateDeviation.indices.map {
        max(task.initialStateDeviation[$0], $0 < tolerances.count ? tolerances[$0] / 2 : 0)
      })
    self.model = model
    policy = PolicyBatch(shape)
    reward = task.reward
    stepCount = task.stepCount
    firstHeldStep =
      task.stepCount - 1 - Int((task.success.holdSeconds / task.periodSeconds).rounded())
    initialState = model.beginning(at: task.initialState)
    self.measurementDeviation =
      measurementDeviation ?? Array(repeating: 0, count: model.stateDimensions)
    // Where the supervisor would stop the robot, nothing is earned any more.
    speedLimits = zip(robot.joints, task.velocityScales).map {
      min($0.limits.velocity, $1 * settings.divergenceSpeed)
    }
    positionLimits = robot.joints.map { $0.limits.positionLower...$0.limits.positionUpper }
  }
}

/// The returns of one candidate's particles.
struct RolloutScore: Sendable, Equatable {
  /// The mean return a step, over the particles; NaN when the model gave a number that isn't finite.
  var mean: Double
  /// The standard deviation of the return a step between particles.
  var deviation: Double
  /// The number of particles that were lost: too fast, beyond a joint's limits, or not finite.
  var lost: Int
  /// The fraction of the particles that solved the task, by what was measured; zero unless the
  /// problem has a criterion.
  var solved = 0.0
}
