import Experiment
import Foundation
import Reporting

/// How well a learnt model foretells, as a table for a person.
enum ModelTable {
  static func write(_ report: ModelReport) {
    print(
      "learnt from \(report.learntFrom) steps of \(number(report.periodSeconds)) s, tested on "
        + "\(report.tested) others")
    let width = max(20, (report.outputs.map(\.name.count).max() ?? 0) + 12)
    print(
      "change of".padded(to: width) + "rms".padded(to: 18) + "error of the model".padded(to: 22)
        + "explained".padded(to: 12) + "within 2 deviations")
    for output in report.outputs {
      print(
        output.name.padded(to: width) + "\(number(output.rmsChange)) \(output.unit)".padded(to: 18)
          + "\(number(output.rms)) \(output.unit)".padded(to: 22)
          + String(format: "%.2f %%", 100 * output.explained).padded(to: 12)
          + String(format: "%.1f %%", 100 * output.withinTwoDeviations))
    }
    if let prior = report.model.prior { print(prior.sentence) }
  }

  private static func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
