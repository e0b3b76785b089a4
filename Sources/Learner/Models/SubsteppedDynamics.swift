import Robotics

/// A model of a part of a period, stepped several times with the action held: a model of the whole period.
///
/// Why a model should be of less than a period is said at ``Robotics/Robot/substeps(in:)``.
package struct SubsteppedDynamics<Inner: DynamicsModel>: DynamicsModel {
  let inner: Inner
  /// The number of inner steps a period.
  let count: Int
  /// The period of the inner model, in seconds.
  let substepSeconds: Double

  /// The same model over `count` of its periods.
  ///
  /// - Parameter inner: A model of joint positions and velocities.
  package init(inner: Inner, count: Int, substepSeconds: Double) {
    precondition(
      count > 0 && inner.stateDimensions == 2 * inner.jointCount,
      "the inner model is of the joints alone")
    self.inner = inner
    self.count = count
    self.substepSeconds = substepSeconds
  }

  package var stateDimensions: Int { inner.stateDimensions }
  package var actionDimensions: Int { inner.actionDimensions }
  package var jointCount: Int { inner.jointCount }

  package func beginning(at robotState: [Double]) -> [Double] { inner.beginning(at: robotState) }

  package func makeWorkspace(capacity: Int) -> SubsteppedWorkspace<Inner.Workspace> {
    SubsteppedWorkspace(
      inner: inner.makeWorkspace(capacity: capacity), capacity: capacity,
      states: inner.stateDimensions, actions: inner.actionDimensions)
  }

  /// Writes the mean and variance of the change of state of `count` members.
  ///
  /// A function that is off is off alike a moment later: over a period deviations add up, not variances.
  package func predict(
    count members: Int, stride: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, mean: UnsafeMutablePointer<Double>,
    variance: UnsafeMutablePointer<Double>?, workspace: SubsteppedWorkspace<Inner.Workspace>
  ) {
    let joints = jointCount
    start(members, stride, states, workspace)
    if let variance {
      for d in 0..<stateDimensions { (variance + d * stride).update(repeating: 0, count: members) }
    }
    for _ in 0..<count {
      // Actions keep the caller's stride, and so states and changes take it, too.
      inner.predict(
        count: members, stride: stride, states: workspace.states, actions: actions,
        mean: workspace.change, variance: variance == nil ? nil : workspace.variance,
        workspace: workspace.inner)
      advance(members, stride, workspace)
      guard let variance else { continue }
      for joint in 0..<joints {
        let (position, velocity) = (joint * stride, (joints + joint) * stride)
        for b in 0..<members {
          variance[position + b] +=
            workspace.variance[position + b].squareRoot() + substepSeconds * variance[velocity + b]
          variance[velocity + b] += workspace.variance[velocity + b].squareRoot()
        }
      }
    }
    if let variance {
      for d in 0..<stateDimensions {
        let row = variance + d * stride
        for b in 0..<members { row[b] *= row[b] }
      }
    }
    writeChange(members, stride, states, mean, workspace)
  }

  private func start(
    _ members: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    _ workspace: SubsteppedWorkspace<Inner.Workspace>
  ) {
    precondition(stride <= workspace.capacity, "a workspace holds a batch")
    for d in 0..<stateDimensions {
      (workspace.states + d * stride).update(from: states + d * stride, count: members)
    }
  }

  private func advance(
    _ members: Int, _ stride: Int, _ workspace: SubsteppedWorkspace<Inner.Workspace>
  ) {
    for d in 0..<stateDimensions {
      let (state, change) = (workspace.states + d * stride, workspace.change + d * stride)
      for b in 0..<members { state[b] += change[b] }
    }
  }

  private func writeChange(
    _ members: Int, _ stride: Int, _ states: UnsafePointer<Double>,
    _ change: UnsafeMutablePointer<Double>, _ workspace: SubsteppedWorkspace<Inner.Workspace>
  ) {
    for d in 0..<stateDimensions {
      let (state, end) = (states + d * stride, workspace.states + d * stride)
      let row = change + d * stride
      for b in 0..<members { row[b] = end[b] - state[b] }
    }
  }
}

/// Scratch memory of ``SubsteppedDynamics``: the inner model's, where a period has got to, and what the
/// inner model gives.
package final class SubsteppedWorkspace<Inner> {
  let inner: Inner
  /// The greatest stride of a batch.
  let capacity: Int
  let states: UnsafeMutablePointer<Double>
  let change: UnsafeMutablePointer<Double>
  let variance: UnsafeMutablePointer<Double>
  /// The derivatives of one inner step.
  let step: UnsafeMutablePointer<Double>
  /// A column of the next derivatives of where a period has got to.
  let column: UnsafeMutablePointer<Double>

  init(inner: Inner, capacity: Int, states: Int, actions: Int) {
    self.inner = inner
    self.capacity = capacity
    self.states = .zeros(states * capacity)
    change = .zeros(states * capacity)
    variance = .zeros(states * capacity)
    step = .zeros(states * (states + actions) * capacity)
    column = .zeros(states * capacity)
  }

  deinit {
    states.deallocate()
    change.deallocate()
    variance.deallocate()
    step.deallocate()
    column.deallocate()
  }
}

extension SubsteppedDynamics: FunctionSampling where Inner: FunctionSampling {
  /// The same of functions that are drawn from the inner model.
  package func functions(count members: Int, seed: UInt64) -> SubsteppedDynamics<Inner.Functions> {
    SubsteppedDynamics<Inner.Functions>(
      inner: inner.functions(count: members, seed: seed), count: count,
      substepSeconds: substepSeconds)
  }
}

extension SubsteppedDynamics: DifferentiableDynamics where Inner: DifferentiableDynamics {
  package func linearise(
    count members: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: SubsteppedWorkspace<Inner.Workspace>
  ) {
    let n = stateDimensions
    let width = n + actionDimensions
    start(members, stride, states, workspace)
    for i in 0..<(n * width) { (jacobian + i * stride).update(repeating: 0, count: members) }
    for _ in 0..<count {
      inner.linearise(
        count: members, stride: stride, firstMember: firstMember, states: workspace.states,
        actions: actions, change: workspace.change, jacobian: workspace.step,
        workspace: workspace.inner)
      advance(members, stride, workspace)
      // With D = ∂(x − x₀)/∂(x₀, u) so far and an inner step's J: D ← D + J_x (D + [I 0]) + [0 J_u].
      for input in 0..<width {
        for i in 0..<n {
          let sum = workspace.column + i * stride
          sum.update(from: workspace.step + (i * width + input) * stride, count: members)
          for k in 0..<n {
            let slope = workspace.step + (i * width + k) * stride
            let before = jacobian + (k * width + input) * stride
            for b in 0..<members { sum[b] += slope[b] * before[b] }
          }
        }
        for i in 0..<n {
          let sum = workspace.column + i * stride
          let entry = jacobian + (i * width + input) * stride
          for b in 0..<members { entry[b] += sum[b] }
        }
      }
    }
    writeChange(members, stride, states, change, workspace)
  }
}
