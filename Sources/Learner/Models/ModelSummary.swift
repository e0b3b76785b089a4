import Foundation

/// What a fitted dynamics model says of itself, in physical units.
public struct ModelSummary: Sendable, Equatable, Codable {
  /// An input of the model.
  public struct Input: Sendable, Equatable, Codable {
    /// Such as `cos shoulder`, `shoulder velocity` or `shoulder effort`.
    public var name: String
    /// The unit's symbol; `1` for a cosine or sine.
    public var unit: String
    /// Whether it never varied in the data, so that nothing is known of its effect: its lengthscale
    /// is then 1 of its unit, and predictions away from that one value go back to the mean.
    public var isConstant: Bool
  }

  /// An output of the model: the change of one state dimension over one period.
  public struct Output: Sendable, Equatable, Codable {
    /// Such as `shoulder velocity change`.
    public var name: String
    /// The unit's symbol.
    public var unit: String
    /// The state dimension that it changes.
    public var stateDimension: Int
    /// ℓ of each input, in the input's unit.
    public var lengthscales: [Double]
    /// σ_f, in the output's unit.
    public var signalDeviation: Double
    /// σ_n, in the output's unit.
    public var noiseDeviation: Double
    /// What predictions go back to far from the data, in the output's unit.
    public var mean: Double
    /// log p(y | Z), targets in the output's unit.
    public var logMarginalLikelihood: Double
    /// What had to be added to the kernel matrix's diagonal, as a part of it; 0 when nothing had to.
    public var jitter: Double
    /// The part of the targets' variance that the model explains when each point is predicted from
    /// the others; negative when worse than their mean.
    public var explainedVariance: Double
    /// How well fewer points stand for all steps; nil when the process is exact.
    public var approximation: Approximation?
  }

  /// How well the inducing points of an approximate process stand for all steps.
  public struct Approximation: Sendable, Equatable, Codable {
    /// The number of inducing points, of which predictions are made.
    public var inducingPointCount: Int
    /// The variance at the steps that the inducing points leave unexplained, on average, as a part of
    /// the noise variance: by so much variances are too great.
    public var unexplainedVariance: Double
    /// By how many nats the exact log marginal likelihood may exceed the one given, at most.
    public var evidenceGap: Double

    /// What it costs, for a person.
    public var sentence: String {
      "\(inducingPointCount) points stand for all steps and leave a variance of "
        + "\(String(format: "%.2g", 100 * unexplainedVariance)) % of the noise's unexplained"
    }
  }

  /// How many steps the model is conditioned on.
  public var pointCount: Int
  /// How many steps were left out because there were more than the settings allow: every so many are
  /// looked at then.
  public var omittedPointCount: Int
  /// The inputs, in order.
  public var inputs: [Input]
  /// The outputs, in order.
  public var outputs: [Output]
  /// The sum of the outputs' log marginal likelihoods.
  public var logMarginalLikelihood: Double
  /// Whether positions follow from velocity changes instead of having processes of their own.
  public var integratesPositions: Bool
  /// What became of the prior; nil when there was none.
  public var prior: PriorSummary?

  /// Sentences for a person about the steps that were left out, and about each approximate output;
  /// none when all is exact.
  public var approximations: [String] {
    let omission =
      omittedPointCount == 0
      ? []
      : [
        "The model looks at \(pointCount) of the logged steps, evenly spread, and leaves out "
          + "\(omittedPointCount)."
      ]
    return omission
      + outputs.compactMap { output in
        output.approximation.map { "The model of \(output.name) is approximate: \($0.sentence)." }
      }
  }
}

/// What became of a prior model in a fit.
public struct PriorSummary: Sendable, Equatable, Codable {
  /// A parameter φ of the prior.
  public struct Parameter: Sendable, Equatable, Codable {
    /// Its name.
    public var name: String
    /// Its unit's symbol.
    public var unit: String
    /// The value found; the nominal one when it isn't tunable.
    public var value: Double
    /// The value that was started from.
    public var nominal: Double
    /// Whether it was tuned.
    public var isTunable: Bool
    /// Whether it ended on one of its bounds (within a thousandth of their distance): the data
    /// wanted more, or don't determine it.
    public var isAtBound: Bool
  }

  /// How well the prior and the process on its residual explain one output.
  public struct Explained: Sendable, Equatable, Codable {
    /// The output's name.
    public var output: String
    /// The part of the targets' variance that the tuned prior explains; negative when worse than
    /// their mean.
    public var byPrior: Double
    /// The part of their variance that the process on the residual explains besides, each point
    /// predicted from the others.
    public var byResidual: Double
    /// By what the process's noise variance was enlarged, because its errors come in a row; nil when
    /// blocks of steps left out are foretold better without it, so that the prior stands alone.
    public var noiseFactor: Double?
  }

  /// The prior model's name.
  public var model: String
  /// Whether the fitted model uses it; false when the data speak against it.
  public var isUsed: Bool
  /// φ.
  public var parameters: [Parameter]
  /// log p(data) with the tuned prior.
  public var logEvidenceWithPrior: Double
  /// log p(data) of processes without a prior.
  public var logEvidenceWithoutPrior: Double
  /// How well prior and residual explain each output.
  public var explained: [Explained]
  /// At how many steps the prior's prediction isn't finite: there it was taken to say that nothing
  /// changes; a fit to recordings leaves those windows out. Nil in summaries stored before this was
  /// counted.
  public var divergedStepCount: Int?

  /// How much of each output comes from the prior M and how much from the process F on its residual,
  /// an output a sentence.
  public var shares: [String] {
    explained.map { part in
      func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
      let residual =
        part.noiseFactor == nil
        ? "the residual is not trusted" : "the residual \(percent(part.byResidual)) more"
      return "of \(part.output) the prior explains \(percent(part.byPrior)), \(residual)"
    }
  }

  /// The outputs that the prior foretells worse than their mean does.
  public var hurtOutputs: [String] { explained.filter { $0.byPrior < 0 }.map(\.output) }

  /// What to tell a person when the prior hurts: it was dropped, or foretells an output worse than the
  /// output's mean does. Nil when it helps.
  public var warning: String? {
    if !isUsed { return "\(sentence)." }
    guard !hurtOutputs.isEmpty else { return nil }
    return
      "the prior `\(model)` foretells \(hurtOutputs.joined(separator: ", ")) worse than the mean "
      + "change does; check its parameters and bounds, or learn without it."
  }

  /// One sentence for a person.
  public var sentence: String {
    let difference = logEvidenceWithPrior - logEvidenceWithoutPrior
    let evidence = String(difference.magnitude.rounded())
    return isUsed
      ? "the prior `\(model)` is used: its log evidence is \(evidence) "
        + (difference >= 0 ? "above" : "below") + " that of no prior"
      : "the prior `\(model)` was dropped: without it the log evidence is \(evidence) higher"
  }
}
