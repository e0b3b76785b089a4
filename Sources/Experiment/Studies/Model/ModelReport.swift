import Foundation
import Learner
import Robotics

/// How well a learnt model foretells steps that it has not seen.
public struct ModelReport: Sendable, Codable {
  /// One state dimension's change over a step.
  public struct Output: Sendable, Codable {
    /// The dimension's name, such as `car` or `car velocity`.
    public var name: String
    /// Its unit.
    public var unit: String
    /// The root mean square of predicted minus recorded change.
    public var rms: Double
    /// The root mean square of the recorded change.
    public var rmsChange: Double
    /// The part of the changes' variance that the model explains; negative when worse than their mean.
    public var explained: Double
    /// The part of the tested steps whose change lies within two predicted deviations; 95 % of them
    /// would, were the model just as sure as it should be.
    public var withinTwoDeviations: Double
  }

  /// The number of steps that the model learnt from.
  public var learntFrom: Int
  /// The number of steps that tested it.
  public var tested: Int
  /// The period of a step, in seconds.
  public var periodSeconds: Double
  /// The state dimensions: positions, then velocities.
  public var outputs: [Output]
  /// What the model says of itself.
  public var model: ModelSummary

  init(
    model: GaussianProcessDynamics, robot: Robot, learntFrom: Int, tested: [Step],
    predictions: [[ModelStudy.Prediction]]
  ) {
    self.learntFrom = learntFrom
    self.tested = tested.count
    periodSeconds = model.periodSeconds
    self.model = model.summary
    outputs = robot.stateLabels.enumerated().map { d, label in
      let changes = tested.map { $0.nextState[d] - $0.state[d] }
      let errors = zip(predictions[d], changes).map { $0.mean - $1 }
      let mean = changes.reduce(0, +) / Double(changes.count)
      let spread = changes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let missed = errors.reduce(0) { $0 + $1 * $1 }
      let within = zip(errors, predictions[d]).count { abs($0) <= 2 * $1.deviation }
      return Output(
        name: label.name, unit: label.unit, rms: rootMeanSquare(errors),
        rmsChange: rootMeanSquare(changes), explained: spread > 0 ? 1 - missed / spread : 0,
        withinTwoDeviations: Double(within) / Double(changes.count))
    }
  }
}
