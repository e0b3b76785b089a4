import Foundation
import Robotics

/// The steps of a recording as a batch, and where a predictor writes.
struct StepRows {
  var count: Int
  var states: UnsafePointer<Double>
  var actions: UnsafePointer<Double>
  /// Where the predicted states go.
  var mean: UnsafeMutablePointer<Double>
  /// Where the variances of the predicted changes go; zeros unless written.
  var variance: UnsafeMutablePointer<Double>
}

extension PredictionEvaluator {
  /// The errors over one step, in the state's order, and the same step by step.
  ///
  /// - Parameters:
  ///   - uncertainty: What a band is made of besides the predictor's variance; nil for no bands.
  ///   - predict: Writes the predicted states of the rows, and their variances when it has them.
  func oneStepErrors(
    uncertainty: StepUncertainty?, _ predict: (StepRows) -> Void
  ) -> (summaries: [PredictionReport.OneStep], series: [PredictionReport.OneStepSeries]) {
    let dimensions = motion.stateDimensions
    let starts = motion.stepStarts(
      periodSeconds: settings.periodSeconds, longestGapSeconds: settings.longestGapSeconds)
    let ends = starts.map { $0 + settings.periodSeconds }
    let count = starts.count
    guard count > 0 else { return ([], []) }
    var states = [Double](repeating: 0, count: dimensions * count)
    var next = states
    var actions = [Double](repeating: 0, count: max(1, motion.actionDimensions * count))
    for (row, start) in starts.enumerated() {
      let step = motion.step(atSeconds: start, periodSeconds: settings.periodSeconds)
      for d in 0..<dimensions {
        states[d * count + row] = step.state[d]
        next[d * count + row] = step.nextState[d]
      }
      for a in step.action.indices { actions[a * count + row] = step.action[a] }
    }
    func predicted(_ states: [Double]) -> (mean: [Double], variance: [Double]) {
      var mean = [Double](repeating: 0, count: dimensions * count)
      var variance = mean
      states.withUnsafeBufferPointer { x in
        actions.withUnsafeBufferPointer { u in
          mean.withUnsafeMutableBufferPointer { m in
            variance.withUnsafeMutableBufferPointer { v in
              guard let x = x.baseAddress, let u = u.baseAddress, let m = m.baseAddress,
                let v = v.baseAddress
              else { return }
              predict(StepRows(count: count, states: x, actions: u, mean: m, variance: v))
            }
          }
        }
      }
      return (mean, variance)
    }
    let (mean, variance) = predicted(states)
    var deviations: [Double]?
    if let uncertainty {
      let known = smoothingVariances(starts: starts, ends: ends, states: states) {
        predicted($0).mean
      }
      let open = uncertainty.parameterVariances(
        count: count, states: states, actions: actions, dimensions: dimensions,
        periodSeconds: settings.periodSeconds)
      deviations = mean.indices.map { i in
        let d = i / count
        let noise = d < uncertainty.noiseDeviations.count ? uncertainty.noiseDeviations[d] : 0
        let factor = d < uncertainty.factors.count ? uncertainty.factors[d] : 1
        return ((variance[i] + known[i] + noise * noise) * factor * factor + open[i]).squareRoot()
      }
    }
    let band = normalQuantile(0.5 + 0.5 * settings.bandProbability)
    var summaries: [PredictionReport.OneStep] = []
    var series: [PredictionReport.OneStepSeries] = []
    for d in 0..<dimensions {
      let range = (d * count)..<((d + 1) * count)
      // A predictor that diverges is infinitely wrong.
      let errors = range.map { mean[$0].isFinite ? mean[$0] - next[$0] : .infinity }
      let changes = range.map { next[$0] - states[$0] }
      let scores = deviations.map { all in zip(errors, all[range]).map { abs($0 / $1) } }
      summaries.append(
        PredictionReport.OneStep(
          name: motion.stateNames[d], unit: motion.stateUnits[d], rms: rootMeanSquare(errors),
          medianAbsolute: quantile(errors.map(abs), 0.5), rmsOfChange: rootMeanSquare(changes),
          coverage: scores.map { scores in
            Double(scores.count { $0 <= band }) / Double(scores.count)
          },
          rmsZScore: scores.map(rootMeanSquare),
          bandExcess: scores.map { quantile($0, settings.bandProbability) / band }))
      series.append(
        PredictionReport.OneStepSeries(
          timesSeconds: ends, errors: errors,
          reaches: deviations.map { all in range.map { band * all[$0] } }))
    }
    return (summaries, series)
  }

  /// What the smoother's uncertainty adds to the variance of predicted minus smoothed state: that of
  /// the state at a step's end, and that of the one at its beginning, carried through the predictor
  /// dimension by dimension (errors in variables).
  private func smoothingVariances(
    starts: [Double], ends: [Double], states: [Double], _ predict: ([Double]) -> [Double]
  ) -> [Double] {
    let (dimensions, count) = (motion.stateDimensions, starts.count)
    let trajectory = motion.trajectory
    let before = starts.map { trajectory.variance(at: trajectory.sample(atOrBefore: $0 + 1e-9)) }
    let after = ends.map { trajectory.variance(at: trajectory.sample(atOrBefore: $0 + 1e-9)) }
    var result = (0..<(dimensions * count)).map { after[$0 % count][$0 / count] }
    for d in 0..<dimensions {
      var (above, below) = (states, states)
      for row in 0..<count {
        let deviation = before[row][d].squareRoot()
        above[d * count + row] += deviation
        below[d * count + row] -= deviation
      }
      let (high, low) = (predict(above), predict(below))
      for i in result.indices {
        let half = 0.5 * (high[i] - low[i])
        if half.isFinite { result[i] += half * half }
      }
    }
    return result
  }
}
