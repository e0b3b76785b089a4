/// A short stretch of a recording over which a model predicts from the state at its beginning.
public struct MotionSegment: Sendable, Equatable, Codable {
  /// The place of the recording among those given, from 0.
  public var recording: Int
  /// The first sample.
  public var firstSample: Int
  /// The last sample.
  public var lastSample: Int
  /// When the first sample was taken, in seconds since the recording began.
  public var startSeconds: Double
  /// When the last sample was taken, in seconds since the recording began.
  public var endSeconds: Double
}

extension RecordedMotion {
  /// The segments of a length, one starting every so often; those with a long gap are left out.
  ///
  /// - Parameters:
  ///   - recording: The recording's place among those given, written into each segment.
  ///   - lengthSeconds: The length of a segment.
  ///   - spacingSeconds: The time from one segment's beginning to the next one's.
  ///   - longestGapSeconds: The longest time between two measured samples of a segment.
  /// - Throws: ``MotionError/tooShort(trial:longestSeconds:neededSeconds:)`` when none fits.
  public func segments(
    recording: Int = 0, lengthSeconds: Double, spacingSeconds: Double, longestGapSeconds: Double
  ) throws(MotionError) -> [MotionSegment] {
    let origin = timesSeconds[0]
    let total = timesSeconds[timesSeconds.count - 1] - origin
    var segments: [MotionSegment] = []
    var index = 0
    var first = 0
    while Double(index) * spacingSeconds + lengthSeconds <= total + 1e-9 {
      let start = origin + Double(index) * spacingSeconds
      index += 1
      while timesSeconds[first] < start - 1e-9 { first += 1 }
      let last = trajectory.sample(atOrBefore: start + lengthSeconds + 1e-9)
      let begins = timesSeconds[first]
      let ends = timesSeconds[last]
      guard ends - begins >= 0.5 * lengthSeconds,
        !hasGap(from: begins, to: ends, longerThan: longestGapSeconds)
      else { continue }
      segments.append(
        MotionSegment(
          recording: recording, firstSample: first, lastSample: last, startSeconds: begins,
          endSeconds: ends))
    }
    guard !segments.isEmpty else {
      throw .tooShort(
        trial: trialNumber, longestSeconds: longestStretch(longestGapSeconds),
        neededSeconds: lengthSeconds)
    }
    return segments
  }

  /// The longest stretch without a gap, in seconds.
  private func longestStretch(_ longestGapSeconds: Double) -> Double {
    var start = timesSeconds[0]
    var before = start
    var longest = 0.0
    for (k, time) in timesSeconds.enumerated() where isMeasured[k] {
      if time - before > longestGapSeconds { start = time }
      longest = max(longest, time - start)
      before = time
    }
    return longest
  }
}
