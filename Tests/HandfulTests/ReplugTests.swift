import Foundation
import Testing
import WatchedRobot

@Suite("A robot is found again by its adapter's serial number", .serialized)
struct ReplugTests {
  private static let tool = "/usr/bin/umockdev-run"
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Runs `handful` among made-up devices, in which an adapter with that serial number has that
  /// port: by way of a link, since umockdev takes for its own what lies in `/dev`.
  private func handful(
    _ arguments: [String], serialNumber: String, port: String
  ) throws -> HandfulProcess {
    let devices = scratch.file("devices.umockdev")
    let link = scratch.file("tty-\(UUID().uuidString)")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: port)
    let usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"
    try """
      P: \(usb)
      E: SUBSYSTEM=usb
      E: DEVTYPE=usb_device
      A: idVendor=0403\\n
      A: idProduct=6001\\n
      A: serial=\(serialNumber)\\n

      P: \(usb)/1-2:1.0
      E: SUBSYSTEM=usb
      E: DEVTYPE=usb_interface

      P: \(usb)/1-2:1.0/ttyUSB0/tty/ttyUSB0
      E: DEVNAME=\(link)
      E: SUBSYSTEM=tty
      E: ID_VENDOR_ID=0403
      E: ID_MODEL_ID=6001
      E: ID_SERIAL_SHORT=\(serialNumber)


      """.write(toFile: devices, atomically: true, encoding: .utf8)
    return try HandfulProcess(
      ["--device", devices, "--", HandfulProcess.executable] + arguments, executable: Self.tool)
  }

  @Test(
    "Unplugged in the middle of a trial, it comes back on another port, and the run goes on there",
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: tool),
      "umockdev-run is not installed (apt install umockdev)"))
  func replugged() throws {
    let pendulum = try PatientPendulum(in: scratch)
    let store = scratch.file("store.sqlite")
    let arguments = [
      "run", "--robot", pendulum.file, "--port", "A5XK3RJT", "--policy", pendulum.push, "--store",
      store, "--trials", "2",
    ]
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let first = try FaultyLine(to: robot.path)
    let host = try handful(arguments, serialNumber: "A5XK3RJT", port: first.path)
    #expect(robot.waitForArmedStates(60), "\(host.stderr)")
    first.cut()
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    #expect(try KeptTrials(store).ending(1).contains("disconnected"))
    #expect(robot.wait(timeoutSeconds: 5) { $0.mode != .armed }, "it stayed armed")
    let seconds = try #require(robot.account.secondsFromSilenceToOff)
    print("unplugged: actuators off \(seconds) s after the host's last command")
    #expect(seconds <= pendulum.watchdogSeconds)
    // Another adapter in its place isn't it.
    let other = try handful(
      arguments + ["--resume"], serialNumber: "SOMEBODY", port: "/dev/pts/0"
    ).wait()
    #expect(other.exitCode == 2 && other.stderr.contains("A5XK3RJT"), "\(other.stderr)")

    first.end()
    let second = try FaultyLine(to: robot.path)
    defer { second.end() }
    let resumed = try handful(
      arguments + ["--resume"], serialNumber: "A5XK3RJT", port: second.path
    ).wait(timeoutSeconds: 60)
    #expect(resumed.exitCode == 0, "\(resumed.stderr)")
    let kept = try KeptTrials(store)
    #expect(kept.count == 2 && kept.sampleCount(1) >= 40 && kept.sampleCount(2) >= 150)
  }
}
