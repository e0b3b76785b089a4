import Robotics

extension TerminalPlot {
  /// A trial: what the robot did over time, the target dotted, and below it what it was told.
  ///
  ///     print(TerminalPlot(trial: trial, robot: robot, task: task).text(columns: 80, rowsAPanel: 7))
  ///
  /// - Parameter task: The task, for its targets; nil for a recording without one.
  public init(trial: Trial, robot: Robot, task: Task?) {
    let start = trial.samples.first?.robotTimeSeconds ?? 0
    let columns = QuantityColumn.columns(robot: robot, task: task, trials: [trial])
    let lastSeconds = (trial.samples.last?.robotTimeSeconds ?? 0) - start
    let horizon = max(task?.horizonSeconds ?? 0, lastSeconds)
    self.init(
      x: PlotAxis("time", unit: "s", range: horizon > 0 ? 0...horizon : nil),
      panels: columns.map { column in
        let range = column.range(of: trial)
        return Panel(
          y: PlotAxis(column.quantity, unit: column.unit, range: range),
          series: column.quantities.map { quantity in
            Series(
              name: quantity.name,
              points: trial.samples.map {
                PlotPoint($0.robotTimeSeconds - start, quantity.value($0))
              }, isStepped: column.isAction)
          },
          guides: column.bands(in: range).map { ($0.lowerBound + $0.upperBound) / 2 }
            .filter(range.contains))
      })
  }
}
