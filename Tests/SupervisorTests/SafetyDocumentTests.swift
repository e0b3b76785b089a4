import Foundation
import Robotics
import Supervisor
import Testing

@Suite("docs/safety.md says what the code does")
struct SafetyDocumentTests {
  private let document: String

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    document = try String(
      contentsOf: root.appendingPathComponent("docs/safety.md"), encoding: .utf8)
  }

  @Test("The episode's table in the document is the machine's, row by row")
  func table() throws {
    let written = try section("episode table")
    let generated = Self.table()
    if written != generated {
      print("docs/safety.md should have:\n\(generated)")
    }
    #expect(written == generated)
  }

  @Test("Every reason to stop is in the document by its code")
  func reasons() {
    let codes = [
      "velocity-limit", "braking-distance", "non-finite-action", "implausible-sensor",
      "stale-sample", "samples-lost", "disconnected", "rebooted", "firmware-fault", "will-not-arm",
      "reset-failed", "store-too-slow", "store-failed", "operator-stop", "emergency-stop",
      "not-confirmed", "dead-man-released", "stuck-sensor", "temperature-limit", "current-limit",
      "voltage-limit", "reading-missing", "tip-box", "energy-limit",
    ]
    for code in codes { #expect(document.contains("| `\(code)` |"), "\(code)") }
  }

  private func section(_ name: String) throws -> String {
    let begin = try #require(document.range(of: "<!-- \(name): begin -->\n"))
    let end = try #require(document.range(of: "\n<!-- \(name): end -->"))
    return String(document[begin.upperBound..<end.lowerBound])
  }

  /// A row a state: whether the actuators may be on in it, and where each event leads.
  private static func table() -> String {
    var lines = ["| state | actuators | events |", "| --- | --- | --- |"]
    for state in EpisodeState.allCases {
      let events = EpisodeMachine.table.filter { $0.from == state }.map {
        "\($0.event) → \($0.to)"
      }
      lines.append(
        "| **\(state)** | \(state.mayBeArmed ? "may be on" : "off") | "
          + events.joined(separator: ", ") + " |")
    }
    return lines.joined(separator: "\n")
  }
}
