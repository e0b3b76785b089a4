import LinearAlgebra
import Robotics

extension Sequence where Element == PredictionReport.OpenLoop {
  /// By what the widths of bands over segments must be multiplied to hold that share of the measured
  /// positions on each of these recordings; never less than 1.
  public func bandWidening(probability: Double) -> Double {
    Swift.max(1, compactMap { $0.bandExcess(probability: probability) }.max() ?? 1)
  }
}

extension GaussianProcessDynamics {
  /// Predictions of the recordings that a model without a prior was fitted to, each quarter of a
  /// recording by a model fitted to the rest: they tell what bands hold where a model has not been.
  ///
  /// - Parameters:
  ///   - training: The recordings, all of one period.
  ///   - excluded: What the model was not fitted to, such as pushes.
  ///   - fitted: The model; where its processes' hyperparameters begin.
  ///   - settings: How processes are fitted.
  ///   - bandSamples: The number of functions that bands are made of.
  ///   - seed: Of the fits and of the functions.
  ///   - threads: The most threads; the result doesn't depend on it.
  /// - Returns: A recording's segments with their bands, in order of time; a quarter without which there
  ///   are too few steps to fit is left out. What sums segments up (median, coverage) is not theirs.
  /// - Throws: ``ModelError``.
  public static func leftOutPredictions(
    of training: [PredictionEvaluator], excluding excluded: [RecordedRange],
    fitted: GaussianProcessDynamics, settings: GaussianProcessSettings, bandSamples: Int,
    seed: UInt64, threads: Int
  ) throws -> [PredictionReport.OpenLoop] {
    try training.compactMap { evaluator in
      guard let first = evaluator.segments.first, let last = evaluator.segments.last else {
        return nil
      }
      let length = (last.endSeconds - first.startSeconds) / Double(blockCount)
      var result: PredictionReport.OpenLoop?
      for block in 0..<blockCount {
        let from = first.startSeconds + Double(block) * length
        let isLast = block == blockCount - 1
        let places = evaluator.segments.indices.filter {
          let start = evaluator.segments[$0].startSeconds
          return start >= from - 1e-9 && (isLast || start < from + length - 1e-9)
        }
        guard !places.isEmpty else { continue }
        let ends = places.map { evaluator.segments[$0].endSeconds }.max() ?? from
        let left = RecordedRange(
          trialNumber: evaluator.motion.trialNumber, fromSeconds: from, toSeconds: ends)
        let steps = training.flatMap {
          $0.motion.steps(
            periodSeconds: $0.settings.periodSeconds,
            longestGapSeconds: $0.settings.longestGapSeconds, excluding: excluded + [left])
        }
        guard steps.count >= TrainingData.fewest else { continue }
        let model = try fit(
          steps: steps, features: fitted.features, periodSeconds: fitted.periodSeconds,
          settings: settings, warmStart: fitted, seed: seed, threads: threads)
        var loop = evaluator.evaluate(
          model: model, uncertainty: StepUncertainty(noiseDeviations: model.noiseDeviations),
          bandSamples: bandSamples, seed: seed
        ).openLoop
        loop.segments = places.map { loop.segments[$0] }
        if result == nil { result = loop } else { result?.segments += loop.segments }
      }
      return result
    }
  }

  /// In how many blocks a recording is foretold from its other blocks.
  private static var blockCount: Int { 4 }
}
