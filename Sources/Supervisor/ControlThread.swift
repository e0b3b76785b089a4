import Dispatch
import Foundation
import HardwareIO
import Synchronization

/// A thread of its own for the control loop, with real-time priority and locked memory where the
/// machine permits.
///
/// It is made before the stream of samples starts and let go after: locking memory can take tens of
/// milliseconds, in which samples would pile up and grow stale.
final class ControlThread: Sendable {
  private let ready = DispatchSemaphore(value: 0)
  private let go = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private let isAbandoned = Atomic<Bool>(false)
  private let isDone = Atomic<Bool>(false)
  private let scheduling = Mutex<RealTimeScheduling?>(nil)

  /// A new thread, scheduled and with its memory locked, that waits for ``begin()`` to run `body`.
  init(body: @escaping @Sendable () -> Void) {
    let thread = Thread { [self] in
      let granted = RealTimeScheduling.requestForCallingThread(name: "handful-control")
      scheduling.withLock { $0 = granted }
      ready.signal()
      go.wait()
      if !isAbandoned.load(ordering: .acquiring) { body() }
      RealTimeScheduling.endForCallingThread()
      isDone.store(true, ordering: .releasing)
      done.signal()
    }
    thread.stackSize = 1 << 20
    thread.start()
    ready.wait()
  }

  /// Lets the body run.
  func begin() { go.signal() }

  /// Ends the thread without running the body.
  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    go.signal()
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
