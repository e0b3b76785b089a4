extension PredictionEvaluator {
  /// The stretches of the recording that no effort explains, as seen by a report's predictor: somebody
  /// pushed the robot, or it hit something. They are found as ``Calibrator`` finds them. Of a segment in
  /// which the predictor diverges nothing is said.
  ///
  /// - Parameters:
  ///   - report: A report of this evaluator, of the best predictor at hand.
  ///   - factor: How many times the upper quartile of the moving segments' errors is too much.
  public func disturbances(
    in report: PredictionReport, factor: Double = CalibrationSettings().disturbanceFactor
  ) -> [RecordedRange] {
    let errors = report.openLoop.segments.map(\.rmsError)
    let disturbed = Disturbances.find(
      errors: errors, travels: Disturbances.travels(segments, [motion]),
      isCandidate: errors.map(\.isFinite), factor: factor)
    return Disturbances.ranges(disturbed, segments, [motion])
  }
}
