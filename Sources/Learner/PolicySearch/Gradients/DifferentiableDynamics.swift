/// A dynamics model that knows its own derivatives, so that a policy can be improved by following
/// the gradient of its return through a rollout.
public protocol DifferentiableDynamics: DynamicsModel {
  /// Writes the change of state of `count` members, and its derivatives by state and action.
  ///
  /// - Parameters:
  ///   - count: The number of members, at most the workspace's capacity.
  ///   - stride: The distance between two dimensions of one member, at least `count`.
  ///   - firstMember: Which member of the whole batch the first one is: of functions that were drawn,
  ///     member b has number (firstMember + b) mod their number.
  ///   - states: Joint positions (rad or m, not wrapped), then velocities (rad/s or m/s).
  ///   - actions: Efforts (N m or N).
  ///   - change: Where x(t+1) − x(t) goes, `stateDimensions` × `stride`.
  ///   - jacobian: Where its derivatives go: that of dimension i by input j (states, then actions) of
  ///     member b at `(i * (stateDimensions + actionDimensions) + j) * stride + b`.
  func linearise(
    count: Int, stride: Int, firstMember: Int, states: UnsafePointer<Double>,
    actions: UnsafePointer<Double>, change: UnsafeMutablePointer<Double>,
    jacobian: UnsafeMutablePointer<Double>, workspace: Workspace)
}
