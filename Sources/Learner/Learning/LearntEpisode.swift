/// What one episode of learning gave: a policy, and what is thought of it.
public struct LearntEpisode: Codable, Sendable, Equatable {
  /// A predicted mean reward a step.
  public struct PredictedReturn: Codable, Sendable, Equatable {
    /// The mean over trials, from 0 to 1.
    public var mean: Double
    /// The standard deviation from trial to trial.
    public var deviation: Double

    /// A prediction from its parts.
    public init(mean: Double, deviation: Double) {
      self.mean = mean
      self.deviation = deviation
    }
  }

  /// The policy to run next.
  public var policy: PolicyParameters
  /// The mean reward a step that the model predicts for it.
  public var predictedReturn: PredictedReturn
  /// What the model of the dynamics says of itself.
  public var modelSummary: ModelSummary
  /// How long fitting the model took, in seconds.
  public var fitSeconds: Double
  /// How long searching the policy took, in seconds.
  public var searchSeconds: Double
  /// The number of rollouts in the model, of one particle each.
  public var evaluations: Int
  /// What a person should know, each a sentence.
  public var warnings: [String]
  /// Why the policy explores instead of following the plan that promises most, as a sentence; nil when
  /// it does not.
  public var exploration: String?
  /// How to go on with the search, which was interrupted: the policy is the best until then. Nil when it
  /// came to its end.
  public var unfinishedSearch: SearchState?

  /// An episode from its parts.
  public init(
    policy: PolicyParameters, predictedReturn: PredictedReturn, modelSummary: ModelSummary,
    fitSeconds: Double, searchSeconds: Double, evaluations: Int, warnings: [String] = [],
    exploration: String? = nil,
    unfinishedSearch: SearchState? = nil
  ) {
    self.policy = policy
    self.predictedReturn = predictedReturn
    self.modelSummary = modelSummary
    self.fitSeconds = fitSeconds
    self.searchSeconds = searchSeconds
    self.evaluations = evaluations
    self.warnings = warnings
    self.exploration = exploration
    self.unfinishedSearch = unfinishedSearch
  }
}

/// How far learning has come.
public enum LearningProgress: Sendable, Equatable {
  /// The model is being fitted to that many steps.
  case fitting(stepCount: Int)
  /// The policy is being searched.
  case searching(PolicySearchProgress)

  /// What part of the stage is done, from 0 to 1; nil when it can't be told.
  public var fraction: Double? {
    switch self {
    case .fitting: nil
    case .searching(let search):
      min(1, Double(search.rollouts) / Double(max(1, search.rolloutBudget)))
    }
  }

  /// The progress as a sentence.
  public var sentence: String {
    switch self {
    case .fitting(let stepCount):
      return "fitting the model to \(stepCount) steps"
    case .searching(let search):
      let percent = Int((100 * (fraction ?? 0)).rounded())
      let reward = (search.bestMean * 1000).rounded() / 1000
      return "searching the policy: \(percent) %, best reward a step \(reward)"
    }
  }
}
