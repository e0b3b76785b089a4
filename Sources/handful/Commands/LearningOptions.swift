import ArgumentParser
import Experiment
import Learner
import Robotics

extension SearchSettings.Method: ExpressibleByArgument {}

/// How to learn.
struct LearningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to learn: black-drops (a model of Gaussian processes, no prior) or gp-mi (a prior, and processes "
        + "on what it gets wrong); by the prior when not given. What is searched in the model, and how, "
        + "say --policy and --search.",
      valueName: "name"))
  var algorithm: String?

  @Option(
    help: ArgumentHelp(
      "How to search a policy: trajectories (planned with the model's derivatives; for saturating "
        + "rewards; the default) or black-box (CMA-ES over rollouts, Black-DROPS's search).",
      valueName: "way"))
  var search: SearchSettings.Method?

  /// The settings that the options make.
  ///
  /// - Parameters:
  ///   - hasPrior: Whether a prior was chosen, which without a name says how to learn.
  ///   - shape: The shape of the policy to search; nil for the search's own.
  func settings(hasPrior: Bool, shape: PolicyShape?) throws -> LearningSettings {
    let name = algorithm ?? (hasPrior ? "gp-mi" : "black-drops")
    guard let known = LearningSettings.Algorithm(rawValue: name) else {
      throw ExperimentError.noSuchAlgorithm(
        name: name, known: LearningSettings.Algorithm.allCases.map(\.rawValue))
    }
    var settings = LearningSettings(algorithm: known)
    try settings.search.choose(policy: shape, method: search)
    return settings
  }
}
