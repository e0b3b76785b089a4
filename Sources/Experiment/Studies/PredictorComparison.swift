import Foundation
import Learner

/// Two predictors on the same segments of the same trials: how their errors differ, segment by
/// segment.
public struct PredictorComparison: Sendable, Codable {
  /// The predictor that is compared.
  public var predictor: String
  /// The one that it is compared with.
  public var against: String
  /// The number of segments that both foretold, pushes by hand left out.
  public var segments: Int
  /// On how many of them it has the smaller error.
  public var betterCount: Int
  /// The unit of the differences, `rad` or `m`.
  public var unit: String
  /// The median of its error less the other's; below zero it is better.
  public var medianDifference: Double
  /// The quartiles of the differences, the lower one first.
  public var quartiles: [Double]

  /// Compares every predictor of some judgements with the first of them.
  public static func all(in judgements: [ReplayStudy.Judgement]) -> [PredictorComparison] {
    var names: [ReplayStudy.Predictor] = []
    for row in judgements.flatMap(\.rows) where !names.contains(row.predictor) {
      names.append(row.predictor)
    }
    guard let first = names.first else { return [] }
    return names.dropFirst().compactMap { name in compare(name, with: first, in: judgements) }
  }

  private static func compare(
    _ name: ReplayStudy.Predictor, with other: ReplayStudy.Predictor,
    in judgements: [ReplayStudy.Judgement]
  ) -> PredictorComparison? {
    var differences: [Double] = []
    var unit = ""
    for judgement in judgements {
      guard let one = judgement.rows.first(where: { $0.predictor == name })?.report.openLoop,
        let two = judgement.rows.first(where: { $0.predictor == other })?.report.openLoop
      else { continue }
      unit = one.unit
      let pairs = zip(
        one.errors(outside: judgement.disturbances), two.errors(outside: judgement.disturbances))
      // Where both diverge, neither is better.
      differences += pairs.map { $0 == $1 ? 0 : $0 - $1 }
    }
    guard !differences.isEmpty else { return nil }
    return PredictorComparison(
      predictor: name.rawValue, against: other.rawValue, segments: differences.count,
      betterCount: differences.count { $0 < 0 }, unit: unit,
      medianDifference: quantile(differences, 0.5),
      quartiles: [quantile(differences, 0.25), quantile(differences, 0.75)])
  }
}
