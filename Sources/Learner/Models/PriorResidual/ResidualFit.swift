import Foundation
import LinearAlgebra
import Robotics

/// Fits a prior's parameters and the processes on its residual (Chatzilygeroudis & Mouret 2018).
///
/// First φ alone, by robust least squares on one-step predictions from several starts; then in turns
/// the processes' hyperparameters at fixed φ, and φ at fixed kernels, for which −log p(data) is
/// ½ ‖L⁻¹ (y − M(φ))‖² summed over outputs, again least squares. Every turn raises the log evidence.
struct ResidualFit {
  /// Fits the processes on the residual; its settings are those for a residual.
  var fit: GaussianProcessFit
  var data: TrainingData
  /// The targets without the prior.
  var targets: [FitTarget]
  var prior: PriorForFit
  var periodSeconds: Double

  /// What was found.
  struct Outcome: Sendable {
    var prior: TunedPrior
    var parameters: PriorParameters
    var point: [Double]
    var outputs: [GaussianProcess]
    /// What the prior leaves of each output's targets.
    var residuals: [[Double]]
    /// The sum of the outputs' log evidences, before any noise was enlarged.
    var logEvidence: Double
    /// By what each output's noise variance was enlarged (``ResidualValidation``).
    var noiseFactors: [Double]
    /// At how many steps the prior's prediction isn't finite.
    var divergedStepCount: Int
  }

  private var firstOutput: Int { data.stateDimensions - targets.count }

  /// - Throws: ``ModelError``, or `CancellationError`.
  func run(warm: GaussianProcessDynamics.WarmStart?) throws -> Outcome {
    let model = prior.model
    guard model.stateDimensions == data.stateDimensions else {
      throw ModelError.priorShape(
        quantity: "state dimensions", found: model.stateDimensions, needed: data.stateDimensions)
    }
    guard model.actionDimensions == data.actionDimensions else {
      throw ModelError.priorShape(
        quantity: "action dimensions", found: model.actionDimensions,
        needed: data.actionDimensions)
    }
    let parameters = try PriorParameters(
      names: model.parameterNames, description: prior.description)
    var point = try identify(parameters, warm: warm?.parameters)
    if fit.isCancelled() { throw CancellationError() }
    var residualTargets = residualTargets(parameters.values(point))
    var outputs = try fit.fit(residualTargets, warm: warm?.withPrior)
    var evidence = outputs.reduce(0) { $0 + $1.logMarginalLikelihood }

    if !parameters.tunable.isEmpty {
      for _ in 0..<fit.settings.refinementRounds {
        let moved = refine(point, parameters, outputs: outputs, targets: residualTargets)
        if fit.isCancelled() { throw CancellationError() }
        let movedTargets = self.residualTargets(parameters.values(moved))
        let refitted = try refit(movedTargets, from: outputs.map(\.hyperparameters))
        let raised = refitted.reduce(0) { $0 + $1.logMarginalLikelihood }
        guard raised > evidence else { break }
        let gain = raised - evidence
        (point, residualTargets, outputs, evidence) = (moved, movedTargets, refitted, raised)
        if gain < 0.02 { break }
      }
    }
    let (fitted, final) = (outputs, residualTargets)
    let validated = try Parallel.map(blocks: outputs.count, threads: fit.threads) { output in
      guard fit.settings.validatesResidual else { return (process: fitted[output], factor: 1.0) }
      return try ResidualValidation.validated(
        fitted[output], target: final[output], points: data.points)
    }
    return Outcome(
      prior: TunedPrior(model: model, parameters: parameters.values(point)),
      parameters: parameters, point: point, outputs: validated.map(\.process),
      residuals: residualTargets.map(\.values), logEvidence: evidence,
      noiseFactors: validated.map(\.factor),
      divergedStepCount: divergedStepCount(parameters.values(point)))
  }

  // MARK: The prior alone

  /// φ by least squares on the prior alone.
  private func identify(_ parameters: PriorParameters, warm: [Double]?) throws -> [Double] {
    let start = parameters.nominal
    guard !parameters.tunable.isEmpty else {
      guard divergedStepCount(parameters.values(start)) < data.count else {
        throw ModelError.priorNotFinite
      }
      return start
    }
    let scales = (0..<data.stateDimensions).map { d in
      max(meanAndDeviation(data.change(d)).deviation, 1e-12)
    }
    let squares = BoundedLeastSquares()
    var starts = [start]
    if let warm, warm.count == parameters.parameters.count {
      starts.append(parameters.point(warm))
    }
    let scattered = parameters.halton(32).map { point in
      (point: point, cost: squares.cost(scaledErrors(parameters.values(point), scales)))
    }
    for candidate in scattered.sorted(by: { $0.cost < $1.cost }).prefix(3) {
      starts.append(candidate.point)
    }
    let chosen = starts
    let found = try Parallel.map(blocks: chosen.count, threads: fit.threads) { index in
      squares.minimise(
        from: chosen[index], residualCount: data.changes.count, isCancelled: fit.isCancelled
      ) { point, out in
        out = scaledErrors(parameters.values(point), scales)
      }
    }
    guard let best = found.min(by: { $0.cost < $1.cost }), best.cost.isFinite,
      divergedStepCount(parameters.values(best.point)) < data.count
    else { throw ModelError.priorNotFinite }
    // Once more with every output weighed by its own scatter, outliers (contacts, glitches) less.
    let errors = oneStepErrors(parameters.values(best.point))
    let scatter = (0..<data.stateDimensions).map { d in
      let part = errors[(d * data.count)..<((d + 1) * data.count)].map(abs).sorted()
      return max(1.4826 * part[part.count / 2], 1e-6 * scales[d])
    }
    var robust = BoundedLeastSquares()
    robust.outlierSize = 3
    return robust.minimise(
      from: best.point, residualCount: data.changes.count, isCancelled: fit.isCancelled
    ) { point, out in
      out = scaledErrors(parameters.values(point), scatter)
    }.point
  }

  /// x(t+1) − (x(t) + M(φ)) of every state dimension, a dimension at a time. Where the prior diverges M
  /// is zero, as in predictions.
  private func oneStepErrors(_ values: [Double]) -> [Double] {
    let next = advanced(values)
    return next.indices.map { i in
      let moved = next[i] - data.states[i]
      return data.changes[i] - (moved.isFinite ? moved : 0)
    }
  }

  /// At how many steps the prior's prediction isn't finite.
  private func divergedStepCount(_ values: [Double]) -> Int {
    let next = advanced(values)
    return (0..<data.count).count { n in
      (0..<data.stateDimensions).contains { !next[$0 * data.count + n].isFinite }
    }
  }

  /// x(t) + M(φ) of every step, a dimension at a time.
  private func advanced(_ values: [Double]) -> [Double] {
    data.advanced(
      by: TunedPrior(model: prior.model, parameters: values), periodSeconds: periodSeconds)
  }

  private func scaledErrors(_ values: [Double], _ scales: [Double]) -> [Double] {
    var errors = oneStepErrors(values)
    for i in errors.indices { errors[i] /= scales[i / data.count] }
    return errors
  }

  // MARK: The prior and the processes

  /// What the prior leaves, as targets of zero-mean processes.
  private func residualTargets(_ values: [Double]) -> [FitTarget] {
    let errors = oneStepErrors(values)
    return targets.indices.map { output in
      let first = (firstOutput + output) * data.count
      return FitTarget(
        name: targets[output].name, values: Array(errors[first..<(first + data.count)]),
        centred: false, reference: targets[output].scale)
    }
  }

  /// φ at fixed kernels.
  private func refine(
    _ point: [Double], _ parameters: PriorParameters, outputs: [GaussianProcess],
    targets: [FitTarget]
  ) -> [Double] {
    var squares = BoundedLeastSquares()
    squares.maximumIterations = 6
    let count = data.count
    let whitenedCount = outputs.map(\.whitenedCount)
    return squares.minimise(
      from: point, residualCount: whitenedCount.reduce(0, +), isCancelled: fit.isCancelled
    ) { point, out in
      let errors = oneStepErrors(parameters.values(point))
      var place = 0
      for output in outputs.indices {
        let first = (firstOutput + output) * count
        let whitened = outputs[output].whiten(Array(errors[first..<(first + count)]))
        for n in whitened.indices { out[place + n] = whitened[n] }
        place += whitened.count
      }
    }.point
  }

  /// Hyperparameters from where they were.
  private func refit(_ targets: [FitTarget], from hyperparameters: [GaussianProcessHyperparameters])
    throws -> [GaussianProcess]
  {
    let inputs = fit.inputs
    let vectors = try Parallel.map(blocks: targets.count, threads: fit.threads) { output in
      let target = targets[output]
      let start = hyperparameters[output].dividing(inputs: inputs.scales, target: target.scale)
      if target.isConstant { return start.vector }
      return try fit.optimise(
        fit.likelihood(target, on: nil), from: start.vector, iterations: 15
      ).point
    }
    return try fit.condition(
      targets,
      targets.indices.map {
        fit.hyperparameters(vectors[$0], target: targets[$0])
      })
  }
}

extension ResidualFit.Outcome {
  /// What became of the prior, and whether to keep it.
  func summary(
    targets: [FitTarget], prior: PriorForFit, plain: [GaussianProcess],
    _ settings: GaussianProcessSettings
  ) -> PriorSummary {
    let with = logEvidence
    let without = plain.reduce(0) { $0 + $1.logMarginalLikelihood }
    return PriorSummary(
      model: prior.description.model, isUsed: with >= without - settings.priorRejectionMargin,
      parameters: parameters.parameters.indices.map { index in
        let parameter = parameters.parameters[index]
        let place = parameters.tunable.firstIndex(of: index).map { point[$0] }
        return PriorSummary.Parameter(
          name: parameter.name, unit: parameter.unit, value: self.prior.parameters[index],
          nominal: parameter.nominal, isTunable: parameter.isTunable,
          isAtBound: place.map { $0 < 0.001 || $0 > 0.999 } ?? false)
      },
      logEvidenceWithPrior: with, logEvidenceWithoutPrior: without,
      explained: targets.indices.map { index in
        let left = targets[index].relativeMeanSquare(residuals[index])
        let unexplained = targets[index].relativeMeanSquare(outputs[index].leaveOneOutResiduals)
        return PriorSummary.Explained(
          output: targets[index].name, byPrior: 1 - left, byResidual: left - unexplained,
          noiseFactor: noiseFactors[index].isFinite ? noiseFactors[index] : nil)
      }, divergedStepCount: divergedStepCount)
  }
}
