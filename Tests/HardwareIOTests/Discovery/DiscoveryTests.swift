import Foundation
import HardwareIO
import Testing

/// Tests of udev, with made-up devices: umockdev (Debian package `umockdev`) shows them to a process
/// that it starts. That process is this test program once more, told to run the one test that
/// writes down what it sees.
@Suite struct DiscoveryTests {
  @Test("An FTDI adapter and an Arduino are listed with all that udev knows; consoles are not")
  func list() throws {
    guard let result = try underUmockdev("writesAdapters") else { return }
    let adapters = try JSONDecoder().decode([SerialAdapter].self, from: result)
    try #require(adapters.map(\.path) == ["/dev/ttyACM0", "/dev/ttyUSB0", "/dev/ttyUSB10"])

    let arduino = adapters[0]
    #expect(arduino.vendorID == "2341")
    #expect(arduino.productID == "0042")
    #expect(arduino.vendorName == "Arduino (www.arduino.cc)")
    #expect(arduino.serialNumber == "8543631303835")
    #expect(arduino.driver == "cdc_acm")
    #expect(arduino.latencyTimerMilliseconds == nil)
    #expect(!arduino.problems.contains { $0.kind == .latency })

    let ftdi = adapters[1]
    #expect(ftdi.vendorID == "0403")
    #expect(ftdi.productID == "6001")
    #expect(ftdi.vendorName == "FTDI")
    #expect(ftdi.productName == "FT232R USB UART")
    #expect(ftdi.serialNumber == "A5XK3RJT")
    #expect(ftdi.driver == "ftdi_sio")
    #expect(ftdi.stablePath == "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5XK3RJT-if00-port0")
    #expect(ftdi.latencyTimerMilliseconds == 16)
    #expect(ftdi.problems.contains { $0.kind == .latency })
  }

  @Test("An adapter that is plugged in, then out, is noticed each time")
  func hotPlug() throws {
    guard let result = try underUmockdev("writesHotPlug") else { return }
    let changes = try JSONDecoder().decode([String].self, from: result)
    #expect(changes == ["arrived /dev/ttyUSB0", "left /dev/ttyUSB0"])
  }

  @Test(
    "(in a process of umockdev's) writes the adapters that it sees",
    .enabled(if: resultPath != nil, "run by another test"))
  func writesAdapters() throws {
    try JSONEncoder().encode(SerialAdapters.list()).write(
      to: URL(fileURLWithPath: #require(resultPath)))
  }

  @Test(
    "(in a process of umockdev's) writes the changes that it sees",
    .enabled(if: resultPath != nil, "run by another test"))
  func writesHotPlug() throws {
    let testbed = try #require(Testbed())
    defer { testbed.remove() }
    testbed.add(fixtures)
    let monitor = try #require(AdapterMonitor())
    testbed.event("/sys" + ftdiPath, "add")
    let first = monitor.waitForChange(timeoutNanoseconds: 5_000_000_000)
    testbed.event("/sys" + ftdiPath, "remove")
    let second = monitor.waitForChange(timeoutNanoseconds: 5_000_000_000)
    let changes = [first, second].map { change in
      switch change {
      case .arrived(let path)?: "arrived \(path)"
      case .left(let path)?: "left \(path)"
      case nil: "nothing"
      }
    }
    try JSONEncoder().encode(changes).write(to: URL(fileURLWithPath: #require(resultPath)))
  }

  /// Runs a test of this suite among the made-up devices, and gives what it wrote; nil where umockdev
  /// isn't installed.
  private func underUmockdev(_ test: String) throws -> Data? {
    let tool = "/usr/bin/umockdev-run"
    guard FileManager.default.isExecutableFile(atPath: tool) else {
      print("skipped: umockdev-run is not installed (apt install umockdev)")
      return nil
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "handful-\(test)-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let devices = folder.appendingPathComponent("devices.umockdev")
    try fixtures.write(to: devices, atomically: true, encoding: .utf8)
    let result = folder.appendingPathComponent("result.json")

    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = [
      "--device", devices.path, "--",
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      "--testing-library", "swift-testing", "--filter", "DiscoveryTests/\(test)",
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["HANDFUL_DISCOVERY_RESULT": result.path]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    DispatchQueue.global().asyncAfter(deadline: .now() + 30) {
      if process.isRunning { process.terminate() }
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(
      process.terminationStatus == 0, "\(String(decoding: text, as: UTF8.self))")
    return try Data(contentsOf: result)
  }
}

private let resultPath = ProcessInfo.processInfo.environment["HANDFUL_DISCOVERY_RESULT"]

private let usb = "/devices/pci0000:00/0000:00:14.0/usb1"
private let ftdiPath = "\(usb)/1-2/1-2:1.0/ttyUSB0/tty/ttyUSB0"

/// Two FTDI adapters, an Arduino, a console, and a port that the 8250 driver lists without hardware.
private let fixtures =
  ftdiAdapter(port: 2, name: "ttyUSB0", serialNumber: "A5XK3RJT")
  + ftdiAdapter(port: 4, name: "ttyUSB10", serialNumber: "A5XK3ZZZ")
    + """
    P: \(usb)/1-3
    E: SUBSYSTEM=usb
    E: DEVTYPE=usb_device
    A: idVendor=2341\\n
    A: idProduct=0042\\n
    A: manufacturer=Arduino (www.arduino.cc)\\n
    A: serial=8543631303835\\n

    P: \(usb)/1-3/1-3:1.0
    E: SUBSYSTEM=usb
    E: DEVTYPE=usb_interface
    E: DRIVER=cdc_acm
    L: driver=../../../../../../bus/usb/drivers/cdc_acm

    P: \(usb)/1-3/1-3:1.0/tty/ttyACM0
    N: ttyACM0
    E: DEVNAME=/dev/ttyACM0
    E: SUBSYSTEM=tty
    E: ID_VENDOR_ID=2341
    E: ID_MODEL_ID=0042
    E: ID_SERIAL_SHORT=8543631303835

    P: /devices/virtual/tty/tty1
    N: tty1
    E: DEVNAME=/dev/tty1
    E: SUBSYSTEM=tty

    P: /devices/platform/serial8250
    E: SUBSYSTEM=platform

    P: /devices/platform/serial8250/tty/ttyS3
    N: ttyS3
    E: DEVNAME=/dev/ttyS3
    E: SUBSYSTEM=tty
    A: type=0\\n


    """

private func ftdiAdapter(port: Int, name: String, serialNumber: String) -> String {
  """
  P: \(usb)/1-\(port)
  E: SUBSYSTEM=usb
  E: DEVTYPE=usb_device
  A: idVendor=0403\\n
  A: idProduct=6001\\n
  A: manufacturer=FTDI\\n
  A: product=FT232R USB UART\\n
  A: serial=\(serialNumber)\\n

  P: \(usb)/1-\(port)/1-\(port):1.0
  E: SUBSYSTEM=usb
  E: DEVTYPE=usb_interface
  E: DRIVER=ftdi_sio
  L: driver=../../../../../../bus/usb/drivers/ftdi_sio

  P: \(usb)/1-\(port)/1-\(port):1.0/\(name)
  E: SUBSYSTEM=usb-serial
  E: DRIVER=ftdi_sio
  A: latency_timer=16\\n

  P: \(usb)/1-\(port)/1-\(port):1.0/\(name)/tty/\(name)
  N: \(name)
  S: serial/by-id/usb-FTDI_FT232R_USB_UART_\(serialNumber)-if00-port0
  E: DEVNAME=/dev/\(name)
  E: DEVLINKS=/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_\(serialNumber)-if00-port0
  E: SUBSYSTEM=tty
  E: ID_VENDOR_ID=0403
  E: ID_MODEL_ID=6001
  E: ID_SERIAL_SHORT=\(serialNumber)
  E: ID_USB_DRIVER=ftdi_sio


  """
}

/// umockdev's library, loaded where it is installed: devices that come and go while a test runs.
private struct Testbed {
  private typealias New = @convention(c) () -> OpaquePointer?
  private typealias Add =
    @convention(c) (
      OpaquePointer, UnsafePointer<CChar>, UnsafeMutableRawPointer?
    ) -> CInt
  private typealias Event =
    @convention(c) (
      OpaquePointer, UnsafePointer<CChar>, UnsafePointer<CChar>
    ) -> Void

  private typealias Release = @convention(c) (OpaquePointer) -> Void

  private let testbed: OpaquePointer
  private let releaseFunction: Release
  private let addFunction: Add
  private let eventFunction: Event

  init?() {
    guard let library = dlopen("libumockdev.so.0", RTLD_NOW),
      let new = dlsym(library, "umockdev_testbed_new"),
      let add = dlsym(library, "umockdev_testbed_add_from_string"),
      let event = dlsym(library, "umockdev_testbed_uevent"),
      let release = dlsym(library, "g_object_unref"),
      let testbed = unsafeBitCast(new, to: New.self)()
    else { return nil }
    self.testbed = testbed
    releaseFunction = unsafeBitCast(release, to: Release.self)
    addFunction = unsafeBitCast(add, to: Add.self)
    eventFunction = unsafeBitCast(event, to: Event.self)
  }

  func add(_ devices: String) { _ = addFunction(testbed, devices, nil) }

  /// Removes the devices and their folder; the last use.
  func remove() { releaseFunction(testbed) }

  func event(_ path: String, _ action: String) { eventFunction(testbed, path, action) }
}
