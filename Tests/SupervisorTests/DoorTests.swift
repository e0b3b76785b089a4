import Foundation
import Testing

@Suite("The one door to the wire")
struct DoorTests {
  private let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    .resolvingSymlinksInPath()

  /// Law 1: no command leaves the host that the safety envelope has not passed.
  @Test("Only the supervisor's episode runner imports the right to send commands")
  func oneDoor() throws {
    let files = try #require(FileManager.default.enumerator(atPath: sources.path))
    var doors: [String] = []
    for case let file as String in files where file.hasSuffix(".swift") {
      let text = try String(
        contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      if text.split(separator: "\n").contains(where: {
        $0.hasPrefix("@_spi(SafetyEnvelope) import")
      }) {
        doors.append(file)
      }
    }
    #expect(doors == ["Supervisor/Episode/EpisodeRunner.swift"])
  }

  /// Law 5: the learner and the hardware do not know each other.
  @Test("Learner imports no HardwareIO, Simulation or Supervisor, and HardwareIO no Learner")
  func strangers() throws {
    for (room, forbidden) in [
      ("Learner", ["HardwareIO", "Simulation", "Supervisor", "FirmwareProtocol"]),
      ("HardwareIO", ["Learner", "Supervisor", "Simulation"]),
    ] {
      let folder = sources.appendingPathComponent(room)
      let files = try #require(FileManager.default.enumerator(atPath: folder.path))
      var read = 0
      for case let file as String in files where file.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        read += 1
        for name in forbidden {
          #expect(!text.contains("import \(name)\n"), "\(room)/\(file) imports \(name)")
        }
      }
      #expect(read > 3, "\(room) was hardly read")
    }
  }
}
