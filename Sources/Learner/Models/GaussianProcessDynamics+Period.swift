extension GaussianProcessDynamics {
  /// The same dynamics over a shorter period: the prior is integrated over that period, and each
  /// process gives the part of its change that belongs to it.
  ///
  /// A change learnt over T stands for the rate change / T; over h it is h / T of it, with the
  /// deviation of what is not known of the function scaled likewise. Observation noise is that of
  /// independent kicks, whose variance grows with time: a velocity's deviation is √(h / T) of it, a
  /// position's (h / T)^1.5.
  ///
  /// Right for processes on velocities whose inputs stand for the whole period, as those of
  /// ``fit(recordings:excluding:features:prior:windowSeconds:longestGapSeconds:settings:seed:threads:)``.
  ///
  /// - Parameter periodSeconds: The period, in seconds; above zero.
  /// - Throws: ``ModelError/notPositiveDefinite(output:points:)``.
  public func refined(periodSeconds: Double) throws -> GaussianProcessDynamics {
    precondition(periodSeconds > 0 && integratesPositions, "velocities alone have processes")
    let part = periodSeconds / self.periodSeconds
    let joints = stateDimensions / 2
    return GaussianProcessDynamics(
      features: features, actionDimensions: actionDimensions, periodSeconds: periodSeconds,
      integratesPositions: true, outputs: try outputs.map { try $0.scaled(by: part) },
      prior: prior, summary: summary,
      noiseDeviations: noiseDeviations.indices.map { d in
        noiseDeviations[d] * part.squareRoot() * (d < joints ? part : 1)
      }, warmStart: warmStart)
  }
}

extension GaussianProcess {
  /// The process of targets that are `factor` times as great, noise included.
  func scaled(by factor: Double) throws -> GaussianProcess {
    precondition(sparse == nil, "an exact process is scaled")
    return try GaussianProcess(
      points: points.indices.map { points[$0] * inputScales[$0 % dimensions] },
      targets: standardisedTargets.map { ($0 * targetScale + mean) * factor },
      mean: mean * factor, targetScale: targetScale * factor,
      hyperparameters: hyperparameters.multiplying(
        inputs: [Double](repeating: 1, count: dimensions), target: factor))
  }
}
