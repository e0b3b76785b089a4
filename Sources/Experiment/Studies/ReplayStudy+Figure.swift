import Learner
import Reporting
import Robotics

extension ReplayStudy.Judgement {
  /// The judgement as a trial of a ``PredictionFigure``.
  public var drawn: PredictionFigure.DrawnTrial {
    PredictionFigure.DrawnTrial(
      number: rows.first?.trial ?? 0,
      predictions: rows.map { row in
        PredictionFigure.Prediction(
          name: row.predictor.rawValue,
          stretches: row.report.openLoop.segments.map {
            PredictionFigure.Stretch(
              timesSeconds: $0.timesSeconds, measured: $0.measured, predicted: $0.predicted,
              lower: $0.lower, upper: $0.upper)
          },
          oneStep: zip(row.report.oneStep, row.report.oneStepSeries).map {
            PredictionFigure.StepErrors(
              name: $0.name, unit: $0.unit, timesSeconds: $1.timesSeconds, errors: $1.errors,
              reaches: $1.reaches)
          }, coverage: row.report.openLoop.coverage)
      },
      disturbances: disturbances.map { $0.fromSeconds...max($0.fromSeconds, $0.toSeconds) })
  }
}
