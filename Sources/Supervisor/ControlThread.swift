import Dispatch
import Foundation
import HardwareIO
import Synchronization

/// A thread of its own for the control loop, with real-time priority and locked memory where the
/// machine permits.
final class ControlThread: Sendable {
  private let done = DispatchSemaphore(value: 0)
  private let isDone = Atomic<Bool>(false)
  private let scheduling = Mutex<RealTimeScheduling?>(nil)

  /// Starts `body` on a new thread.
  init(body: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      let granted = RealTimeScheduling.requestForCallingThread()
      scheduling.withLock { $0 = granted }
      body()
      RealTimeScheduling.endForCallingThread()
      isDone.store(true, ordering: .releasing)
      done.signal()
    }
    thread.name = "handful-control"
    thread.stackSize = 1 << 20
    thread.start()
  }

  /// Waits until the body has returned or so many milliseconds have passed.
  ///
  /// - Returns: Whether the body has returned.
  func wait(milliseconds: Int) -> Bool {
    if isDone.load(ordering: .acquiring) { return true }
    return done.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
  }

  /// What the machine did not permit, in a sentence; nil when it permitted all, or the thread has
  /// not yet asked.
  var schedulingWarning: String? { scheduling.withLock { $0?.warning } }
}
