import LinearAlgebra
import Robotics

/// Everything that makes a policy, as a value: what a learner finds, a store keeps, and a robot
/// runs.
///
///     let policy = try parameters.makePolicy(for: robot)
public struct PolicyParameters: Codable, Sendable, Equatable {
  /// The shape of a policy.
  public enum Kind: Codable, Sendable, Equatable {
    /// One hidden layer of that many units, tanh inside and at the output.
    case network(hiddenUnits: Int)
    /// A weighted sum of the features and a bias, tanh at the output.
    case linear
    /// A weighted sum of that many bells around places in the space of the features, and a bias, tanh
    /// at the output: the mean of a Gaussian process with that many pseudo-targets (Deisenroth et al.,
    /// PAMI 2015, section 4.1), with what multiplies its covariances as the weights.
    case radial(centres: Int)
    /// A weighted sum of that many harmonics of a phase that turns steadily, of the features and a
    /// bias, tanh at the output: a central pattern generator with feedback.
    case periodic(harmonics: Int)
    /// A trajectory, and linear feedback on how far the state is from it, tanh at the output; an
    /// entry a step of the task. After the last step it goes on with the last entry.
    case trajectory(steps: Int)
    /// Random actions, uniform within the limits, each held for a random number of periods from 1
    /// to that many. No weights.
    case random(longestHold: Int, seed: UInt64)
  }

  /// The shape.
  public var kind: Kind
  /// The name of the robot that it was learnt for.
  public var robot: String
  /// The name of the task that it was learnt for.
  public var task: String
  /// How each joint moves, in joint order: which of them enter as cosine and sine.
  public var jointKinds: [Joint.Kind]
  /// What a prismatic joint's position (m) is divided by, in joint order.
  public var positionScales: [Double]
  /// What a velocity (rad/s or m/s) is divided by, in joint order.
  public var velocityScales: [Double]
  /// The number of previous actions that are part of its state; nil for none.
  public var previousActions: Int?
  /// The limit of each action (N m or N): an action is its limit times a number in [−1, 1].
  public var actionLimits: [Double]
  /// The weights. A network's: for each hidden unit its weight of each feature, then its bias; then
  /// for each action the weight of each hidden unit, then its bias. A linear policy's: for each
  /// action the weight of each feature, then its bias. A radial policy's: for each feature one over the
  /// bells' width, for each bell its centre's features; then for each action the weight of each bell,
  /// then its bias. A periodic policy's: how fast its phase turns (¼ (1 + tanh w) of a turn a step);
  /// then for each action the weight of each feature, of each harmonic's cosine and sine, then its
  /// bias. A trajectory's: for each step the state (rad
  /// or m, then rad/s or m/s), then for each action the weight of each state dimension's deviation,
  /// divided by its scale, and a bias.
  public var weights: [Double]

  /// A policy of that shape for a robot's task, with all weights zero.
  public init(kind: Kind, robot: Robot, task: Task) {
    self.kind = kind
    self.robot = robot.name
    self.task = task.name
    jointKinds = robot.joints.map(\.kind)
    positionScales = task.positionScales
    velocityScales = task.velocityScales
    actionLimits = robot.actionLimits
    let previous = robot.previousActions(in: task)
    previousActions = previous > 0 ? previous : nil
    weights = []
    weights = Array(repeating: 0, count: weightCount)
  }

  /// How states become features.
  public var featureMap: FeatureMap {
    FeatureMap(kinds: jointKinds, furtherDimensions: previousDimensions)
  }
  /// The number of weights that the kind, joints and actions ask for.
  public var weightCount: Int {
    let features = featureMap.featureCount
    switch kind {
    case .network(let hidden): return hidden * (features + 1) + actionLimits.count * (hidden + 1)
    case .linear: return actionLimits.count * (features + 1)
    case .radial(let centres):
      return features * (1 + centres) + actionLimits.count * (centres + 1)
    case .periodic(let harmonics):
      return 1 + actionLimits.count * (features + 2 * harmonics + 1)
    case .trajectory(let steps): return steps * weightsPerStep
    case .random: return 0
    }
  }

  /// The number of units of the hidden layer, or of bells; zero when there are none.
  var hiddenUnits: Int {
    switch kind {
    case .network(let hidden): hidden
    case .radial(let centres): centres
    case .linear, .periodic, .trajectory, .random: 0
    }
  }

  /// The number of state dimensions: positions, velocities and previous actions.
  var stateDimensions: Int { 2 * jointKinds.count + previousDimensions }

  /// The number of state dimensions that are previous actions.
  private var previousDimensions: Int { (previousActions ?? 0) * actionLimits.count }

  /// What a previous action is divided by: its limit.
  private var previousScales: [Double] {
    (0..<(previousActions ?? 0)).flatMap { _ in actionLimits.map { $0 > 0 ? $0 : 1 } }
  }

  /// The number of weights that a trajectory has for each step.
  var weightsPerStep: Int { stateDimensions + actionLimits.count * (stateDimensions + 1) }

  /// What a state dimension is divided by: 1 rad for an angle.
  var stateScales: [Double] {
    zip(jointKinds, positionScales).map { $0 == .revolute ? 1 : $1 } + velocityScales
      + previousScales
  }

  /// The same policy with other weights.
  public func with(weights: [Double]) -> PolicyParameters {
    var copy = self
    copy.weights = weights
    return copy
  }

  /// 1 / scale of each feature, in feature order.
  var featureFactors: [Double] {
    var factors: [Double] = []
    for (joint, kind) in jointKinds.enumerated() {
      switch kind {
      case .revolute: factors += [1, 1]
      case .prismatic: factors.append(1 / positionScales[joint])
      }
    }
    return factors + (velocityScales + previousScales).map { 1 / $0 }
  }

  /// Whether the parts fit each other and hold finite numbers; what is wrong when they don't.
  public func check() throws(LearnerError) {
    func require(_ holds: Bool, _ what: String, found: Int, expected: Int) throws(LearnerError) {
      if !holds { throw .malformedPolicy(what: what, found: found, expected: expected) }
    }
    let joints = jointKinds.count
    try require(joints > 0, "joints", found: joints, expected: 1)
    try require(
      positionScales.count == joints, "position scales", found: positionScales.count,
      expected: joints)
    try require(
      velocityScales.count == joints, "velocity scales", found: velocityScales.count,
      expected: joints)
    if let previousActions {
      let most = StateSettings.mostPreviousActions
      try require(
        (0...most).contains(previousActions), "previous actions at most", found: previousActions,
        expected: most)
    }
    if case .network(let hidden) = kind {
      try require(hidden > 0, "hidden units", found: hidden, expected: 1)
    }
    if case .radial(let centres) = kind {
      try require(centres > 0, "centres", found: centres, expected: 1)
    }
    if case .periodic(let harmonics) = kind {
      try require(harmonics > 0, "harmonics", found: harmonics, expected: 1)
    }
    if case .trajectory(let steps) = kind {
      try require(steps > 0, "steps", found: steps, expected: 1)
    }
    if case .random(let hold, _) = kind {
      try require(hold > 0, "periods that a random action is held", found: hold, expected: 1)
    }
    try require(
      weights.count == weightCount, "weights", found: weights.count, expected: weightCount)
    let numbers = weights + actionLimits + positionScales + velocityScales
    let finite = numbers.count { $0.isFinite }
    try require(
      finite == numbers.count, "finite numbers", found: finite, expected: numbers.count)
  }

  /// The policy, ready to run.
  ///
  /// - Throws: ``LearnerError/malformedPolicy(what:found:expected:)`` when the parts don't fit.
  public func makePolicy() throws(LearnerError) -> any Policy {
    try check()
    switch kind {
    case .network, .linear, .radial, .periodic, .trajectory: return NetworkPolicy(self)
    case .random(let longestHold, let seed):
      return RandomPolicy(actionLimits: actionLimits, longestHold: longestHold, seed: seed)
    }
  }

  /// The policy for that robot, ready to run.
  ///
  /// - Throws: ``LearnerError/policyForAnotherRobot(policy:robot:)`` when it was learnt for another
  ///   one, ``LearnerError/malformedPolicy(what:found:expected:)`` when the parts don't fit.
  public func makePolicy(for robot: Robot) throws(LearnerError) -> any Policy {
    guard
      robot.name == self.robot, robot.joints.map(\.kind) == jointKinds,
      robot.actionDimensions == actionLimits.count
    else { throw .policyForAnotherRobot(policy: self.robot, robot: robot.name) }
    if let task = robot.task(named: task) {
      let (found, expected) = (previousActions ?? 0, robot.previousActions(in: task))
      guard found == expected || weights.isEmpty else {
        throw .malformedPolicy(
          what: "previous actions in its state, by the robot file's section 'state',", found: found,
          expected: expected)
      }
    }
    return try makePolicy()
  }
}
