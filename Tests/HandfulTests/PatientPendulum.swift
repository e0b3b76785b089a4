import Foundation
import Robotics

/// A copy of the pendulum's description for tests at the wall's speed: so patient that a busy machine
/// ends no trial, only what a test provokes does; its trial is short.
struct PatientPendulum {
  /// The description's path.
  let file: String
  /// What it says.
  let robot: Robot
  /// A policy file: push with all the motor has, in one direction.
  let push: String

  /// The firmware's watchdog time, in seconds, and what a plant step may add to a time that is seen
  /// from outside.
  var watchdogSeconds: Double { robot.link.watchdogSeconds + 0.002 }

  /// - Parameters:
  ///   - horizonSeconds: How long a trial takes.
  ///   - onStop: What the joint does while the robot is brought to a stand.
  init(in scratch: ScratchFolder, horizonSeconds: Double = 2, onStop: String = "limp") throws {
    var text = try String(contentsOfFile: calibration("pendulum") + "/robot.yaml", encoding: .utf8)
    for (old, new) in [
      ("watchdog: 100 ms", "watchdog: 600 ms"),
      ("sample_age_limit: 50 ms", "sample_age_limit: 500 ms"),
      ("loss_budget: 4", "loss_budget: 25"), ("  hold: 0.5 s", "  hold: 0.1 s"),
      ("horizon: 4 s", "horizon: \(horizonSeconds) s"), ("on_stop: limp", "on_stop: \(onStop)"),
    ] {
      guard text.contains(old) else { throw Changed(text: old) }
      text = text.replacingOccurrences(of: old, with: new)
    }
    file = scratch.file("robot.yaml")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    robot = try Robot(contentsOf: file)
    push = scratch.file("push.json")
    // Weights of cosine, sine and velocity, then the bias: tanh(9) is 1 to seven digits.
    try """
    {"kind": {"linear": {}}, "robot": "pendulum", "task": "swing-up",
     "jointKinds": ["revolute"], "positionScales": [1], "velocityScales": [8],
     "actionLimits": [2.5], "weights": [0, 0, 0, 9]}
    """.write(toFile: push, atomically: true, encoding: .utf8)
  }

  /// The pendulum's description no longer has a line that this copy changes.
  struct Changed: Error { var text: String }
}

/// What a store holds, asked of `handful trials`.
struct KeptTrials {
  private let trials: [[String: Any]]

  init(_ store: String) throws {
    let ended = try HandfulProcess.run(["trials", "list", "--json", "--store", store])
    let object = try? JSONSerialization.jsonObject(with: Data(ended.stdout.utf8))
    trials = object as? [[String: Any]] ?? []
  }

  var count: Int { trials.count }

  /// How many samples a trial has; numbers begin at 1.
  func sampleCount(_ number: Int) -> Int {
    number <= trials.count ? trials[number - 1]["sampleCount"] as? Int ?? 0 : 0
  }

  /// How a trial ended, as the store tells it: code and reason.
  func ending(_ number: Int) -> String {
    number <= trials.count ? "\(trials[number - 1]["end"] ?? "")" : ""
  }

  /// Waits until a trial has so many samples in the store.
  static func wait(
    in store: String, samples: Int, timeoutSeconds: Double = 30
  ) throws -> Bool {
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while Date() < deadline {
      if try KeptTrials(store).sampleCount(1) >= samples { return true }
      usleep(20_000)
    }
    return false
  }
}
