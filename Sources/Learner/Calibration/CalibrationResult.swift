/// What recordings say about a prior's parameters.
public struct CalibrationResult: Sendable, Equatable, Codable {
  /// One tunable parameter.
  public struct Estimate: Sendable, Equatable, Codable {
    /// A bound that an estimate lies at.
    public enum Bound: String, Sendable, Codable {
      /// The lower one.
      case lower
      /// The upper one.
      case upper
    }

    /// The parameter's name.
    public var name: String
    /// The unit of its values.
    public var unit: String
    /// The value that it had before.
    public var nominal: Double
    /// The value that explains the recordings best.
    public var value: Double
    /// The value's standard error. For a value at a bound: the root mean square of how far inside
    /// the bound it may be. Nil when not even that can be said.
    public var standardError: Double?
    /// The ends of the 95 % interval; one of them is the bound for a value that lies there.
    public var interval95: [Double]?
    /// The bound that the value lies at, if it does. The file's bounds may be too narrow then.
    public var boundHit: Bound?
  }

  /// A combination of parameters along which the recordings say next to nothing.
  public struct UndeterminedDirection: Sendable, Equatable, Codable {
    /// Which parameters move, and how: the change of each, as part of its range between bounds.
    public var weights: [String: Double]
    /// The standard error along the direction, as part of the range between the bounds.
    public var standardErrorInRanges: Double
    /// What it means, in words, such as `mass and length: only mass · length^2 is determined`.
    public var meaning: String
  }

  /// Open-loop errors over segments, from the smoothed state, in rad or m.
  public struct OpenLoopErrors: Sendable, Equatable, Codable {
    /// The median over the segments of their RMS errors.
    public var median: Double
    /// The quantile below which 90 % of them lie.
    public var quantile90: Double
    /// Their root mean square.
    public var rms: Double
  }

  /// How well the recordings are explained with one delay of the efforts.
  public struct DelayFit: Sendable, Equatable, Codable {
    /// The delay, in seconds.
    public var delaySeconds: Double
    /// Twice the negative log posterior at the best parameters, up to a constant; without a unit.
    public var cost: Double
  }

  /// The prior model's name.
  public var model: String
  /// The numbers of the trials that were fitted to.
  public var trials: [Int]
  /// The seed of the starting points.
  public var seed: UInt64
  /// The tunable parameters, in the prior's order.
  public var estimates: [Estimate]
  /// All parameters of the prior, tuned or not, in the order of its `parameterNames`.
  public var parameters: [Double]
  /// The correlations of the estimates, row by row in their order; those of an estimate at a bound
  /// are zero.
  public var correlations: [[Double]]
  /// The covariance of the estimates, row by row in their order, in the product of their units;
  /// zero for an estimate at a bound.
  public var covariance: [[Double]]
  /// The ratio of the largest to the smallest eigenvalue of the Hessian of the negative log
  /// posterior, with each parameter in units of its range.
  public var conditionNumber: Double
  /// What the recordings don't determine.
  public var undetermined: [UndeterminedDirection]
  /// How long after its sample an effort is taken to act, in seconds.
  public var actionDelaySeconds: Double
  /// The delays that were tried.
  public var delays: [DelayFit]
  /// How many segments the recordings gave.
  public var segmentCount: Int
  /// How many of them the fit used.
  public var usedSegmentCount: Int
  /// How many were left out because the prior diverges there.
  public var divergedSegmentCount: Int
  /// Where no effort explains the motion: somebody pushed, or something was hit.
  public var disturbances: [RecordedRange]
  /// The errors on segments that were held out of the fit, with the nominal parameters; nil without
  /// folds.
  public var heldOutBefore: OpenLoopErrors?
  /// The errors on the same segments with the parameters fitted to the others.
  public var heldOutAfter: OpenLoopErrors?
  /// The errors on the used segments with the nominal parameters.
  public var fittedBefore: OpenLoopErrors
  /// The errors on the used segments with the estimates.
  public var fittedAfter: OpenLoopErrors
}
