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

  /// See ``spread(_:features:most:)``.
  static let manyTimes = 20
  /// The fewest steps that a model is fitted to.
  static let fewest = 3

  /// - Throws: ``ModelError`` when there are too few steps, or one isn't finite or has a wrong shape.
  init(steps: [Step], features: FeatureMap) throws {
    guard steps.count >= TrainingData.fewest else {
      throw ModelError.tooFewSteps(found: steps.count, needed: TrainingData.fewest)
    }
    let count = steps.count
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

  /// The steps that lie farthest apart: beginning with the last one, always the one whose nearest
  /// chosen neighbour is farthest (Gonzalez 1985), inputs divided by their standard deviations.
  ///
  /// Of more than ``manyTimes`` as many steps as are wanted, only every so many are looked at.
  ///
  /// Cost: steps looked at × chosen × inputs.
  static func spread(_ steps: [Step], features: FeatureMap, most: Int) throws -> [Step] {
    guard steps.count > most else { return steps }
    let looked = manyTimes * most
    if steps.count > looked {
      let thinned = (0..<looked).map { steps[($0 + 1) * steps.count / looked - 1] }
      return try spread(thinned, features: features, most: most)
    }
    let data = try TrainingData(steps: steps, features: features)
    let scales = StandardisedInputs.scales(points: data.points, dimensions: data.inputCount)
    let scaled = data.points.indices.map { data.points[$0] / scales[$0 % data.inputCount] }
    var distance = [Double](repeating: .infinity, count: data.count)
    var chosen = [data.count - 1]
    while chosen.count < most {
      let last = chosen[chosen.count - 1] * data.inputCount
      var farthest = 0
      for n in 0..<data.count {
        var square = 0.0
        for d in 0..<data.inputCount {
          let difference = scaled[n * data.inputCount + d] - scaled[last + d]
          square += difference * difference
        }
        distance[n] = min(distance[n], square)
        if distance[n] > distance[farthest] { farthest = n }
      }
      chosen.append(farthest)
    }
    return chosen.sorted().map { steps[$0] }
  }
}
