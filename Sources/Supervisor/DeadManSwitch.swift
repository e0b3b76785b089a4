import HardwareIO
import Synchronization

/// A key that must be held while the robot's actuators are on. A held key repeats: the switch is
/// held while presses follow each other within its window, and released once one is missing.
///
/// A single press does not hold it, so that brushing a key starts nothing. Pressed from one thread,
/// read by the control thread without a lock.
public final class DeadManSwitch: Sendable {
  /// How long after a press the next must have come, in seconds.
  public let windowSeconds: Double

  private let lastPress = Atomic<Int64>(.min)
  private let repeats = Atomic<Bool>(false)

  /// A switch that nobody holds.
  ///
  /// - Parameter windowSeconds: How long after a press the next must have come. Keyboards repeat a
  ///   held key about 25 times a second.
  public init(windowSeconds: Double = 0.5) { self.windowSeconds = windowSeconds }

  /// Takes a press, or a repetition of a held key.
  public func press() {
    let now = MonotonicClock.nowNanoseconds()
    repeats.store(isRecent(at: now), ordering: .releasing)
    lastPress.store(now, ordering: .releasing)
  }

  /// Whether the key is held.
  public var isHeld: Bool {
    repeats.load(ordering: .acquiring) && isRecent(at: MonotonicClock.nowNanoseconds())
  }

  private func isRecent(at now: Int64) -> Bool {
    let last = lastPress.load(ordering: .acquiring)
    return last != .min && now - last <= Int64(windowSeconds * 1e9)
  }
}

/// What the operator has in hand besides the ``StopSwitch``.
public struct OperatorControls: Sendable {
  /// Says that the robot is home, for resets that ask.
  public var confirmation: OperatorConfirmation
  /// Must be held while the actuators are on; nil to go without.
  public var deadMan: DeadManSwitch?

  /// Controls from their parts.
  public init(
    confirmation: OperatorConfirmation = OperatorConfirmation(), deadMan: DeadManSwitch? = nil
  ) {
    self.confirmation = confirmation
    self.deadMan = deadMan
  }
}
