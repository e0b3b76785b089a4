import CPlatform
import Glibc

/// A pseudo-terminal whose slave side a host opens as a serial port.
///
/// The slave is raw, and a descriptor of it stays open here: a host's closing it doesn't hang it up,
/// and the next host finds it as it was.
final class PseudoTerminal {
  /// The path of the slave side, such as `/dev/pts/3`.
  let path: String
  private var master: Int32
  private var slave: Int32
  private var buffer = [UInt8](repeating: 0, count: 4096)

  init() throws(SimulationError) {
    var slave: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    let master = platform_open_pseudo_terminal(&slave, &name, name.count)
    guard master >= 0 else { throw .noPseudoTerminal(operation: "opening one", errno: -master) }
    let outcome = platform_serial_set_raw(slave, 0)
    guard outcome >= 0 else {
      close(master)
      close(slave)
      throw .noPseudoTerminal(operation: "setting it raw", errno: -outcome)
    }
    path = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.master = master
    self.slave = slave
  }

  deinit { hangUp() }

  /// Closes both sides: a host reads the end, as after unplugging.
  func hangUp() {
    if master >= 0 { close(master) }
    if slave >= 0 { close(slave) }
    (master, slave) = (-1, -1)
  }

  /// Waits until there is something to read, for so long at most.
  func waitForBytes(nanoseconds: Int64) -> Bool {
    guard master >= 0 else { return false }
    return platform_wait_ready(master, 0, nanoseconds) == 1
  }

  /// What has come; nothing when nothing has.
  func read() -> [UInt8] {
    guard master >= 0 else { return [] }
    let count = Glibc.read(master, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : []
  }

  /// Writes as much as there is room for; the rest is lost, as on a line that nobody reads.
  func write(_ bytes: [UInt8]) {
    guard master >= 0, !bytes.isEmpty else { return }
    _ = Glibc.write(master, bytes, bytes.count)
  }
}
