import Foundation
import HardwareIO

/// A measurement on a thread of its own, scheduled as a control thread is, so that what is measured
/// is what a trial will get.
enum ControlledErrand {
  /// Runs the body to its end while the caller waits.
  static func run(_ body: @escaping (RealTimeScheduling) -> Void) {
    let body = Body(run: body)
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      body.run(RealTimeScheduling.requestForCallingThread(name: "handful-doctor"))
      RealTimeScheduling.endForCallingThread()
      done.signal()
    }
    thread.start()
    done.wait()
  }

  /// The caller waits for the thread, so that only one of both is ever in the body's values.
  private struct Body: @unchecked Sendable {
    let run: (RealTimeScheduling) -> Void
  }
}
