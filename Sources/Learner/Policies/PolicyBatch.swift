import CKernels
import LinearAlgebra

/// Evaluates one shape of policy for many candidates, each with weights of its own, and many states
/// a candidate, all in lockstep.
///
/// Member `m` of candidate `c` is batch member `c * members + m`; entry `d * stride + b` is dimension
/// `d` of batch member `b`. Nothing is allocated.
public struct PolicyBatch: Sendable {
  private let featureMap: FeatureMap
  private let featureFactors: [Double]
  private let limits: [Double]
  let deviations: TrajectoryDeviations?
  private let radial: RadialUnits?
  private let clock: PhaseClock?
  /// The number of inputs of the first layer: features and a clock's, or deviations from a trajectory.
  private let inputCount: Int
  /// The units of a hidden layer, or bells; zero when there are none.
  private let hidden: Int
  /// The number of weights of one candidate.
  public let weightCount: Int

  /// The evaluator of policies shaped like `parameters`, which must not be random.
  public init(_ parameters: PolicyParameters) {
    featureMap = parameters.featureMap
    featureFactors = parameters.featureFactors
    limits = parameters.actionLimits
    weightCount = parameters.weightCount
    deviations = TrajectoryDeviations(parameters)
    radial = RadialUnits(parameters)
    clock = PhaseClock(parameters)
    inputCount =
      deviations?.dimensions ?? featureMap.featureCount + (clock?.inputCount ?? 0)
    hidden = parameters.hiddenUnits
    if case .random = parameters.kind {
      preconditionFailure("a random policy has no weights to evaluate")
    }
  }

  /// The number of doubles of scratch memory for batches of up to `capacity` members.
  public func scratchCount(capacity: Int) -> Int { (inputCount + hidden) * capacity }

  /// Lays weights out a number a row, with an entry a batch member: candidates with few members each
  /// are then evaluated as one batch.
  ///
  /// - Parameters:
  ///   - members: The number of members of each candidate.
  ///   - spread: `weightCount` × `stride`, where the rows go.
  package func spread(
    candidates: Int, members: Int, stride: Int, weights: UnsafePointer<Double>,
    into spread: UnsafeMutablePointer<Double>
  ) {
    for candidate in 0..<candidates {
      for w in 0..<weightCount {
        (spread + w * stride + candidate * members).update(
          repeating: weights[candidate * weightCount + w], count: members)
      }
    }
  }

  /// Writes the actions of `candidates` × `members` states.
  ///
  /// - Parameters:
  ///   - candidates: The number of weight vectors.
  ///   - members: The number of states of each.
  ///   - step: The number of the decision within the trial, from 0.
  ///   - stride: The distance between two dimensions of one member, at least candidates × members.
  ///   - weights: The weights, one candidate after the other, `weightCount` each.
  ///   - spread: The same as ``spread(candidates:members:stride:weights:into:)`` lays them out; nil
  ///     when they aren't.
  ///   - states: Positions, then velocities.
  ///   - actions: Where the actions go, within the limits.
  ///   - scratch: `scratchCount(capacity: stride)` doubles.
  public func decide(
    candidates: Int, members: Int, step: Int, stride: Int, weights: UnsafePointer<Double>,
    spread: UnsafePointer<Double>? = nil, states: UnsafePointer<Double>,
    actions: UnsafeMutablePointer<Double>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    let count = candidates * members
    var inputs = UnsafePointer(scratch)
    var layerInputs = inputCount
    var offset = 0
    if let deviations {
      offset = deviations.offset(step: step)
      for candidate in 0..<candidates {
        let first = candidate * members
        deviations.map(
          count: members, stride: stride, states: states + first,
          reference: weights + candidate * weightCount + offset, inputs: scratch + first)
      }
      offset += deviations.dimensions
    } else {
      featureMap.map(
        count: count, stateStride: stride, states: states, featureStride: stride,
        features: scratch, factors: featureFactors)
    }
    if let clock {
      let rows = scratch + featureMap.featureCount * stride
      for candidate in 0..<candidates {
        clock.map(
          step: step, count: members, stride: stride, weight: weights[candidate * weightCount],
          inputs: rows + candidate * members)
      }
      offset = 1
    }
    if let radial {
      let units = scratch + inputCount * stride
      for candidate in 0..<candidates {
        let first = candidate * members
        radial.map(
          count: members, stride: stride, weights: weights + candidate * weightCount,
          inputs: scratch + first, units: units + first)
      }
      offset = radial.weightCount
      inputs = UnsafePointer(units)
      layerInputs = hidden
    } else if hidden > 0 {
      let units = scratch + inputCount * stride
      layer(
        candidates: candidates, members: members, stride: stride, weights: weights, offset: 0,
        spread: spread, inputs: inputs, inputCount: layerInputs, outputs: units, outputCount: hidden
      )
      for h in 0..<hidden { handful_tanh(count, units + h * stride, units + h * stride) }
      offset = hidden * (inputCount + 1)
      inputs = UnsafePointer(units)
      layerInputs = hidden
    }
    layer(
      candidates: candidates, members: members, stride: stride, weights: weights, offset: offset,
      spread: spread, inputs: inputs, inputCount: layerInputs, outputs: actions,
      outputCount: limits.count)
    for a in 0..<limits.count {
      let row = actions + a * stride
      handful_tanh(count, row, row)
      for b in 0..<count { row[b] *= limits[a] }
    }
  }

  /// outputs = W inputs + bias, with W and bias of the member's candidate, from its `offset`th weight
  /// on.
  private func layer(
    candidates: Int, members: Int, stride: Int, weights: UnsafePointer<Double>, offset: Int,
    spread: UnsafePointer<Double>?, inputs: UnsafePointer<Double>, inputCount: Int,
    outputs: UnsafeMutablePointer<Double>,
    outputCount: Int
  ) {
    if let spread {
      VectorKernels.memberLayer(
        count: candidates * members, inputs: inputCount, outputs: outputCount,
        weights: spread + offset * stride, weightStride: stride, input: inputs,
        inputStride: stride, output: outputs, outputStride: stride)
      return
    }
    for candidate in 0..<candidates {
      var weight = weights + candidate * weightCount + offset
      let first = candidate * members
      for output in 0..<outputCount {
        let target = outputs + output * stride + first
        let bias = weight[inputCount]
        for m in 0..<members { target[m] = bias }
        for input in 0..<inputCount {
          let source = inputs + input * stride + first
          let w = weight[input]
          for m in 0..<members { target[m] += w * source[m] }
        }
        weight += inputCount + 1
      }
    }
  }
}
