import Robotics

/// What all rollouts of a search have in common.
package struct RolloutProblem<Model: DynamicsModel>: Sendable {
  package let model: Model
  let policy: PolicyBatch
  var reward: Reward
  let stepCount: Int
  let initialState: [Double]
  let initialDeviation: [Double]
  /// The standard deviation of the policy's measurements of the state; zeros when exact.
  let measurementDeviation: [Double]
  /// When a rollout solves the task; nil when nobody asks.
  package var success: SuccessCriterion?
  /// The first step after which the criterion must hold.
  let firstHeldStep: Int
  /// The speed of each joint at which a particle is lost.
  let speedLimits: [Double]
  /// The least and the greatest position of each joint, beyond which a particle is lost.
  let positionLimits: [ClosedRange<Double>]
  /// The scales of the state's dimensions that the policy doesn't see (`ObservedDynamics`): the true
  /// velocities where it sees filtered ones, and the actions that act until a command takes effect.
  let unseenScales: [Double]

  /// The number of the robot's joints: the model's state begins with their positions and velocities, and
  /// may go on with more (`ObservedDynamics`).
  var jointCount: Int { speedLimits.count }
}

extension RolloutProblem {
  package init(
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
    let velocities = robot.state.velocityCutoffHertz == nil ? [] : task.velocityScales
    unseenScales = Array(
      (velocities + robot.actionLimits).prefix(
        max(0, model.stateDimensions - shape.stateDimensions)))
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

  /// The random numbers of rollouts with that many particles; those of measurements only where
  /// measurements aren't exact.
  package func noise(
    particles: Int, sampling: ParticleSampling, seed: UInt64, path: [UInt64]
  ) -> RolloutNoise {
    RolloutNoise(
      particles: particles, stepCount: stepCount, dimensions: model.stateDimensions,
      sampling: sampling, measuresNoisily: measurementDeviation.contains { $0 > 0 }, seed: seed,
      path: path)
  }

  /// Writes where particles begin.
  ///
  /// - Parameters:
  ///   - first: The first of the noise's particles.
  ///   - count: The number of particles.
  ///   - states: Where their states go, a dimension at a time.
  ///   - stride: The distance between two dimensions, at least `count`.
  func begin(
    first: Int, count: Int, noise: RolloutNoise, states: UnsafeMutablePointer<Double>, stride: Int
  ) {
    for d in 0..<model.stateDimensions {
      let row = states + d * stride
      let offset = d * noise.particles + first
      for b in 0..<count {
        row[b] = initialState[d] + initialDeviation[d] * noise.initial[offset + b]
      }
    }
  }

  /// Writes what is measured of particles' states before a step, or at the horizon: what the policy
  /// sees, and what success is judged by.
  ///
  /// - Parameters:
  ///   - first: The first of the noise's particles; it must be of noisy measurements.
  ///   - count: The number of particles.
  ///   - step: The number of steps before the states.
  ///   - states: The states, a dimension at a time.
  ///   - measured: Where the measurements go, laid out as the states.
  ///   - stride: The distance between two dimensions, at least `count`.
  func measure(
    first: Int, count: Int, step: Int, noise: RolloutNoise, states: UnsafePointer<Double>,
    measured: UnsafeMutablePointer<Double>, stride: Int
  ) {
    let dimensions = model.stateDimensions
    noise.measurements.withUnsafeBufferPointer { numbers in
      for d in 0..<dimensions {
        let deviation = measurementDeviation[d]
        let offset = (step * dimensions + d) * noise.particles + first
        let row = d * stride
        for b in 0..<count {
          measured[row + b] = states[row + b] + deviation * numbers[offset + b]
        }
      }
    }
  }
}

/// The returns of one candidate's particles.
package struct RolloutScore: Sendable, Equatable {
  /// The mean return a step, over the particles; NaN when the model gave a number that isn't finite.
  var mean: Double
  /// The standard deviation of the return a step between particles.
  var deviation: Double
  /// The number of particles that were lost: too fast, beyond a joint's limits, or not finite.
  package var lost: Int
  /// The fraction of the particles that solved the task, by what was measured; zero unless the
  /// problem has a criterion.
  package var solved = 0.0
}
