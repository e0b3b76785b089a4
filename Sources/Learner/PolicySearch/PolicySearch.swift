import Robotics

/// What a policy search found.
public struct PolicySearchResult: Sendable, Equatable, Codable {
  /// The best policy.
  public var policy: PolicyParameters
  /// Its predicted mean reward a step, valued with fresh noise after the search: not the luckiest
  /// value that the search saw.
  public var predictedMean: Double
  /// The standard deviation of the predicted reward a step from trial to trial.
  public var predictedDeviation: Double
  /// The number of rollouts, of one particle each.
  public var rollouts: Int
  /// How many of them left the joints' limits, or the speeds where the model makes sense.
  public var lostRollouts: Int
  /// How many candidates were given up because the model's prediction wasn't finite.
  public var brokenCandidates: Int
  /// How long the search took, in seconds.
  public var seconds: Double
  /// Whether it was cancelled, and the policy is the best until then.
  public var wasCancelled: Bool
}

/// How far a policy search has come.
public struct PolicySearchProgress: Sendable, Equatable {
  /// The rollouts so far.
  public var rollouts: Int
  /// The budget.
  public var rolloutBudget: Int
  /// The best mean reward a step of the present generations.
  public var bestMean: Double
}

/// Searches a policy in a model by valuing whole populations of candidates with stochastic rollouts
/// (Black-DROPS; Chatzilygeroudis et al., IROS 2017).
///
/// Several searches (``CMAES``) start beside each other, one from the previous policy and the others
/// from random weights; they share the budget in rounds, and after each round the worse half ends,
/// so that most of the budget goes where it is worth most. Last, the finalists are valued with fresh
/// noise and the best of them is the result.
public enum PolicySearch {
  /// Searches a policy for a task in a model.
  ///
  /// - Parameters:
  ///   - model: The model of the robot's dynamics, one task period a step.
  ///   - task: The task.
  ///   - robot: The robot.
  ///   - start: The previous policy, to start one of the searches from; nil to start afresh.
  ///   - measurementDeviation: The standard deviation of what the policy measures of each state
  ///     dimension (rad or m, then rad/s or m/s): a policy that only works on exact states is not
  ///     wanted. Nil for exact measurements.
  ///   - settings: How to search.
  ///   - seed: The seed of everything random.
  ///   - path: Names the streams, as in `RandomStream`: the episode's number, say.
  ///   - threads: The number of threads; the result doesn't depend on it.
  ///   - progress: Called after each generation.
  ///   - isCancelled: Asked after each generation; once true, the best so far is the result.
  /// - Throws: ``LearnerError`` when the task has no step, a setting makes no sense, `start` is for
  ///   another robot, or the search was cancelled before the first generation.
  public static func search<Model: DynamicsModel>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters? = nil,
    measurementDeviation: [Double]? = nil, settings: SearchSettings = SearchSettings(),
    seed: UInt64, path: [UInt64] = [], threads: Int = 1,
    progress: (PolicySearchProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LearnerError) -> PolicySearchResult {
    var settings = settings
    if settings.sampling == .wholeFunctions { settings.sampling = .everyParticle }
    var run = try PolicySearchRun(
      model: model, task: task, robot: robot, start: start,
      measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
      threads: threads
    ) { evaluator, candidates, noise in
      evaluator.scores(of: candidates, noise: noise, dynamics: model)
    }
    return try run.result(progress: progress, isCancelled: isCancelled)
  }

  /// Searches a policy for a task in a model that whole functions can be drawn from; otherwise as
  /// the search above.
  public static func search<Model: FunctionSampling>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters? = nil,
    measurementDeviation: [Double]? = nil, settings: SearchSettings = SearchSettings(),
    seed: UInt64, path: [UInt64] = [], threads: Int = 1,
    progress: (PolicySearchProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LearnerError) -> PolicySearchResult {
    var run = try PolicySearchRun(
      model: model, task: task, robot: robot, start: start,
      measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
      threads: threads
    ) { evaluator, candidates, noise in
      guard settings.sampling == .wholeFunctions else {
        return evaluator.scores(of: candidates, noise: noise, dynamics: model)
      }
      let functions = model.functions(count: noise.particles, seed: noise.functionSeed)
      return evaluator.scores(of: candidates, noise: noise, dynamics: functions)
    }
    return try run.result(progress: progress, isCancelled: isCancelled)
  }
}
