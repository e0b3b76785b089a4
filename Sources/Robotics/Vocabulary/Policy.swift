/// Something that decides an action from a state, at a task's period.
///
/// The control thread calls `decide`: it must not allocate, lock, or touch anything outside itself.
/// One policy serves one thread at a time.
public protocol Policy: AnyObject {
  /// Prepares for a trial: forgets whatever the last one left.
  func begin()

  /// Writes the action for a state.
  ///
  /// - Parameters:
  ///   - step: The number of the decision within the trial, from 0.
  ///   - state: Joint positions (rad or m), then velocities (rad/s or m/s).
  ///   - action: Where the efforts (N m or N) of the actuated joints go.
  func decide(
    step: Int, state: UnsafeBufferPointer<Double>, action: UnsafeMutableBufferPointer<Double>)
}
