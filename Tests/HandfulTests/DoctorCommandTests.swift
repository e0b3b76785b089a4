import Foundation
import Testing

@Suite("handful doctor and handful ports", .serialized)
struct DoctorCommandTests {
  private func findings(_ ended: HandfulProcess.Ended) throws -> [String: [String: Any]] {
    let list = try #require(try ended.json()["findings"] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: list.map { ("\($0["check"] ?? "")", $0) })
  }

  @Test("The virtual pendulum is proved to turn itself off, over its pseudo-terminal")
  func simulated() throws {
    let ended = try HandfulProcess.run([
      "doctor", "--robot", calibration("pendulum"), "--port", "sim", "--json",
    ])
    let findings = try findings(ended)
    #expect(findings.count == 11)
    for check in ["port", "robot", "limits", "watchdog", "emergency-stop"] {
      #expect(findings[check]?["verdict"] as? String == "healthy", "\(ended.stderr)")
    }
    let watchdog = try #require(findings["watchdog"]?["measurements"] as? [String: Any])
    #expect(try #require(watchdog["armedSeconds"] as? Double) <= 0.111)
    #expect(watchdog["greatestEffort"] as? Double == 0)
    // How well a busy machine keeps time is its own matter; the exit code says what was found.
    let isHealthy = try ended.json()["isHealthy"] as? Bool
    #expect(ended.exitCode == (isHealthy == true ? 0 : 1))
    #expect(ended.stderr.contains("watchdog") && ended.stderr.contains("echoes at 100 Hz"))
  }

  @Test("Another robot than its file's is exit code 1, with what was found")
  func wrongRobot() throws {
    let robot = try SimulatedRobot(speed: 1, extra: ["--fault", "name=anvil"])
    let ended = try HandfulProcess.run([
      "doctor", "--robot", calibration("pendulum"), "--port", robot.port,
    ])
    #expect(ended.exitCode == 1)
    #expect(ended.stderr.contains("anvil"))
    #expect(ended.stderr.contains("not ready"))
  }

  @Test("A port or a file that isn't there is exit code 2")
  func badInput() throws {
    let port = try HandfulProcess.run([
      "doctor", "--robot", calibration("pendulum"), "--port", "/dev/ttyHANDFUL9",
    ])
    #expect(port.exitCode == 2)
    #expect(port.stderr.contains("handful ports"))
    #expect(
      try HandfulProcess.run(["doctor", "--robot", "nowhere.yaml", "--port", "sim"]).exitCode == 2)
  }

  @Test("The udev rule is a file ready to install")
  func rule() throws {
    let ended = try HandfulProcess.run(["ports", "--udev-rule"])
    #expect(ended.exitCode == 0)
    #expect(ended.stdout.contains(#"TAG+="uaccess""#))
    #expect(
      ended.stdout.split(separator: "\n").allSatisfy {
        $0.hasPrefix("#") || $0.hasPrefix("SUBSYSTEM") || $0.hasPrefix("ACTION")
      })
    #expect(try HandfulProcess.run(["ports", "--udev-rule", "--json"]).exitCode == 2)
  }
}
