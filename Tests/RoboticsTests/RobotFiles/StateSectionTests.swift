import Robotics
import Testing

@Suite("What a policy knows of the state, in a robot file")
struct StateSectionTests {
  private func robot(_ section: String) throws -> Robot {
    try Robot(
      yaml: SmallRobot.yaml.replacingFirst("reset:", with: section + "\nreset:"),
      file: "small.yaml")
  }

  private func refusal(_ section: String) -> String {
    do {
      _ = try robot(section)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("What a file doesn't say: the firmware's velocities, no delay, no previous action")
  func none() throws {
    let robot = try Robot(yaml: SmallRobot.yaml, file: "small.yaml")
    #expect(robot.state == StateSettings())
    #expect(robot.previousActions(in: robot.tasks[0]) == 0)
  }

  @Test("A filter, a delay and previous actions, in any unit of their kind")
  func all() throws {
    let state = try robot(
      "state: { velocity: filtered, cutoff: 0.015 kHz, delay: 20 ms, previous_actions: 2 }"
    ).state
    #expect(state.velocityCutoffHertz == 15)
    #expect(state.delaySeconds == 0.02)
    #expect(state.leastPreviousActions == 2)
  }

  @Test(
    "A delay asks for the previous actions that may still have to act",
    arguments: [(0.0, 0), (0.02, 1), (0.05, 1), (0.051, 2), (0.1, 2), (0.15, 3)])
  func delay(seconds: Double, actions: Int) {
    #expect(StateSettings(delaySeconds: seconds).previousActions(periodSeconds: 0.05) == actions)
  }

  @Test(
    "A wrong key, choice or unit is refused with file, line, key and remedy",
    arguments: [
      ("state: { velocty: filtered }", ["state.velocty", "did you mean 'velocity'?"]),
      ("state: { velocity: kalman }", ["state.velocity", "measured, filtered"]),
      ("state: { velocity: filtered }", ["state.cutoff", "missing"]),
      ("state: { velocity: filtered, cutoff: 15 }", ["state.cutoff", "no unit", "Hz"]),
      ("state: { velocity: filtered, cutoff: 15 rad }", ["state.cutoff", "the unit 'rad'"]),
      (
        "state: { velocity: filtered, cutoff: 80 Hz }",
        ["state.cutoff", "found 80 Hz", "half the control rate, 50 Hz", "lower it"]
      ),
      ("state: { cutoff: 15 Hz }", ["state.cutoff", "velocity: filtered"]),
      ("state: { delay: 3 rad }", ["state.delay", "the unit 'rad'"]),
      ("state: { delay: -3 ms }", ["state.delay"]),
      ("state: { delay: 10 s }", ["state.delay", "found 10 s", "at most 4 periods"]),
      ("state: { previous_actions: 9 }", ["state.previous_actions", "0", "4"]),
    ])
  func refused(section: String, words: [String]) {
    let text = refusal(section)
    #expect(text.hasPrefix("small.yaml:"), "\(text)")
    for word in words { #expect(text.contains(word), "\(text)") }
  }
}
