import Foundation
import Learner
import Robotics

/// Logged trials against predictors: the prior with its nominal and its calibrated parameters, a
/// Gaussian process alone, and GP-MI, each judged on trials that it has not seen.
public struct ReplayStudy: Sendable {
  /// What foretells.
  public enum Predictor: String, Sendable, Codable, CaseIterable {
    /// The prior with the robot file's parameters.
    case nominalPrior = "nominal prior"
    /// The prior with calibrated parameters.
    case calibratedPrior = "calibrated prior"
    /// Gaussian processes without a prior.
    case gaussianProcess = "gp"
    /// The prior, tuned, with Gaussian processes on what it gets wrong.
    case gpMI = "gp-mi"
  }

  /// One predictor on one trial.
  public struct Row: Sendable, Codable {
    /// The trial that was predicted.
    public var trial: Int
    /// The trials that the predictor learnt from; empty for a prior alone.
    public var learntFrom: [Int]
    /// What foretold.
    public var predictor: Predictor
    /// How well.
    public var report: PredictionReport
    /// A sentence for each part of a learnt model that is approximate, because it learnt from so many
    /// steps.
    public var approximations: [String] = []
    /// What became of the prior that the predictor stands on, and how much of each output it and its
    /// residual explain; nil for other predictors.
    public var prior: PriorSummary?
  }

  private let robot: Robot
  private let calibrated: PriorDescription?
  private let calibration: CalibratedPrior?
  private let settings: PredictionSettings
  private let model: GaussianProcessSettings
  private let seed: UInt64
  private let threads: Int

  /// A study of a robot's trials.
  ///
  /// - Parameters:
  ///   - robot: The robot.
  ///   - calibrated: Its prior with calibrated parameters; nil for none.
  ///   - calibration: Where the calibrated parameters come from, with their covariance, which widens
  ///     GP-MI's bands; nil when that is not known.
  ///   - settings: How predictions are compared; its period is the learnt models' too.
  ///   - model: How models are fitted.
  ///   - seed: The seed of the fits' starting points.
  ///   - threads: The most threads that work at once.
  public init(
    robot: Robot, calibrated: PriorDescription?, calibration: CalibratedPrior? = nil,
    settings: PredictionSettings,
    model: GaussianProcessSettings = GaussianProcessSettings(validatesResidual: true), seed: UInt64,
    threads: Int
  ) {
    self.robot = robot
    self.calibrated = calibrated
    self.calibration = calibration
    self.settings = settings
    self.model = model
    self.seed = seed
    self.threads = threads
  }

  /// Judges every predictor that there is on one trial.
  ///
  /// - Parameters:
  ///   - tested: The trial to predict.
  ///   - training: The trials that learnt predictors learn from; none when empty.
  /// - Throws: `MotionError`, `ModelError`, ``ExperimentError``.
  public func rows(tested: Trial, training: [Trial]) throws -> [Row] {
    let evaluator = try PredictionEvaluator(recording: tested, robot: robot, settings: settings)
    var rows: [Row] = []
    func add(_ predictor: Predictor, _ report: PredictionReport) {
      rows.append(Row(trial: tested.number, learntFrom: [], predictor: predictor, report: report))
    }
    func add(
      _ predictor: Predictor, _ model: GaussianProcessDynamics, _ report: PredictionReport
    ) {
      rows.append(
        Row(
          trial: tested.number, learntFrom: training.map(\.number), predictor: predictor,
          report: report, approximations: model.summary.approximations,
          prior: model.summary.prior))
    }
    if let description = robot.prior {
      add(.nominalPrior, try priorReport(evaluator, description))
    }
    if let calibrated { add(.calibratedPrior, try priorReport(evaluator, calibrated)) }
    let steps = try training.flatMap { trial in
      try RecordedMotion(
        trial, robot: robot, smoothing: settings.smoothing,
        actionDelaySeconds: settings.actionDelaySeconds
      ).steps(
        periodSeconds: settings.periodSeconds, longestGapSeconds: settings.longestGapSeconds)
    }
    guard !steps.isEmpty else { return rows }
    let plain = try GaussianProcessDynamics.fit(
      steps: steps, features: FeatureMap(robot: robot), periodSeconds: settings.periodSeconds,
      settings: model, seed: seed, threads: threads)
    add(
      .gaussianProcess, plain,
      evaluator.evaluate(
        model: plain, uncertainty: StepUncertainty(noiseDeviations: plain.noiseDeviations)))
    // A trial cut short before one whole segment has nothing to calibrate bands on.
    let judged = training.compactMap {
      try? PredictionEvaluator(recording: $0, robot: robot, settings: settings)
    }
    if let description = calibrated?.fixed ?? robot.prior, !judged.isEmpty {
      let prior = PriorForFit(
        model: try PriorModels.model(for: description), description: description)
      let predictor = try RecordedPredictor(
        training: judged, robot: robot, prior: prior, calibration: calibration, settings: model,
        seed: seed, threads: threads)
      add(.gpMI, predictor.model, try predictor.report(on: evaluator))
    }
    return rows
  }

  private func priorReport(
    _ evaluator: PredictionEvaluator, _ description: PriorDescription
  ) throws -> PredictionReport {
    let prior = try PriorModels.model(for: description)
    return evaluator.evaluate(prior: prior, parameters: try prior.values(description))
  }
}

extension PriorDescription {
  /// The same values, none of them tunable: what was calibrated is not fitted once more to the few
  /// steps that a Gaussian process learns from.
  var fixed: PriorDescription {
    var description = self
    for index in description.parameters.indices { description.parameters[index].isTunable = false }
    return description
  }
}

extension PriorModel {
  /// The nominal values of a description, in the model's own order.
  func values(_ description: PriorDescription) throws -> [Double] {
    try parameterNames.map { name in
      guard let parameter = description.parameters.first(where: { $0.name == name }) else {
        throw ExperimentError.priorParameters(
          model: description.model, missing: [name], unknown: [])
      }
      return parameter.nominal
    }
  }
}
