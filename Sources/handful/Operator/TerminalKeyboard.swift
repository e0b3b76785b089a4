import Foundation

/// Reads single keys from the terminal on a thread of its own, without waiting for Enter and without
/// showing them. The terminal is as before when the program ends, on whichever way it does.
///
/// Ctrl-C still sends its signal. Ctrl-Z doesn't: a host that is suspended in mid-trial would leave
/// its robot to the watchdog.
enum TerminalKeyboard {
  /// Whether stdin is a terminal that this process may read: one in the foreground.
  static var isPresent: Bool {
    isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()
  }

  /// Begins to read keys.
  ///
  /// - Parameters:
  ///   - onKey: Takes each key's byte, on the reading thread.
  ///   - onClosed: Told when the terminal is gone.
  static func start(
    onKey: @escaping @Sendable (UInt8) -> Void, onClosed: @escaping @Sendable () -> Void
  ) {
    guard isPresent, TerminalSettings.save() else { return }
    TerminalSettings.takeKeys()
    let thread = Thread {
      while true {
        var key: UInt8 = 0
        let count = read(STDIN_FILENO, &key, 1)
        if count == 1 {
          onKey(key)
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
          onClosed()
          return
        }
      }
    }
    thread.name = "handful-keyboard"
    thread.start()
  }
}

/// The terminal's settings as they were, and their way back.
private enum TerminalSettings {
  nonisolated(unsafe) private static var saved = termios()
  nonisolated(unsafe) private static var isSaved = false

  /// The ways to end without `exit`: a crash, or a signal that isn't waited for.
  private static let crashes = [
    SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE,
  ]

  /// Remembers the settings, and sees to it that they come back.
  static func save() -> Bool {
    guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return false }
    isSaved = true
    atexit { TerminalSettings.restore() }
    for number in crashes {
      signal(number) { number in
        TerminalSettings.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    return true
  }

  /// Keys come singly and unseen.
  static func takeKeys() {
    var settings = saved
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
      characters[Int(VSUSP)] = 0
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Puts the settings back, and forgets keys that nobody read: those of a held dead-man's key are
  /// not for the shell. Safe in a signal's handler.
  static func restore() {
    guard isSaved else { return }
    tcflush(STDIN_FILENO, TCIFLUSH)
    tcsetattr(STDIN_FILENO, TCSANOW, &saved)
  }
}
