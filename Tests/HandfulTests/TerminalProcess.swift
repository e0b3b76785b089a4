import Foundation
import Synchronization

/// The built `handful` at a terminal of its own: a session on a pseudo-terminal, with keys to press.
final class TerminalProcess: @unchecked Sendable {
  private let controller: Int32
  /// Keeps the terminal, and with it its settings, when the program is gone.
  private let keeper: Int32
  private let identifier: pid_t
  private let text = Mutex("")
  private let isHeld = Atomic<Bool>(false)
  private let before: [UInt8]
  private var status: Int32?

  struct NoTerminal: Error {}

  init(_ arguments: [String]) throws {
    var controller: Int32 = -1
    var keeper: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    guard openpty(&controller, &keeper, nil, nil, nil) == 0,
      ttyname_r(keeper, &name, name.count) == 0
    else { throw NoTerminal() }
    for descriptor in [controller, keeper] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    self.controller = controller
    self.keeper = keeper
    before = Self.settings(keeper)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that a session's leader opens is the session's.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A thread of the tests' may have signals blocked, which a program would inherit.
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    let newSession: Int16 = 0x80
    posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
    let executable = HandfulProcess.executable
    var pointers = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var identifier: pid_t = 0
    // Where colours are unwanted, so are the progress lines that the tests wait for.
    let variables = ProcessInfo.processInfo.environment.filter { $0.key != "NO_COLOR" }
    var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in environment { free(pointer) } }
    guard
      posix_spawn(&identifier, executable, &actions, &attributes, &pointers, &environment) == 0
    else { throw NoTerminal() }
    self.identifier = identifier
    let reading = controller
    Thread { [weak self] in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(reading, &buffer, buffer.count)
        guard count > 0, let self else { return }
        self.text.withLock { $0 += String(decoding: buffer[..<count], as: UTF8.self) }
      }
    }.start()
  }

  deinit {
    if status == nil { kill(identifier, SIGKILL) }
    close(keeper)
    close(controller)
  }

  /// What the terminal shows so far.
  var shown: String { text.withLock { $0 } }

  /// Types on the keyboard.
  ///
  /// - Returns: The monotonic clock just before, in seconds.
  @discardableResult
  func type(_ keys: String) -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    _ = Array(keys.utf8).withUnsafeBytes { write(controller, $0.baseAddress, $0.count) }
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  /// Holds a key down, 25 times a second, until `release`.
  func hold(_ key: String) {
    isHeld.store(true, ordering: .relaxed)
    Thread { [weak self] in
      while let self, self.isHeld.load(ordering: .relaxed) {
        self.type(key)
        usleep(40_000)
      }
    }.start()
  }

  func release() { isHeld.store(false, ordering: .relaxed) }

  func signal(_ number: Int32) { kill(identifier, number) }

  /// Waits until the terminal shows the text.
  func waitFor(_ wanted: String, timeoutSeconds: Double = 30) -> Bool {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while Date() < deadline {
      if shown.contains(wanted) { return true }
      if hasEnded { return shown.contains(wanted) }
      usleep(2_000)
    }
    return false
  }

  /// Waits for the end.
  ///
  /// - Returns: The exit code; 128 and the number for a signal; -1 when it hung and was killed.
  func wait(timeoutSeconds: Double = 30) -> Int32 {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while !hasEnded && Date() < deadline { usleep(2_000) }
    guard let status else {
      kill(identifier, SIGKILL)
      return -1
    }
    release()
    usleep(50_000)
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  private var hasEnded: Bool {
    if status != nil { return true }
    var found: Int32 = 0
    if waitpid(identifier, &found, WNOHANG) == identifier { status = found }
    return status != nil
  }

  /// Whether keys come singly and unseen.
  var isRaw: Bool {
    var settings = termios()
    tcgetattr(keeper, &settings)
    return settings.c_lflag & tcflag_t(ICANON | ECHO) == 0
  }

  /// Whether the terminal's settings are those from before the program.
  var isAsBefore: Bool { Self.settings(keeper) == before }

  /// The bytes that were typed and nobody has read.
  var leftOver: Int {
    var settings = termios()
    tcgetattr(keeper, &settings)
    settings.c_lflag &= ~tcflag_t(ICANON)
    tcsetattr(keeper, TCSANOW, &settings)
    var count: Int32 = 0
    _ = ioctl(keeper, UInt(FIONREAD), &count)
    return Int(count)
  }

  private static func settings(_ descriptor: Int32) -> [UInt8] {
    var settings = termios()
    tcgetattr(descriptor, &settings)
    return withUnsafeBytes(of: &settings) { Array($0) }
  }
}
