import Foundation
import Robotics

/// When a model is too uncertain to plan with, and what to do instead.
///
/// A plan is worth nothing when functions drawn from the model disagree about it by more than it earns
/// on the mean, or when it leaves the joints' limits in nearly all of them though not in the model's mean,
/// and it solves the task in next to none. Then a trial had better teach: of the plans that stay within
/// the limits at least now and then, the one that might earn most (mean and two standard deviations, an
/// upper confidence bound) goes where the answer matters; without any such plan, random actions do. A
/// plan that leaves the limits late teaches more than random actions: in early trials most do.
extension PolicySearchResult {
  /// The share of functions in which a plan that is trusted solves the task at least.
  private static var trustedShare: Double { 0.05 }
  /// The share of functions in which a plan may leave the limits and still be run.
  private static var mostLost: Double { 0.95 }
  /// How many standard deviations a plan might earn above its mean.
  private static var hope: Double { 2 }

  /// Explores instead, if the model is too uncertain to plan with.
  ///
  /// - Parameters:
  ///   - score: The winner's, by `particles` functions that it was not chosen by.
  ///   - certain: The winner's in the model's mean.
  ///   - candidates: The policies that were compared, with their scores.
  ///   - reward: What steps earn; where that may be below zero, returns say nothing of uncertainty.
  ///   - seed: Of random actions.
  ///   - path: Names their stream, as in `RandomStream`.
  mutating func exploreIfUncertain(
    _ score: RolloutScore, certain: RolloutScore, particles: Int,
    candidates: [(PolicyParameters, RolloutScore)],
    reward: Reward, seed: UInt64, path: [UInt64]
  ) {
    let lostShare = Double(score.lost) / Double(particles)
    let isVague = reward.isPlannable && score.deviation > score.mean
    let isAstray = certain.lost == 0 && lostShare > Self.mostLost
    guard score.solved < Self.trustedShare, isVague || isAstray else { return }
    func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
    let doubt =
      "The model is too uncertain to plan with: the best plan is predicted to earn "
      + String(format: "%.3g ± %.2g", score.mean, score.deviation)
      + " a step, and leaves the limits in "
      + "\(percent(lostShare)) of \(particles) functions drawn from it"
    let hopes = candidates.filter {
      $0.1.mean.isFinite && Double($0.1.lost) <= Self.mostLost * Double(particles)
    }
    func hope(_ score: RolloutScore) -> Double { score.mean + Self.hope * score.deviation }
    if let best = hopes.indices.max(by: {
      (hope(hopes[$0].1), -$0) < (hope(hopes[$1].1), -$1)
    }) {
      policy = hopes[best].0
      exploration = doubt + "; this trial explores, by the plan that might earn most"
    } else {
      // SQLite and JSON readers keep 53 bits of a number.
      let own = path.reduce(seed) { ($0 &* 0x9E37_79B9_7F4A_7C15) ^ $1 } >> 11
      policy.kind = .random(longestHold: 5, seed: own)
      policy.weights = []
      exploration = doubt + "; this trial explores, by random actions within the limits"
    }
  }
}
