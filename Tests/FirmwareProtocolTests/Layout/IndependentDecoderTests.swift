import FirmwareProtocol
import Foundation
import Testing

/// The Python decoder, written from the specification on other people's byte stuffing and checksum,
/// reads what this implementation writes.
///
/// It runs in the virtual environment `.venv/` at the package's root, made by `make test` from
/// `Tests/python/requirements.txt`.
@Suite struct IndependentDecoderTests {
  static let python = Repository.root.appendingPathComponent(".venv/bin/python3")
  static let hasPython = FileManager.default.isExecutableFile(atPath: python.path)

  private func check(_ files: [URL]) throws -> String {
    let process = Process()
    process.executableURL = IndependentDecoderTests.python
    let script = Repository.root.appendingPathComponent("Tests/python/decode_frames.py")
    process.arguments = [script.path] + files.map { $0.path }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    #expect(process.terminationStatus == 0, "\(text)")
    return text
  }

  @Test(
    "The stored vectors are what an independent decoder makes of them",
    .enabled(if: hasPython, "needs .venv with Tests/python/requirements.txt; `make test` makes it"))
  func storedVectors() throws {
    let names = ["host-messages", "robot-messages", "refused-payloads", "streams"]
    let text = try check(names.map { Repository.vectors.appendingPathComponent($0 + ".json") })
    print(text)
    #expect(text.hasPrefix("checked "))
  }

  @Test(
    "Random messages of every type are what an independent decoder makes of them",
    .enabled(if: hasPython, "needs .venv with Tests/python/requirements.txt; `make test` makes it"))
  func randomMessages() throws {
    let seed: UInt64 = 31
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    var vectors: [ValidVector] = []
    for index in 0..<100 {
      for type in HostMessageType.allCases {
        let message = generator.hostMessage(type)
        vectors.append(
          ValidVectors.vector(
            name: "host \(type) \(index)", fields: message.fields, message.frame()))
      }
      for type in RobotMessageType.allCases {
        let message = generator.robotMessage(type)
        vectors.append(
          ValidVectors.vector(
            name: "robot \(type) \(index)", fields: message.fields, message.frame()))
      }
    }
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("handful-frames-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try VectorFile(description: "Random messages of seed \(seed).", vectors: vectors).write(to: url)
    #expect(try check([url]) == "checked \(vectors.count) vectors\n")
  }
}
