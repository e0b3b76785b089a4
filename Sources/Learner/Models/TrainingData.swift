import LinearAlgebra
import Robotics

/// Steps in flat memory, checked: what a model is fitted to.
struct TrainingData: Sendable {
  let count: Int
  let stateDimensions: Int
  let actionDimensions: Int
  let inputCount: Int
  /// A dimension at a time, stride `count`.
  let states: [Double]
  let actions: [Double]
  let changes: [Double]
  /// z, a step's inputs side by side.
  let points: [Double]

  /// The fewest steps that a model is fitted to.
  static let fewest = 3

  /// - Throws: ``ModelError`` when there are too few steps, or one isn't finite or has a wrong shape.
  static func check(
    _ steps: [Step], features: FeatureMap, fewest: Int = TrainingData.fewest
  ) throws {
    guard steps.count >= fewest else {
      throw ModelError.tooFewSteps(found: steps.count, needed: fewest)
    }
    let dimensions = features.stateDimensions
    let actionCount = steps[0].action.count
    let inputs = features.featureCount + actionCount
    guard inputs <= VectorKernels.mostDimensions else {
      throw ModelError.tooManyInputs(found: inputs, most: VectorKernels.mostDimensions)
    }
    for (index, step) in steps.enumerated() {
      for (quantity, values, needed) in [
        ("state", step.state, dimensions), ("action", step.action, actionCount),
        ("next state", step.nextState, dimensions),
      ] {
        guard values.count == needed else {
          throw ModelError.wrongShape(
            step: index, quantity: quantity, found: values.count, needed: needed)
        }
        guard values.allSatisfy(\.isFinite) else {
          throw ModelError.notFinite(step: index, quantity: quantity)
        }
      }
    }
  }

  /// - Throws: What ``check(_:features:fewest:)`` throws.
  init(steps: [Step], features: FeatureMap, fewest: Int = TrainingData.fewest) throws {
    try TrainingData.check(steps, features: features, fewest: fewest)
    let count = steps.count
    let dimensions = features.stateDimensions
    let actionCount = steps[0].action.count
    let inputs = features.featureCount + actionCount
    let states = (0..<dimensions).flatMap { d in steps.map { $0.state[d] } }
    actions = (0..<actionCount).flatMap { a in steps.map { $0.action[a] } }
    changes = (0..<dimensions).flatMap { d in steps.map { $0.nextState[d] - $0.state[d] } }
    var mapped = [Double](repeating: 0, count: features.featureCount * count)
    features.map(
      count: count, stateStride: count, states: states, featureStride: count, features: &mapped)
    var points = [Double](repeating: 0, count: inputs * count)
    for n in 0..<count {
      for f in 0..<features.featureCount { points[n * inputs + f] = mapped[f * count + n] }
      for a in 0..<actionCount {
        points[n * inputs + features.featureCount + a] = steps[n].action[a]
      }
    }
    self.count = count
    self.states = states
    self.points = points
    stateDimensions = dimensions
    actionDimensions = actionCount
    inputCount = inputs
  }

  /// The changes of one state dimension.
  func change(_ dimension: Int) -> [Double] {
    Array(changes[(dimension * count)..<((dimension + 1) * count)])
  }

  /// What q' = q + dt q˙ + ½ dt Δq˙ leaves of the changes of one joint's position.
  func integrationResidual(joint: Int, periodSeconds: Double) -> [Double] {
    let velocity = stateDimensions / 2 + joint
    return (0..<count).map { n in
      changes[joint * count + n] - periodSeconds
        * (states[velocity * count + n] + 0.5 * changes[velocity * count + n])
    }
  }

  /// x(t) + M(φ) of every step, a dimension at a time.
  func advanced(by prior: TunedPrior, periodSeconds: Double) -> [Double] {
    var next = states
    next.withUnsafeMutableBufferPointer { next in
      actions.withUnsafeBufferPointer { actions in
        states.withUnsafeBufferPointer { states in
          guard let next = next.baseAddress, let states = states.baseAddress else { return }
          prior.model.advance(
            count: count, stride: count, states: states,
            actions: actions.baseAddress ?? states, parameters: prior.parameters,
            periodSeconds: periodSeconds, next: next)
        }
      }
    }
    return next
  }

  /// That many steps at most, evenly spread.
  static func thinned(_ steps: [Step], most: Int) -> [Step] {
    guard steps.count > most else { return steps }
    return EvenSpread.places(most, of: steps.count).map { steps[$0] }
  }
}
