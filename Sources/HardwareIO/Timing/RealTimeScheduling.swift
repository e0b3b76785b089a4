import CPlatform
import Glibc

/// What a control thread asked of the scheduler, and what it got.
///
/// Real-time priority keeps other programs from delaying the control loop; locked memory keeps the
/// pager from it. Neither is permitted to everyone; without them the loop still runs, with more
/// lateness when the machine is busy, and ``warning`` says so.
public struct RealTimeScheduling: Sendable, Equatable {
  /// Whether the thread has a fixed priority (`SCHED_FIFO`).
  public let hasFixedPriority: Bool
  /// Whether the process's memory is locked.
  public let hasLockedMemory: Bool
  /// What wasn't permitted and what to do about it, in plain sentences; nil when nothing is amiss.
  public let warning: String?

  /// Asks for real-time priority for the calling thread, and for locked memory for the process.
  ///
  /// Call it on the control thread before the loop begins; it touches the stack and makes system
  /// calls.
  ///
  /// - Parameters:
  ///   - priority: The `SCHED_FIFO` priority, 1 to 99; the middle leaves kernel threads above it and
  ///     ordinary interrupts' threads (50) at its side.
  ///   - name: What tools that list threads shall call it, 15 characters at most; Foundation's own
  ///     name for a thread doesn't reach the kernel.
  public static func requestForCallingThread(
    priority: Int32 = 50, name: String? = nil
  ) -> RealTimeScheduling {
    if let name { _ = platform_set_thread_name(name) }
    let priorityResult = platform_set_fifo_priority(priority)
    _ = platform_set_timer_slack(1)
    let memoryResult = platform_lock_memory()
    platform_prefault_stack(64 * 1024)

    var sentences: [String] = []
    if priorityResult < 0 {
      sentences.append(
        "The control loop runs without real-time priority (\(errorText(-priorityResult))), so it "
          + "may wake up late when the machine is busy; allow it with the line "
          + "'@realtime - rtprio 60' in /etc/security/limits.d/ and membership of that group.")
    }
    if memoryResult < 0 {
      sentences.append(
        "The control loop's memory is not locked (\(errorText(-memoryResult))), so it may wait for "
          + "the pager; allow it with the line '@realtime - memlock unlimited' in "
          + "/etc/security/limits.d/.")
    }
    return RealTimeScheduling(
      hasFixedPriority: priorityResult == 0, hasLockedMemory: memoryResult == 0,
      warning: sentences.isEmpty ? nil : sentences.joined(separator: " "))
  }

  /// Gives the calling thread back to the ordinary scheduler and unlocks the process's memory.
  public static func endForCallingThread() {
    _ = platform_set_ordinary_scheduling()
    _ = platform_set_timer_slack(0)
    _ = platform_unlock_memory()
  }
}

/// The C library's words for an errno value.
func errorText(_ code: Int32) -> String {
  String(cString: strerror(code))
}
