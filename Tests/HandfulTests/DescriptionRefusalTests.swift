import Foundation
import Testing

@Suite("Descriptions that are refused before anything arms, with the file, the line and the key")
struct DescriptionRefusalTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Runs on the pendulum's description with a text replaced; nothing may answer on the port, as
  /// nobody may be asked.
  private func refusal(_ text: String, _ other: String) throws -> HandfulProcess.Ended {
    let yaml = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    try #require(yaml.contains(text))
    try yaml.replacingOccurrences(of: text, with: other)
      .write(toFile: scratch.file("robot.yaml"), atomically: true, encoding: .utf8)
    let store = scratch.file("store.sqlite")
    let ended = try HandfulProcess.run([
      "run", "--robot", scratch.file("robot.yaml"), "--port", "sim", "--store", store,
    ])
    #expect(!FileManager.default.fileExists(atPath: store))
    return ended
  }

  /// The line of the first text in the file that was written last.
  private func line(_ text: String) throws -> Int {
    let lines = try String(contentsOfFile: scratch.file("robot.yaml"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    return try #require(lines.firstIndex { $0.contains(text) }) + 1
  }

  @Test("A home that driving there can't hold against gravity")
  func tooWeak() throws {
    let ended = try refusal("home: { shoulder: 0 deg }", "home: { shoulder: 60 deg }")
    #expect(ended.exitCode == 2)
    let place =
      "robot.yaml:\(try line("drive:")): reset.drive.shoulder.effort_limit: reset: driving"
    #expect(ended.stderr.contains(place), "\(ended.stderr)")
    #expect(ended.stderr.contains("against gravity") && ended.stderr.contains("raise effort_limit"))
  }

  @Test("A watchdog longer than the braking time allows")
  func watchdog() throws {
    // 25 rad/s are braked away in 0.125 s: half of that is less than the watchdog's 100 ms.
    let ended = try refusal(
      """
      continuous: true
          velocity_limit: 25 rad/s
          effort_limit: 2.5 N m
          braking_deceleration: 5 rad/s^2
      """,
      """
      position: { lower: -200 deg, upper: 200 deg }
          velocity_limit: 25 rad/s
          effort_limit: 2.5 N m
          braking_deceleration: 200 rad/s^2
      """)
    #expect(ended.exitCode == 2)
    let place = "robot.yaml:\(try line("watchdog:")): link.watchdog: joint 'shoulder'"
    #expect(ended.stderr.contains(place), "\(ended.stderr)")
    #expect(ended.stderr.contains("shorten watchdog"))
  }

  @Test("A limit of what the link doesn't report")
  func notMeasured() throws {
    let ended = try refusal(
      "effort_limit: 2.5 N m", "effort_limit: 2.5 N m\n    temperature: { hard: 80 degC }")
    #expect(ended.exitCode == 2)
    let place = "robot.yaml:\(try line("temperature:")): joints.shoulder.temperature: joint"
    #expect(ended.stderr.contains(place), "\(ended.stderr)")
  }

  @Test("A limit that is missing, and a home outside its limits")
  func reader() throws {
    let missing = try refusal("effort_limit: 2.5 N m", "effort_rate_limit: 50 N m/s")
    #expect(missing.exitCode == 2)
    #expect(
      missing.stderr.contains("joints.shoulder.effort_limit: the key is missing"),
      "\(missing.stderr)")
    let outside = try refusal(
      "continuous: true", "position: { lower: 10 deg, upper: 170 deg }")
    #expect(outside.exitCode == 2)
    #expect(outside.stderr.contains("reset.home.shoulder: found 0 deg"), "\(outside.stderr)")
  }
}
