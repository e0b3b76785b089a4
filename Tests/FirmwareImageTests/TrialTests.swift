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
    let emulator = try Emulator(board)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ended = try handful([
      "run", "--robot", Board.package.appendingPathComponent("calibration/pendulum-firmware").path,
      "--port", emulator.port, "--json", "--trials", "2", "--seed", "1",
      "--store", folder.appendingPathComponent("store.sqlite").path,
    ])
    // Solved, or not within two trials.
    #expect(ended.exitCode == 0 || ended.exitCode == 3)
    let summary = try JSONSerialization.jsonObject(with: Data(ended.stdout.utf8)) as? [String: Any]
    let trials = try #require(summary?["trials"] as? [[String: Any]])
    #expect(!trials.isEmpty)
    for trial in trials {
      #expect(trial["end"] as? String == "completed")
      let timing = try #require(trial["timing"] as? [String: Any])
      print("\(board): missed \(timing["missedDeadlines"] ?? "") deadlines")
    }
    // Armed for each trial, and off in the end.
    #expect(emulator.times(of: "motor on").count >= trials.count)
    #expect(emulator.times(of: "motor off").count == emulator.times(of: "motor on").count)
  }
}
