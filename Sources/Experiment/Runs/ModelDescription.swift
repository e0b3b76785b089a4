import Foundation
import Learner

/// A fitted model in a few lines for a person, kept in the store beside the policy.
enum ModelDescription {
  static func text(of summary: ModelSummary) -> String {
    var lines = [
      "\(summary.pointCount) steps"
        + (summary.omittedPointCount > 0 ? ", \(summary.omittedPointCount) left out" : "")
    ]
    for output in summary.outputs {
      let lengthscales = zip(summary.inputs, output.lengthscales).map { input, value in
        "\(input.name) \(number(value))\(input.unit == "1" ? "" : " \(input.unit)")"
      }
      lines.append(
        "\(output.name): noise \(number(output.noiseDeviation)) \(output.unit), signal "
          + "\(number(output.signalDeviation)) \(output.unit), lengthscales "
          + "\(lengthscales.joined(separator: ", ")); explains "
          + "\(number(100 * output.explainedVariance)) % of the variance left out"
          + (output.approximation.map { "; approximate: \($0.sentence)" } ?? ""))
    }
    if let prior = summary.prior {
      lines.append(prior.sentence)
      lines += prior.shares
      for parameter in prior.parameters where parameter.isTunable {
        lines.append(
          "\(parameter.name) \(number(parameter.value)) \(parameter.unit) (nominal "
            + "\(number(parameter.nominal)))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
