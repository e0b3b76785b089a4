import Foundation
import Learner
import Robotics
import Simulation

/// A model of the dynamics, learnt from a part of the recorded steps and held against the rest.
///
///     let study = try ModelStudy(
///       trials: trials, robot: robot, settings: .init(periodSeconds: 0.05, every: 10), prior: nil)
///     for output in study.report.outputs { print(output.name, output.rms, output.unit) }
public struct ModelStudy: Sendable {
  /// What is learnt, and from what.
  public struct Settings: Sendable, Equatable {
    /// The period of a step, in seconds.
    public var periodSeconds: Double
    /// Of how many steps one is learnt from; the others test.
    public var every: Int
    /// How the model is fitted.
    public var model: GaussianProcessSettings
    /// The seed of the fit's starting points.
    public var seed: UInt64
    /// The most threads; the result doesn't depend on it.
    public var threads: Int

    /// Settings from their parts.
    public init(
      periodSeconds: Double, every: Int, model: GaussianProcessSettings = GaussianProcessSettings(),
      seed: UInt64 = 1, threads: Int = 1
    ) {
      self.periodSeconds = periodSeconds
      self.every = every
      self.model = model
      self.seed = seed
      self.threads = threads
    }
  }

  /// The fewest steps that a model is learnt from.
  static let fewestSteps = 4

  /// The robot.
  public let robot: Robot
  /// The model.
  public let model: GaussianProcessDynamics
  /// The steps that the model learnt from.
  public let learntFrom: [Step]
  /// The steps that test it.
  public let tested: [Step]
  /// What the model says of the tested steps: the mean and the deviation, noise included, of each
  /// state dimension's change.
  let predictions: [[Prediction]]
  /// How well.
  public let report: ModelReport

  /// A predicted change.
  struct Prediction: Sendable {
    var mean: Double
    var deviation: Double
  }

  /// Learns a model and tests it.
  ///
  /// - Parameters:
  ///   - trials: Where the steps come from.
  ///   - robot: The robot.
  ///   - settings: What is learnt, and from what.
  ///   - prior: The prior to learn on top of; nil for none.
  /// - Throws: ``ExperimentError/nothingToDo(what:)`` when too few steps are left to learn from or to
  ///   test on; `ModelError`, and what a prior throws.
  public init(
    trials: [Trial], robot: Robot, settings: Settings, prior: PriorDescription?
  ) throws {
    let steps = trials.flatMap { $0.steps(period: settings.periodSeconds) }
    let learntFrom = steps.indices.filter { $0 % settings.every == 0 }.map { steps[$0] }
    let tested = steps.indices.filter { $0 % settings.every != 0 }.map { steps[$0] }
    guard learntFrom.count >= Self.fewestSteps, !tested.isEmpty else {
      throw ExperimentError.nothingToDo(
        what:
          "the trials have \(steps.count) steps of \(settings.periodSeconds) s, of which one in "
          + "\(settings.every) is \(learntFrom.count) to learn from; at least \(Self.fewestSteps) are "
          + "needed, and one to test on: give more trials, another --period or a smaller --every")
    }
    let features = FeatureMap(robot: robot)
    let fit = try prior.map {
      PriorForFit(model: try PriorModels.model(for: $0), description: $0)
    }
    let model = try GaussianProcessDynamics.fit(
      steps: learntFrom, features: features, periodSeconds: settings.periodSeconds, prior: fit,
      settings: settings.model, seed: settings.seed, threads: settings.threads)
    let predictions = Self.predictions(of: model, states: tested.map { ($0.state, $0.action) })
    self.robot = robot
    self.model = model
    self.learntFrom = learntFrom
    self.tested = tested
    self.predictions = predictions
    report = ModelReport(
      model: model, robot: robot, learntFrom: learntFrom.count, tested: tested,
      predictions: predictions)
  }

  /// What a model foretells of states and actions.
  static func predictions(
    of model: GaussianProcessDynamics, states: [(state: [Double], action: [Double])]
  ) -> [[Prediction]] {
    let count = states.count
    let dimensions = model.stateDimensions
    var batch = [Double](repeating: 0, count: dimensions * count)
    var actions = [Double](repeating: 0, count: max(1, model.actionDimensions * count))
    for (row, one) in states.enumerated() {
      for d in 0..<dimensions { batch[d * count + row] = one.state[d] }
      for a in 0..<model.actionDimensions { actions[a * count + row] = one.action[a] }
    }
    var means = [Double](repeating: 0, count: dimensions * count)
    var variances = means
    model.predict(
      count: count, stride: count, states: batch, actions: actions, mean: &means,
      variance: &variances, workspace: model.makeWorkspace(capacity: count))
    return (0..<dimensions).map { d in
      let noise = model.noiseDeviations[d]
      return (0..<count).map { row in
        Prediction(
          mean: means[d * count + row],
          deviation: (max(0, variances[d * count + row]) + noise * noise).squareRoot())
      }
    }
  }

  /// The change of each state dimension that the robot's virtual robot makes in a step from states,
  /// under actions; nil when the robot has no virtual one.
  func truth(of states: [(state: [Double], action: [Double])]) throws -> [[Double]]? {
    guard let settings = robot.virtualRobot else { return nil }
    let (simulator, parameters) = try VirtualRobot.simulator(of: settings)
    let changes = states.map { one -> [Double] in
      var next = one.state
      simulator.advance(
        count: 1, stride: 1, states: one.state, actions: one.action.isEmpty ? [0] : one.action,
        parameters: parameters, periodSeconds: model.periodSeconds, next: &next)
      return zip(next, one.state).map { $0 - $1 }
    }
    return (0..<model.stateDimensions).map { d in changes.map { $0[d] } }
  }
}
