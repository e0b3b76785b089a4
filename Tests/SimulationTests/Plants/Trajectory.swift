import Simulation

/// Integrates one state of a plant under a constant action: the plain way, for tests.
func integrated(
  _ plant: some Plant, from state: [Double], action: [Double], parameters: [Double],
  seconds: Double, stepSeconds: Double
) -> [Double] {
  var next = state
  var workspace = [Double](repeating: 0, count: RungeKutta4.workspaceCount(for: plant))
  let steps = RungeKutta4.stepCount(periodSeconds: seconds, stepSeconds: stepSeconds)
  RungeKutta4.advance(
    plant, count: 1, stride: 1, states: state, actions: action, parameters: parameters,
    stepSeconds: seconds / Double(steps), stepCount: steps,
    next: &next, workspace: &workspace)
  return next
}

/// The greatest difference between two vectors' entries.
func greatestDifference(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  return zip(a, b).map { abs($0 - $1) }.max() ?? 0
}
