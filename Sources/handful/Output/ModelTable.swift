import Experiment
import Foundation

/// How well a learnt model foretells, as a table for a person.
enum ModelTable {
  static func write(_ report: ModelReport) {
    print(
      "learnt from \(report.learntFrom) steps of \(number(report.periodSeconds)) s, tested on "
        + "\(report.tested) others")
    let width = max(20, (report.outputs.map(\.name.count).max() ?? 0) + 12)
    print(
      pad("change of", width) + pad("rms", 18) + pad("error of the model", 22)
        + pad("explained", 12) + "within 2 deviations")
    for output in report.outputs {
      print(
        pad(output.name, width) + pad("\(number(output.rmsChange)) \(output.unit)", 18)
          + pad("\(number(output.rms)) \(output.unit)", 22)
          + pad(String(format: "%.2f %%", 100 * output.explained), 12)
          + String(format: "%.1f %%", 100 * output.withinTwoDeviations))
    }
    if let prior = report.model.prior { print(prior.sentence) }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func number(_ value: Double) -> String { String(format: "%.3g", value) }
}
