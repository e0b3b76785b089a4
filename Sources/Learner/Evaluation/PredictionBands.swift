import LinearAlgebra
import Robotics

extension PredictionEvaluator {
  /// How well a learnt model foretells the recording, with bands over its segments from functions
  /// drawn from it.
  ///
  /// - Parameters:
  ///   - model: The model; its period is `settings.periodSeconds`.
  ///   - fine: The same model at a finer step, which segments are predicted with; nil for the model
  ///     itself.
  ///   - uncertainty: What the bands over one step are made of besides the model's variance.
  ///   - bandSamples: The number of functions; 64 tell a band's width to 9 %.
  ///   - drawn: The model that each function is drawn from, at the finer step, where more is open than
  ///     the function; nil for the same model always.
  ///   - seed: Of the draws.
  public func evaluate<Model: FunctionSampling>(
    model: Model, fine: (model: Model, stepSeconds: Double)? = nil,
    uncertainty: StepUncertainty? = nil, bandSamples: Int, drawn: [Model]? = nil, seed: UInt64
  ) -> PredictionReport {
    precondition(drawn.map { $0.count == bandSamples } ?? true, "a model a function")
    let (rolled, step) = fine ?? (model, settings.periodSeconds)
    var stream = RandomStream(seed: seed, path: [0xBA_4D])
    let workspace = rolled.makeWorkspace(capacity: segments.count)
    let advances = (0..<bandSamples).map { sample in
      SegmentRollouts.advance(
        (drawn?[sample] ?? rolled).functions(count: 1, seed: stream.next()), workspace: workspace)
    }
    var report = evaluate(model: model, fine: fine, uncertainty: uncertainty)
    addBands(to: &report, variants: bandSamples, step: step, stream: &stream) {
      advances[$0]($1, $2, $3, $4, $5)
    }
    return report
  }

  /// How well a prior model foretells the recording, with bands over its segments from parameters
  /// drawn from what a calibration left open.
  ///
  /// - Parameters:
  ///   - prior: The prior model.
  ///   - parameters: φ, in the order of the prior's `parameterNames`.
  ///   - drawn: Other values of φ, one a sample of the band; at least two.
  ///   - seed: Of the draws of the segments' beginnings.
  public func evaluate(
    prior: any PriorModel, parameters: [Double], drawn: [[Double]], seed: UInt64
  ) -> PredictionReport {
    var stream = RandomStream(seed: seed, path: [0xBA_4D])
    let step = stepSeconds
    let advances = drawn.map {
      SegmentRollouts.advance(prior, parameters: $0, stepSeconds: step)
    }
    var report = evaluate(prior: prior, parameters: parameters)
    addBands(to: &report, variants: drawn.count, step: step, stream: &stream) {
      advances[$0]($1, $2, $3, $4, $5)
    }
    return report
  }

  /// One variant's step: its number, the members, their stride, states, actions, and the states that
  /// follow.
  private typealias VariantAdvance = (
    _ variant: Int, _ count: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    _ actions: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) -> Void

  /// Rolls every segment out once a variant, from a beginning drawn from the smoother's uncertainty,
  /// and writes the normal band of the measured positions: the variants' spread, and the noise of a
  /// measurement. A variant that diverges makes its band infinitely wide.
  private func addBands(
    to report: inout PredictionReport, variants: Int, step: Double, stream: inout RandomStream,
    advance: VariantAdvance
  ) {
    let rollouts = SegmentRollouts(motions: [motion], segments: segments, stepSeconds: step)
    let count = segments.count
    let members = variants * count
    var initial = [Double](repeating: 0, count: rollouts.stateDimensions * members)
    for d in 0..<rollouts.stateDimensions {
      for m in 0..<members {
        let place = d * count + m % count
        initial[d * members + m] =
          rollouts.initialStates[place]
          + rollouts.initialVariances[place].squareRoot() * stream.nextGaussian()
      }
    }
    let states = rollouts.predict(variants: variants, initial: initial) {
      _, stride, states, actions, next in
      for v in 0..<variants {
        advance(v, count, stride, states + v * count, actions + v * count, next + v * count)
      }
    }
    let reach = normalQuantile(0.5 + 0.5 * settings.bandProbability)
    states.withUnsafeBufferPointer { states in
      guard let base = states.baseAddress else { return }
      for s in segments.indices {
        let range = rollouts.offsets[s]..<rollouts.offsets[s + 1]
        var lower: [[Double]] = []
        var upper: [[Double]] = []
        for joint in 0..<rollouts.jointCount {
          let noise = motion.trajectory.joints[joint].positionNoise
          let bands = range.map { c -> (lower: Double, upper: Double) in
            let values = (0..<variants).map { v in
              rollouts.position(
                base, members: members, member: v * count + s, joint: joint,
                rollouts.comparisons[c])
            }
            return Self.band(values, noise: noise, reach: reach)
          }
          lower.append(bands.map(\.lower))
          upper.append(bands.map(\.upper))
        }
        report.openLoop.segments[s].lower = lower
        report.openLoop.segments[s].upper = upper
      }
    }
    report.openLoop.countCoverage()
  }

  private static func band(
    _ values: [Double], noise: Double, reach: Double
  ) -> (lower: Double, upper: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let variance = squares / Double(max(1, values.count - 1)) + noise * noise
    guard variance.isFinite else { return (-.infinity, .infinity) }
    return (mean - reach * variance.squareRoot(), mean + reach * variance.squareRoot())
  }
}

extension PredictionReport.OpenLoop {
  /// By what the bands' widths must be multiplied to hold that share of the measured positions; nil
  /// without bands.
  public func bandExcess(probability: Double) -> Double? {
    var ratios: [Double] = []
    forEachBand { measured, lower, upper in
      ratios.append(abs(measured - 0.5 * (lower + upper)) / (0.5 * (upper - lower)))
    }
    ratios.removeAll { !$0.isFinite }
    return ratios.isEmpty ? nil : quantile(ratios, probability)
  }

  /// Multiplies the bands' widths, their middles kept.
  public mutating func widenBands(by factor: Double) {
    for s in segments.indices {
      guard let lower = segments[s].lower, let upper = segments[s].upper else { continue }
      for joint in lower.indices {
        for place in lower[joint].indices {
          let middle = 0.5 * (lower[joint][place] + upper[joint][place])
          let half = 0.5 * factor * (upper[joint][place] - lower[joint][place])
          guard middle.isFinite else { continue }
          segments[s].lower?[joint][place] = middle - half
          segments[s].upper?[joint][place] = middle + half
        }
      }
    }
    countCoverage()
  }

  /// Counts the measured positions within the bands.
  fileprivate mutating func countCoverage() {
    var (inside, total) = (0, 0)
    forEachBand { measured, lower, upper in
      if measured >= lower && measured <= upper { inside += 1 }
      total += 1
    }
    coverage = total > 0 ? Double(inside) / Double(total) : nil
  }

  private func forEachBand(_ body: (_ measured: Double, _ lower: Double, _ upper: Double) -> Void) {
    for segment in segments {
      guard let lower = segment.lower, let upper = segment.upper else { continue }
      for joint in lower.indices {
        for place in lower[joint].indices {
          body(segment.measured[joint][place], lower[joint][place], upper[joint][place])
        }
      }
    }
  }

  /// The segments' RMS errors (rad or m), without those that touch one of the stretches.
  public func errors(outside stretches: [RecordedRange]) -> [Double] {
    segments.filter { prediction in
      !stretches.contains {
        $0.fromSeconds < prediction.segment.endSeconds
          && $0.toSeconds > prediction.segment.startSeconds
      }
    }.map(\.rmsError)
  }
}
