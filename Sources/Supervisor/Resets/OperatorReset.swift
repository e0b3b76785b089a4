import Synchronization

/// Leaves the robot alone until the operator says that it is home; then its sensors must say so too.
final class OperatorReset: ResetStrategy {
  private let confirmation: OperatorConfirmation
  private var countBefore: Int?

  init(confirmation: OperatorConfirmation) { self.confirmation = confirmation }

  func decide(
    _ moment: ResetMoment, efforts: UnsafeMutableBufferPointer<Double>
  ) -> ResetAction {
    let count = confirmation.count
    let before = countBefore ?? count
    countBefore = before
    return ResetAction(drives: false, isDone: count != before)
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
