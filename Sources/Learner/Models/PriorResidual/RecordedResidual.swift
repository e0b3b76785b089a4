import Foundation
import LinearAlgebra
import Robotics

/// A window of a recording, and what a prior leaves of it.
package struct ResidualWindow: Sendable {
  /// The state in the middle, the mean effort, and the middle plus the change of state.
  package var step: Step
  /// What the prior leaves of the velocities' changes over the window (rad/s or m/s).
  package var residual: [Double]
}

extension RecordedMotion {
  /// The windows of a length, one after the other, with what a prior leaves of each.
  func residualWindows(
    _ prior: TunedPrior, windowSeconds: Double, longestGapSeconds: Double,
    excluding excluded: [RecordedRange]
  ) -> [ResidualWindow] {
    let starts = stepStarts(
      periodSeconds: windowSeconds, longestGapSeconds: longestGapSeconds, excluding: excluded)
    let count = starts.count
    guard count > 0 else { return [] }
    let dimensions = stateDimensions
    let joints = jointCount
    let parts = max(1, Int((windowSeconds / SegmentRollouts.standardStep([self])).rounded(.up)))
    let step = windowSeconds / Double(parts)
    var states = [Double](repeating: 0, count: dimensions * count)
    for (n, start) in starts.enumerated() {
      let state = trajectory.state(atSeconds: start)
      for d in 0..<dimensions { states[d * count + n] = state[d] }
    }
    var next = states
    var efforts = [Double](repeating: 0, count: max(1, actionDimensions * count))
    let advance = SegmentRollouts.advance(
      prior.model, parameters: prior.parameters, stepSeconds: step)
    for part in 0..<parts {
      for (n, start) in starts.enumerated() {
        let from = start + Double(part) * step
        for a in 0..<actionDimensions {
          efforts[a * count + n] = meanAction(a, from: from, to: from + step)
        }
      }
      advance(count, count, states, efforts, &next)
      swap(&states, &next)
    }
    return starts.enumerated().map { n, start in
      let (begin, end) = (
        trajectory.state(atSeconds: start), trajectory.state(atSeconds: start + windowSeconds)
      )
      let middle = trajectory.state(atSeconds: start + 0.5 * windowSeconds)
      return ResidualWindow(
        step: Step(
          state: middle,
          action: actions.indices.map { meanAction($0, from: start, to: start + windowSeconds) },
          nextState: middle.indices.map { middle[$0] + end[$0] - begin[$0] }),
        residual: (0..<joints).map { end[joints + $0] - states[(joints + $0) * count + n] })
    }
  }
}

extension GaussianProcessDynamics {
  /// Fits GP-MI to recordings: processes on what a prior, driven by the efforts at their recorded
  /// rate, leaves of the velocities' changes over short windows.
  ///
  /// A model of a fixed period sees one mean effort a step. Where efforts change within a step, that
  /// loses more than a residual gains. Here the prior is driven through each window by the recorded
  /// efforts at their own rate; what is left of the velocities' changes is a process of the state in
  /// the middle of the window and of the mean effort, so that a rate learnt over the window is that of
  /// its middle, to second order. ``GaussianProcessDynamics/refined(periodSeconds:)`` then gives the
  /// model at the recording's own step.
  ///
  ///     let model = try GaussianProcessDynamics.fit(
  ///       recordings: [motion], features: FeatureMap(robot: robot), prior: calibrated)
  ///     let fine = try model.refined(periodSeconds: 0.005)
  ///
  /// Parameters that may be tuned are identified first, over steps of the window's length. Each
  /// process must foretell blocks of windows that were left out (``ResidualValidation``). A prior that
  /// the data speak against is dropped, and ``ModelSummary/prior`` says so.
  ///
  /// - Parameters:
  ///   - recordings: Recordings of one robot.
  ///   - excluded: Stretches to leave out, such as ``CalibrationResult/disturbances``.
  ///   - features: How states enter.
  ///   - prior: The prior model.
  ///   - windowSeconds: The length of a window, in seconds. Shorter ones drown in the smoother's
  ///     errors; longer ones blur what changes with the state.
  ///   - longestGapSeconds: A window with a longer gap between samples is left out.
  ///   - settings: How to fit; positions always follow from velocities.
  ///   - seed: Of the random starts.
  ///   - threads: The most threads; the result doesn't depend on it.
  /// - Returns: A model whose period is the window.
  /// - Throws: ``ModelError``.
  public static func fit(
    recordings: [RecordedMotion], excluding excluded: [RecordedRange] = [],
    features: FeatureMap, prior: PriorForFit, windowSeconds: Double = 0.1,
    longestGapSeconds: Double = 0.1,
    settings: GaussianProcessSettings = GaussianProcessSettings(validatesResidual: true),
    seed: UInt64 = 0, threads: Int = 1
  ) throws -> GaussianProcessDynamics {
    var settings = settings
    settings.integratesPositions = true
    var description = prior.description
    if description.parameters.contains(where: \.isTunable) {
      let steps = recordings.flatMap {
        $0.steps(
          periodSeconds: windowSeconds, longestGapSeconds: longestGapSeconds, excluding: excluded)
      }
      let first = try fit(
        steps: TrainingData.thinned(steps, most: settings.maximumPointCount), features: features,
        periodSeconds: windowSeconds, prior: prior,
        settings: settings, seed: seed, threads: threads)
      // Parameters of a prior that was dropped stay nominal: the windows' evidence decides once more.
      if let found = first.prior {
        for (name, value) in zip(found.model.parameterNames, found.parameters) {
          for place in description.parameters.indices
          where description.parameters[place].name == name {
            description.parameters[place].nominal = value
          }
        }
      }
    }
    let parameters = try PriorParameters(
      names: prior.model.parameterNames, description: description)
    let tuned = TunedPrior(
      model: prior.model, parameters: parameters.parameters.map(\.nominal))
    let chosen = RecordedWindows(
      recordings: recordings, excluding: excluded, windowSeconds: windowSeconds,
      longestGapSeconds: longestGapSeconds, prior: tuned, most: settings.maximumPointCount)
    guard chosen.foundCount == 0 || !chosen.windows.isEmpty else { throw ModelError.priorNotFinite }
    let windows = chosen.windows
    let data = try TrainingData(steps: windows.map(\.step), features: features)
    let fit = GaussianProcessFit(
      inputs: StandardisedInputs(
        points: data.points, dimensions: data.inputCount, covariance: settings.covariance,
        screeningCount: settings.screeningPointCount), settings: settings, seed: seed,
      threads: threads, isCancelled: { false })
    let names = OutputName.all(features: features, integratesPositions: true)
    let joints = names.count
    let changes = names.indices.map {
      FitTarget(name: names[$0].name, values: data.change(joints + $0), centred: true)
    }
    let residuals = names.indices.map { joint in
      FitTarget(
        name: names[joint].name, values: windows.map { $0.residual[joint] }, centred: false,
        reference: changes[joint].scale)
    }
    let plain = try fit.fit(changes, warm: nil)
    var residualFit = fit
    residualFit.settings = settings.forResidual
    let fitted = try residualFit.fit(residuals, warm: nil)
    let validates = settings.validatesResidual
    let validated = try Parallel.map(blocks: joints, threads: threads) { joint in
      guard validates else { return (process: fitted[joint], factor: 1.0) }
      return try ResidualValidation.validated(
        fitted[joint], target: residuals[joint], points: data.points)
    }
    let outcome = ResidualFit.Outcome(
      prior: tuned, parameters: parameters, point: parameters.nominal,
      outputs: validated.map(\.process), residuals: residuals.map(\.values),
      logEvidence: fitted.reduce(0) { $0 + $1.logMarginalLikelihood },
      noiseFactors: validated.map(\.factor), divergedStepCount: chosen.divergedCount)
    let priorSummary = outcome.summary(
      targets: changes, prior: prior, plain: plain, settings)
    let isUsed = priorSummary.isUsed
    let outputs = isUsed ? outcome.outputs : plain
    // What a process was made to doubt, it need not find in the next recording.
    let noise = outputs.indices.map { joint -> Double in
      let factor = isUsed ? outcome.noiseFactors[joint] : 1
      return outputs[joint].noiseDeviation / (factor.isFinite ? factor : 1).squareRoot()
    }
    return GaussianProcessDynamics(
      features: features, actionDimensions: data.actionDimensions, periodSeconds: windowSeconds,
      integratesPositions: true, outputs: outputs, prior: isUsed ? tuned : nil,
      summary: ModelSummary(
        data: data, inputs: fit.inputs,
        omittedPointCount: chosen.foundCount - chosen.divergedCount - windows.count,
        features: features, outputs: outputs, targets: changes, names: names,
        integratesPositions: true, prior: priorSummary),
      noiseDeviations: noise.map { $0 * windowSeconds / 3.0.squareRoot() } + noise,
      warmStart: WarmStart())
  }
}
