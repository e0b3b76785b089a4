import Robotics

extension PolicySearch {
  /// What many policies of one shape earn in a model, all of them in lockstep and under the same random
  /// numbers: what a search does with a generation.
  ///
  /// - Parameters:
  ///   - weights: The weights of each policy, `shape.weightCount` each.
  ///   - shape: The policies' shape, of any kind but a random one; its own weights don't matter.
  ///   - sampling: How the model's uncertainty becomes particles; `wholeFunctions` as `everyParticle`.
  ///   - particles: The number of rollouts of each policy.
  ///   - measurementDeviation: The standard deviation of what policies measure, a state dimension each;
  ///     nil when they measure exactly.
  ///   - seed: Of the random numbers.
  ///   - threads: The number of threads; the result doesn't depend on it.
  /// - Returns: The mean reward a step of each policy over its particles, and its standard deviation
  ///   between them; the mean is NaN where the model gave a number that isn't finite.
  public static func returns<Model: DynamicsModel>(
    of weights: [[Double]], shape: PolicyParameters, model: Model, task: Task, robot: Robot,
    sampling: ParticleSampling = .everyStep, particles: Int = 1,
    measurementDeviation: [Double]? = nil, seed: UInt64, threads: Int = 1
  ) -> [LearntEpisode.PredictedReturn] {
    precondition(
      weights.allSatisfy { $0.count == shape.weightCount }, "every policy has the shape's weights")
    let problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: shape,
      measurementDeviation: measurementDeviation, settings: SearchSettings())
    let noise = problem.noise(
      particles: particles, sampling: sampling == .wholeFunctions ? .everyParticle : sampling,
      seed: seed, path: [])
    let evaluator = RolloutEvaluator(problem: problem, threads: threads, team: nil)
    return evaluator.scores(of: weights, noise: noise, dynamics: model).map {
      LearntEpisode.PredictedReturn(mean: $0.mean, deviation: $0.deviation)
    }
  }
}
