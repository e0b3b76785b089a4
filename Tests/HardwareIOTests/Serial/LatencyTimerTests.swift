import Foundation
import HardwareIO
import Testing

@Suite("The latency timer of an FTDI adapter")
struct LatencyTimerTests {
  private let folder = NSTemporaryDirectory() + "handful-sysfs-\(UUID().uuidString)"
  private let device: String
  private let file: String

  /// A made-up sysfs with one serial port, and a device file for it.
  init() throws {
    device = folder + "/dev/ttyUSB7"
    let attributes = folder + "/class/tty/ttyUSB7/device"
    file = attributes + "/latency_timer"
    for path in [folder + "/dev", attributes] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try "".write(toFile: device, atomically: false, encoding: .utf8)
  }

  private func set(_ text: String) throws {
    try text.write(toFile: file, atomically: false, encoding: .utf8)
  }

  private func shorten(_ path: String? = nil) -> LatencyTimer.Outcome {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return LatencyTimer.shorten(portPath: path ?? device, sysfs: folder)
  }

  @Test("Sixteen milliseconds become one")
  func shortened() throws {
    // The kernel's file takes a number whole; an ordinary one keeps the rest of a longer text.
    try set("9")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(
      LatencyTimer.shorten(portPath: device, sysfs: folder) == .shortened(fromMilliseconds: 9))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "1")
  }

  @Test("A link by serial number leads to the same timer")
  func link() throws {
    try set("9\n")
    let link = folder + "/dev/by-id"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: device)
    #expect(shorten(link) == .shortened(fromMilliseconds: 9))
  }

  @Test("A timer at one millisecond is left alone")
  func short() throws {
    try set("1\n")
    #expect(shorten() == .short)
  }

  @Test("An adapter without the timer, or a path without a device, has none")
  func absent() {
    #expect(shorten() == .absent)
    #expect(shorten("/dev/ttyHANDFUL9") == .absent)
  }

  @Test("A driver that keeps its own time is told of, with that time")
  func kept() throws {
    // A first digit overwritten: 16 stays 16, as a driver that refuses quietly.
    try set("16\n")
    #expect(shorten() == .refused(milliseconds: 16, reason: "the driver kept its own"))
  }
}
