import Foundation
import LinearAlgebra
import Robotics

extension GaussianProcessDynamics {
  /// Fits dynamics to steps.
  ///
  /// With a prior, its tunable parameters are first identified by least squares on the prior alone,
  /// then refined together with the processes on the residual so as to maximise the log evidence.
  /// A prior that the data speak against is dropped, and ``ModelSummary/prior`` says so. With more
  /// steps than an exact process affords, processes are approximated (``SparseSettings``), and
  /// ``ModelSummary/Output/approximation`` says how well.
  ///
  /// - Parameters:
  ///   - steps: What was recorded, in any order.
  ///   - features: How states enter.
  ///   - periodSeconds: The period between a step's states, in seconds.
  ///   - prior: The prior model; nil for none.
  ///   - settings: How to fit.
  ///   - warmStart: An earlier model of the same robot to start from.
  ///   - seed: Of the random starts.
  ///   - threads: The most threads; the result doesn't depend on it.
  ///   - isCancelled: Asked now and then.
  /// - Throws: ``ModelError``, or `CancellationError`.
  public static func fit(
    steps: [Step], features: FeatureMap, periodSeconds: Double, prior: PriorForFit? = nil,
    settings: GaussianProcessSettings = GaussianProcessSettings(),
    warmStart: GaussianProcessDynamics? = nil, seed: UInt64 = 0, threads: Int = 1,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> GaussianProcessDynamics {
    // All steps are checked before any are left out.
    try TrainingData.check(steps, features: features)
    let kept = TrainingData.thinned(
      steps, most: max(settings.maximumPointCount, settings.sparse.maximumStepCount))
    let data = try TrainingData(steps: kept, features: features)
    let inputs = StandardisedInputs(
      points: data.points, dimensions: data.inputCount, covariance: settings.covariance,
      screeningCount: settings.screeningPointCount,
      fittedCount: settings.isApproximate(pointCount: data.count)
        ? settings.inducingPointCount : nil)
    let fit = GaussianProcessFit(
      inputs: inputs, settings: settings, seed: seed, threads: threads, isCancelled: isCancelled)
    let names = OutputName.all(
      features: features, integratesPositions: settings.integratesPositions)
    let firstOutput = features.stateDimensions - names.count

    let targets = names.indices.map {
      FitTarget(name: names[$0].name, values: data.change(firstOutput + $0), centred: true)
    }
    let plain = try fit.fit(targets, warm: warmStart?.warmStart.withoutPrior)
    var warm = WarmStart(withoutPrior: plain.map(\.hyperparameters))
    var outputs = plain
    var tuned: TunedPrior?
    var priorSummary: PriorSummary?
    if let prior {
      var residualFit = fit
      residualFit.settings = settings.forResidual
      let residual = try ResidualFit(
        fit: residualFit, data: data, targets: targets, prior: prior, periodSeconds: periodSeconds
      ).run(warm: warmStart?.warmStart)
      warm.withPrior = residual.outputs.map(\.hyperparameters)
      warm.parameters = residual.prior.parameters
      let summary = residual.summary(targets: targets, prior: prior, plain: plain, settings)
      if summary.isUsed {
        outputs = residual.outputs
        tuned = residual.prior
      }
      priorSummary = summary
    }

    let summary = ModelSummary(
      data: data, inputs: inputs, omittedPointCount: steps.count - data.count, features: features,
      outputs: outputs, targets: targets, names: names,
      integratesPositions: settings.integratesPositions, prior: priorSummary)
    var noise = outputs.map(\.noiseDeviation)
    if settings.integratesPositions {
      let joints = features.stateDimensions / 2
      noise =
        (0..<joints).map {
          meanAndDeviation(data.integrationResidual(joint: $0, periodSeconds: periodSeconds))
            .deviation
        } + noise
    }
    return GaussianProcessDynamics(
      features: features, actionDimensions: data.actionDimensions, periodSeconds: periodSeconds,
      integratesPositions: settings.integratesPositions, outputs: outputs, prior: tuned,
      summary: summary, noiseDeviations: noise, warmStart: warm)
  }
}

extension ModelSummary {
  /// What processes say of themselves.
  ///
  /// - Parameters:
  ///   - data: What they were fitted to.
  ///   - inputs: The standardised inputs.
  ///   - omittedPointCount: How many steps were left out.
  ///   - features: How states enter.
  ///   - outputs: The processes.
  ///   - targets: Their targets without a prior.
  ///   - names: Their names and units.
  ///   - integratesPositions: Whether positions follow from velocities.
  ///   - prior: What became of the prior.
  init(
    data: TrainingData, inputs: StandardisedInputs, omittedPointCount: Int, features: FeatureMap,
    outputs: [GaussianProcess], targets: [FitTarget], names: [(name: String, unit: String)],
    integratesPositions: Bool, prior: PriorSummary?
  ) {
    let firstOutput = features.stateDimensions - outputs.count
    self.init(
      pointCount: data.count, omittedPointCount: omittedPointCount,
      inputs: InputName.all(features: features, actionDimensions: data.actionDimensions)
        .enumerated()
        .map {
          Input(
            name: $1.name, unit: $1.unit, isConstant: inputs.constantDimensions.contains($0))
        },
      outputs: outputs.indices.map { index in
        let output = outputs[index]
        let residuals = output.leaveOneOutResiduals
        return Output(
          name: names[index].name, unit: names[index].unit, stateDimension: firstOutput + index,
          lengthscales: output.hyperparameters.logLengthscales.map(exp),
          signalDeviation: exp(output.hyperparameters.logSignal),
          noiseDeviation: output.noiseDeviation, mean: output.mean,
          logMarginalLikelihood: output.logMarginalLikelihood, jitter: output.jitter,
          explainedVariance: 1 - targets[index].relativeMeanSquare(residuals),
          approximation: output.approximation)
      },
      logMarginalLikelihood: outputs.reduce(0) { $0 + $1.logMarginalLikelihood },
      integratesPositions: integratesPositions, prior: prior)
  }
}

extension FitTarget {
  /// The mean square of residuals, as a part of the values' variance.
  func relativeMeanSquare(_ residuals: [Double]) -> Double {
    let (_, deviation) = meanAndDeviation(values)
    let square = residuals.reduce(0) { $0 + $1 * $1 } / Double(max(residuals.count, 1))
    return square / max(deviation * deviation, 1e-300)
  }
}
