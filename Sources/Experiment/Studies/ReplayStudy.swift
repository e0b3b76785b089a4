import Foundation
import Learner
import Robotics

/// Logged trials against predictors: the prior with its nominal and its calibrated parameters, a
/// Gaussian process alone, and GP-MI, each judged on trials that it has not seen.
public struct ReplayStudy: Sendable {
  /// What foretells, by its name.
  public struct Predictor: RawRepresentable, Sendable, Codable, Hashable {
    /// The name.
    public var rawValue: String
    /// A predictor of that name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The prior with the robot file's parameters.
    public static let nominalPrior = Predictor(rawValue: "nominal prior")
    /// The prior with calibrated parameters.
    public static let calibratedPrior = Predictor(rawValue: "calibrated prior")
    /// Gaussian processes without a prior.
    public static let gaussianProcess = Predictor(rawValue: "gp")
    /// The prior, tuned, with Gaussian processes on what it gets wrong.
    public static let gpMI = Predictor(rawValue: "gp-mi")
    /// A prior that is compared with the robot file's.
    public static func prior(_ name: String) -> Predictor { Predictor(rawValue: "prior \(name)") }
    /// GP-MI on such a prior.
    public static func gpMI(on name: String) -> Predictor {
      Predictor(rawValue: "gp-mi on \(name)")
    }
  }

  /// A prior to compare, with what is known of its uncertainty.
  public struct ComparedPrior: Sendable {
    /// Its name.
    public var name: String
    /// The prior.
    public var description: PriorDescription
    /// The calibration that gave its values; nil for values without a covariance.
    public var calibration: CalibratedPrior?

    /// A prior from its parts.
    public init(name: String, description: PriorDescription, calibration: CalibratedPrior? = nil) {
      self.name = name
      self.description = description
      self.calibration = calibration
    }

    /// The same with values that a fit leaves alone.
    var fixed: ComparedPrior {
      ComparedPrior(name: name, description: description.fixed, calibration: calibration)
    }
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

  /// Every predictor on one trial.
  public struct Judgement: Sendable, Codable {
    /// The predictors, the best informed one last.
    public var rows: [Row]
    /// The stretches of the trial that no effort explains: pushes by hand, knocks. They are found by
    /// the best prior there is, or by what was learnt where there is none.
    public var disturbances: [RecordedRange]
  }

  private let robot: Robot
  private let calibrated: ComparedPrior?
  private let compared: [ComparedPrior]
  private let settings: PredictionSettings
  private let model: GaussianProcessSettings
  private let bandSamples: Int
  private let seed: UInt64
  private let threads: Int

  /// A study of a robot's trials.
  ///
  /// - Parameters:
  ///   - robot: The robot.
  ///   - calibrated: Its prior with calibrated parameters; nil for none.
  ///   - compared: Other priors to judge beside it, each alone and with GP-MI on it.
  ///   - settings: How predictions are compared; its period is the learnt models' too.
  ///   - model: How models are fitted.
  ///   - bandSamples: How many samples of a predictor its open-loop bands are made from.
  ///   - seed: The seed of the fits' starting points.
  ///   - threads: The most threads that work at once.
  public init(
    robot: Robot, calibrated: ComparedPrior?, compared: [ComparedPrior] = [],
    settings: PredictionSettings,
    model: GaussianProcessSettings = GaussianProcessSettings(validatesResidual: true),
    bandSamples: Int = 64, seed: UInt64, threads: Int
  ) {
    self.robot = robot
    self.calibrated = calibrated
    self.compared = compared
    self.settings = settings
    self.model = model
    self.bandSamples = bandSamples
    self.seed = seed
    self.threads = threads
  }

  /// Judges every predictor that there is on one trial.
  ///
  /// - Parameters:
  ///   - tested: The trial to predict.
  ///   - training: The trials that learnt predictors learn from; none when empty. What no effort
  ///     explains in them is left out.
  /// - Throws: `MotionError`, `ModelError`, ``ExperimentError``.
  public func judge(tested: Trial, training: [Trial]) throws -> Judgement {
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
    // A trial cut short before one whole segment has nothing to calibrate bands on.
    let judged = training.compactMap {
      try? PredictionEvaluator(recording: $0, robot: robot, settings: settings)
    }
    func addGPMI(_ predictor: Predictor, on prior: ComparedPrior) throws {
      guard !judged.isEmpty else { return }
      let known = try RecordedPredictor(
        training: judged, robot: robot,
        prior: PriorForFit(
          model: try PriorModels.model(for: prior.description), description: prior.description),
        calibration: prior.calibration, settings: model, seed: seed, threads: threads)
      add(
        predictor, known.model,
        try known.report(on: evaluator, bandSamples: bandSamples, seed: seed))
    }
    if let description = robot.prior {
      add(.nominalPrior, try report(evaluator, ComparedPrior(name: "", description: description)))
    }
    if let calibrated {
      add(.calibratedPrior, try report(evaluator, calibrated, bandsFrom: judged))
    }
    for prior in compared {
      add(.prior(prior.name), try report(evaluator, prior, bandsFrom: judged))
    }
    let bestPrior = rows.min { $0.report.openLoop.median < $1.report.openLoop.median }
    var found = bestPrior.map { evaluator.disturbances(in: $0.report) }
    let disturbed = try disturbances(in: judged)
    let steps = try steps(of: training, excluding: disturbed)
    if !steps.isEmpty {
      let plain = try GaussianProcessDynamics.fit(
        steps: steps, features: FeatureMap(robot: robot), periodSeconds: settings.periodSeconds,
        settings: model, seed: seed, threads: threads)
      func foretold(_ evaluator: PredictionEvaluator) -> PredictionReport {
        evaluator.evaluate(
          model: plain, uncertainty: StepUncertainty(noiseDeviations: plain.noiseDeviations),
          bandSamples: bandSamples, seed: seed)
      }
      // Its bands must hold what they should where it has been and where it has not.
      let known = judged.map { foretold($0).openLoop }
      let leftOut = try GaussianProcessDynamics.leftOutPredictions(
        of: judged, excluding: disturbed, fitted: plain, settings: model, bandSamples: bandSamples,
        seed: seed, threads: threads)
      var report = foretold(evaluator)
      report.openLoop.widenBands(
        by: (known + leftOut).bandWidening(probability: settings.bandProbability))
      add(.gaussianProcess, plain, report)
      for prior in compared { try addGPMI(.gpMI(on: prior.name), on: prior.fixed) }
      if let prior = calibrated?.fixed
        ?? robot.prior.map({ ComparedPrior(name: "", description: $0) })
      {
        try addGPMI(.gpMI, on: prior)
      }
    }
    if found == nil, let last = rows.last { found = evaluator.disturbances(in: last.report) }
    return Judgement(rows: rows, disturbances: found ?? [])
  }

  /// The stretches that the best prior can't explain.
  private func disturbances(in recordings: [PredictionEvaluator]) throws -> [RecordedRange] {
    guard let known = calibrated?.description ?? robot.prior else { return [] }
    return try recordings.flatMap { evaluator in
      let report = try report(evaluator, ComparedPrior(name: "", description: known))
      return evaluator.disturbances(in: report)
    }
  }

  /// The steps to learn from.
  private func steps(
    of training: [Trial], excluding excluded: [RecordedRange]
  ) throws -> [Step] {
    try training.flatMap { trial in
      try RecordedMotion(
        trial, robot: robot, smoothing: settings.smoothing,
        actionDelaySeconds: settings.actionDelaySeconds
      ).steps(
        periodSeconds: settings.periodSeconds, longestGapSeconds: settings.longestGapSeconds,
        excluding: excluded)
    }
  }

  /// How well a prior foretells a recording, with bands where its calibration says how sure it is.
  ///
  /// - Parameter known: Recordings on which the bands are widened to hold what they should.
  private func report(
    _ evaluator: PredictionEvaluator, _ prior: ComparedPrior,
    bandsFrom known: [PredictionEvaluator] = []
  ) throws -> PredictionReport {
    let model = try PriorModels.model(for: prior.description)
    let values = try model.values(prior.description)
    let spread = try prior.calibration.map {
      try $0.spread(of: prior.description, model: model, values: values)
    }
    guard let drawn = spread?.draws(bandSamples, seed: seed) else {
      return evaluator.evaluate(prior: model, parameters: values)
    }
    func judged(_ evaluator: PredictionEvaluator) -> PredictionReport {
      evaluator.evaluate(prior: model, parameters: values, drawn: drawn, seed: seed)
    }
    var report = judged(evaluator)
    report.openLoop.widenBands(
      by: known.map { judged($0).openLoop }.bandWidening(probability: settings.bandProbability))
    return report
  }
}

extension CalibratedPrior {
  /// What the calibration left open of φ, within the prior's bounds.
  func spread(
    of description: PriorDescription, model: any PriorModel, values: [Double]
  ) throws -> ParameterSpread {
    ParameterSpread(
      parameters: values, parameterNames: model.parameterNames, calibration: self,
      bounds: try model.parameterNames.map { name in
        guard let known = description.parameters.first(where: { $0.name == name }) else {
          throw ExperimentError.priorParameters(
            model: description.model, missing: [name], unknown: [])
        }
        return min(known.lower, known.nominal)...max(known.upper, known.nominal)
      })
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
