import Foundation

/// The phase of a ``PolicyParameters/Kind/periodic(harmonics:)`` policy, which turns by a constant part
/// of a turn a step, and its harmonics as inputs: cos φ, sin φ, cos 2φ, sin 2φ, …
///
/// The first weight w says how fast: ¼ (1 + tanh w) of a turn a step, so that every weight stands for
/// a motion that the steps can follow.
struct PhaseClock: Sendable {
  let harmonics: Int

  /// The clock of that policy; nil when it is of another kind.
  init?(_ parameters: PolicyParameters) {
    guard case .periodic(let harmonics) = parameters.kind else { return nil }
    self.harmonics = harmonics
  }

  /// The number of inputs that it gives: a cosine and a sine each harmonic.
  var inputCount: Int { 2 * harmonics }

  /// The part of a turn that the phase moves a step, below a half.
  static func turnsPerStep(weight: Double) -> Double { 0.25 * (1 + tanh(weight)) }

  /// Writes the inputs of `count` members of one candidate at a step, a row an input.
  func map(
    step: Int, count: Int, stride: Int, weight: Double, inputs: UnsafeMutablePointer<Double>
  ) {
    let turns = Double(step) * Self.turnsPerStep(weight: weight)
    let phase = 2 * Double.pi * (turns - turns.rounded(.down))
    for h in 0..<harmonics {
      let angle = Double(h + 1) * phase
      (inputs + 2 * h * stride).update(repeating: cos(angle), count: count)
      (inputs + (2 * h + 1) * stride).update(repeating: sin(angle), count: count)
    }
  }

  /// The derivative by the weight, from those by the inputs.
  ///
  /// - Parameters:
  ///   - inputs: What `map` wrote.
  ///   - inputGradient: The derivative by each input of each member.
  func pullBack(
    step: Int, count: Int, stride: Int, weight: Double, inputs: UnsafePointer<Double>,
    inputGradient: UnsafePointer<Double>
  ) -> Double {
    let squashed = tanh(weight)
    let phaseByWeight = 2 * Double.pi * Double(step) * 0.25 * (1 - squashed * squashed)
    var byPhase = 0.0
    for h in 0..<harmonics {
      let cosine = 2 * h * stride
      let sine = cosine + stride
      for b in 0..<count {
        byPhase +=
          Double(h + 1)
          * (inputs[cosine + b] * inputGradient[sine + b]
            - inputs[sine + b] * inputGradient[cosine + b])
      }
    }
    return byPhase * phaseByWeight
  }
}
