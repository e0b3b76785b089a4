import Foundation
import Testing
import WatchedRobot

@Suite("A robot is found again by its adapter's serial number", .serialized)
struct ReplugTests {
  private static let tool = "/usr/bin/umockdev-run"
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Runs `handful run` among made-up devices, in which an adapter with that serial number has that
  /// name. umockdev lets nobody open it, so that the run ends with the path that it would have opened.
  private func run(
    port: String, serialNumber: String, deviceName: String
  ) throws -> HandfulProcess.Ended {
    let devices = scratch.file("devices.umockdev")
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

    P: \(usb)/1-2:1.0/\(deviceName)/tty/\(deviceName)
    E: DEVNAME=/dev/\(deviceName)
    E: SUBSYSTEM=tty
    E: ID_VENDOR_ID=0403
    E: ID_MODEL_ID=6001
    E: ID_SERIAL_SHORT=\(serialNumber)


    """.write(toFile: devices, atomically: true, encoding: .utf8)
    let process = try HandfulProcess(
      [
        "--device", devices, "--", HandfulProcess.executable, "run", "--robot",
        calibration("pendulum"), "--port", port, "--store", scratch.file("u-\(UUID()).sqlite"),
      ], executable: Self.tool)
    return process.wait(timeoutSeconds: 30)
  }

  @Test(
    "The serial number leads to whichever port the adapter has now, and to no other adapter's",
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: tool),
      "umockdev-run is not installed (apt install umockdev)"))
  func serialNumber() throws {
    for name in ["ttyUSB41", "ttyUSB47"] {
      let ended = try run(port: "A5XK3RJT", serialNumber: "A5XK3RJT", deviceName: name)
      #expect(ended.exitCode == 2)
      #expect(ended.stderr.contains("/dev/\(name)"), "\(ended.stderr)")
    }
    let other = try run(port: "A5XK3RJT", serialNumber: "SOMEBODY", deviceName: "ttyUSB41")
    #expect(other.exitCode == 2)
    #expect(other.stderr.contains("serial number A5XK3RJT"), "\(other.stderr)")
    #expect(!other.stderr.contains("/dev/ttyUSB41"))
  }

  @Test(
    "Unplugged in the middle of a trial, it comes back on another port, and the run goes on there")
  func replugged() throws {
    let pendulum = try PatientPendulum(in: scratch)
    let store = scratch.file("store.sqlite")
    func start(_ port: String, _ extra: [String] = []) throws -> HandfulProcess {
      try HandfulProcess(
        [
          "run", "--robot", pendulum.file, "--port", port, "--policy", pendulum.push, "--store",
          store, "--trials", "2",
        ] + extra)
    }
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let first = try FaultyLine(to: robot.path)
    let host = try start(first.path)
    #expect(robot.waitForArmedStates(60))
    first.cut()
    let ended = host.wait(timeoutSeconds: 10)
    #expect(ended.exitCode == 4, "\(ended.stderr)")
    #expect(ended.stderr.contains("unplugged") && ended.stderr.contains("--resume"))
    #expect(try KeptTrials(store).ending(1).contains("disconnected"))
    #expect(robot.wait(timeoutSeconds: 5) { $0.mode != .armed }, "it stayed armed")
    let seconds = try #require(robot.account.secondsFromSilenceToOff)
    print("unplugged: actuators off \(seconds) s after the host's last command")
    #expect(seconds <= pendulum.watchdogSeconds)

    first.end()
    let second = try FaultyLine(to: robot.path)
    defer { second.end() }
    let resumed = try start(second.path, ["--resume"]).wait(timeoutSeconds: 60)
    #expect(resumed.exitCode == 0, "\(resumed.stderr)")
    let kept = try KeptTrials(store)
    #expect(kept.count == 2 && kept.sampleCount(1) >= 40 && kept.sampleCount(2) >= 150)
  }
}
