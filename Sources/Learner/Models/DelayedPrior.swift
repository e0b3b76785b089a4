import Robotics

/// A prior whose efforts act some time after they were decided on: its action is the present one and
/// those before it, the latest first, and each acts for the part of the period that is its own.
package struct DelayedPrior: PriorModel {
  let prior: any PriorModel
  /// The number of previous actions.
  let previousActions: Int
  let delaySeconds: Double

  /// A prior whose efforts act late.
  ///
  /// - Parameters:
  ///   - prior: The prior without the delay.
  ///   - previousActions: The number of previous actions; enough for the delay.
  ///   - delaySeconds: How long after it was decided on an action begins to act.
  package init(prior: any PriorModel, previousActions: Int, delaySeconds: Double) {
    self.prior = prior
    self.previousActions = previousActions
    self.delaySeconds = delaySeconds
  }

  package var stateDimensions: Int { prior.stateDimensions }
  package var actionDimensions: Int { prior.actionDimensions * (1 + previousActions) }
  package var parameterNames: [String] { prior.parameterNames }

  package func advance(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    parameters: UnsafePointer<Double>, periodSeconds: Double,
    next: UnsafeMutablePointer<Double>
  ) {
    let whole = Int((delaySeconds / periodSeconds + 1e-9).rounded(.down))
    let rest = max(0, delaySeconds - Double(whole) * periodSeconds)
    let block = prior.actionDimensions * stride
    let isSplit = rest > 1e-6 * periodSeconds
    if isSplit {
      prior.advance(
        count: count, stride: stride, states: states, actions: actions + (whole + 1) * block,
        parameters: parameters, periodSeconds: rest, next: next)
    }
    prior.advance(
      count: count, stride: stride, states: isSplit ? UnsafePointer(next) : states,
      actions: actions + whole * block, parameters: parameters,
      periodSeconds: isSplit ? periodSeconds - rest : periodSeconds, next: next)
  }
}
