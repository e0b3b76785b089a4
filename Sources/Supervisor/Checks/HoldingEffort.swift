import Robotics

/// The efforts that hold a robot still at a place, by the prior model of its dynamics: what gravity
/// asks of its actuators there.
///
/// From rest, a short step of the prior tells every joint's acceleration; it is an affine function of
/// the efforts, whose coefficients one step without effort and one with a unit effort of each
/// actuator tell. The efforts under which no actuated joint accelerates solve a linear system. Joints
/// without a motor are left to themselves.
struct HoldingEffort {
  private let prior: any PriorModel
  private let parameters: [Double]
  private let actuated: [Int]
  private let jointCount: Int
  private let effortScales: [Double]

  /// Short against everything that a robot does, long against rounding.
  private static let stepSeconds = 1e-3

  /// - Parameters:
  ///   - prior: The model that the robot's description names.
  ///   - robot: The robot; its prior gives the parameters' nominal values.
  init?(prior: any PriorModel, robot: Robot) {
    guard let description = robot.prior, prior.stateDimensions == robot.stateDimensions,
      prior.actionDimensions == robot.actionDimensions
    else { return nil }
    var parameters: [Double] = []
    for name in prior.parameterNames {
      guard let parameter = description.parameters.first(where: { $0.name == name }) else {
        return nil
      }
      parameters.append(parameter.nominal)
    }
    self.prior = prior
    self.parameters = parameters
    actuated = robot.actuatedJoints
    jointCount = robot.joints.count
    effortScales = robot.actionLimits
  }

  /// The efforts in action order (N m or N); nil when the prior's answer is no number, or the
  /// actuators can't tell the joints apart.
  func efforts(at positions: [Double]) -> [Double]? {
    let still = accelerations(at: positions, efforts: actuated.map { _ in 0 })
    var rows = still.map { [-$0] }
    for (column, scale) in effortScales.enumerated() {
      var efforts = actuated.map { _ in 0.0 }
      efforts[column] = scale
      let moved = accelerations(at: positions, efforts: efforts)
      for row in rows.indices { rows[row].insert((moved[row] - still[row]) / scale, at: column) }
    }
    return Self.solve(rows)
  }

  private func accelerations(at positions: [Double], efforts: [Double]) -> [Double] {
    let state = positions + Array(repeating: 0, count: jointCount)
    var next = state
    prior.advance(
      count: 1, stride: 1, states: state, actions: efforts, parameters: parameters,
      periodSeconds: Self.stepSeconds, next: &next)
    return actuated.map { next[jointCount + $0] / Self.stepSeconds }
  }

  /// Solves a small system, a row an equation with its right side last, by elimination with pivots.
  private static func solve(_ system: [[Double]]) -> [Double]? {
    var rows = system
    let count = rows.count
    for column in 0..<count {
      let best = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }
      guard let best, abs(rows[best][column]) > 1e-12 else { return nil }
      rows.swapAt(column, best)
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for entry in column...count { rows[row][entry] -= factor * rows[column][entry] }
      }
    }
    let solution = (0..<count).map { rows[$0][count] / rows[$0][$0] }
    return solution.allSatisfy(\.isFinite) ? solution : nil
  }
}
