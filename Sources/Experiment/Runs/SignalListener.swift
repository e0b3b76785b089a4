import Foundation
import Glibc
import Supervisor

/// Turns signals into presses of the stop switch: the first Ctrl-C (or SIGTERM, SIGHUP) asks to stop
/// in good order, a second one presses the emergency stop.
///
/// A handler does no more than write the signal's number into a pipe, which a thread of its own reads:
/// nothing else has to be safe inside a handler. Every thread that is started later has the signals
/// blocked, so that no handler interrupts the control thread. Blocking alone would not do: libraries
/// start threads before `main` that have not blocked them, and the first such thread that a signal
/// found would end the program at once.
public enum SignalListener {
  /// The writing end of the pipe; set once, before the handlers are.
  nonisolated(unsafe) private static var pipeInput: Int32 = -1

  /// Begins to listen; call it before any other thread starts, and once.
  ///
  /// - Parameter onSignal: Told of each signal, on the listening thread, after the switch is pressed.
  public static func start(
    pressing stopSwitch: StopSwitch, onSignal: @escaping @Sendable (Int32) -> Void = { _ in }
  ) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    pipeInput = ends[1]
    let output = ends[0]
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaddset(&signals, number)
      signal(number) { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(SignalListener.pipeInput, &byte, 1)
        errno = saved
      }
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let heard = signals
    let thread = Thread {
      var heard = heard
      pthread_sigmask(SIG_UNBLOCK, &heard, nil)
      while true {
        var number: UInt8 = 0
        guard read(output, &number, 1) == 1 else { continue }
        stopSwitch.press(stopSwitch.pressed >= .stop ? .emergencyStop : .stop)
        onSignal(Int32(number))
      }
    }
    thread.name = "handful-signals"
    thread.start()
  }
}
