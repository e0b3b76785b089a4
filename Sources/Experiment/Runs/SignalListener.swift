import Foundation
import Glibc
import Supervisor

/// Turns signals into presses of the stop switch: the first Ctrl-C (or SIGTERM, SIGHUP) asks to stop
/// in good order, a second one presses the emergency stop.
///
/// Signals are blocked everywhere and waited for on one thread, so that no handler interrupts the
/// control thread and nothing has to be safe inside a handler.
public enum SignalListener {
  /// Begins to listen; call it before any other thread starts.
  ///
  /// - Parameter onSignal: Told of each signal, on the listening thread, after the switch is pressed.
  public static func start(
    pressing stopSwitch: StopSwitch, onSignal: @escaping @Sendable (Int32) -> Void = { _ in }
  ) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    let thread = Thread {
      var waited = waited
      while true {
        var number: Int32 = 0
        guard sigwait(&waited, &number) == 0 else { continue }
        stopSwitch.press(stopSwitch.pressed >= .stop ? .emergencyStop : .stop)
        onSignal(number)
      }
    }
    thread.name = "handful-signals"
    thread.start()
  }
}
