import Foundation
import Robotics

/// One column of a learning run's figure: quantities that share a unit, over every trial's time.
struct QuantityColumn {
  /// A quantity of a sample, in the column's unit.
  struct Quantity {
    var name: String
    var value: (Sample) -> Double
  }

  /// What the vertical axis says.
  var quantity: String
  /// The unit's symbol.
  var unit: String
  /// The quantities drawn.
  var quantities: [Quantity]
  /// Whether it shows what the robot was told: held between samples.
  var isAction = false
  /// Where the quantity counts as success; those of a continuous joint come back every turn.
  var targets: [(band: ClosedRange<Double>, turn: Double?)] = []
  /// Values that it may not pass.
  var limits: [Double] = []
  /// What every row's axis shows.
  var range: ClosedRange<Double> = 0...1
  /// Whether a row's axis grows to show all of a trial that left `range`, as one that went round and
  /// round does: the other rows shall not be flattened by it.
  var growsARow = false

  /// What the axis of a trial's row shows.
  func range(of trial: Trial) -> ClosedRange<Double> {
    guard growsARow else { return range }
    let own = dataRange([trial], including: [0])
    return min(range.lowerBound, own.lowerBound)...max(range.upperBound, own.upperBound)
  }

  /// Where the quantity counts as success within a range.
  func bands(in range: ClosedRange<Double>) -> [ClosedRange<Double>] {
    targets.flatMap { target -> [ClosedRange<Double>] in
      guard let turn = target.turn else { return [target.band] }
      let first = ((range.lowerBound - target.band.upperBound) / turn).rounded(.up)
      let last = ((range.upperBound - target.band.lowerBound) / turn).rounded(.down)
      guard first <= last, last - first < 200 else { return [] }
      return (Int(first)...Int(last)).map {
        let shift = Double($0) * turn
        return (target.band.lowerBound + shift)...(target.band.upperBound + shift)
      }
    }
  }

  /// The marks of a trial's samples, time counted from the first.
  func lines(_ trial: Trial) -> [PlotMark] {
    let start = trial.samples.first?.robotTimeSeconds ?? 0
    return quantities.enumerated().map { index, quantity in
      let points = trial.samples.map {
        PlotPoint($0.robotTimeSeconds - start, quantity.value($0))
      }
      return PlotMark(
        isAction ? .steps(points) : .line(points),
        color: isAction && quantities.count == 1 ? .vermilion : .series(index),
        name: quantities.count > 1 ? quantity.name : nil, widthPixels: isAction ? 1.3 : 1.8)
    }
  }

  /// The columns for a robot and task: angles, lengths, the tip's distance when the task is judged
  /// by it, then efforts.
  static func columns(robot: Robot, task: Task?, trials: [Trial]) -> [QuantityColumn] {
    let indices = Array(robot.joints.indices)
    let turning = indices.filter { robot.joints[$0].kind == .revolute }
    let sliding = indices.filter { robot.joints[$0].kind == .prismatic }
    var columns: [QuantityColumn] = []
    for (joints, quantity, unit, scale) in [
      (turning, "angle", "deg", 180 / Double.pi), (sliding, "position", "m", 1),
    ] where !joints.isEmpty {
      var column = QuantityColumn(
        quantity: quantity, unit: unit,
        quantities: joints.map { joint in
          Quantity(name: robot.joints[joint].name) { scale * $0.positions[joint] }
        })
      let conditions = (task?.success.conditions ?? []).filter { joints.contains($0.joint) }
      column.targets = conditions.map {
        let (target, tolerance) = (scale * $0.target, scale * $0.tolerance)
        return (target - tolerance...target + tolerance, $0.isContinuous ? 360 : nil)
      }
      if joints.allSatisfy({ robot.joints[$0].isContinuous }) {
        // Hanging in the middle, upright at either end.
        column.range = -210...210
        column.growsARow = true
      } else {
        let least = unit == "deg" ? 10 : 0.1
        column.range = column.dataRange(
          trials,
          including: [-least, least]
            + column.targets.flatMap { [$0.0.lowerBound, $0.0.upperBound] })
      }
      columns.append(column)
    }
    if let tips = task?.success.tipConditions, !tips.isEmpty {
      var column = QuantityColumn(
        quantity: "tip distance", unit: "m",
        quantities: tips.enumerated().map { index, tip in
          Quantity(name: tips.count > 1 ? "tip \(index + 1)" : "tip") {
            tip.chain.distance(to: tip.target, state: $0.state)
          }
        })
      column.range = 0...column.dataRange(trials, including: [0]).upperBound
      column.targets = tips.map { (0...$0.toleranceMetres, nil) }
      columns.append(column)
    }
    for unit in ["N m", "N"] {
      let driven = robot.actuatedJoints.enumerated().filter {
        robot.joints[$0.element].effortUnit == unit
      }
      guard !driven.isEmpty else { continue }
      var column = QuantityColumn(
        quantity: unit == "N m" ? "torque" : "force", unit: unit,
        quantities: driven.map { action, joint in
          Quantity(name: robot.joints[joint].name) { $0.sentAction[action] }
        }, isAction: true)
      let greatest = driven.map { robot.joints[$0.element].limits.effort }.max() ?? 1
      column.limits = [-greatest, greatest]
      column.range = -1.15 * max(greatest, 1e-6)...1.15 * max(greatest, 1e-6)
      columns.append(column)
    }
    return columns
  }

  /// The range of every trial's values and some others, with a little more at either end.
  private func dataRange(_ trials: [Trial], including others: [Double]) -> ClosedRange<Double> {
    var least = others.min() ?? 0
    var greatest = others.max() ?? 0
    for trial in trials {
      for sample in trial.samples {
        for quantity in quantities {
          let value = quantity.value(sample)
          guard value.isFinite else { continue }
          least = min(least, value)
          greatest = max(greatest, value)
        }
      }
    }
    let padding = max(0.08 * (greatest - least), 1e-6)
    return (least - padding)...(greatest + padding)
  }
}
