/// A dynamics model that whole functions can be drawn from: each a dynamics model of its own that
/// agrees with itself wherever it is asked, as the true dynamics do.
public protocol FunctionSampling: DynamicsModel {
  /// Functions that were drawn, one a particle: member b of a batch has function b mod their number.
  associatedtype Functions: DynamicsModel where Functions.Workspace == Workspace

  /// Draws functions.
  func functions(count: Int, seed: UInt64) -> Functions
}

extension GaussianProcessDynamics: FunctionSampling {
  /// Draws functions by pathwise conditioning.
  public func functions(count: Int, seed: UInt64) -> PathwiseSamples {
    pathwiseSamples(count: count, seed: seed)
  }
}
