import Foundation

/// Who may open a device, and who has it open: read from the file system and `/proc`.
enum PortOwnership {
  /// The name of the group that a device belongs to; its number when it has no name.
  static func group(of path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "unknown" }
    guard let entry = getgrgid(status.st_gid) else { return String(status.st_gid) }
    return String(cString: entry.pointee.gr_name)
  }

  /// The process that has the device, for an error's text.
  static func holder(of path: String) -> String {
    lockHolder(of: path) ?? otherProcess(holding: path) ?? "a process of another user"
  }

  /// The process with the advisory lock on a device. `/proc/locks` tells it to every user.
  static func lockHolder(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0,
      let table = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
    else { return nil }
    // "1: FLOCK  ADVISORY  WRITE 1234 00:17:5 0 EOF": the process, then device and inode.
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", let process = Int32(fields[4]),
        let inode = fields[5].split(separator: ":").last.flatMap({ UInt64($0) }),
        inode == UInt64(status.st_ino),
        fields[5].split(separator: ":").prefix(2).joined(separator: ":")
          == deviceText(UInt64(status.st_dev))
      else { continue }
      return describe(process: process)
    }
    return nil
  }

  /// A process other than this one that has the device open, as far as this user may look.
  static func otherProcess(holding path: String) -> String? {
    guard let device = deviceNumber(path) else { return nil }
    for process in names(in: "/proc").compactMap({ Int32($0) }) where process != getpid() {
      let folder = "/proc/\(process)/fd"
      let holdsIt = names(in: folder).contains { name in
        let descriptor = "\(folder)/\(name)"
        // Only what is open in /dev is looked at closer: a look elsewhere may wait for a network.
        return linkTarget(descriptor)?.hasPrefix("/dev/") == true
          && deviceNumber(descriptor) == device
      }
      if holdsIt { return describe(process: process) }
    }
    return nil
  }

  /// Whether a program of that name runs, such as `ModemManager`.
  static func isRunning(program: String) -> Bool {
    // The kernel keeps 15 bytes of a program's name.
    let name = String(program.prefix(15))
    return names(in: "/proc").contains { process in
      Int32(process) != nil && firstLine(of: "/proc/\(process)/comm") == name
    }
  }

  private static func describe(process: Int32) -> String {
    let name = firstLine(of: "/proc/\(process)/comm") ?? "a process"
    return process == getpid()
      ? "\(name) (process \(process), this one)"
      : "\(name) (process \(process))"
  }

  private static func deviceText(_ device: UInt64) -> String {
    // glibc's encoding of device numbers: 12 low bits of the major at 8, 8 low bits of the minor
    // at 0, the rest of the minor from bit 20, the rest of the major from bit 44.
    let major = ((device >> 8) & 0xFFF) | ((device >> 32) & 0xFFFF_F000)
    let minor = (device & 0xFF) | ((device >> 12) & 0xFFFF_FF00)
    return "\(hex(major)):\(hex(minor))"
  }

  private static func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }

  private static func firstLine(of path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return text.split(separator: "\n").first.map(String.init)
  }

  /// The names in a folder; none where this user may not look.
  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// The number of the device that a path leads to; nil when it leads to none.
  private static func deviceNumber(_ path: String) -> dev_t? {
    var status = stat()
    return stat(path, &status) == 0 && status.st_rdev != 0 ? status.st_rdev : nil
  }

  private static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        characters.baseAddress.map { readlink(path, $0, characters.count) } ?? 0
      }
    }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
