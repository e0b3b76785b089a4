/// What was learnt from the trials so far: a model and the policy searched in it.
public struct EpisodeRecord: Sendable, Equatable, Codable {
  /// The episode's number, from 1.
  public var number: Int
  /// The last trial that it learnt from; its policy runs in the next one.
  public var afterTrial: Int
  /// The seed of the episode's random stream.
  public var seed: UInt64
  /// The policy, as the JSON that its type writes.
  public var policyJSON: String
  /// The model's hyperparameters and settings, as JSON.
  public var modelJSON: String
  /// What the model is, in a few lines for people, with units.
  public var modelSummary: String
  /// The mean reward of a step (0 to 1) that the model predicts for the policy over a trial; NaN
  /// when not known.
  public var predictedReturn: Double
  /// How long fitting the model took, in seconds.
  public var fitSeconds: Double
  /// How long searching the policy took, in seconds.
  public var searchSeconds: Double

  /// An episode from its parts.
  public init(
    number: Int, afterTrial: Int, seed: UInt64, policyJSON: String, modelJSON: String,
    modelSummary: String = "", predictedReturn: Double, fitSeconds: Double, searchSeconds: Double
  ) {
    self.number = number
    self.afterTrial = afterTrial
    self.seed = seed
    self.policyJSON = policyJSON
    self.modelJSON = modelJSON
    self.modelSummary = modelSummary
    self.predictedReturn = predictedReturn
    self.fitSeconds = fitSeconds
    self.searchSeconds = searchSeconds
  }
}
