/// Why a dynamics model could not be fitted.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// There are too few steps to learn from.
  case tooFewSteps(found: Int, needed: Int)
  /// A step holds NaN or infinity.
  case notFinite(step: Int, quantity: String)
  /// A step's state or action has the wrong number of entries.
  case wrongShape(step: Int, quantity: String, found: Int, needed: Int)
  /// A point has more inputs than the kernels take.
  case tooManyInputs(found: Int, most: Int)
  /// The prior model has another number of state or action dimensions than the robot.
  case priorShape(quantity: String, found: Int, needed: Int)
  /// The prior model has a parameter that its description doesn't give.
  case missingParameter(name: String, given: [String])
  /// A tunable parameter's bounds are not two finite numbers in order.
  case badBounds(parameter: String, lower: Double, upper: Double)
  /// The prior predicts NaN or infinity for every step, whatever its parameters.
  case priorNotFinite
  /// Steps were to be added to a model that stands for more of them by inducing points.
  case isApproximate(points: Int)
  /// A kernel matrix could not be decomposed, not even with jitter.
  case notPositiveDefinite(output: String, points: Int)

  /// A sentence that says what was found, what is allowed, and what to change.
  public var description: String {
    switch self {
    case .tooFewSteps(let found, let needed):
      "a model needs at least \(needed) steps and got \(found); run another trial, or check that "
        + "trials are not cut short at once"
    case .notFinite(let step, let quantity):
      "the \(quantity) of step \(step) (from 0) is NaN or infinite and must be finite; leave that "
        + "step out or mend the recording"
    case .wrongShape(let step, let quantity, let found, let needed):
      "the \(quantity) of step \(step) (from 0) has \(found) entries and must have \(needed); check "
        + "that all trials are of the same robot"
    case .tooManyInputs(let found, let most):
      "the model would have \(found) inputs (features of the state and actions) and can have at most "
        + "\(most); learn fewer joints at once"
    case .priorShape(let quantity, let found, let needed):
      "the prior model has \(found) \(quantity) and the robot \(needed); choose the prior that "
        + "belongs to the robot"
    case .missingParameter(let name, let given):
      "the prior model needs the parameter `\(name)` and its description gives "
        + "\(given.joined(separator: ", ")); add it to the description"
    case .badBounds(let parameter, let lower, let upper):
      "the parameter `\(parameter)` has the bounds \(lower) and \(upper), which must be finite and "
        + "in order; mend them in the robot's description"
    case .priorNotFinite:
      "the prior model predicts NaN or infinity for every step, with all parameters tried within "
        + "their bounds; narrow the bounds or shorten its integration step"
    case .isApproximate(let points):
      "steps can be added to an exact model alone, and this one has \(points) inducing points that "
        + "stand for all of its steps; fit it anew"
    case .notPositiveDefinite(let output, let points):
      "the kernel matrix of \(points) points for \(output) could not be decomposed even with "
        + "jitter; look for absurdly large values in the recording"
    }
  }
}
