import Robotics

/// A model of the dynamics together with what a policy sees of them: velocities through the causal
/// filter that runs on the robot, the actions that may still have to act, and those that act until a
/// command takes effect. A search in it finds policies for the filter and the delays that they will
/// live with (Amadio et al., T-RO 2022, section VI).
///
/// Its state is what the policy sees, positions, velocities and previous actions, the latest first;
/// after that, where velocities are filtered, the true ones; and at last, where commands take effect
/// late, the action before. The inner model's action is the present action and the previous ones; where
/// commands take effect late it is the mean effort of the period, as in ``LearningData``.
///
/// The filter runs on the motion without noise; what a measurement's noise makes of it is part of the
/// search's measurement deviations. With variances, those of the filtered velocities are drawn apart
/// from the positions' and velocities' that they come from.
package struct ObservedDynamics<Inner: DynamicsModel>: DynamicsModel {
  let inner: Inner
  let joints: Int
  package let actionDimensions: Int
  let previousActions: Int
  /// What the filter makes of a period; nil where velocities are measured.
  let filter: FilterStep?
  /// The part of a period for which the action before still acts (`Robot.lateShare(in:)`).
  let lateShare: Double

  /// A model of a robot's task with what a policy sees of it.
  package init(inner: Inner, robot: Robot, task: Task) {
    self.init(
      inner: inner, joints: robot.joints.count, actionDimensions: robot.actionDimensions,
      previousActions: robot.previousActions(in: task),
      filter: robot.state.velocityCutoffHertz.map {
        FilterStep(
          filter: VelocityFilter(cutoffHertz: $0),
          samplePeriodSeconds: robot.link.controlPeriodSeconds, periodSeconds: task.periodSeconds)
      }, lateShare: robot.lateShare(in: task))
  }

  fileprivate init(
    inner: Inner, joints: Int, actionDimensions: Int, previousActions: Int, filter: FilterStep?,
    lateShare: Double
  ) {
    precondition(
      inner.stateDimensions == 2 * joints
        && inner.actionDimensions == actionDimensions * (1 + previousActions),
      "the inner model is of the joints, and of the present and the previous actions")
    self.inner = inner
    self.joints = joints
    self.actionDimensions = actionDimensions
    self.previousActions = previousActions
    self.filter = filter
    self.lateShare = lateShare
  }

  /// The number of dimensions that a policy sees.
  var observedDimensions: Int { 2 * joints + previousActions * actionDimensions }
  package var jointCount: Int { joints }
  package var stateDimensions: Int { held + (lateShare > 0 ? actionDimensions : 0) }
  /// Where the true velocities begin.
  private var trueVelocity: Int { filter == nil ? joints : observedDimensions }
  /// Where the action before begins, which is held until a command takes effect.
  private var held: Int { observedDimensions + (filter == nil ? 0 : joints) }

  /// The robot's filter begins a trial at rest, and there are no previous actions.
  package func beginning(at robotState: [Double]) -> [Double] {
    let previous = [Double](repeating: 0, count: previousActions * actionDimensions)
    let held = [Double](repeating: 0, count: stateDimensions - held)
    guard filter != nil else { return robotState + previous + held }
    let standing = robotState.prefix(joints) + [Double](repeating: 0, count: joints)
    return standing + previous + robotState.suffix(joints) + held
  }

  package func makeWorkspace(capacity: Int) -> ObservedWorkspace<Inner.Workspace> {
    ObservedWorkspace(
      inner: inner.makeWorkspace(capacity: capacity), capacity: capacity,
      states: inner.stateDimensions, actions: inner.actionDimensions)
  }

  package func predict(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, variance: UnsafeMutablePointer<Double>?,
    workspace: ObservedWorkspace<Inner.Workspace>
  ) {
    gather(count: count, stride: stride, states: states, actions: actions, workspace: workspace)
    inner.predict(
      count: count, stride: workspace.capacity, states: workspace.states,
      actions: workspace.actions, mean: workspace.mean,
      variance: variance == nil ? nil : workspace.variance, workspace: workspace.inner)
    writeChange(
      count: count, stride: stride, states: states, actions: actions, change: mean,
      workspace: workspace)
    guard let variance else { return }
    for d in 0..<stateDimensions { (variance + d * stride).update(repeating: 0, count: count) }
    for joint in 0..<joints {
      let position = workspace.variance + joint * workspace.capacity
      let velocity = position + joints * workspace.capacity
      (variance + joint * stride).update(from: position, count: count)
      (variance + (trueVelocity + joint) * stride).update(from: velocity, count: count)
      guard let filter else { continue }
      let row = variance + (joints + joint) * stride
      for b in 0..<count {
        row[b] =
          filter.change * filter.change * position[b] + filter.last * filter.last * velocity[b]
      }
    }
  }

  /// Writes the inner model's states and actions to the workspace.
  private func gather(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    workspace: ObservedWorkspace<Inner.Workspace>
  ) {
    let capacity = workspace.capacity
    for joint in 0..<joints {
      (workspace.states + joint * capacity).update(from: states + joint * stride, count: count)
      (workspace.states + (joints + joint) * capacity)
        .update(from: states + (trueVelocity + joint) * stride, count: count)
    }
    for a in 0..<actionDimensions {
      let action = actions + a * stride
      let acting = workspace.actions + a * capacity
      guard lateShare > 0 else {
        acting.update(from: action, count: count)
        continue
      }
      let before = states + (held + a) * stride
      for b in 0..<count { acting[b] = action[b] + lateShare * (before[b] - action[b]) }
    }
    for entry in 0..<(previousActions * actionDimensions) {
      (workspace.actions + (actionDimensions + entry) * capacity)
        .update(from: states + (2 * joints + entry) * stride, count: count)
    }
  }

  /// Writes the change of state that follows from the inner model's, in the workspace.
  private func writeChange(
    count: Int, stride: Int, states: UnsafePointer<Double>, actions: UnsafePointer<Double>,
    change: UnsafeMutablePointer<Double>, workspace: ObservedWorkspace<Inner.Workspace>
  ) {
    for joint in 0..<joints {
      let position = workspace.mean + joint * workspace.capacity
      let velocity = position + joints * workspace.capacity
      (change + joint * stride).update(from: position, count: count)
      (change + (trueVelocity + joint) * stride).update(from: velocity, count: count)
      guard let filter else { continue }
      let filtered = states + (joints + joint) * stride
      let before = states + (trueVelocity + joint) * stride
      let row = change + (joints + joint) * stride
      for b in 0..<count {
        row[b] =
          (filter.keep - 1) * filtered[b] + filter.change * position[b] + filter.first * before[b]
          + filter.last * (before[b] + velocity[b])
      }
    }
    for place in 0..<previousActions {
      for a in 0..<actionDimensions {
        let own = 2 * joints + place * actionDimensions + a
        let latest = place == 0 ? actions + a * stride : states + (own - actionDimensions) * stride
        let row = change + own * stride
        let before = states + own * stride
        for b in 0..<count { row[b] = latest[b] - before[b] }
      }
    }
    guard lateShare > 0 else { return }
    for a in 0..<actionDimensions {
      let (before, row) = (states + (held + a) * stride, change + (held + a) * stride)
      for b in 0..<count { row[b] = actions[a * stride + b] - before[b] }
    }
  }
}

/// Scratch memory of ``ObservedDynamics``: the inner model's, its states and actions, and what it
/// gives.
package final class ObservedWorkspace<Inner> {
  let inner: Inner
  /// The stride of what the inner model takes and gives.
  let capacity: Int
  let states: UnsafeMutablePointer<Double>
  let actions: UnsafeMutablePointer<Double>
  let mean: UnsafeMutablePointer<Double>
  let variance: UnsafeMutablePointer<Double>
  let jacobian: UnsafeMutablePointer<Double>

  init(inner: Inner, capacity: Int, states: Int, actions: Int) {
    self.inner = inner
    self.capacity = capacity
    self.states = .zeros(states * capacity)
    self.actions = .zeros(actions * capacity)
    mean = .zeros(states * capacity)
    variance = .zeros(states * capacity)
    jacobian = .zeros(states * (states + actions) * capacity)
  }

  deinit {
    states.deallocate()
    actions.deallocate()
    mean.deallocate()
    variance.deallocate()
    jacobian.deallocate()
  }
}

extension ObservedDynamics: FunctionSampling where Inner: FunctionSampling {
  /// The same of functions that are drawn from the inner model.
  package func functions(count: Int, seed: UInt64) -> ObservedDynamics<Inner.Functions> {
    ObservedDynamics<Inner.Functions>(
      inner: inner.functions(count: count, seed: seed), joints: joints,
      actionDimensions: actionDimensions, previousActions: previousActions, filter: filter,
      lateShare: lateShare)
  }
}

extension ObservedDynamics: DifferentiableDynamics where Inner: DifferentiableDynamics {
  package func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: ObservedWorkspace<Inner.Workspace>
  ) {
    let capacity = workspace.capacity
    let width = stateDimensions + actionDimensions
    let innerWidth = inner.stateDimensions + inner.actionDimensions
    gather(count: count, stride: stride, states: states, actions: actions, workspace: workspace)
    inner.linearise(
      count: count, stride: capacity, firstMember: firstMember, states: workspace.states,
      actions: workspace.actions, change: workspace.mean, jacobian: workspace.jacobian,
      workspace: workspace.inner)
    writeChange(
      count: count, stride: stride, states: states, actions: actions, change: change,
      workspace: workspace)
    for i in 0..<(stateDimensions * width) {
      (jacobian + i * stride).update(repeating: 0, count: count)
    }
    /// Adds a multiple of the derivatives of one of the inner model's dimensions to a row.
    func add(_ dimension: Int, times factor: Double, to row: Int) {
      for input in 0..<innerWidth {
        let source = workspace.jacobian + (dimension * innerWidth + input) * capacity
        let target = jacobian + (row * width + place(ofInnerInput: input)) * stride
        let present = input - 2 * joints
        guard lateShare > 0, (0..<actionDimensions).contains(present) else {
          for b in 0..<count { target[b] += factor * source[b] }
          continue
        }
        let before = jacobian + (row * width + held + present) * stride
        for b in 0..<count {
          target[b] += (1 - lateShare) * factor * source[b]
          before[b] += lateShare * factor * source[b]
        }
      }
    }
    func add(_ value: Double, row: Int, input: Int) {
      let target = jacobian + (row * width + input) * stride
      for b in 0..<count { target[b] += value }
    }
    for joint in 0..<joints {
      add(joint, times: 1, to: joint)
      add(joints + joint, times: 1, to: trueVelocity + joint)
      guard let filter else { continue }
      let row = joints + joint
      add(filter.keep - 1, row: row, input: row)
      add(joint, times: filter.change, to: row)
      add(joints + joint, times: filter.last, to: row)
      add(filter.first + filter.last, row: row, input: trueVelocity + joint)
    }
    for entry in 0..<(previousActions * actionDimensions) {
      let row = 2 * joints + entry
      add(-1, row: row, input: row)
      add(
        1, row: row,
        input: entry < actionDimensions ? stateDimensions + entry : row - actionDimensions)
    }
    guard lateShare > 0 else { return }
    for a in 0..<actionDimensions {
      add(-1, row: held + a, input: held + a)
      add(1, row: held + a, input: stateDimensions + a)
    }
  }

  /// Where one of the inner model's inputs stands among this model's.
  private func place(ofInnerInput input: Int) -> Int {
    if input < joints { return input }
    if input < 2 * joints { return trueVelocity + input - joints }
    let action = input - 2 * joints
    return action < actionDimensions
      ? stateDimensions + action : 2 * joints + action - actionDimensions
  }
}
