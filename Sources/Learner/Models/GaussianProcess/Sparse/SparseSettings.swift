/// When and how finely a process on many steps is approximated.
///
/// Up to ``GaussianProcessSettings/maximumPointCount`` steps a process is exact. Beyond, a process is
/// conditioned on all steps through fewer inducing points (``SparseConditioning``): a fit costs steps
/// × inducing points², a prediction what an exact process of as many points costs.
public struct SparseSettings: Sendable, Equatable, Codable {
  /// The most inducing points, at least 1; never more than an exact process would take. So many steps,
  /// evenly spread, also give the lengthscales.
  public var inducingPointCount: Int
  /// When to stop adding inducing points: once the variance that they leave unexplained at the steps
  /// is, on average, this part of the noise variance.
  public var tolerance: Double
  /// The most steps that are looked at, evenly spread when there are more.
  public var maximumStepCount: Int

  /// Settings from their parts.
  public init(
    inducingPointCount: Int = 1000, tolerance: Double = 1e-3, maximumStepCount: Int = 20_000
  ) {
    self.inducingPointCount = inducingPointCount
    self.tolerance = tolerance
    self.maximumStepCount = maximumStepCount
  }
}

extension KeyedDecodingContainer {
  /// Settings stored before there were any for this keep the defaults.
  func decode(_ type: SparseSettings.Type, forKey key: Key) throws -> SparseSettings {
    try decodeIfPresent(type, forKey: key) ?? SparseSettings()
  }
}
