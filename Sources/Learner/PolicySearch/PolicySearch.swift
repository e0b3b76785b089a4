import LinearAlgebra
import Robotics

/// What a policy search found.
public struct PolicySearchResult: Sendable, Equatable, Codable {
  /// The best policy.
  public var policy: PolicyParameters
  /// Its predicted mean reward a step, valued with fresh noise after the search: not the luckiest
  /// value that the search saw. Of a policy that explores, that of the plan whose place it takes.
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
  /// What a search that goes on from where it was cancelled wants; nil when it came to its end.
  public var state: SearchState?
  /// Why the policy explores instead of following the plan that promises most, as a sentence: the model
  /// is too uncertain to plan with. Nil when it is not.
  public var exploration: String?

  /// Whether it was cancelled, and the policy is the best until then.
  public var wasCancelled: Bool { state != nil }
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
  ///   - team: Processes that search in step and share the rollouts; the result doesn't depend on it.
  ///     All must get the same arguments, and `isCancelled` must say the same to all.
  ///   - resuming: Where a search with the same arguments was cancelled: it goes on there and finds what
  ///     it would have found.
  ///   - progress: Called after each generation.
  ///   - isCancelled: Asked after each generation; once true, the best so far is the result.
  /// - Throws: ``LearnerError`` when the task has no step, a setting makes no sense, `start` is for
  ///   another robot, or the search was cancelled before the first generation.
  public static func search<Model: DynamicsModel>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters? = nil,
    measurementDeviation: [Double]? = nil, settings: SearchSettings = SearchSettings(),
    seed: UInt64, path: [UInt64] = [], threads: Int = 1, team: (any Team)? = nil,
    resuming: SearchState? = nil,
    progress: (PolicySearchProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LearnerError) -> PolicySearchResult {
    var settings = settings
    if settings.sampling == .wholeFunctions { settings.sampling = .everyParticle }
    var run = try PolicySearchRun(
      model: model, task: task, robot: robot, start: start,
      measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
      threads: threads, team: team, resuming: resuming
    ) { evaluator, groups in
      evaluator.scores(of: groups, dynamics: model)
    }
    return try run.result(progress: progress, isCancelled: isCancelled)
  }

  /// Searches a policy for a task in a model that whole functions can be drawn from; otherwise as
  /// the search above.
  public static func search<Model: FunctionSampling>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters? = nil,
    measurementDeviation: [Double]? = nil, settings: SearchSettings = SearchSettings(),
    seed: UInt64, path: [UInt64] = [], threads: Int = 1, team: (any Team)? = nil,
    resuming: SearchState? = nil,
    progress: (PolicySearchProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(LearnerError) -> PolicySearchResult {
    var run = try PolicySearchRun(
      model: model, task: task, robot: robot, start: start,
      measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
      threads: threads, team: team, resuming: resuming
    ) { evaluator, groups in
      guard settings.sampling == .wholeFunctions else {
        return evaluator.scores(of: groups, dynamics: model)
      }
      return groups.map { group in
        let noise = group.noise
        let functions = model.functions(count: noise.particles, seed: noise.functionSeed)
        return evaluator.scores(of: [group], dynamics: functions)[0]
      }
    }
    return try run.result(progress: progress, isCancelled: isCancelled)
  }

  /// Searches a policy for a task in a model that has derivatives and that whole functions can be
  /// drawn from; otherwise as the searches above. With the method
  /// ``SearchSettings/Method/trajectories`` the result is a
  /// ``PolicyParameters/Kind/trajectory(steps:)``.
  public static func search<Model: FunctionSampling & DifferentiableDynamics>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters? = nil,
    measurementDeviation: [Double]? = nil, settings: SearchSettings = SearchSettings(),
    seed: UInt64, path: [UInt64] = [], threads: Int = 1, team: (any Team)? = nil,
    resuming: SearchState? = nil,
    progress: (PolicySearchProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws(LearnerError) -> PolicySearchResult where Model.Functions: DifferentiableDynamics {
    switch settings.method {
    case .trajectories where task.reward.isPlannable:
      var run = try TrajectorySearchRun(
        model: model, task: task, robot: robot, measurementDeviation: measurementDeviation,
        settings: settings, seed: seed, path: path, threads: threads, team: team, resuming: resuming
      )
      return try run.result(start: start, progress: progress, isCancelled: isCancelled)
    default:
      return try blackBox(
        model: model, task: task, robot: robot, start: start,
        measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
        threads: threads, team: team, resuming: resuming, progress: progress,
        isCancelled: isCancelled)
    }
  }

  /// The mean return a step of a policy over functions drawn from a model, one a particle, and its
  /// derivative by each weight (backpropagation through the rollouts).
  ///
  /// - Parameters:
  ///   - policy: The policy; any kind but a random one.
  ///   - particles: The number of particles; the same seed gives each the same luck whatever the
  ///     weights.
  ///   - limit: The length (in scaled states) beyond which a derivative by a state is shortened.
  ///   - success: What the states over which success must hold earn beside the reward; nil for nothing.
  public static func returnGradient<Model: FunctionSampling & DifferentiableDynamics>(
    model: Model, task: Task, robot: Robot, policy: PolicyParameters, particles: Int,
    measurementDeviation: [Double]? = nil, limit: Double = .infinity,
    success: SuccessReward? = nil, seed: UInt64, threads: Int = 1
  ) -> (mean: Double, gradient: [Double]) where Model.Functions: DifferentiableDynamics {
    var problem = RolloutProblem(
      model: model, task: task, robot: robot, shape: policy,
      measurementDeviation: measurementDeviation, settings: SearchSettings())
    problem.success = task.success
    let noise = problem.noise(
      particles: particles, sampling: .wholeFunctions, seed: seed, path: [])
    let evaluator = GradientEvaluator(
      problem: problem, shape: policy,
      settings: RefinementSettings(gradientLimit: limit, success: success),
      threads: threads, team: nil)
    let found = evaluator.evaluate(
      [policy.weights], noise: noise, widthFactor: 1,
      dynamics: model.functions(count: particles, seed: noise.functionSeed))[0]
    return (found.sum, found.gradient)
  }

  private static func blackBox<Model: FunctionSampling>(
    model: Model, task: Task, robot: Robot, start: PolicyParameters?,
    measurementDeviation: [Double]?, settings: SearchSettings, seed: UInt64, path: [UInt64],
    threads: Int, team: (any Team)?, resuming: SearchState?,
    progress: (PolicySearchProgress) -> Void,
    isCancelled: () -> Bool
  ) throws(LearnerError) -> PolicySearchResult {
    try search(
      model: model, task: task, robot: robot, start: start,
      measurementDeviation: measurementDeviation, settings: settings, seed: seed, path: path,
      threads: threads, team: team, resuming: resuming, progress: progress, isCancelled: isCancelled
    )
  }
}

extension Reward {
  /// Whether trajectories can be planned for it: it earns by where the joints are, and more the
  /// nearer they are, so that its derivatives lead somewhere.
  var isPlannable: Bool {
    !terms.isEmpty
      && terms.allSatisfy { if case .saturating = $0.term { true } else { false } }
  }
}
