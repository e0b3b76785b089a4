import Synchronization

/// The operator's way to the control thread: pressed from any thread or a signal's handler, read
/// once a control period without a lock.
public final class StopSwitch: Sendable {
  /// What was asked for; later ones outrank earlier ones.
  public enum Request: UInt8, Sendable, Comparable {
    /// Nothing: go on.
    case none = 0
    /// Samples can't be stored: stop the trial.
    case storeFailed = 1
    /// Stop the trial in good order, and everything after it.
    case stop = 2
    /// Turn the actuators off this instant, and latch.
    case emergencyStop = 3

    /// Whether one request is outranked by the other.
    public static func < (left: Request, right: Request) -> Bool { left.rawValue < right.rawValue }
  }

  private let request = Atomic<UInt8>(0)

  /// A switch that nobody has pressed.
  public init() {}

  /// Asks to stop; a weaker request than one already made changes nothing.
  public func press(_ wanted: Request) {
    _ = request.max(wanted.rawValue, ordering: .sequentiallyConsistent)
  }

  /// What has been asked for.
  public var pressed: Request {
    Request(rawValue: request.load(ordering: .acquiring)) ?? .emergencyStop
  }

  /// Takes back a `storeFailed`, once the trial that it ended is over.
  public func release() { request.store(0, ordering: .releasing) }
}
