import Foundation
import Robotics

/// How close the robot as a whole came to its limits.
public struct RobotMargins: Sendable, Equatable, Codable {
  /// The work of the actuators in the episode and what it may be, in joules; nil without a limit.
  public var energyJoules: [Double]?
  /// The least and greatest x of the tip, stopping points included, in metres; nil without a box, or
  /// when no sample came.
  public var tipX: [Double]?
  /// The least and greatest y of the tip.
  public var tipY: [Double]?
  /// The box: least and greatest x, least and greatest y.
  public var tipBox: [Double]?

  /// No limits of the robot as a whole.
  public init() {}

  init(tip: TipLimit?, energy: EnergyLimit?) {
    if let energy { energyJoules = [energy.joules, energy.hardJoules] }
    if let tip, tip.least.xMetres <= tip.greatest.xMetres {
      tipX = [tip.least.xMetres, tip.greatest.xMetres]
      tipY = [tip.least.yMetres, tip.greatest.yMetres]
      tipBox = tip.sides
    }
  }

  /// A line for each limit: every value with its limit and unit.
  public var sentences: [String] {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    var lines: [String] = []
    if let x = tipX, let y = tipY, let box = tipBox {
      lines.append(
        "tip: x \(number(x[0])) to \(number(x[1])) within \(number(box[0])) to \(number(box[1])) m, "
          + "y \(number(y[0])) to \(number(y[1])) within \(number(box[2])) to \(number(box[3])) m")
    }
    if let energy = energyJoules {
      lines.append("energy: \(number(energy[0])) of \(number(energy[1])) J")
    }
    return lines
  }
}
