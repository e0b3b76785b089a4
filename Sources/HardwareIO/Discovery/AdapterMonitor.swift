import CPlatform
import CUDev

/// Tells when serial adapters are plugged in or out.
///
///     let monitor = AdapterMonitor()
///     while SerialAdapters.adapter(serialNumber: wanted) == nil {
///       _ = monitor?.waitForChange(timeoutNanoseconds: 1_000_000_000)
///     }
///
/// A monitor belongs to one thread at a time.
public final class AdapterMonitor {
  /// What happened to an adapter.
  public enum Change: Sendable, Equatable {
    /// It was plugged in, or udev's rules for it ran.
    case arrived(path: String)
    /// It was plugged out.
    case left(path: String)
  }

  private let context: OpaquePointer
  private let monitor: OpaquePointer

  /// Begins to listen. List the adapters after this, not before, or one that comes in between is
  /// missed.
  ///
  /// - Returns: nil when udev can't be listened to, as in some containers; look from time to time
  ///   with ``SerialAdapters/list()`` instead.
  public init?() {
    guard let context = udev_new() else { return nil }
    // "udev", not "kernel": an event comes after the rules ran, when the device may be opened.
    guard let monitor = udev_monitor_new_from_netlink(context, "udev") else {
      udev_unref(context)
      return nil
    }
    guard udev_monitor_filter_add_match_subsystem_devtype(monitor, "tty", nil) >= 0,
      udev_monitor_enable_receiving(monitor) >= 0
    else {
      udev_monitor_unref(monitor)
      udev_unref(context)
      return nil
    }
    self.context = context
    self.monitor = monitor
  }

  deinit {
    udev_monitor_unref(monitor)
    udev_unref(context)
  }

  /// Waits for the next change.
  ///
  /// - Parameter timeoutNanoseconds: How long to wait at most.
  /// - Returns: nil when nothing changed in time.
  public func waitForChange(timeoutNanoseconds: Int64) -> Change? {
    let deadline = MonotonicClock.nowNanoseconds() + timeoutNanoseconds
    while true {
      let left = max(deadline - MonotonicClock.nowNanoseconds(), 0)
      if platform_wait_ready(udev_monitor_get_fd(monitor), 0, left) == 0 { return nil }
      if let pointer = udev_monitor_receive_device(monitor),
        let change = change(of: UDevDevice(owning: pointer))
      {
        return change
      }
      if MonotonicClock.nowNanoseconds() >= deadline { return nil }
    }
  }

  private func change(of device: UDevDevice) -> Change? {
    guard let path = device.path else { return nil }
    switch device.action {
    case "add", "change": return .arrived(path: path)
    case "remove": return .left(path: path)
    default: return nil
    }
  }
}
