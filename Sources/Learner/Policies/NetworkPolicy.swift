import Robotics

/// A feed-forward policy (any kind but a random one) on the control thread: one state in, one action
/// out, nothing allocated between `init` and `deinit`.
///
/// It computes with ``PolicyBatch``, as the search does, so that the robot gets the very actions
/// that were searched.
public final class NetworkPolicy: Policy {
  private let batch: PolicyBatch
  private let weights: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>

  /// The policy of those parameters, which must have passed ``PolicyParameters/check()``.
  public init(_ parameters: PolicyParameters) {
    batch = PolicyBatch(parameters)
    weights = .allocate(capacity: max(1, parameters.weights.count))
    weights.initialize(from: parameters.weights, count: parameters.weights.count)
    let size = batch.scratchCount(capacity: 1)
    scratch = .allocate(capacity: size)
    scratch.initialize(repeating: 0, count: size)
  }

  deinit {
    weights.deallocate()
    scratch.deallocate()
  }

  /// Nothing to forget: the action depends on state and step alone.
  public func begin() {}

  /// Writes the action for a state; see `Policy`.
  public func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>
  ) {
    guard let states = state.baseAddress, let actions = action.baseAddress else { return }
    batch.decide(
      candidates: 1, members: 1, step: step, stride: 1, weights: weights, states: states,
      actions: actions,
      scratch: scratch)
  }
}
