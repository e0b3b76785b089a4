import Foundation
import Synchronization

/// Where a command speaks to a person: stderr, so that stdout stays free for `--json`. Colours and
/// rewritten lines only on a terminal.
final class Console: Sendable {
  static let shared = Console()

  /// Whether stderr is a terminal that can show colours and rewrite a line.
  let isTerminal = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == nil
  private let progressWidth = Mutex(0)

  /// The width to draw in, in characters.
  var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 78 }
    return min(Int(size.ws_col), 100)
  }

  /// Writes text as it is.
  func write(_ text: String) {
    progressWidth.withLock { shown in
      if shown > 0 { put("\r" + String(repeating: " ", count: shown) + "\r") }
      shown = 0
      put(text)
    }
  }

  /// Writes a line.
  func line(_ text: String = "") { write(text + "\n") }

  /// Shows a line that the next output replaces; nothing where stderr is no terminal.
  func progress(_ text: String) {
    guard isTerminal else { return }
    let text = String(text.prefix(width - 1))
    progressWidth.withLock { shown in
      let padding = max(0, shown - text.count)
      put("\r" + text + String(repeating: " ", count: padding))
      shown = text.count
    }
  }

  /// Says what went wrong.
  func fail(_ message: String) { line(styled("error: ", .red) + message) }

  /// Says what is worth knowing.
  func warn(_ message: String) { line(styled("warning: ", .yellow) + message) }

  /// A colour, or bold.
  enum Style: String {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case faint = "2"
  }

  /// The text in a style, on a terminal; the plain text elsewhere.
  func styled(_ text: String, _ style: Style) -> String {
    isTerminal ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func put(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }
}
