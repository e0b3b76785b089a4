import Foundation
import Robotics

/// How predictions are compared with a recording.
public struct PredictionSettings: Sendable, Equatable, Codable {
  /// The length of a segment, in seconds.
  public var segmentSeconds: Double
  /// The time from one segment's beginning to the next one's, in seconds.
  public var spacingSeconds: Double
  /// The period of one-step errors, and of a learnt model, in seconds.
  public var periodSeconds: Double
  /// The step at which a prior is driven over a segment, in seconds; nil takes the recording's own
  /// sampling, between 2 and 10 ms.
  public var integrationSeconds: Double?
  /// How long after its sample an effort begins to act, in seconds; nil takes the link's command
  /// delay for a trial that was run, and zero for an imported recording.
  public var actionDelaySeconds: Double?
  /// The longest time between two measured samples that a segment or step may hold, in seconds.
  public var longestGapSeconds: Double
  /// How many of the worst segments to name.
  public var worstCount: Int
  /// The probability of the predictive bands whose coverage is counted.
  public var bandProbability: Double
  /// How recorded positions are smoothed.
  public var smoothing: SmoothingSettings

  /// Settings from their parts.
  public init(
    segmentSeconds: Double = 0.5, spacingSeconds: Double = 0.25, periodSeconds: Double = 0.02,
    integrationSeconds: Double? = nil, actionDelaySeconds: Double? = nil,
    longestGapSeconds: Double = 0.1, worstCount: Int = 5, bandProbability: Double = 0.95,
    smoothing: SmoothingSettings = SmoothingSettings()
  ) {
    self.segmentSeconds = segmentSeconds
    self.spacingSeconds = spacingSeconds
    self.periodSeconds = periodSeconds
    self.integrationSeconds = integrationSeconds
    self.actionDelaySeconds = actionDelaySeconds
    self.longestGapSeconds = longestGapSeconds
    self.worstCount = worstCount
    self.bandProbability = bandProbability
    self.smoothing = smoothing
  }
}

/// Compares what a predictor foretells with what was recorded.
///
///     let evaluator = try PredictionEvaluator(recording: trial, robot: robot)
///     let before = try evaluator.evaluate(prior: prior, parameters: nominal)
///     let after = try evaluator.evaluate(model: learnt)
///     print(before.openLoop.median, after.openLoop.median)      // rad
///
/// The figure of merit: over all segments of 0.5 s (one starting every 0.25 s, begun at the smoothed
/// state and driven by the recorded efforts), the RMS error of the positions; its median and 90 %
/// quantile over the segments. The recording is smoothed once, by a smoother that knows nothing of
/// any model, so that all predictors are judged alike.
public struct PredictionEvaluator: Sendable {
  /// The recording, smoothed.
  public let motion: RecordedMotion
  /// How predictions are compared.
  public let settings: PredictionSettings
  /// The segments, in order of time.
  public let segments: [MotionSegment]
  private let openLoopUnit: String

  /// An evaluator of predictions of a recording.
  ///
  /// - Throws: ``MotionError`` when the recording can't be smoothed or is shorter than a segment,
  ///   or for a setting that can't be used.
  public init(
    recording: Trial, robot: Robot, settings: PredictionSettings = PredictionSettings()
  ) throws(MotionError) {
    try checkPositive("segmentSeconds", settings.segmentSeconds)
    try checkPositive("spacingSeconds", settings.spacingSeconds)
    try checkPositive("periodSeconds", settings.periodSeconds)
    try checkPositive("longestGapSeconds", settings.longestGapSeconds)
    if let step = settings.integrationSeconds { try checkPositive("integrationSeconds", step) }
    guard settings.bandProbability > 0, settings.bandProbability < 1 else {
      throw .badSetting(
        name: "bandProbability", value: settings.bandProbability, allowed: "between 0 and 1")
    }
    motion = try RecordedMotion(
      recording, robot: robot, smoothing: settings.smoothing,
      actionDelaySeconds: settings.actionDelaySeconds)
    segments = try motion.segments(
      lengthSeconds: settings.segmentSeconds, spacingSeconds: settings.spacingSeconds,
      longestGapSeconds: settings.longestGapSeconds)
    self.settings = settings
    openLoopUnit = Set(robot.joints.map(\.positionUnit)).sorted(by: >).joined(separator: " and ")
  }

  /// The step at which a prior is driven over a segment, in seconds.
  public var stepSeconds: Double {
    settings.integrationSeconds ?? SegmentRollouts.standardStep([motion])
  }

  /// How well a prior model with those parameters foretells the recording.
  ///
  /// - Parameters:
  ///   - prior: The prior model.
  ///   - parameters: φ, in the order of the prior's `parameterNames`.
  public func evaluate(prior: any PriorModel, parameters: [Double]) -> PredictionReport {
    precondition(
      prior.stateDimensions == motion.stateDimensions
        && prior.actionDimensions == motion.actionDimensions
        && prior.parameterNames.count == parameters.count,
      "a prior is evaluated on its own robot, with all its parameters")
    let step = stepSeconds
    return report(
      step: step,
      openLoop: { _ in
        SegmentRollouts.advance(prior, parameters: parameters, stepSeconds: step)
      },
      oneStep: { rows in
        let advance = SegmentRollouts.advance(
          prior, parameters: parameters, stepSeconds: settings.periodSeconds)
        advance(rows.count, rows.count, rows.states, rows.actions, rows.mean)
      })
  }

  /// How well a learnt model foretells the recording.
  ///
  /// - Parameters:
  ///   - model: The model; its period is `settings.periodSeconds`.
  ///   - fine: The same model at a finer step, which segments are predicted with; nil for the model
  ///     itself (``GaussianProcessDynamics/refined(periodSeconds:)``).
  ///   - uncertainty: What the bands over one step are made of besides the model's variance.
  public func evaluate<Model: DynamicsModel>(
    model: Model, fine: (model: Model, stepSeconds: Double)? = nil,
    uncertainty: StepUncertainty? = nil
  ) -> PredictionReport {
    precondition(
      model.stateDimensions == motion.stateDimensions
        && model.actionDimensions == motion.actionDimensions,
      "a model is evaluated on its own robot")
    return report(
      step: fine?.stepSeconds ?? settings.periodSeconds,
      openLoop: { SegmentRollouts.advance(fine?.model ?? model, capacity: $0) },
      uncertainty: uncertainty ?? StepUncertainty(noiseDeviations: []),
      oneStep: { rows in
        model.predict(
          count: rows.count, stride: rows.count, states: rows.states, actions: rows.actions,
          mean: rows.mean, variance: rows.variance,
          workspace: model.makeWorkspace(capacity: rows.count))
        let total = rows.count * motion.stateDimensions
        for i in 0..<total { rows.mean[i] += rows.states[i] }
      })
  }

  // MARK: - Over segments

  private func report(
    step: Double, openLoop makeAdvance: (_ members: Int) -> SegmentRollouts.Advance,
    uncertainty: StepUncertainty? = nil, oneStep: (StepRows) -> Void
  ) -> PredictionReport {
    let rollouts = SegmentRollouts(motions: [motion], segments: segments, stepSeconds: step)
    let states = rollouts.predict(
      variants: 1, initial: rollouts.initialStates, advance: makeAdvance(segments.count))
    let predictions = segments.indices.map { s in
      states.withUnsafeBufferPointer { segmentPrediction(rollouts, s, $0) }
    }
    let errors = predictions.map(\.rmsError)
    let squares = zip(predictions, errors).map { Double($0.timesSeconds.count) * $1 * $1 }
    let samples = predictions.reduce(0.0) { $0 + Double($1.timesSeconds.count) }
    let order = errors.indices.sorted { (errors[$0], $1) > (errors[$1], $0) }
    let oneStep = oneStepErrors(uncertainty: uncertainty, oneStep)
    return PredictionReport(
      trialNumber: motion.trialNumber,
      openLoop: PredictionReport.OpenLoop(
        segmentSeconds: settings.segmentSeconds, spacingSeconds: settings.spacingSeconds,
        unit: openLoopUnit, median: quantile(errors, 0.5), quantile90: quantile(errors, 0.9),
        rms: (squares.reduce(0, +) / samples).squareRoot(), segments: predictions,
        worst: Array(order.prefix(settings.worstCount))),
      periodSeconds: settings.periodSeconds, bandProbability: settings.bandProbability,
      oneStep: oneStep.summaries, oneStepSeries: oneStep.series,
      actionDelaySeconds: motion.actionDelaySeconds)
  }

  private func segmentPrediction(
    _ rollouts: SegmentRollouts, _ s: Int, _ states: UnsafeBufferPointer<Double>
  ) -> PredictionReport.Segment {
    let range = rollouts.offsets[s]..<rollouts.offsets[s + 1]
    let total = rollouts.comparisons.count
    var predicted: [[Double]] = []
    var measured: [[Double]] = []
    var squares = 0.0
    for joint in 0..<rollouts.jointCount {
      var row: [Double] = []
      for c in range {
        guard let base = states.baseAddress else { continue }
        let value = rollouts.position(
          base, members: segments.count, member: s, joint: joint, rollouts.comparisons[c])
        let error = value - rollouts.measured[joint * total + c]
        squares += error * error
        row.append(value)
      }
      predicted.append(row)
      measured.append(
        Array(
          rollouts.measured[(joint * total + range.lowerBound)..<(joint * total + range.upperBound)]
        ))
    }
    let count = Double(max(1, range.count * rollouts.jointCount))
    let rms = (squares / count).squareRoot()
    return PredictionReport.Segment(
      segment: segments[s], rmsError: rms.isFinite ? rms : .infinity,
      timesSeconds: rollouts.comparisons[range].map(\.seconds), measured: measured,
      predicted: predicted)
  }
}

extension SegmentRollouts {
  /// The step at which priors are driven when nothing else is asked for: the finest median
  /// sampling among the recordings, between 2 and 10 ms.
  static func standardStep(_ motions: [RecordedMotion]) -> Double {
    let finest = motions.map { motion in
      let times = motion.timesSeconds
      return quantile(zip(times.dropFirst(), times).map { $0 - $1 }, 0.5)
    }.min()
    return min(0.01, max(0.002, finest ?? 0.005))
  }
}

package func rootMeanSquare(_ values: [Double]) -> Double {
  (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
}

func checkPositive(_ name: String, _ value: Double) throws(MotionError) {
  guard value > 0, value.isFinite else {
    throw .badSetting(name: name, value: value, allowed: "greater than 0")
  }
}

/// The quantile of the standard normal distribution: bisection on the error function.
func normalQuantile(_ probability: Double) -> Double {
  var low = -9.0
  var high = 9.0
  while high - low > 1e-12 {
    let middle = 0.5 * (low + high)
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}
