import LinearAlgebra

extension CalibrationSession {
  /// What a finished fit says, with errors on segments held out of it.
  func summary(
    _ stage: Stage, delay: Double, delays: [CalibrationResult.DelayFit]
  ) -> CalibrationResult {
    let problem = stage.problem
    let uncertainty = ParameterCovariance(
      problem, fit: stage.fit, using: stage.used, spacingSeconds: settings.spacingSeconds,
      segmentSeconds: settings.segmentSeconds)
    let count = problem.count
    let ranges = (0..<count).map(problem.range)
    let reach = studentQuantile(0.975, degreesOfFreedom: max(3, uncertainty.degreesOfFreedom))
    let estimates = (0..<count).map { p -> CalibrationResult.Estimate in
      let parameter = described[free[p]]
      let value = stage.fit.values[p]
      var error = max(0, uncertainty.covariance[p, p]).squareRoot()
      var interval = [value - reach * error, value + reach * error]
      if let oneSided = uncertainty.oneSided[p] {
        error = oneSided.deviation
        interval =
          uncertainty.bounds[p] == .lower
          ? [value, min(value + oneSided.reach95, parameter.upper)]
          : [max(value - oneSided.reach95, parameter.lower), value]
      }
      let isKnown = uncertainty.bounds[p] == nil || uncertainty.oneSided[p] != nil
      return CalibrationResult.Estimate(
        name: parameter.name, unit: parameter.unit, nominal: parameter.nominal, value: value,
        standardError: isKnown ? error : nil, interval95: isKnown ? interval : nil,
        boundHit: uncertainty.bounds[p])
    }
    let directions = UndeterminedDirections.find(
      hessian: uncertainty.hessian, names: estimates.map(\.name), values: stage.fit.values,
      ranges: ranges, isFixed: uncertainty.bounds.map { $0 != nil })
    let covariance = (0..<count).map { p in (0..<count).map { uncertainty.covariance[p, $0] } }
    let correlations = (0..<count).map { p in
      (0..<count).map { q -> Double in
        let product = (covariance[p][p] * covariance[q][q]).squareRoot()
        return product > 0 ? covariance[p][q] / product : 0
      }
    }
    let heldOut = heldOutErrors(stage)
    return CalibrationResult(
      model: description.model, trials: motions.map(\.trialNumber), seed: seed,
      estimates: estimates, parameters: problem.full(stage.fit.values),
      correlations: correlations, covariance: covariance,
      conditionNumber: directions.conditionNumber, undetermined: directions.directions,
      actionDelaySeconds: delay, delays: delays, segmentCount: segments.count,
      usedSegmentCount: stage.used.count { $0 }, divergedSegmentCount: divergedSegmentCount,
      disturbances: Disturbances.ranges(
        zip(isCandidate, stage.used).map { $0 && !$1 }, segments, motions),
      heldOutBefore: heldOut?.before, heldOutAfter: heldOut?.after,
      fittedBefore: errors(problem.rootMeanSquares(problem.nominal), stage.used),
      fittedAfter: errors(problem.rootMeanSquares(stage.fit.values), stage.used))
  }

  /// The errors of segments predicted with parameters that were fitted to the others: the used
  /// segments in blocks of time, what overlaps a block left out of its fit too.
  private func heldOutErrors(
    _ stage: Stage
  ) -> (before: CalibrationResult.OpenLoopErrors, after: CalibrationResult.OpenLoopErrors)? {
    let problem = stage.problem
    let used = stage.used.indices.filter { stage.used[$0] }
    let folds = min(settings.folds, used.count / 2)
    guard folds >= 2 else { return nil }
    var after = [Double](repeating: .nan, count: segments.count)
    for fold in 0..<folds {
      let block = used[(fold * used.count / folds)..<((fold + 1) * used.count / folds)]
      var training = stage.used
      for s in block {
        for other in used where overlaps(segments[s], segments[other]) { training[other] = false }
      }
      let fits = [stage.fit.values, problem.nominal].compactMap {
        RobustFit.minimise(problem, from: $0, using: training)
      }
      guard let best = fits.min(by: { $0.cost < $1.cost }) else { continue }
      let errors = problem.rootMeanSquares(best.values)
      for s in block { after[s] = errors[s] }
    }
    let judged = stage.used.indices.map { stage.used[$0] && !after[$0].isNaN }
    return (errors(problem.rootMeanSquares(problem.nominal), judged), errors(after, judged))
  }

  private func overlaps(_ a: MotionSegment, _ b: MotionSegment) -> Bool {
    a.recording == b.recording && a.startSeconds < b.endSeconds && b.startSeconds < a.endSeconds
  }

  private func errors(_ all: [Double], _ used: [Bool]) -> CalibrationResult.OpenLoopErrors {
    let values = zip(all, used).filter(\.1).map(\.0)
    return CalibrationResult.OpenLoopErrors(
      median: quantile(values, 0.5), quantile90: quantile(values, 0.9),
      rms: rootMeanSquare(values))
  }
}
