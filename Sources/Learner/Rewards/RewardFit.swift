import Foundation
import Robotics

/// A reward learnt from samples by a Gaussian process, for tasks whose reward someone can tell but
/// nobody can write down.
///
/// The process' mean becomes the reward; what it doesn't know earns the samples' mean.
public struct RewardFit: Sendable {
  /// The reward.
  public let reward: LearntReward
  /// The number of samples.
  public let sampleCount: Int
  /// σ_n: how far apart two opinions of one state are.
  public let noiseDeviation: Double
  /// The root of the mean square of what each sample differs from what the others say of it.
  public let leaveOneOutError: Double
  /// The standard deviation of the samples' rewards, which ``leaveOneOutError`` should be well below.
  public let deviation: Double

  /// The fewest samples that a reward is learnt from.
  public static let fewestSamples = 5

  /// Fits a reward.
  ///
  /// - Parameters:
  ///   - samples: States and their rewards; more than `settings.maximumPointCount` are thinned out
  ///     evenly.
  ///   - settings: How to fit; the covariance is a squared exponential whatever they say.
  ///   - seed: Of the fit's random starts.
  /// - Throws: ``RewardFitError``.
  public static func fit(
    _ samples: RewardSamples, settings: GaussianProcessSettings = GaussianProcessSettings(),
    seed: UInt64 = 0
  ) throws(RewardFitError) -> RewardFit {
    let dimensions = samples.features.count
    guard samples.rewards.count >= fewestSamples else {
      throw .tooFewSamples(found: samples.rewards.count, needed: fewestSamples)
    }
    var settings = settings
    settings.covariance = .squaredExponential
    let kept = EvenSpread.places(settings.maximumPointCount, of: samples.rewards.count)
    let points = kept.flatMap { samples.points[($0 * dimensions)..<(($0 + 1) * dimensions)] }
    let target = FitTarget(name: "reward", values: kept.map { samples.rewards[$0] }, centred: true)
    guard !target.isConstant else { throw .sameEverywhere(value: target.mean) }
    let inputs = StandardisedInputs(
      points: points, dimensions: dimensions, covariance: settings.covariance,
      screeningCount: settings.screeningPointCount)
    let process: GaussianProcess
    do {
      process = try GaussianProcessFit(
        inputs: inputs, settings: settings, seed: seed, threads: 1, isCancelled: { false }
      ).fit([target], warm: nil)[0]
    } catch {
      throw .failed(reason: "\(error)")
    }
    return RewardFit(
      reward: LearntReward(
        features: samples.features, lengthscales: process.inputScales, offset: process.mean,
        centres: points, weights: process.coefficients.map { $0 * process.signalVariance }),
      sampleCount: kept.count, noiseDeviation: process.noiseDeviation,
      leaveOneOutError: rootMeanSquare(process.leaveOneOutResiduals),
      deviation: target.scale)
  }
}
