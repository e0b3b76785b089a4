import Robotics

/// Many segments of recordings predicted at once: a batch with one member a segment (or several,
/// with shifted beginnings), driven by the recorded efforts on a common grid of steps.
///
/// A grid cell's effort is the mean of the recorded ones over the cell, so the impulse is right
/// whatever the sampling. Predictions are compared at the samples' own times, by cubic Hermite
/// interpolation of predicted positions and velocities.
struct SegmentRollouts: Sendable {
  /// One step of a predictor: `count` members, their stride, states, actions, and the states that
  /// follow.
  typealias Advance = (
    _ count: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    _ actions: UnsafePointer<Double>, _ next: UnsafeMutablePointer<Double>
  ) -> Void

  /// A sample at which a prediction is compared.
  struct Comparison: Sendable {
    /// The grid cell that the sample lies in.
    var cell: Int
    /// How to interpolate there.
    var weights: HermiteWeights
    /// The sample's time, in seconds since the recording began.
    var seconds: Double
    /// The sample's index in its recording.
    var sample: Int
  }

  let segments: [MotionSegment]
  let stepSeconds: Double
  /// The number of steps that the longest segment needs.
  let stepCount: Int
  let jointCount: Int
  let actionDimensions: Int
  /// The smoothed states at the segments' beginnings, a dimension at a time.
  let initialStates: [Double]
  /// Their variances, likewise.
  let initialVariances: [Double]
  /// The efforts: entry `(step * actionDimensions + a) * segments + s`.
  let actions: [Double]
  /// Where each segment's comparisons begin, and one past the last.
  let offsets: [Int]
  /// The comparisons of all segments, in order; a segment's first sample isn't one, being given.
  let comparisons: [Comparison]
  /// The measured positions at the comparisons, joint by joint: entry `joint * comparisons + c`.
  let measured: [Double]

  var segmentCount: Int { segments.count }
  var stateDimensions: Int { 2 * jointCount }

  init(motions: [RecordedMotion], segments: [MotionSegment], stepSeconds: Double) {
    self.segments = segments
    self.stepSeconds = stepSeconds
    let joints = motions.first?.jointCount ?? 0
    let efforts = motions.first?.actionDimensions ?? 0
    let count = segments.count
    jointCount = joints
    actionDimensions = efforts
    let longest = segments.map { $0.endSeconds - $0.startSeconds }.max() ?? 0
    let steps = max(1, Int((longest / stepSeconds - 1e-6).rounded(.up)))
    stepCount = steps
    var states = [Double](repeating: 0, count: 2 * joints * count)
    var variances = states
    var actions = [Double](repeating: 0, count: steps * efforts * count)
    var offsets = [0]
    var comparisons: [Comparison] = []
    for (s, segment) in segments.enumerated() {
      let motion = motions[segment.recording]
      let state = motion.trajectory.state(at: segment.firstSample)
      let variance = motion.trajectory.variance(at: segment.firstSample)
      for d in state.indices {
        states[d * count + s] = state[d]
        variances[d * count + s] = variance[d]
      }
      for step in 0..<steps {
        let from = segment.startSeconds + Double(step) * stepSeconds
        for a in 0..<efforts {
          actions[(step * efforts + a) * count + s] = motion.meanAction(
            a, from: from, to: from + stepSeconds)
        }
      }
      for k in (segment.firstSample + 1)...segment.lastSample where motion.isMeasured[k] {
        let elapsed = (motion.timesSeconds[k] - segment.startSeconds) / stepSeconds
        let cell = min(Int(elapsed), steps - 1)
        comparisons.append(
          Comparison(
            cell: cell,
            weights: HermiteWeights(fraction: elapsed - Double(cell), step: stepSeconds),
            seconds: motion.timesSeconds[k], sample: k))
      }
      offsets.append(comparisons.count)
    }
    initialStates = states
    initialVariances = variances
    self.actions = actions
    self.offsets = offsets
    self.comparisons = comparisons
    var measured = [Double](repeating: 0, count: joints * comparisons.count)
    for s in segments.indices {
      let motion = motions[segments[s].recording]
      for c in offsets[s]..<offsets[s + 1] {
        for joint in 0..<joints {
          measured[joint * comparisons.count + c] =
            motion.measuredPositions[joint][comparisons[c].sample]
        }
      }
    }
    self.measured = measured
  }

  /// Predicts every segment from `variants` beginnings.
  ///
  /// - Parameters:
  ///   - variants: How many beginnings each segment has.
  ///   - initial: The states to begin from; member `v * segmentCount + s`, a dimension at a time.
  ///   - advance: The predictor's step.
  /// - Returns: The predicted states: entry `(step * stateDimensions + d) * members + m`, for steps 0
  ///   to `stepCount`.
  func predict(variants: Int, initial: [Double], advance: Advance) -> [Double] {
    let members = variants * segmentCount
    let block = stateDimensions * members
    var efforts = [Double](repeating: 0, count: max(1, actionDimensions * members))
    return [Double](unsafeUninitializedCapacity: (stepCount + 1) * block) { states, filled in
      filled = (stepCount + 1) * block
      guard let base = states.baseAddress else { return }
      for i in 0..<block { (base + i).initialize(to: initial[i]) }
      (base + block).initialize(repeating: 0, count: stepCount * block)
      efforts.withUnsafeMutableBufferPointer { buffer in
        guard let effort = buffer.baseAddress else { return }
        for step in 0..<stepCount {
          for a in 0..<actionDimensions {
            for v in 0..<variants {
              let target = effort + a * members + v * segmentCount
              let source = (step * actionDimensions + a) * segmentCount
              for s in 0..<segmentCount { target[s] = actions[source + s] }
            }
          }
          advance(members, members, base + step * block, effort, base + (step + 1) * block)
        }
      }
    }
  }

  /// The predicted position of a joint of a member at a comparison.
  @inline(__always)
  func position(
    _ states: UnsafePointer<Double>, members: Int, member: Int, joint: Int, _ comparison: Comparison
  ) -> Double {
    let dimensions = stateDimensions
    let here = states + (comparison.cell * dimensions + joint) * members + member
    let next = here + dimensions * members
    let velocity = jointCount * members
    return comparison.weights.position(here[0], here[velocity], next[0], next[velocity])
  }

  /// A predictor's step from a prior model with those parameters.
  static func advance(
    _ prior: any PriorModel, parameters: [Double], stepSeconds: Double
  ) -> Advance {
    { count, stride, states, actions, next in
      parameters.withUnsafeBufferPointer { phi in
        guard let phi = phi.baseAddress else {
          let none = 0.0
          withUnsafePointer(to: none) {
            prior.advance(
              count: count, stride: stride, states: states, actions: actions, parameters: $0,
              periodSeconds: stepSeconds, next: next)
          }
          return
        }
        prior.advance(
          count: count, stride: stride, states: states, actions: actions, parameters: phi,
          periodSeconds: stepSeconds, next: next)
      }
    }
  }

  /// A predictor's step from a learnt model: the state plus the mean of its change.
  static func advance<Model: DynamicsModel>(_ model: Model, capacity: Int) -> Advance {
    advance(model, workspace: model.makeWorkspace(capacity: capacity))
  }

  /// The same with scratch memory that several predictors share, one after the other.
  static func advance<Model: DynamicsModel>(
    _ model: Model, workspace: Model.Workspace
  ) -> Advance {
    let dimensions = model.stateDimensions
    return { count, stride, states, actions, next in
      model.predict(
        count: count, stride: stride, states: states, actions: actions, mean: next, variance: nil,
        workspace: workspace)
      for d in 0..<dimensions {
        for m in 0..<count { next[d * stride + m] += states[d * stride + m] }
      }
    }
  }
}
