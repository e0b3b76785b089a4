/// Values of a prior model's parameters that were fitted to recordings, with how sure they are and
/// where they came from.
///
/// It is kept as `prior.yaml` beside a robot's description, and may stand anywhere as a file that
/// overrides the description's nominal values:
///
///     let calibrated = try CalibratedPrior(contentsOf: "calibration/pendulum/prior.yaml")
///     robot.prior = try robot.prior.map(calibrated.applied)
public struct CalibratedPrior: Sendable, Equatable, Codable {
  /// One fitted parameter.
  public struct Parameter: Sendable, Equatable, Codable {
    /// The parameter's name, as the model has it.
    public var name: String
    /// The symbol of its SI unit, such as `kg`; `1` for a number without a unit.
    public var unit: String
    /// The fitted value, in that unit.
    public var value: Double
    /// The value's standard error, in that unit; nil when nothing is known of it.
    public var standardError: Double?

    /// A parameter from its parts.
    public init(name: String, unit: String, value: Double, standardError: Double? = nil) {
      self.name = name
      self.unit = unit
      self.value = value
      self.standardError = standardError
    }
  }

  /// Where values came from, so that someone can fit them again.
  public struct Provenance: Sendable, Equatable, Codable {
    /// When they were fitted: a date as people write it, such as `2025-03-02`.
    public var date: String
    /// What they were fitted to: trials of a store, or a recording's file.
    public var data: String
    /// The command that fitted them.
    public var command: String

    /// A provenance from its parts.
    public init(date: String = "", data: String = "", command: String = "") {
      self.date = date
      self.data = data
      self.command = command
    }
  }

  /// The robot's name.
  public var robot: String
  /// The prior model's name.
  public var model: String
  /// The fitted parameters.
  public var parameters: [Parameter]
  /// The covariance of the values, in the order of `parameters`, each entry in the product of its
  /// two parameters' units; empty when it isn't known.
  public var covariance: [[Double]]
  /// Where the values came from.
  public var provenance: Provenance

  /// Calibrated values from their parts.
  public init(
    robot: String, model: String, parameters: [Parameter], covariance: [[Double]] = [],
    provenance: Provenance = Provenance()
  ) {
    self.robot = robot
    self.model = model
    self.parameters = parameters
    self.covariance = covariance
    self.provenance = provenance
  }

  /// A prior's description with these values as its nominal ones; bounds and the rest stay.
  ///
  /// - Throws: ``RobotFileError/calibrationMismatch(found:wanted:remedy:)`` when the values are for
  ///   another model, for a parameter that the description doesn't have, in another unit, or outside
  ///   the description's bounds.
  public func applied(to prior: PriorDescription) throws(RobotFileError) -> PriorDescription {
    guard model == prior.model else {
      throw .calibrationMismatch(
        found: "they are for the model '\(model)'",
        wanted: "the robot's prior is the model '\(prior.model)'", remedy: "calibrate again")
    }
    var result = prior
    for parameter in parameters {
      guard let index = prior.parameters.firstIndex(where: { $0.name == parameter.name }) else {
        throw .calibrationMismatch(
          found: "they have the parameter '\(parameter.name)'",
          wanted: "the robot's prior has "
            + prior.parameters.map(\.name).joined(separator: ", "),
          remedy: "add it to the robot's prior, or calibrate again")
      }
      let known = prior.parameters[index]
      guard parameter.unit == known.unit else {
        throw .calibrationMismatch(
          found: "\(parameter.name) is in \(parameter.unit)",
          wanted: "the robot's prior has it in \(known.unit)", remedy: "calibrate again")
      }
      if known.isTunable && !(known.lower <= parameter.value && parameter.value <= known.upper) {
        throw .calibrationMismatch(
          found: "\(parameter.name) is \(parameter.value.plain) \(parameter.unit)",
          wanted: "the robot's prior bounds it by \(known.lower.plain) and \(known.upper.plain) "
            + known.unit,
          remedy: "widen the bounds in the robot's description, or calibrate again")
      }
      result.parameters[index].nominal = parameter.value
      if !known.isTunable {
        // A parameter that stays at its nominal value has that value as its bounds.
        result.parameters[index].lower = min(known.lower, parameter.value)
        result.parameters[index].upper = max(known.upper, parameter.value)
      }
    }
    return result
  }

  /// Where calibrated values are kept for a robot's description: `prior.yaml` in the same folder.
  public static func path(besideRobotFile path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "prior.yaml" }
    return path[...slash] + "prior.yaml"
  }
}
