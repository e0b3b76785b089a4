import Foundation
import Testing

@Suite(
  "`handful run` on the compiled firmware", .serialized,
  .enabled(if: Board.areAvailable, "run `make firmware` to build the images"))
struct TrialTests {
  /// `handful`, beside the test bundle of the same build.
  private static let executable: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let beside = URL(fileURLWithPath: bundle ?? CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("handful").path
    let built = ["release", "debug"].map {
      Board.package.appendingPathComponent(".build/\($0)/handful").path
    }
    return ([beside] + built).first { FileManager.default.isExecutableFile(atPath: $0) } ?? beside
  }()

  private func handful(_ arguments: [String]) throws -> (exitCode: Int32, stdout: String) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Self.executable)
    process.arguments = arguments
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  @Test(
    "Two trials of learning to swing up are completed, over its serial line",
    arguments: Board.allCases)
  func trials(board: Board) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let robot = folder.appendingPathComponent("robot.yaml").path
    try describe(to: robot)

    // Stopping for safety (4) is right where a busy machine without real-time priority holds the
    // emulator up; three times in a row it would be the firmware.
    for attempt in 1...3 {
      let emulator = try Emulator(board)
      let ended = try handful([
        "run", "--robot", robot, "--port", emulator.port, "--json", "--trials", "2", "--seed", "1",
        "--store", folder.appendingPathComponent("\(attempt).sqlite").path,
      ])
      if ended.exitCode == 4 && attempt < 3 { continue }
      // Solved, or not within two trials.
      #expect(ended.exitCode == 0 || ended.exitCode == 3)
      let summary =
        try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [String: Any]
      let trials = try #require(summary?["trials"] as? [[String: Any]])
      #expect(trials.count == 2 || ended.exitCode == 0)
      #expect(trials.allSatisfy { $0["end"] as? String == "completed" })
      // Armed for each trial, and off in the end.
      let motorOn = emulator.times(of: "motor on").count
      #expect(!trials.isEmpty && motorOn >= trials.count)
      #expect(emulator.times(of: "motor off").count == motorOn)
      return
    }
  }

  /// The robot's description, forgiving an emulator on a busy machine more than a robot should be.
  private func describe(to path: String) throws {
    let described = Board.package.appendingPathComponent("calibration/pendulum-firmware/robot.yaml")
    try String(contentsOf: described, encoding: .utf8)
      .replacingOccurrences(of: "watchdog: 100 ms", with: "watchdog: 1000 ms")
      .replacingOccurrences(of: "sample_age_limit: 50 ms", with: "sample_age_limit: 900 ms")
      .replacingOccurrences(of: "loss_budget: 4", with: "loss_budget: 90")
      .write(toFile: path, atomically: true, encoding: .utf8)
  }
}
