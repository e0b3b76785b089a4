/// Why a prior could not be calibrated.
public enum CalibrationError: Error, Equatable, CustomStringConvertible {
  /// No recording was given.
  case noRecordings
  /// A recording can't be used.
  case recording(MotionError)
  /// The prior model has another number of state or action dimensions than the robot.
  case priorShape(quantity: String, found: Int, needed: Int)
  /// The prior model has a parameter that its description doesn't give.
  case missingParameter(name: String, given: [String])
  /// A tunable parameter's bounds are not two finite numbers in order.
  case badBounds(parameter: String, lower: Double, upper: Double)
  /// No parameter may be tuned.
  case nothingTunable(parameters: [String])
  /// Everything was excluded, or too little is left to fit to.
  case tooFewSegments(found: Int, left: Int, needed: Int)
  /// The prior predicts NaN or infinity wherever its parameters were tried.
  case priorDiverges(tried: Int)
  /// The prior predicts NaN or infinity in all but a few segments.
  case priorDivergesNearlyEverywhere(diverged: Int, of: Int, needed: Int)
  /// No excitation keeps within the robot's limits.
  case noExcitation(tried: Int)

  /// A sentence that says what was found, what is allowed, and what to change.
  public var description: String {
    switch self {
    case .noRecordings:
      "there are 0 recordings and calibrating needs at least 1; name trials or import a recording"
    case .recording(let error):
      error.description
    case .priorShape(let quantity, let found, let needed):
      "the prior model has \(found) \(quantity) and the robot \(needed); choose the prior that "
        + "belongs to the robot"
    case .missingParameter(let name, let given):
      "the prior model needs the parameter `\(name)` and its description gives "
        + "\(given.joined(separator: ", ")); add it to the description"
    case .badBounds(let parameter, let lower, let upper):
      "the parameter `\(parameter)` has the bounds \(lower) and \(upper), which must be finite and "
        + "the first below the second; mend them in the robot's description"
    case .nothingTunable(let parameters):
      "none of the parameters \(parameters.joined(separator: ", ")) may be tuned, and calibrating "
        + "needs at least 1; mark it as tunable in the robot's description"
    case .tooFewSegments(let found, let left, let needed):
      "of \(found) segments \(left) are left after excluding, and at least \(needed) are needed; "
        + "exclude less or record for longer"
    case .priorDiverges(let tried):
      "the prior model predicts NaN or infinity at each of \(tried) points within its bounds; "
        + "narrow the bounds or shorten its integration step"
    case .priorDivergesNearlyEverywhere(let diverged, let count, let needed):
      "the prior model predicts NaN or infinity in \(diverged) of \(count) segments, and at least "
        + "\(needed) others are needed to fit to; mend its nominal parameters, shorten its integration "
        + "step, or record where it holds"
    case .noExcitation(let tried):
      "none of \(tried) excitations keeps the robot within its limits of velocity and position by its "
        + "prior; widen the limits, or check the prior's parameters"
    }
  }
}
