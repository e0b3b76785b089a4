import CKernels
import Robotics

/// How a state enters a model or a policy: the angle of a revolute joint as (cos, sin), the position
/// of a prismatic joint as it is, then every joint's velocity, and last the angles between joints that
/// were asked for, as (cos, sin) too.
///
/// For a pendulum: (cos θ, sin θ, rate). Batches are stored a dimension at a time, as everywhere in
/// `Learner`.
public struct FeatureMap: Sendable, Equatable {
  /// How each joint moves, in joint order.
  public var kinds: [Joint.Kind]
  /// The joints' names: a robot's own; q1, q2 and so on for joints without a robot.
  public let jointNames: [String]
  /// The places of the joints that have a motor, in the order of the actions; empty for joints without
  /// a robot.
  let motors: [Int]
  /// The number of dimensions after the velocities, such as previous actions, that go in as they are.
  public var furtherDimensions = 0
  /// Angles between two joints that go in besides the joints' own.
  public private(set) var angles: [AngleBetween] = []

  /// How long after the state its angles are taken, each going on at its velocity, in seconds: what a
  /// state changes by over a step of the model depends on the angles in the middle of it more than on those
  /// that it begins with.
  public private(set) var leadSeconds = 0.0

  /// How far one revolute joint's position is ahead of another's.
  public struct AngleBetween: Sendable, Equatable {
    /// The joint that is ahead.
    public let joint: Int
    /// The joint that it is compared with.
    public let other: Int
  }

  /// The feature map of a robot.
  public init(robot: Robot) {
    kinds = robot.joints.map(\.kind)
    jointNames = robot.joints.map(\.name)
    motors = robot.joints.indices.filter { robot.joints[$0].isActuated }
  }

  /// The feature map of a robot that does a task.
  ///
  /// Where the links of the task's chain are each measured from hanging, the angle between neighbours
  /// enters too: inertias and centrifugal forces of a chain depend on it, and a smooth function of it is a
  /// rough one of the two angles. All angles are then those in the middle of a step of the model.
  ///
  /// - Parameter substeps: How many steps of the model make a period (``Robotics/Robot/substeps(in:)``).
  public init(robot: Robot, task: Task, substeps: Int = 1) {
    self.init(robot: robot)
    for (other, joint) in task.neighbours {
      let angle = AngleBetween(joint: joint, other: other)
      if !angles.contains(angle) { angles.append(angle) }
    }
    if !angles.isEmpty { leadSeconds = task.periodSeconds / Double(2 * substeps) }
  }

  /// The feature map of joints of those kinds.
  public init(kinds: [Joint.Kind], furtherDimensions: Int = 0) {
    self.kinds = kinds
    jointNames = kinds.indices.map { "q\($0 + 1)" }
    motors = []
    self.furtherDimensions = furtherDimensions
  }

  /// The number of state dimensions that go in.
  public var stateDimensions: Int { 2 * kinds.count + furtherDimensions }

  /// The number of features that come out.
  public var featureCount: Int {
    kinds.reduce(kinds.count + furtherDimensions) { $0 + ($1 == .revolute ? 2 : 1) }
      + 2 * angles.count
  }

  /// Writes the features of `count` states.
  ///
  /// - Parameters:
  ///   - count: The number of states.
  ///   - stateStride: The distance between two dimensions of one state.
  ///   - states: The states, positions then velocities.
  ///   - featureStride: The distance between two features of one state.
  ///   - features: Where the features go, `featureCount` × `featureStride`.
  ///   - factors: What each feature is multiplied with; empty for nothing.
  public func map(
    count: Int, stateStride: Int, states: UnsafePointer<Double>, featureStride: Int,
    features: UnsafeMutablePointer<Double>, factors: [Double] = []
  ) {
    var output = features
    for joint in 0..<kinds.count {
      let position = states + joint * stateStride
      if kinds[joint] == .revolute {
        let angle = output + featureStride
        if leadSeconds == 0 {
          handful_sine_cosine(count, position, angle, output)
        } else {
          let velocity = states + (kinds.count + joint) * stateStride
          for b in 0..<count { angle[b] = position[b] + leadSeconds * velocity[b] }
          handful_sine_cosine(count, angle, angle, output)
        }
        output += 2 * featureStride
      } else {
        output.update(from: position, count: count)
        output += featureStride
      }
    }
    for dimension in kinds.count..<stateDimensions {
      output.update(from: states + dimension * stateStride, count: count)
      output += featureStride
    }
    for angle in angles {
      let difference = output + featureStride
      let (ahead, other) = (states + angle.joint * stateStride, states + angle.other * stateStride)
      let velocities = kinds.count * stateStride
      for b in 0..<count {
        difference[b] =
          ahead[b] - other[b] + leadSeconds * (ahead[velocities + b] - other[velocities + b])
      }
      handful_sine_cosine(count, difference, difference, output)
      output += 2 * featureStride
    }
    for f in factors.indices where factors[f] != 1 {
      let row = features + f * featureStride
      for b in 0..<count { row[b] *= factors[f] }
    }
  }
}

extension Task {
  /// Neighbouring joints of its chains whose links are each measured from hanging.
  var neighbours: [(Int, Int)] {
    chains.filter { !$0.anglesAreRelative }.flatMap { Array(zip($0.joints, $0.joints.dropFirst())) }
  }

  /// The chains whose tips its reward and its success are about.
  fileprivate var chains: [TipChain] {
    let rewarded = reward.terms.flatMap { weighted -> [TipChain] in
      guard case .saturating(let distances, _) = weighted.term else { return [] }
      return distances.compactMap {
        if case .tip(let chain, _) = $0 { chain } else { nil }
      }
    }
    return rewarded + success.tipConditions.map(\.chain)
  }
}
