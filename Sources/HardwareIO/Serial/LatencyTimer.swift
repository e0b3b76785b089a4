import Glibc

/// The timer with which an FTDI adapter holds bytes back before it passes them on: 16 ms unless set,
/// which is more than a control period. Its driver has it as a file in sysfs.
public enum LatencyTimer {
  /// What became of asking for one millisecond.
  public enum Outcome: Sendable, Equatable {
    /// The adapter has no such timer.
    case absent
    /// It was at one millisecond already.
    case short
    /// It was set to one millisecond.
    case shortened(fromMilliseconds: Int)
    /// It stays as long as it was.
    case refused(milliseconds: Int, reason: String)
  }

  /// Sets the timer of the adapter behind a port to one millisecond, where there is one and this
  /// user may.
  ///
  /// - Parameters:
  ///   - path: The port's path; links, as those by serial number, are followed.
  ///   - sysfs: The folder at which sysfs is mounted.
  package static func shorten(portPath path: String, sysfs: String = "/sys") -> Outcome {
    guard let file = file(portPath: path, sysfs: sysfs), let now = read(file) else {
      return .absent
    }
    guard now > 1 else { return .short }
    if let reason = write("1", to: file) { return .refused(milliseconds: now, reason: reason) }
    // A driver may take the number and keep another.
    guard let then = read(file), then <= 1 else {
      return .refused(milliseconds: read(file) ?? now, reason: "the driver kept its own")
    }
    return .shortened(fromMilliseconds: now)
  }

  /// The timer's file: a USB serial port's device carries its driver's attributes.
  private static func file(portPath path: String, sysfs: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    guard let name = String(cString: resolved).split(separator: "/").last else { return nil }
    let file = "\(sysfs)/class/tty/\(name)/device/latency_timer"
    return access(file, F_OK) == 0 ? file : nil
  }

  private static func read(_ path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 16)
    let count = Glibc.read(descriptor, &text, text.count)
    guard count > 0 else { return nil }
    let digits = text[..<count].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// - Returns: Why it failed; nil when it did not.
  private static func write(_ text: String, to path: String) -> String? {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errorText(errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    return Glibc.write(descriptor, bytes, bytes.count) == bytes.count ? nil : errorText(errno)
  }
}
