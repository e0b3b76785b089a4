import CPlatform
import Foundation

/// A pseudo-terminal pair: the robot's end as a file descriptor, the host's end as a path.
final class PseudoTerminal: @unchecked Sendable {
  /// The robot's end.
  let controller: Int32
  /// The path of the host's end.
  let path: String
  /// Keeps the host's end open, so that the robot's end doesn't hang up between hosts.
  private let keeper: Int32
  private var isOpen = true

  init() throws {
    var controller: Int32 = -1
    var keeper: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    guard openpty(&controller, &keeper, nil, nil, nil) == 0,
      fcntl(controller, F_SETFL, O_NONBLOCK) == 0, platform_serial_set_raw(keeper, 0) == 0,
      ttyname_r(keeper, &name, name.count) == 0
    else { throw POSIXError(.EIO) }
    self.controller = controller
    self.keeper = keeper
    path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { hangUp() }

  /// Closes the robot's end, as unplugging does.
  func hangUp() {
    guard isOpen else { return }
    isOpen = false
    close(keeper)
    close(controller)
  }

  /// Writes bytes at the robot's end.
  func write(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { Glibc.write(controller, $0.baseAddress, $0.count) }
  }

  /// Reads what is there at the robot's end, waiting at most so long for the first byte.
  func read(timeoutNanoseconds: Int64 = 1_000_000_000) -> [UInt8] {
    _ = platform_wait_ready(controller, 0, timeoutNanoseconds)
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(controller, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : []
  }
}
