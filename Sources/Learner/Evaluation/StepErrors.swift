import Robotics

/// How far a model's one-step predictions are from what was recorded.
public enum StepErrors {
  /// The root mean square of predicted minus recorded next state, one entry a state dimension in its
  /// unit; zeros when there are no steps.
  public static func rootMeanSquares<Model: DynamicsModel>(
    of model: Model, on steps: [Step]
  ) -> [Double] {
    let count = steps.count
    let dimensions = model.stateDimensions
    guard count > 0 else { return [Double](repeating: 0, count: dimensions) }
    var states = [Double](repeating: 0, count: dimensions * count)
    var actions = [Double](repeating: 0, count: max(1, model.actionDimensions * count))
    for (row, step) in steps.enumerated() {
      for d in 0..<dimensions { states[d * count + row] = step.state[d] }
      for a in 0..<model.actionDimensions { actions[a * count + row] = step.action[a] }
    }
    var changes = [Double](repeating: 0, count: dimensions * count)
    model.predict(
      count: count, stride: count, states: states, actions: actions, mean: &changes, variance: nil,
      workspace: model.makeWorkspace(capacity: count))
    return (0..<dimensions).map { d in
      rootMeanSquare(
        steps.indices.map { row in
          states[d * count + row] + changes[d * count + row] - steps[row].nextState[d]
        })
    }
  }

  /// The same over the periods of a trial, of a model of a whole period or of a part of one.
  public static func rootMeanSquares(
    of model: GaussianProcessDynamics, on trial: Trial, robot: Robot, task: Task
  ) -> [Double] {
    let steps = LearningData(trials: [trial], robot: robot, task: task).steps[0]
    let period = task.periodSeconds
    return model.substeps(periodSeconds: period) == 1
      ? rootMeanSquares(of: model, on: steps)
      : rootMeanSquares(of: model.stepped(periodSeconds: period), on: steps)
  }
}
