/// How well a predictor foretells a recording: over half-second segments, and over one step.
public struct PredictionReport: Sendable, Equatable, Codable {
  /// The prediction of one segment, started from the smoothed state and driven by the recorded
  /// efforts.
  public struct Segment: Sendable, Equatable, Codable {
    /// The stretch of the recording.
    public var segment: MotionSegment
    /// The RMS error of the positions over the segment and the joints (rad, or m for a robot of
    /// sliding joints); infinite when the prediction diverged.
    public var rmsError: Double
    /// When each compared sample was taken, in seconds since the recording began.
    public var timesSeconds: [Double]
    /// The measured positions (rad or m), joint by joint.
    public var measured: [[Double]]
    /// The predicted positions (rad or m), joint by joint.
    public var predicted: [[Double]]
    /// Where the predictor's band for the measured positions begins (rad or m), joint by joint; nil
    /// for a predictor without one.
    public var lower: [[Double]]?
    /// Where the band ends.
    public var upper: [[Double]]?
  }

  /// The errors over the segments.
  public struct OpenLoop: Sendable, Equatable, Codable {
    /// The length of a segment, in seconds.
    public var segmentSeconds: Double
    /// The time from one segment's beginning to the next one's, in seconds.
    public var spacingSeconds: Double
    /// The unit of the errors, `rad` or `m` (`rad and m` for a robot that has both).
    public var unit: String
    /// The median of the segments' RMS errors.
    public var median: Double
    /// The quantile below which 90 % of the segments' RMS errors lie.
    public var quantile90: Double
    /// The RMS error over all segments.
    public var rms: Double
    /// The segments, in order of time.
    public var segments: [Segment]
    /// The places in `segments` of the worst ones, the worst first.
    public var worst: [Int]
    /// The share of each segment that lies in the region of the data that the predictor learnt from
    /// (``RegionOfData``), 0 to 1; nil for a predictor that doesn't say.
    public var shares: [Double]?
    /// The share of the measured positions within the predictor's bands; nil without bands.
    public var coverage: Double?

    /// In how many segments the prediction is no finite number.
    public var divergedCount: Int { segments.count { !$0.rmsError.isFinite } }
  }

  /// The errors of one state dimension over the recording, one step at a time.
  public struct OneStepSeries: Sendable, Equatable, Codable {
    /// When the steps end, in seconds since the recording began.
    public var timesSeconds: [Double]
    /// Predicted minus smoothed state; infinite where the prediction diverged.
    public var errors: [Double]
    /// How far the predictor's band reaches either way; nil for a predictor without one.
    public var reaches: [Double]?
  }

  /// The errors over one step of one state dimension.
  public struct OneStep: Sendable, Equatable, Codable {
    /// The dimension's name, such as `shoulder velocity`.
    public var name: String
    /// The unit of its errors.
    public var unit: String
    /// The RMS of predicted minus smoothed state, one period after a smoothed state.
    public var rms: Double
    /// The median of the errors' absolute values.
    public var medianAbsolute: Double
    /// The RMS of the state's change over the period: the error of a predictor that foretells no
    /// change at all.
    public var rmsOfChange: Double
    /// The share of the steps within the predictor's band; nil for a predictor without one.
    public var coverage: Double?
    /// The RMS of the errors over their predicted standard deviation, 1 for an honest predictor;
    /// nil for a predictor without a band.
    public var rmsZScore: Double?
    /// By what the band would have to be widened to hold just its share of the steps, 1 for an honest
    /// predictor; nil for a predictor without a band.
    public var bandExcess: Double?
  }

  /// The trial's number.
  public var trialNumber: Int
  /// The errors over segments.
  public var openLoop: OpenLoop
  /// The period of the one-step errors, in seconds.
  public var periodSeconds: Double
  /// The probability of the bands that `coverage` is to meet.
  public var bandProbability: Double
  /// The one-step errors, in the state's order.
  public var oneStep: [OneStep]
  /// The same, step by step.
  public var oneStepSeries: [OneStepSeries]
  /// How long after its sample an effort was taken to act, in seconds.
  public var actionDelaySeconds: Double
}

/// A sorted list's quantile, interpolated between its neighbours (Hyndman & Fan 1996, type 7);
/// NaN of an empty list.
package func quantile(_ values: [Double], _ probability: Double) -> Double {
  guard !values.isEmpty else { return .nan }
  let sorted = values.sorted()
  let place = probability * Double(sorted.count - 1)
  let low = Int(place)
  let high = min(low + 1, sorted.count - 1)
  // Between equal neighbours, and where there is nothing to interpolate: infinite values may follow,
  // or stand here.
  guard sorted[high] != sorted[low], place > Double(low), sorted[low].isFinite else {
    return sorted[low]
  }
  return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
}
