import Robotics

extension GaussianProcessDynamics {
  /// The same model with more steps: its hyperparameters, and its prior's parameters, stay as they were
  /// fitted. For a model that has to be up to date before the next fit; the summary says of how many steps
  /// it is now, and otherwise what the fit said.
  ///
  /// - Throws: ``ModelError``: a step isn't finite or of another shape, or the model is approximate.
  public func adding(_ steps: [Step]) throws -> GaussianProcessDynamics {
    guard !steps.isEmpty else { return self }
    let data = try TrainingData(steps: steps, features: features, fewest: 1)
    let residuals = prior.map { changesLeft(by: $0, of: data) } ?? data.changes
    let outputs = try outputs.indices.map { index in
      let first = (firstOutputDimension + index) * data.count
      do {
        return try self.outputs[index].adding(
          points: data.points, targets: Array(residuals[first..<(first + data.count)]))
      } catch ModelError.notPositiveDefinite(_, let points) {
        throw ModelError.notPositiveDefinite(
          output: self.summary.outputs[index].name, points: points)
      }
    }
    var summary = summary
    summary.pointCount += data.count
    for (index, output) in outputs.enumerated() {
      summary.outputs[index].logMarginalLikelihood = output.logMarginalLikelihood
    }
    summary.logMarginalLikelihood = outputs.reduce(0) { $0 + $1.logMarginalLikelihood }
    return GaussianProcessDynamics(
      features: features, actionDimensions: actionDimensions, periodSeconds: periodSeconds,
      integratesPositions: integratesPositions, outputs: outputs, prior: prior, summary: summary,
      noiseDeviations: noiseDeviations, warmStart: warmStart)
  }

  /// What a prior leaves of the changes of some steps, a state dimension at a time.
  private func changesLeft(by prior: TunedPrior, of data: TrainingData) -> [Double] {
    let next = data.advanced(by: prior, periodSeconds: periodSeconds)
    return data.changes.indices.map {
      // Where a prior diverges it says nothing, as in a prediction.
      let moved = next[$0] - data.states[$0]
      return data.changes[$0] - (moved.isFinite ? moved : 0)
    }
  }
}
