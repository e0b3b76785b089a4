extension PredictionEvaluator {
  /// The stretches of the recording that no effort explains, as seen by a report's predictor: somebody
  /// pushed the robot, or it hit something. They are found as ``Calibrator`` finds them.
  ///
  /// - Parameters:
  ///   - report: A report of this evaluator, of the best predictor at hand.
  ///   - factor: How many times the upper quartile of the moving segments' errors is too much.
  public func disturbances(
    in report: PredictionReport, factor: Double = CalibrationSettings().disturbanceFactor
  ) -> [RecordedRange] {
    let disturbed = Disturbances.find(
      errors: report.openLoop.segments.map(\.rmsError),
      travels: Disturbances.travels(segments, [motion]),
      isCandidate: segments.map { _ in true }, factor: factor)
    return Disturbances.ranges(disturbed, segments, [motion])
  }
}
