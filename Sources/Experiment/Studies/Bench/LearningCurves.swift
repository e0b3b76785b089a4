import Foundation
import Reporting

extension BenchReport {
  /// The learning curves: what each trial earned, every seed thin and their quartiles shaded; and how
  /// many seeds had solved the task by each trial, with the intervals.
  public var learningCurves: SVGPlot {
    let count = max(trialCount, 2)
    let range = 0.6...(Double(count) + 0.4)
    let rewards = seeds.compactMap { seed -> PlotMark? in
      let points = (0..<trialCount).compactMap { index in
        seed.reward(ofTrial: index).map { PlotPoint(Double(index + 1), $0) }
      }
      return points.isEmpty
        ? nil : PlotMark(.line(points), color: .grey, widthPixels: 0.8, opacity: 0.35)
    }
    let places = meanReward.indices.map { Double($0 + 1) }
    let quartiles = PlotMark(
      .ribbon(
        x: places, lower: meanReward.map(\.lowerQuartile), upper: meanReward.map(\.upperQuartile)),
      color: .blue, name: "quartiles", opacity: 0.2)
    let median = zip(places, meanReward).map { PlotPoint($0, $1.median) }
    let rewardPanel = PlotPanel(
      title: "Reward", remark: "a line a seed",
      x: PlotAxis("trial", unit: "", range: range, isCount: true),
      y: PlotAxis(
        "mean reward a step", unit: "",
        range: min(
          0, meanReward.map(\.least).min() ?? 0)...max(1, meanReward.map(\.greatest).max() ?? 1)),
      marks: rewards + [
        quartiles, PlotMark(.line(median), color: .blue, name: "median", widthPixels: 2),
        PlotMark(.dots(median), color: .blue),
      ])
    let solved = solvedByTrial.enumerated().map { PlotPoint(Double($0 + 1), 100 * $1.rate) }
    let solvedPanel = PlotPanel(
      title: "Solved", remark: "of \(seeds.count) seeds",
      x: PlotAxis("trial", unit: "", range: range, isCount: true),
      y: PlotAxis("solved by then", unit: "%", range: 0...104),
      marks: [
        PlotMark(
          .ribbon(
            x: solved.map(\.x), lower: solvedByTrial.map { 100 * $0.lower },
            upper: solvedByTrial.map { 100 * $0.upper }),
          color: .green, name: "95 % interval", opacity: 0.2),
        PlotMark(.line(solved), color: .green, widthPixels: 2),
        PlotMark(.dots(solved), color: .green),
      ])
    return SVGPlot(
      title: "\(robot): learning \(task)",
      subtitle: "\(algorithm) · prior \(prior) · trial 1 is random",
      rows: [SVGPlot.Row(heightPixels: 260, panels: [rewardPanel, solvedPanel])])
  }
}

extension BenchReport {
  /// Writes `results.json` and `learning-curves.svg`.
  ///
  /// - Throws: ``BenchError/unusableFile(path:reason:)``.
  public func write(to folder: BenchFolder) throws(BenchError) {
    try folder.write(self, to: "results.json")
    try folder.write(Data(learningCurves.svg.utf8), to: "learning-curves.svg")
  }
}
