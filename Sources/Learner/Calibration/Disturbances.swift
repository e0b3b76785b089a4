/// Finds the stretches that no effort explains: somebody pushed the robot, or it hit something.
enum Disturbances {
  /// Which segments are disturbed: their error exceeds `factor` times the upper quartile of the
  /// errors of segments that move. Errors are from the smoothed first states: a fitted one would
  /// take up part of a push.
  ///
  /// At most a quarter of the moving segments can be, so a prior that fits badly throughout can't
  /// talk itself out of the evidence. Segments at rest don't enter the quartile: a robot that mostly
  /// waits would otherwise make any motion look disturbed.
  static func find(
    errors: [Double], travels: [Double], isCandidate: [Bool], factor: Double
  ) -> [Bool] {
    let farthest = zip(travels, isCandidate).filter(\.1).map(\.0).max() ?? 0
    let moving = errors.indices.filter { isCandidate[$0] && travels[$0] >= 0.05 * farthest }
    let quartile = quantile(moving.map { errors[$0] }, 0.75)
    guard quartile.isFinite else {
      return errors.indices.map { isCandidate[$0] && !errors[$0].isFinite }
    }
    return errors.indices.map { isCandidate[$0] && !(errors[$0] <= factor * quartile) }
  }

  /// How far the joints of each segment travel (rad or m), the farthest joint's distance.
  static func travels(_ segments: [MotionSegment], _ motions: [RecordedMotion]) -> [Double] {
    segments.map { segment in
      let joints = motions[segment.recording].trajectory.joints
      return joints.map { joint -> Double in
        let stretch = joint.positions[segment.firstSample...segment.lastSample]
        return (stretch.max() ?? 0) - (stretch.min() ?? 0)
      }.max() ?? 0
    }
  }

  /// The stretches of time that only disturbed segments cover, neighbours joined.
  ///
  /// Where overlapping segments disagree, the undisturbed one is believed: so a push is told to
  /// within the segments' spacing.
  static func ranges(
    _ isDisturbed: [Bool], _ segments: [MotionSegment], _ motions: [RecordedMotion]
  ) -> [RecordedRange] {
    var ranges: [RecordedRange] = []
    for (recording, motion) in motions.enumerated() {
      let own = segments.indices.filter { segments[$0].recording == recording }
      let edges = Set(own.flatMap { [segments[$0].startSeconds, segments[$0].endSeconds] }).sorted()
      var open: Double?
      for (from, to) in zip(edges, edges.dropFirst()) {
        let middle = 0.5 * (from + to)
        let covering = own.filter {
          segments[$0].startSeconds <= middle && segments[$0].endSeconds >= middle
        }
        // The sliver between one segment's end and the next one's beginning belongs to neither.
        if covering.isEmpty
          || to - from < 0.1 * (segments[own[0]].endSeconds - segments[own[0]].startSeconds)
        {
          continue
        }
        if covering.allSatisfy({ isDisturbed[$0] }) {
          open = open ?? from
        } else if let start = open {
          ranges.append(
            RecordedRange(trialNumber: motion.trialNumber, fromSeconds: start, toSeconds: from))
          open = nil
        }
      }
      if let start = open, let end = edges.last {
        ranges.append(
          RecordedRange(trialNumber: motion.trialNumber, fromSeconds: start, toSeconds: end))
      }
      // A disturbed segment whose neighbours are all in order still has to be named.
      for s in own where isDisturbed[s] {
        let segment = segments[s]
        let isNamed = ranges.contains {
          $0.trialNumber == motion.trialNumber && $0.fromSeconds < segment.endSeconds
            && $0.toSeconds > segment.startSeconds
        }
        if !isNamed {
          ranges.append(
            RecordedRange(
              trialNumber: motion.trialNumber, fromSeconds: segment.startSeconds,
              toSeconds: segment.endSeconds))
        }
      }
    }
    return ranges
  }
}
