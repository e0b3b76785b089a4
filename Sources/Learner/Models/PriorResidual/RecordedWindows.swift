import Robotics

/// The windows of some recordings that a residual is learnt from, with what a prior leaves of each.
package struct RecordedWindows: Sendable {
  /// The windows that are learnt from, in the order of time.
  package let windows: [ResidualWindow]
  /// How many windows the recordings have.
  let foundCount: Int
  /// In how many of them the prior diverges; there is no residual there.
  let divergedCount: Int

  private let recordings: [RecordedMotion]
  private let excluded: [RecordedRange]
  private let windowSeconds: Double
  private let longestGapSeconds: Double
  /// Which of all windows are learnt from.
  private let places: [Int]

  /// - Parameters:
  ///   - recordings: Recordings of one robot.
  ///   - excluded: Stretches to leave out.
  ///   - windowSeconds: The length of a window, in seconds.
  ///   - longestGapSeconds: A window with a longer gap between samples is left out.
  ///   - prior: The prior.
  ///   - most: How many windows to learn from at most, evenly spread.
  package init(
    recordings: [RecordedMotion], excluding excluded: [RecordedRange], windowSeconds: Double,
    longestGapSeconds: Double, prior: TunedPrior, most: Int
  ) {
    self.recordings = recordings
    self.excluded = excluded
    self.windowSeconds = windowSeconds
    self.longestGapSeconds = longestGapSeconds
    let all = recordings.flatMap {
      $0.residualWindows(
        prior, windowSeconds: windowSeconds, longestGapSeconds: longestGapSeconds,
        excluding: excluded)
    }
    let finite = all.indices.filter { all[$0].residual.allSatisfy(\.isFinite) }
    places = EvenSpread.places(most, of: finite.count).map { finite[$0] }
    windows = places.map { all[$0] }
    foundCount = all.count
    divergedCount = all.count - finite.count
  }

  /// What another prior leaves of the velocities' changes over the same windows, a joint at a time (rad/s
  /// or m/s); where it diverges, what the first one leaves.
  func residuals(_ prior: TunedPrior) -> [[Double]] {
    let all = recordings.flatMap {
      $0.residualWindows(
        prior, windowSeconds: windowSeconds, longestGapSeconds: longestGapSeconds,
        excluding: excluded)
    }
    let joints = windows.first?.residual.count ?? 0
    return (0..<joints).map { joint in
      zip(places, windows).map { place, window in
        let value = all[place].residual[joint]
        return value.isFinite ? value : window.residual[joint]
      }
    }
  }
}

extension GaussianProcessDynamics {
  /// The same dynamics with other values of the prior's parameters, and its processes conditioned on what
  /// those leave of the windows that they were fitted to: what the data say of prior and residual together
  /// stays said.
  ///
  /// - Parameters:
  ///   - parameters: φ, in the order of the prior's `parameterNames`.
  ///   - windows: The windows that the processes were fitted to.
  ///   - windowSeconds: Their length, in seconds.
  package func moving(
    priorTo parameters: [Double], windows: RecordedWindows, windowSeconds: Double
  ) -> GaussianProcessDynamics {
    guard let prior else { return self }
    let moved = TunedPrior(model: prior.model, parameters: parameters)
    let part = periodSeconds / windowSeconds
    let left = windows.residuals(moved)
    return GaussianProcessDynamics(
      features: features, actionDimensions: actionDimensions, periodSeconds: periodSeconds,
      integratesPositions: integratesPositions,
      outputs: zip(outputs, left).map { $0.conditioned(on: $1.map { $0 * part }) }, prior: moved,
      summary: summary, noiseDeviations: noiseDeviations, warmStart: warmStart)
  }
}
