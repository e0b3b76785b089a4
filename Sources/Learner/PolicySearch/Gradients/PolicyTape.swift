import CKernels
import LinearAlgebra
import Robotics

/// A policy that remembers what it computed at each step of a rollout, to pass derivatives back
/// through it: of one candidate, for a batch of states.
final class PolicyTape {
  private let featureMap: FeatureMap
  private let featureFactors: [Double]
  private let limits: [Double]
  private let deviations: TrajectoryDeviations?
  private let radial: RadialUnits?
  private let clock: PhaseClock?
  /// The number of inputs of the first layer: features and a clock's, or deviations from a trajectory.
  private let features: Int
  /// The units of a hidden layer, or bells; zero when there are none.
  private let hidden: Int
  private let capacity: Int
  let weightCount: Int

  private let memory: UnsafeMutablePointer<Double>
  private let stepSize: Int
  private let pulled: UnsafeMutablePointer<Double>

  /// The tape of policies of that shape, for `stepCount` steps of up to `capacity` states.
  init(_ shape: PolicyParameters, capacity: Int, stepCount: Int) {
    featureMap = shape.featureMap
    featureFactors = shape.featureFactors
    limits = shape.actionLimits
    deviations = TrajectoryDeviations(shape)
    radial = RadialUnits(shape)
    clock = PhaseClock(shape)
    features = deviations?.dimensions ?? featureMap.featureCount + (clock?.inputCount ?? 0)
    hidden = shape.hiddenUnits
    weightCount = shape.weightCount
    self.capacity = capacity
    // Features and hidden units each have a row of ones after them, which the biases weigh.
    let rows = features + 1 + (hidden > 0 ? hidden + 1 : 0) + limits.count
    stepSize = rows * capacity
    memory = .allocate(capacity: stepSize * stepCount)
    memory.initialize(repeating: 1, count: stepSize * stepCount)
    let scratch = (features + 2 * hidden + limits.count) * capacity
    pulled = .allocate(capacity: scratch)
    pulled.initialize(repeating: 0, count: scratch)
  }

  deinit {
    memory.deallocate()
    pulled.deallocate()
  }

  /// Writes the actions for `count` states at a step.
  func decide(
    step: Int, count: Int, stride: Int, weights: UnsafePointer<Double>,
    states: UnsafePointer<Double>, actions: UnsafeMutablePointer<Double>
  ) {
    let inputs = memory + step * stepSize
    var layer = UnsafePointer(inputs)
    var layerCount = features
    var offset = 0
    if let deviations {
      offset = deviations.offset(step: step)
      precondition(stride == capacity, "deviations lie as the states do")
      deviations.map(
        count: count, stride: stride, states: states, reference: weights + offset, inputs: inputs)
      offset += features
    } else {
      featureMap.map(
        count: count, stateStride: stride, states: states, featureStride: capacity,
        features: inputs, factors: featureFactors)
    }
    if let clock {
      clock.map(
        step: step, count: count, stride: capacity, weight: weights[0],
        inputs: inputs + featureMap.featureCount * capacity)
      offset = 1
    }
    if let radial {
      let units = inputs + (features + 1) * capacity
      radial.map(count: count, stride: capacity, weights: weights, inputs: inputs, units: units)
      layer = UnsafePointer(units)
      layerCount = hidden
      offset = radial.weightCount
    } else if hidden > 0 {
      let units = inputs + (features + 1) * capacity
      BLAS.multiply(
        .plain, .plain, rows: count, columns: hidden, inner: features + 1, inputs, capacity,
        weights, features + 1, into: units, capacity)
      for h in 0..<hidden { handful_tanh(count, units + h * capacity, units + h * capacity) }
      layer = UnsafePointer(units)
      layerCount = hidden
      offset = hidden * (features + 1)
    }
    let squashed = inputs + stepSize - limits.count * capacity
    BLAS.multiply(
      .plain, .plain, rows: count, columns: limits.count, inner: layerCount + 1, layer, capacity,
      weights + offset, layerCount + 1, into: squashed, capacity)
    for a in 0..<limits.count {
      let row = squashed + a * capacity
      handful_tanh(count, row, row)
      let action = actions + a * stride
      for b in 0..<count { action[b] = limits[a] * row[b] }
    }
  }

  /// Passes derivatives by a step's actions back.
  ///
  /// - Parameters:
  ///   - actionGradient: The derivative by each action.
  ///   - stateGradient: What the derivative by each state is added to.
  ///   - weightGradient: What the derivative by each weight is added to.
  func pullBack(
    step: Int, count: Int, stride: Int, weights: UnsafePointer<Double>,
    actionGradient: UnsafePointer<Double>, stateGradient: UnsafeMutablePointer<Double>,
    weightGradient: UnsafeMutablePointer<Double>
  ) {
    let inputs = memory + step * stepSize
    let squashed = inputs + stepSize - limits.count * capacity
    let byOutputs = pulled
    let byHidden = byOutputs + limits.count * capacity
    let byFeatures = byHidden + hidden * capacity
    for a in 0..<limits.count {
      let target = byOutputs + a * capacity
      let value = squashed + a * capacity
      let source = actionGradient + a * stride
      for b in 0..<count { target[b] = source[b] * limits[a] * (1 - value[b] * value[b]) }
    }
    if hidden > 0 {
      let units = inputs + (features + 1) * capacity
      let offset = radial?.weightCount ?? hidden * (features + 1)
      BLAS.multiply(
        .transposed, .plain, rows: hidden + 1, columns: limits.count, inner: count, units,
        capacity, byOutputs, capacity, keep: 1, into: weightGradient + offset, hidden + 1)
      BLAS.multiply(
        .plain, .transposed, rows: count, columns: hidden, inner: limits.count, byOutputs,
        capacity, weights + offset, hidden + 1, into: byHidden, capacity)
    }
    if let radial {
      radial.pullBack(
        count: count, stride: capacity, weights: weights, inputs: inputs,
        units: inputs + (features + 1) * capacity, unitGradient: byHidden,
        inputGradient: byFeatures, weightGradient: weightGradient)
    } else if hidden > 0 {
      let units = inputs + (features + 1) * capacity
      for h in 0..<hidden {
        let row = byHidden + h * capacity
        let unit = units + h * capacity
        for b in 0..<count { row[b] *= 1 - unit[b] * unit[b] }
      }
      BLAS.multiply(
        .transposed, .plain, rows: features + 1, columns: hidden, inner: count, inputs, capacity,
        byHidden, capacity, keep: 1, into: weightGradient, features + 1)
      BLAS.multiply(
        .plain, .transposed, rows: count, columns: features, inner: hidden, byHidden, capacity,
        weights, features + 1, into: byFeatures, capacity)
    } else {
      // The trajectory itself stays where it is.
      let offset =
        deviations.map { $0.offset(step: step) + features } ?? (clock == nil ? 0 : 1)
      BLAS.multiply(
        .transposed, .plain, rows: features + 1, columns: limits.count, inner: count, inputs,
        capacity, byOutputs, capacity, keep: 1, into: weightGradient + offset, features + 1)
      BLAS.multiply(
        .plain, .transposed, rows: count, columns: features, inner: limits.count, byOutputs,
        capacity, weights + offset, features + 1, into: byFeatures, capacity)
    }
    if let deviations {
      for d in 0..<features {
        let factor = deviations.factor(d)
        let target = stateGradient + d * stride
        let source = byFeatures + d * capacity
        for b in 0..<count { target[b] += factor * source[b] }
      }
      return
    }
    if let clock {
      let first = featureMap.featureCount * capacity
      weightGradient[0] += clock.pullBack(
        step: step, count: count, stride: capacity, weight: weights[0], inputs: inputs + first,
        inputGradient: byFeatures + first)
    }
    featureMap.pullBack(
      count: count, featureStride: capacity, features: inputs, factors: featureFactors,
      featureGradient: byFeatures, stateStride: stride, stateGradient: stateGradient)
  }
}

extension FeatureMap {
  /// Adds to the derivatives by states what comes from derivatives by scaled features.
  func pullBack(
    count: Int, featureStride: Int, features: UnsafePointer<Double>, factors: [Double],
    featureGradient: UnsafePointer<Double>, stateStride: Int,
    stateGradient: UnsafeMutablePointer<Double>
  ) {
    var f = 0
    for joint in 0..<kinds.count {
      let target = stateGradient + joint * stateStride
      let first = featureGradient + f * featureStride
      if kinds[joint] == .revolute {
        let cosine = features + f * featureStride
        let sine = cosine + featureStride
        let second = first + featureStride
        for b in 0..<count { target[b] += cosine[b] * second[b] - sine[b] * first[b] }
        f += 2
      } else {
        let factor = factors[f]
        for b in 0..<count { target[b] += factor * first[b] }
        f += 1
      }
    }
    for dimension in kinds.count..<stateDimensions {
      let target = stateGradient + dimension * stateStride
      let source = featureGradient + f * featureStride
      let factor = factors[f]
      for b in 0..<count { target[b] += factor * source[b] }
      f += 1
    }
  }
}
