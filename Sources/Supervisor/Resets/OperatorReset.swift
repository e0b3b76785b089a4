import Synchronization

/// Leaves the robot alone until the operator says that it is home; then its sensors must say so too.
final class OperatorReset: ResetStrategy {
  private let confirmation: OperatorConfirmation
  private let countBefore: Int

  /// - Parameter confirmation: The operator's sign; what was said of it before doesn't count.
  init(confirmation: OperatorConfirmation) {
    self.confirmation = confirmation
    countBefore = confirmation.count
  }

  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction {
    ResetAction(drives: false, isDone: confirmation.count != countBefore)
  }
}

/// The operator's "it is home": given from any thread, read by the control thread without a lock.
public final class OperatorConfirmation: Sendable {
  private let confirmations = Atomic<Int>(0)

  /// Nothing confirmed yet.
  public init() {}

  /// Says that the robot is home; counts for a reset that has begun, not for a later one.
  public func confirm() { confirmations.wrappingAdd(1, ordering: .releasing) }

  /// How often it was said.
  var count: Int { confirmations.load(ordering: .acquiring) }
}
