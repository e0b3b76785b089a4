import LinearAlgebra
import Robotics

/// Where a learnt model has data: near the states and actions that it was fitted to.
///
///     let region = try RegionOfData(steps: steps, features: FeatureMap(robot: robot))
///     let shares = try region.shares(of: evaluator)
///
/// A state with its action lies in the region when one of the training steps is no farther from it
/// than one standard deviation: the Euclidean distance of the inputs (cosines and sines of angles,
/// velocities, actions), each divided by its standard deviation over the training steps. That is as
/// far as a process on a prior's residual reaches (``ResidualValidation``): beyond it the prior is all
/// that there is.
public struct RegionOfData: Sendable {
  /// The greatest distance from the nearest training step, in standard deviations of the inputs.
  public static let reach = ResidualValidation.reach
  /// The share of a segment that must lie in the region for the segment to.
  public static let enough = 0.8

  private let features: FeatureMap
  private let dimensions: Int
  private let scales: [Double]
  private let points: [Double]

  /// The region of some steps.
  ///
  /// - Throws: ``ModelError`` when there are too few steps, or one isn't finite or has a wrong shape.
  public init(steps: [Step], features: FeatureMap) throws {
    let data = try TrainingData(steps: steps, features: features)
    let scales = StandardisedInputs.scales(points: data.points, dimensions: data.inputCount)
    self.features = features
    self.scales = scales
    dimensions = data.inputCount
    points = data.points.indices.map { data.points[$0] / scales[$0 % scales.count] }
  }

  /// The share of each segment of an evaluator's recording that lies in the region, 0 to 1: of the
  /// segment's whole steps of the evaluator's period.
  ///
  /// - Throws: ``ModelError`` for a recording of another robot.
  public func shares(of evaluator: PredictionEvaluator) throws -> [Double] {
    let motion = evaluator.motion
    let period = evaluator.settings.periodSeconds
    return try evaluator.segments.map { segment in
      let count = max(1, Int((segment.endSeconds - segment.startSeconds) / period + 1e-6))
      let steps = (0..<count).map { index -> Step in
        let from = segment.startSeconds + Double(index) * period
        let state = motion.trajectory.state(atSeconds: from + 0.5 * period)
        return Step(
          state: state,
          action: (0..<motion.actionDimensions).map {
            motion.meanAction($0, from: from, to: from + period)
          }, nextState: state)
      }
      return Double(try inside(steps).count { $0 }) / Double(count)
    }
  }

  /// Whether each of some steps begins in the region.
  ///
  /// - Throws: ``ModelError`` for steps that aren't finite or have a wrong shape.
  public func inside(_ steps: [Step]) throws -> [Bool] {
    guard let first = steps.first else { return [] }
    // Few steps are padded: a step may be asked about alone.
    let padded =
      steps + [Step](repeating: first, count: max(0, TrainingData.fewest - steps.count))
    let data = try TrainingData(steps: padded, features: features)
    let most = RegionOfData.reach * RegionOfData.reach
    return steps.indices.map { row in
      let query = (0..<dimensions).map { data.points[row * dimensions + $0] / scales[$0] }
      return stride(from: 0, to: points.count, by: dimensions).contains { start in
        var square = 0.0
        for d in 0..<dimensions {
          let difference = points[start + d] - query[d]
          square += difference * difference
        }
        return square <= most
      }
    }
  }
}

extension PredictionReport.OpenLoop {
  /// The median of the segments' RMS errors inside and outside a region, from the share of each
  /// segment that lies there; nil where there is no segment.
  public func medians(shares: [Double]) -> (inside: Double?, outside: Double?, insideCount: Int) {
    var (inside, outside): ([Double], [Double]) = ([], [])
    for (segment, share) in zip(segments, shares) {
      if share >= RegionOfData.enough {
        inside.append(segment.rmsError)
      } else {
        outside.append(segment.rmsError)
      }
    }
    return (
      inside.isEmpty ? nil : quantile(inside, 0.5), outside.isEmpty ? nil : quantile(outside, 0.5),
      inside.count
    )
  }
}
