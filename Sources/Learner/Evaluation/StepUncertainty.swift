import Foundation
import Robotics

/// What a predictor's band over one step is made of besides the variance of its own functions.
///
///     let width = StepUncertainty(noiseDeviations: model.noiseDeviations)
///     let training = try PredictionEvaluator(recording: trial, robot: robot, settings: settings)
///     let calibrated = width.calibrated(on: [training.evaluate(model: model, uncertainty: width)])
///
/// A band's variance is that of the learnt functions, of what they leave unexplained, of the smoothed
/// states at both ends of the step (the first one's carried through the predictor, errors in
/// variables), and of the prior's parameters.
public struct StepUncertainty: Sendable {
  /// The deviation of what the model leaves unexplained over one step, a state dimension an entry
  /// (rad or m, then rad/s or m/s).
  public var noiseDeviations: [Double]
  /// By how much the deviation is widened, a state dimension an entry; the part due to the parameters
  /// is not.
  public var factors: [Double]
  /// The prior whose parameters are uncertain; nil for none.
  public var prior: (any PriorModel)?
  /// Pairs of φ, a deviation above and below the estimate, along independent directions.
  public var parameterPairs: [(above: [Double], below: [Double])]

  /// Uncertainty of a model's noise alone.
  public init(noiseDeviations: [Double]) {
    self.noiseDeviations = noiseDeviations
    factors = noiseDeviations.map { _ in 1 }
    prior = nil
    parameterPairs = []
  }

  /// The uncertainty with that of a prior's parameters.
  public func adding(prior: any PriorModel, spread: ParameterSpread) -> StepUncertainty {
    var result = self
    result.prior = prior
    result.parameterPairs = spread.pairs
    return result
  }

  /// The uncertainty widened until the bands hold what they should on the recordings that the model
  /// was fitted to: never narrowed.
  ///
  /// - Parameter reports: The model's reports on those recordings with this uncertainty, its factors
  ///   being one.
  public func calibrated(on reports: [PredictionReport]) -> StepUncertainty {
    var result = self
    for d in factors.indices {
      let found = reports.compactMap { d < $0.oneStep.count ? $0.oneStep[d].bandExcess : nil }
      result.factors[d] = max(1, found.filter(\.isFinite).max() ?? 1)
    }
    return result
  }

  /// The variances that the parameters give the states after one step of the prior, `dimensions` ×
  /// `count`; zeros without a prior.
  func parameterVariances(
    count: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>, dimensions: Int,
    periodSeconds: Double
  ) -> [Double] {
    let total = dimensions * count
    var variances = [Double](repeating: 0, count: total)
    guard let prior else { return variances }
    var above = variances
    var below = variances
    for pair in parameterPairs {
      SegmentRollouts.advance(prior, parameters: pair.above, stepSeconds: periodSeconds)(
        count, count, states, actions, &above)
      SegmentRollouts.advance(prior, parameters: pair.below, stepSeconds: periodSeconds)(
        count, count, states, actions, &below)
      for i in 0..<total {
        let half = 0.5 * (above[i] - below[i])
        if half.isFinite { variances[i] += half * half }
      }
    }
    return variances
  }
}
