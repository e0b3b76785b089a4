import Robotics

extension PolicySearch {
  /// The mean rewards a step that a model predicts for policies, each over the same draws of functions,
  /// beginnings and measurement noise: policies differ by themselves, not by their luck.
  ///
  /// - Parameters:
  ///   - policies: The policies, of this robot and task; of any kind but a random one.
  ///   - model: The model of the robot's dynamics, one task period a step.
  ///   - measurementDeviation: The standard deviation of what a policy measures of each state
  ///     dimension (rad or m, then rad/s or m/s); nil for exact measurements.
  ///   - draws: The number of draws.
  ///   - particles: The number of particles of a draw, each in a function of its own.
  ///   - seed: The seed of everything random.
  ///   - threads: The number of threads; the result doesn't depend on it.
  /// - Returns: For each policy, its mean reward of each draw: their spread is that of a mean over
  ///   `particles` trials.
  /// - Throws: ``LearnerError/policyForAnotherRobot(policy:robot:)``,
  ///   ``LearnerError/malformedPolicy(what:found:expected:)``.
  public static func predictedReturns<Model: FunctionSampling>(
    of policies: [PolicyParameters], model: Model, task: Task, robot: Robot,
    measurementDeviation: [Double]? = nil, draws: Int = 10, particles: Int = 100, seed: UInt64,
    threads: Int = 1
  ) throws(LearnerError) -> [[Double]] {
    var returns: [[Double]] = []
    for policy in policies {
      _ = try policy.makePolicy(for: robot)
      guard !policy.weights.isEmpty else {
        throw .malformedPolicy(what: "weights", found: 0, expected: 1)
      }
      let problem = RolloutProblem(
        model: model, task: task, robot: robot, shape: policy,
        measurementDeviation: measurementDeviation, settings: SearchSettings())
      let evaluator = RolloutEvaluator(problem: problem, threads: threads, team: nil)
      returns.append(
        (0..<draws).map { draw in
          let noise = problem.noise(
            particles: particles, sampling: .wholeFunctions, seed: seed,
            path: [0x0A_1E, UInt64(draw)])
          return evaluator.scores(
            of: [policy.weights], noise: noise,
            dynamics: model.functions(count: particles, seed: noise.functionSeed))[0].mean
        })
    }
    return returns
  }
}
