import Foundation
import Testing
import WatchedRobot

@Suite("Disks that fill up or can't be written", .serialized)
struct DiskFaultTests {
  private let scratch: ScratchFolder
  private let pendulum: PatientPendulum

  init() throws {
    scratch = try ScratchFolder()
    pendulum = try PatientPendulum(in: scratch, horizonSeconds: 3)
  }

  /// A small file system of a test's own, gone when the test is.
  private final class SmallDisk {
    let path: String

    init?(at path: String, kilobytes: Int) throws {
      self.path = path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      guard Self.run(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path]) else {
        return nil
      }
    }

    deinit { _ = Self.run(["umount", "-l", path]) }

    /// Leaves no room at all.
    func fill() {
      let file = open(path + "/ballast", O_WRONLY | O_CREAT, 0o600)
      let block = [UInt8](repeating: 0, count: 4096)
      while write(file, block, block.count) > 0 {}
      close(file)
    }

    func makeRoom() { unlink(path + "/ballast") }

    private static func run(_ arguments: [String]) -> Bool {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = arguments
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
  }

  private func run(
    port: String, store: String, _ extra: [String] = []
  ) throws -> HandfulProcess {
    try HandfulProcess(
      [
        "run", "--robot", pendulum.file, "--port", port, "--policy", pendulum.push, "--trials", "2",
        "--store", store,
      ] + extra)
  }

  @Test(
    "A disk that fills up in a trial ends it safely; what was stored is sound, and --resume goes on",
    .enabled(if: getuid() == 0, "needs root to mount a small tmpfs"))
  func fillsUp() throws {
    guard let disk = try SmallDisk(at: scratch.file("disk"), kilobytes: 16384) else {
      print("skipped: a tmpfs can't be mounted here")
      return
    }
    let store = disk.path + "/store.sqlite"
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let host = try run(port: robot.path, store: store)
    #expect(robot.waitForArmedStates(60))
    disk.fill()
    let ended = host.wait(timeoutSeconds: 15)
    // The work failed for want of space; the robot was brought to a stand in good order.
    #expect(ended.exitCode == 1, "\(ended.stderr)")
    #expect(ended.stderr.contains("no space left") && ended.stderr.contains("--resume"))
    let account = robot.account
    #expect(account.mode == .disarmed && account.armings == 1)
    #expect(account.armedStates < 300, "the trial ran to its end")
    disk.makeRoom()
    #expect(try KeptTrials(store).sampleCount(1) >= 20)
    let resumed = try run(port: robot.path, store: store, ["--resume"]).wait(timeoutSeconds: 60)
    #expect(resumed.exitCode == 0, "\(resumed.stderr)")
    #expect(try KeptTrials(store).sampleCount(2) >= 250)
    let check = try HandfulProcess.run(["trials", "check", "--store", store])
    #expect(check.exitCode == 0, "\(check.stdout)\(check.stderr)")
  }

  @Test(
    "A disk that is full before the run: no trial starts, and the robot is never armed",
    .enabled(if: getuid() == 0, "needs root to mount a small tmpfs"))
  func fullBefore() throws {
    guard let disk = try SmallDisk(at: scratch.file("disk"), kilobytes: 256) else {
      print("skipped: a tmpfs can't be mounted here")
      return
    }
    disk.fill()
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let ended = try run(port: robot.path, store: disk.path + "/store.sqlite").wait()
    #expect(ended.exitCode == 1, "\(ended.stderr)")
    #expect(ended.stderr.contains("no space left"))
    #expect(robot.account.armings == 0)
  }

  @Test("A store where none can be written: no trial starts, and the robot is never armed")
  func unwritable() throws {
    let robot = try WatchedRobot(pendulum.robot)
    defer { robot.end() }
    let file = scratch.file("a-file")
    try Data().write(to: URL(fileURLWithPath: file))
    let ended = try run(port: robot.path, store: file + "/store.sqlite").wait()
    #expect(ended.exitCode == 2, "\(ended.stderr)")
    #expect(ended.stderr.contains(file))
    #expect(robot.account.armings == 0 && robot.account.heardAtSeconds == 0)
  }
}
