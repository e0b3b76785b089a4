import Robotics

/// GP-MI learnt from recordings, ready to foretell others: the model at any step, the width of its
/// bands, and the region of its data.
///
///     let predictor = try RecordedPredictor(
///       training: [evaluator], robot: robot, prior: calibrated, calibration: file, seed: 1)
///     let report = try predictor.report(on: other)
///     print(report.openLoop.median, report.openLoop.medians(shares: report.openLoop.shares ?? []))
///
/// Segments are predicted at the recording's own step, so that efforts act when they acted; one-step
/// errors are those of the evaluator's period.
public struct RecordedPredictor: Sendable {
  /// The model; its period is the window that it was learnt over.
  public let model: GaussianProcessDynamics
  /// Where it has data.
  public let region: RegionOfData
  /// What its bands over one step are made of.
  public let uncertainty: StepUncertainty
  /// What the calibration left open of the prior's parameters, and the windows that the residual was learnt
  /// from; nil where neither is known, or the prior was dropped.
  private let open: (spread: ParameterSpread, windows: RecordedWindows)?
  /// The recordings that it learnt from.
  private let training: [PredictionEvaluator]
  /// The model at the period of one-step errors.
  private let coarse: GaussianProcessDynamics

  /// Learns from recordings.
  ///
  /// - Parameters:
  ///   - training: The recordings, each with its evaluator, all of one period; at least one. What the
  ///     prior's parameters can't explain (a push) is left out.
  ///   - robot: The robot.
  ///   - prior: The prior, with the parameters to use, or bounds where they may be tuned.
  ///   - calibration: Where the parameters come from, with their covariance; nil when that is not
  ///     known.
  ///   - settings: How processes are fitted.
  ///   - seed: Of the random starts.
  ///   - threads: The most threads; the result doesn't depend on it.
  /// - Throws: ``ModelError``.
  public init(
    training: [PredictionEvaluator], robot: Robot, prior: PriorForFit,
    calibration: CalibratedPrior? = nil,
    settings: GaussianProcessSettings = GaussianProcessSettings(validatesResidual: true),
    seed: UInt64 = 0, threads: Int = 1
  ) throws {
    self.training = training
    guard let first = training.first else { throw ModelError.tooFewSteps(found: 0, needed: 1) }
    let period = first.settings.periodSeconds
    let gap = first.settings.longestGapSeconds
    let features = FeatureMap(robot: robot)
    let nominal = try PriorParameters(
      names: prior.model.parameterNames, description: prior.description
    ).parameters
    let excluded = training.flatMap { evaluator in
      evaluator.disturbances(
        in: evaluator.evaluate(prior: prior.model, parameters: nominal.map(\.nominal)))
    }
    model = try GaussianProcessDynamics.fit(
      recordings: training.map(\.motion), excluding: excluded, features: features, prior: prior,
      longestGapSeconds: gap, settings: settings, seed: seed, threads: threads)
    coarse = try model.refined(periodSeconds: period)
    region = try RegionOfData(
      steps: training.flatMap {
        $0.motion.steps(
          periodSeconds: period, longestGapSeconds: gap, excluding: excluded)
      }, features: features)
    let alone = StepUncertainty(noiseDeviations: coarse.noiseDeviations)
    let fitted = coarse
    var width = alone.calibrated(
      on: training.map { $0.evaluate(model: fitted, uncertainty: alone) })
    if let calibration, let tuned = model.prior {
      let spread = ParameterSpread(
        parameters: tuned.parameters, parameterNames: tuned.model.parameterNames,
        calibration: calibration,
        bounds: nominal.map { min($0.lower, $0.nominal)...max($0.upper, $0.nominal) })
      width = width.adding(prior: tuned.model, spread: spread)
      open = (
        spread,
        RecordedWindows(
          recordings: training.map(\.motion), excluding: excluded,
          windowSeconds: model.periodSeconds, longestGapSeconds: gap, prior: tuned,
          most: settings.maximumPointCount)
      )
    } else {
      open = nil
    }
    uncertainty = width
  }

  /// How well it foretells a recording, with the share of each segment that lies in the region of its
  /// data.
  ///
  /// - Parameters:
  ///   - bandSamples: The number of functions that bands over segments are made of, each with parameters
  ///     of its own where a calibration says what it left open; 0 for no bands. They are widened until
  ///     they hold what they should on the recordings that it learnt from.
  ///   - seed: Of the functions.
  /// - Throws: ``ModelError``.
  public func report(
    on evaluator: PredictionEvaluator, bandSamples: Int = 0, seed: UInt64 = 0
  ) throws -> PredictionReport {
    var report = try bare(on: evaluator, bandSamples: bandSamples, seed: seed)
    if bandSamples > 0 {
      let known = try training.map {
        try bare(on: $0, bandSamples: bandSamples, seed: seed).openLoop
      }
      report.openLoop.widenBands(
        by: known.bandWidening(probability: report.bandProbability))
    }
    report.openLoop.shares = try region.shares(of: evaluator)
    return report
  }

  private func bare(
    on evaluator: PredictionEvaluator, bandSamples: Int, seed: UInt64
  ) throws -> PredictionReport {
    let step = evaluator.stepSeconds
    let fine = (model: try model.refined(periodSeconds: step), stepSeconds: step)
    guard bandSamples > 0 else {
      return evaluator.evaluate(model: coarse, fine: fine, uncertainty: uncertainty)
    }
    let drawn = open.flatMap { open in
      open.spread.draws(bandSamples, seed: seed)?.map {
        fine.model.moving(
          priorTo: $0, windows: open.windows, windowSeconds: model.periodSeconds)
      }
    }
    return evaluator.evaluate(
      model: coarse, fine: fine, uncertainty: uncertainty, bandSamples: bandSamples, drawn: drawn,
      seed: seed)
  }
}
